"""Memory is used again only when nothing made in it is left."""

import gc
import pickle
import sys

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.runtime.buffers import Buffers

from .small_sources import labels, made_images


def address(array):
    return array.__array_interface__["data"][0]


def test_a_block_comes_back_when_it_is_free():
    buffers = Buffers(2)
    first = buffers.empty((4, 3, 100, 100), np.float32)
    where = address(first)
    assert first.shape == (4, 3, 100, 100) and first.dtype == np.float32 and first.flags.c_contiguous
    del first
    again = buffers.empty((2, 3, 100, 100), np.float32)
    assert address(again) == where
    del again
    assert buffers.empty((8, 3, 100, 100), np.float32).shape == (8, 3, 100, 100)


@pytest.fixture
def only_new_garbage():
    """A collection looks at what the test has made: among all that the other tests have, it takes .9 s."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("only_new_garbage")
@pytest.mark.parametrize(
    "hold",
    [
        lambda a: a,
        lambda a: a[1],
        lambda a: torch.from_numpy(a),
        lambda a: torch.from_numpy(a)[1:2, 0],
        lambda a: torch.from_numpy(a).numpy()[0],
        lambda a: torch.from_numpy(a).permute(0, 2, 3, 1).detach(),
        lambda a: torch.from_numpy(a).untyped_storage(),
        lambda a: memoryview(a),
    ],
    ids=["array", "row", "tensor", "slice", "numpy of tensor", "permuted", "storage", "memoryview"],
)
def test_a_block_is_not_used_again_while_anything_holds_it(hold):
    buffers = Buffers(2)
    held = hold(buffers.empty((4, 3, 100, 100), np.float32))
    gc.collect()
    assert not buffers._free
    del held
    gc.collect()
    assert len(buffers._free) == 1


def test_no_more_than_asked_for_wait():
    buffers = Buffers(2)
    many = [buffers.empty((10,), np.uint8) for _ in range(5)]
    many.clear()
    assert len(buffers._free) == 2


def test_an_interrupt_while_a_block_comes_back_is_not_lost(monkeypatch):
    """Ctrl-C in Python code that is called at an object's end is printed, and the program goes on: so none runs there.
    Here an interrupt comes with every call of such code.
    """
    lost = []
    monkeypatch.setattr(sys, "unraisablehook", lost.append)

    def interrupt(frame, event, given):
        if event == "call":
            raise KeyboardInterrupt

    buffers = Buffers(2)
    held = [buffers.empty((10,), np.uint8)]
    sys.setprofile(interrupt)
    try:
        held.clear()
    finally:
        sys.setprofile(None)
    assert not lost and len(buffers._free) == 1


def test_a_loader_keeps_its_memory_for_the_next_epoch_until_it_is_closed():
    loader = ce.CorruptLoader((made_images(), labels()), "fog", batch_size=4, num_workers=1, backend="threads")
    first = {images.data_ptr() for images, _ in loader}
    gc.collect()
    again = {images.data_ptr() for images, _ in loader.under("snow")}
    gc.collect()
    waiting = len(loader._buffers._free)
    assert again & first and 0 < waiting <= loader.workers.prefetch + 2
    in_use = list(loader)
    loader.close()
    in_use.clear()
    gc.collect()
    assert not loader._buffers._free
    assert len(list(loader)) == 3 and len(list(pickle.loads(pickle.dumps(loader)))) == 3


@pytest.mark.parametrize("backend", ["threads", "torch"])
def test_batches_that_are_kept_stay_as_they_are(backend):
    """One at a time and all kept: the same; with memory used twice too early, the kept ones would be overwritten."""
    options = {"batch_size": 1, "num_workers": 2, "backend": backend}
    made = ce.CorruptLoader((made_images(), labels()), "fog", **options)
    kept = [images for images, _ in made]
    slices = [images[0, :, 3:5] for images, _ in made]
    copies = [images.clone() for images, _ in made]
    assert len({images.data_ptr() for images in kept}) == len(kept) == 11
    assert all(torch.equal(a, b) and torch.equal(s, b[0, :, 3:5]) for a, s, b in zip(kept, slices, copies, strict=True))
    assert len({images.data_ptr() for images, _ in made}) < 11  # the loop lets go of each, so blocks come again
