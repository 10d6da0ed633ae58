"""How kernel code is compiled: no more often than it must be."""

import gc
import os
import threading
import time

import numpy as np
import pytest
from numba.core.caching import NullCache

from corrupt_engine.kernels import jit
from corrupt_engine.kernels.jit import cpu, part


@cpu
def _added(values, begin, step):
    total = np.int64(0)
    for k in range(begin, values.size, step):
        total += values[k]
    return total


@part
def _doubled(values):
    for k in range(values.size):
        values[k] *= 2


@cpu
def _constants_and_numbers(values, begin):
    _doubled(values)
    return _added(values, 0, 1) + _added(values, begin, 2) + _added(values, begin=1, step=begin)


def test_a_constant_is_no_type_of_its_own(monkeypatch):
    """To Numba 0 is: the function would be compiled for it once more. What is loaded asks for none."""
    monkeypatch.setattr(_constants_and_numbers, "_cache", NullCache())
    assert _constants_and_numbers(np.arange(5), 3) == 20 + 6 + 10
    assert len(_added.signatures) == 1 and "Literal" not in str(_added.signatures)


def test_a_part_is_plain_python_where_it_is_called_from_there():
    values = np.arange(5)
    _doubled(values)
    assert values.tolist() == [0, 2, 4, 6, 8]
    assert _constants_and_numbers(np.arange(5), 3) == 36


class Seen(Exception):
    """Raised in the middle of a compilation."""


def test_python_looks_for_garbage_seldom_while_numba_compiles():
    usual, seen = gc.get_threshold(), []

    def compiling(signature):
        seen.append(gc.get_threshold())
        raise Seen(signature)

    with pytest.raises(Seen):
        jit._collecting_seldom(compiling, ())
    assert seen == [(jit.OBJECTS, *usual[1:])] and gc.get_threshold() == usual


def test_every_compilation_looks_seldom(monkeypatch):
    seen = []
    monkeypatch.setattr(jit.gc, "set_threshold", lambda *given: seen.append(given))
    assert cpu(lambda values: values.size + 1)(np.arange(3)) == 4
    assert seen[0] == (jit.OBJECTS, *gc.get_threshold()[1:]) and seen[-1] == gc.get_threshold()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_waits_for_what_another_thread_compiles():
    """The child would have the lock of a thread that it has not."""
    begun = threading.Event()

    def compiling(signature):
        begun.set()
        time.sleep(0.3)

    thread = threading.Thread(target=jit._collecting_seldom, args=(compiling, ()))
    thread.start()
    assert begun.wait(20)
    child = os.fork()
    if child == 0:
        os._exit(0 if jit.global_compiler_lock._lock.acquire(blocking=False) else 1)
    assert os.waitpid(child, 0)[1] == 0
    thread.join()


@pytest.mark.parametrize("own", [(0, 10, 10), (10**6, 5, 5)])
def test_a_collector_that_looks_more_seldom_is_left_alone(own):
    usual, seen = gc.get_threshold(), []
    gc.set_threshold(*own)
    try:
        jit._collecting_seldom(lambda signature: seen.append(gc.get_threshold()), ())
        assert seen == [own] and gc.get_threshold() == own
    finally:
        gc.set_threshold(*usual)


def test_two_threads_leave_the_usual_threshold():
    """Each waits in its compilation for the other to have begun: without the lock, both would be in there at once."""
    usual, begun = gc.get_threshold(), threading.Barrier(2)
    together = []

    def compiling(signature):
        try:
            begun.wait(0.2)
            together.append(signature)
        except threading.BrokenBarrierError:
            pass

    threads = [threading.Thread(target=jit._collecting_seldom, args=(compiling, n)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [] and gc.get_threshold() == usual
