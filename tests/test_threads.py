"""Pieces of work shared by threads: order, errors, endings."""

import os
import threading
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine.errors import OptionError
from corrupt_engine.runtime.threads import Threads, map_threads


@pytest.mark.parametrize("count", [0, 1, 2, 5])
@pytest.mark.parametrize("pieces", [0, 1, 2, 40])
def test_results_come_in_order_whatever_finishes_first(count, pieces):
    threads = Threads(count)
    assert threads.map(lambda n: (time.sleep(0.002 * (n % 3)), n * n)[1], pieces) == [n * n for n in range(pieces)]
    threads.close()


def test_the_calling_thread_is_one_of_the_threads_and_there_are_no_more_than_asked():
    threads, working, most, seen = Threads(3), set(), [], set()

    def work(_):
        working.add(threading.get_ident())
        most.append(len(working))
        seen.add(threading.get_ident())
        time.sleep(0.002)
        working.discard(threading.get_ident())

    threads.map(work, 60)
    threads.close()
    assert max(most) == len(seen) == 3
    assert threading.get_ident() in seen


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_first_error_in_order_is_raised_and_the_rest_is_left_undone(count):
    threads, done = Threads(count), []

    def work(n):
        if n in (7, 8):
            time.sleep(0.02 if n == 7 else 0.0)
            raise ValueError(f"piece {n}")
        done.append(n)
        time.sleep(0.001)

    with pytest.raises(ValueError, match="piece 7"):
        threads.map(work, 500)
    assert len(done) < 400
    assert threads.map(lambda n: n, 5) == [0, 1, 2, 3, 4], "an error does not spoil the threads"
    threads.close()


def test_closing_from_another_thread_leaves_undone_what_has_not_begun():
    threads, begun = Threads(2), threading.Event()
    closing = threading.Thread(target=lambda: (begun.wait(), threads.close()))
    closing.start()
    with pytest.raises(CancelledError, match="closed"):
        threads.map(lambda _: (begun.set(), time.sleep(0.005)), 1000)
    closing.join()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("corrupt-engine-worker")]


def test_work_may_share_out_work_on_the_same_threads():
    threads = Threads(2)
    assert threads.map(lambda n: sum(threads.map(lambda m: m + n, 10)), 6) == [45 + 10 * n for n in range(6)]
    threads.close()


def test_threads_that_are_kept_work_again_after_a_fork():
    assert map_threads(lambda n: n, 8, 2) == list(range(8))
    if not hasattr(os, "fork"):
        pytest.skip("no fork here")
    child = os.fork()
    if child == 0:
        os._exit(0 if map_threads(lambda n: n, 8, 2) == list(range(8)) else 1)
    deadline = time.monotonic() + 20
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ended == (child, 0)


@pytest.mark.parametrize("threads", [0, -1, 1.5, "two"])
def test_a_number_of_threads_is_at_least_one(threads):
    with pytest.raises(OptionError, match="threads"):
        ce.corrupt(np.zeros((2, 8, 8, 3), np.uint8), "fog", threads=threads)


def test_pieces_cost_no_future_each(monkeypatch):
    """See Threads.map for what they cost."""
    submitted = []
    submit = ThreadPoolExecutor.submit
    monkeypatch.setattr(
        ThreadPoolExecutor, "submit", lambda pool, *args: (submitted.append(args), submit(pool, *args))[1]
    )
    threads = Threads(3)
    threads.map(lambda n: n, 500)
    threads.close()
    assert len(submitted) == 2
