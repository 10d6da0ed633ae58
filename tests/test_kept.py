"""What is kept in memory is bounded by its bytes: the helper, and every corruption over images of many sizes."""

import threading
import tracemalloc

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine.kernels import kept
from corrupt_engine.kernels.kept import ENTRY, Kept
from corrupt_engine.transforms import corrupt

from .laws import sized
from .levels import levels


def block(size):
    return np.zeros(size, np.uint8)


def test_the_last_used_stay_within_the_bytes():
    store = Kept(3 * (ENTRY + 100))
    for name in "abc":
        store.add(name, block(99))
    assert store.get("a") is not None and len(store) == 3
    store.add("d", block(99))
    assert [store.get(name) is not None for name in "abcd"] == [True, False, True, True]
    store.add("e", block(2 * ENTRY))
    assert [store.get(name) is not None for name in "acde"] == [False, False, False, True]
    assert store.size <= store.most


def test_what_is_too_large_is_given_back_and_not_kept():
    store = Kept(1000)
    store.add("a", block(10))
    large = block(1001)
    assert store.add("b", large) is large and store.get("b") is None and store.get("a") is not None


def test_the_first_of_two_stays():
    store = Kept(10_000)
    first = block(5)
    assert store.add("a", first) is first and store.add("a", block(5)) is first and len(store) == 1


def test_a_part_counts_as_the_whole_that_it_holds():
    assert kept.weight(block(1000)[:10]) == 1000
    assert kept.weight(("name", (block(10), 2.5), b"12345")) == 19


def test_a_fork_while_another_thread_keeps_something():
    import os

    if not hasattr(os, "fork"):
        pytest.skip("no fork here")
    store, stop = Kept(10_000), threading.Event()

    def busy():
        while not stop.is_set():
            store.add(len(store) % 7, block(100))

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for _ in range(20):
            child = os.fork()
            if child == 0:
                store.add("child", block(10))
                os._exit(0 if store.get("child") is not None else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("name", ce.corruptions())
def test_many_sizes_take_no_more_than_is_allowed(name, monkeypatch):
    """Sizes that none shares a side with another, at a limit of 1 MB: what stays is that, and the base textures. A
    field of float32 for each of the sizes would be 5 MB.
    """
    monkeypatch.setattr(kept.tables, "most", 1 << 20)
    kept.tables.clear()
    most = levels(name).most
    for severity in range(1, most + 1):  # compiles, and loads what there is once
        ce.corrupt(sized(240, 300), name, severity, threads=1, depth=np.ones((240, 300), np.float32))
    tracemalloc.start()
    try:
        for k in range(1, 17):
            size = 240 + k, 300 + k
            ce.corrupt(sized(*size), name, 1 + k % most, threads=1, depth=np.ones(size, np.float32))
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < (1 << 20) + (1 << 19), f"{held:,} bytes are held"


def test_random_severities_take_no_more_than_is_allowed(monkeypatch):
    monkeypatch.setattr(kept.tables, "most", 1 << 20)
    kept.tables.clear()
    for severity in np.linspace(0.1, 5, 40):
        for name in ("gaussian_noise", "brightness", "frost", "defocus_blur"):
            ce.corrupt(sized(40, 40), name, float(severity), threads=1)
            assert kept.tables.size <= 1 << 20


def test_random_conditions_are_not_all_kept(monkeypatch):
    """A policy or a DALI node may give each image of a training another severity or trial."""
    monkeypatch.setattr(corrupt, "PREPARED", 100 * ENTRY)
    conditions, image = corrupt.Conditions(corrupt.Settings()), sized(8, 8)[None]
    several = [ce.Condition("gaussian_noise", float(severity), 4) for severity in np.linspace(0.1, 5, 250)]
    for condition in [*several, *several[:5]]:
        made = conditions.apply(image, np.array([7]), condition)
        assert (made == ce.corrupt(image, *condition[:2], ids=[7], trial=4)).all()
    assert 90 <= len(conditions._prepared) <= 100
    assert conditions.prepared(several[0]) is conditions.prepared(several[0])
