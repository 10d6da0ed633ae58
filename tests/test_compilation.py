"""Nothing is compiled twice: a kernel has as many forms after pictures of any size, layout and origin as after the first."""

import gc

import numpy as np
import pytest
import torch
from numba.core.dispatcher import Dispatcher
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.normalising import write_planes


def forms():
    """How many signatures each compiled function of the package has."""
    # By type(): isinstance asks objects for their class, and some of torch's answer with a warning.
    found = [d for d in gc.get_objects() if issubclass(type(d), Dispatcher)]
    return {id(d): (d.py_func.__qualname__, len(d.signatures)) for d in found if d.py_func.__module__.startswith("corrupt_engine")}


def make_all(images, **options):
    for name in ce.corruptions():
        for severity in (1, 2, 3, 4, 5):
            ce.corrupt(images, name, severity, **options)


def pixels(*shape):
    return np.random.Generator(np.random.PCG64(0)).integers(0, 256, shape).astype(np.uint8)


def read_only(images):
    images.flags.writeable = False
    return images


VARIED = {
    "size": lambda: make_all(pixels(33, 97, 3)),
    "one pixel": lambda: make_all(pixels(1, 1, 3)),
    "column": lambda: make_all(pixels(7, 1, 3)),
    "large": lambda: make_all(pixels(250, 300, 3)),
    "batch": lambda: make_all(pixels(5, 64, 64, 3), threads=2),
    "part of a batch": lambda: make_all(pixels(8, 40, 40, 3)[2:5]),
    "every second pixel": lambda: make_all(pixels(80, 80, 3)[::2, ::2]),
    "Fortran order": lambda: make_all(np.asfortranarray(pixels(40, 40, 3))),
    "read-only": lambda: make_all(read_only(pixels(40, 40, 3))),
    "PIL": lambda: make_all(np.asarray(Image.fromarray(pixels(40, 40, 3)))),
    "torch": lambda: make_all(torch.from_numpy(pixels(2, 40, 40, 3))),
    "list": lambda: make_all([pixels(40, 40, 3), read_only(pixels(20, 30, 3))]),
    "fractional severity": lambda: [ce.corrupt(pixels(40, 40, 3), name, 2.5) for name in ce.corruptions()],
    "keys": lambda: make_all(pixels(40, 40, 3), seed=2**63, ids=np.uint64(2**40), trial=3),
    "variants": lambda: [make_all(pixels(40, 40, 3), variant=name) for name in ("imagenet-c", "imagenet-c-299", "cifar-10-c")],
}


@pytest.fixture(scope="module", autouse=True)
def first():
    # The resize has a loop of its own for three and for four taps, which small pictures do not reach.
    make_all(pixels(48, 40, 3))
    make_all(pixels(224, 224, 3))


@pytest.mark.parametrize("what", VARIED)
def test_nothing_is_compiled_again(what):
    before = forms()
    VARIED[what]()
    after = forms()
    assert {key: after[key] for key in after if after[key] != before.get(key)} == {}


def test_the_count_sees_a_new_form():
    before = forms()
    write_planes(pixels(1, 2, 2, 3), np.empty((1, 3, 2, 2), np.int16), np.zeros((3, 256), np.int16))  # a type that the library never passes
    after = forms()
    assert [name for key, (name, _) in after.items() if after[key] != before.get(key)] == ["write_planes"]


def test_read_only_images_give_the_same_bytes_and_stay_as_they_are():
    images = pixels(2, 40, 40, 3)
    kept = images.copy()
    for name in ce.corruptions():
        expected = ce.corrupt(images, name, 3)
        assert np.array_equal(ce.corrupt(read_only(images.copy()), name, 3), expected)
    assert np.array_equal(images, kept)
