"""Nothing is left behind: no thread, no process, no memory; and a worker that is killed is an error, not a silence."""

import contextlib
import gc
import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pytest

import corrupt_engine as ce

from .small_sources import Pairs, labels, pictures


def left_over():
    """Our threads and child processes, after a moment for those that are ending."""
    deadline = time.monotonic() + 5
    while True:
        threads = [thread.name for thread in threading.enumerate() if "corrupt-engine" in thread.name]
        found = threads + [child.name for child in multiprocessing.active_children()]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.02)


@pytest.fixture
def jpegs(tmp_path):
    from PIL import Image

    for n, picture in enumerate(pictures()):
        path = tmp_path / "j" / f"c{n % 2}" / f"{n}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
    return tmp_path / "j"


def loader(backend, jpegs, **options):
    dataset = jpegs if backend == "dali" else Pairs()
    return ce.CorruptLoader(dataset, "fog", backend=backend, batch_size=1, num_workers=2, geometry="none", **options)


@pytest.fixture(params=["dali", "threads", "torch"])
def made(request, jpegs):
    with contextlib.suppress(AttributeError):
        from corrupt_engine.corrupting import _pool

        _pool.cache_clear()  # corrupt()'s own threads, which are kept on purpose
    gc.collect()
    assert not left_over()
    return loader(request.param, jpegs)


def test_at_the_end_and_after_break(made):
    assert len(list(made)) == 11
    assert not left_over()
    for _ in made:
        break
    assert not left_over()


def test_close_and_with(made):
    with made:
        iterator = iter(made)
        next(iterator)
    assert not left_over()
    assert next(iterator, None) is None
    assert len(list(made)) == 11
    held = [iter(made), iter(made)]
    for iterator in held:
        next(iterator)
    made.close()
    made.close()
    assert not left_over()


def test_after_an_exception_in_the_users_loop(made):
    def loop():
        for _ in made:
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        loop()
    assert not left_over()


def test_after_an_exception_in_the_loader(jpegs):
    (sorted(jpegs.rglob("*.jpg"))[3]).write_bytes(b"")
    for backend in ("dali", "threads", "torch"):
        broken = ce.CorruptLoader(jpegs, backend=backend, batch_size=2, num_workers=2, geometry="none")
        with pytest.raises(ce.DecodeError, match="it is empty") as caught:
            list(broken)
        assert not left_over(), backend
        assert "Traceback" not in str(caught.value)


def test_the_check_can_fail(jpegs):
    iterator = iter(loader("threads", jpegs))
    next(iterator)
    assert [name for name in (t.name for t in threading.enumerate()) if "corrupt-engine" in name]
    iterator.close()
    assert not left_over()


class Deadly(Pairs):
    """Its worker process is killed, or never answers, at the fifth sample."""

    def __init__(self, how):
        super().__init__()
        self.how = how

    def __getitem__(self, index):
        if index == 4:
            os.kill(os.getpid(), signal.SIGKILL) if self.how == "killed" else time.sleep(60)
        return super().__getitem__(index)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("how", "timeout"), [("killed", 0), ("stuck", 1)])
def test_a_worker_that_is_killed_or_stuck(how, timeout):
    made = ce.CorruptLoader(Deadly(how), "fog", batch_size=1, num_workers=2, timeout=timeout)
    with pytest.raises(ce.WorkerError, match="a worker process ended or did not answer"):
        list(made)
    assert not left_over()
    assert len(list(ce.CorruptLoader(Pairs(), "fog", batch_size=1, num_workers=2))) == 11


def resident():
    with open("/proc/self/statm") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def growth(made, epochs=200, settled=50, keep=None):
    """MiB by which this process grows from epoch `settled` to the last; `keep` says of which epochs a batch is held on to."""
    sizes, held = [], []
    for epoch in range(1, epochs + 1):
        for images, _ in made:
            if keep and epoch % keep == 0:
                held.append(images)
        if epoch in (settled, epochs):
            gc.collect()
            sizes.append(resident())
    return sizes[1] - sizes[0]


linux = pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="reads Linux's /proc")  # noqa: PTH110
LARGE = (np.zeros((11, 224, 224, 3), np.uint8), labels())
LIMIT = 2  # MiB in 150 epochs, in which 300 batches of .8 MiB go by: three that stay would be seen


@linux
@pytest.mark.parametrize("kind", ["threads", "dali"])
def test_memory_does_not_grow_over_200_epochs(kind, jpegs):
    options = {"batch_size": 6, "num_workers": 2, "geometry": "none", "mean": None}
    assert growth(ce.CorruptLoader(jpegs if kind == "dali" else LARGE, "brightness", **options)) < LIMIT


@linux
def test_the_memory_check_can_fail():
    assert growth(ce.CorruptLoader(LARGE, "brightness", batch_size=6, num_workers=0, mean=None), keep=20) > LIMIT
