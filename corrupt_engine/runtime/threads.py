"""Threads that end when they are told to."""

import contextlib
import functools
import itertools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, TypeVar

from .checks import check_count

T = TypeVar("T")


class Threads:
    """`count` threads for small pieces of work, the calling one among them; 0 and 1 mean the calling thread alone."""

    def __init__(self, count: int, name: str = "corrupt-engine-worker") -> None:
        self.count = count
        self._closed = self._ended = False
        self._pool = ThreadPoolExecutor(count - 1, thread_name_prefix=name) if count > 1 else None

    def map(self, work: Callable[[int], T], count: int) -> list[T]:
        """[work(0), work(1), ...]; the first exception in this order is raised, and what has not begun by then is left
        undone.

        Each thread takes the next number when it is free. A future for each piece, as Executor.map makes them, cost
        more than a piece of .1 ms gained: two threads made contrast slower than one did.
        """
        if self._pool is None or count < 2:
            return [work(n) for n in range(count)]
        shared = _Shared(work, count, lambda: self._closed)
        helpers: list[Future[None]] = []
        with contextlib.suppress(RuntimeError):  # when Python exits, it starts no more: the calling thread does all
            helpers.extend(self._pool.submit(shared.drain) for _ in range(min(self.count, count) - 1))
        try:
            shared.drain()
            for helper in helpers:
                if not helper.cancel():
                    helper.result()
        except BaseException as error:  # an interrupt while waiting: the helpers shall end as well
            shared.failed[count] = error
            raise
        return shared.results()

    def close(self) -> None:
        """Leave undone what has not begun, and wait for the rest."""
        self._closed = True
        if self._pool is not None and not self._ended:
            self._pool.shutdown(cancel_futures=True)
            self._ended = True  # once: when Python exits, a pool cannot be asked again


class _Shared:
    """Numbered pieces of work from which several threads take."""

    def __init__(self, work: Callable[[int], Any], count: int, closed: Callable[[], bool]) -> None:
        self.work, self.count, self.closed = work, count, closed
        self.numbers = itertools.count()
        self.done: dict[int, Any] = {}
        self.failed: dict[int, BaseException] = {}

    def drain(self) -> None:
        """Do pieces until none is left, one fails, or the threads are closed."""
        n = self.count
        try:
            while not self.failed and not self.closed() and (n := next(self.numbers)) < self.count:
                self.done[n] = self.work(n)
        except BaseException as error:  # raised where the results are read
            self.failed[n] = error

    def results(self) -> list[Any]:
        """All results in order."""
        if self.failed:
            raise self.failed[min(self.failed)]
        if len(self.done) < self.count:
            raise CancelledError("the threads were closed before all work was done")
        return [self.done[n] for n in range(self.count)]


@functools.lru_cache(maxsize=4)
def kept_threads(count: int, process: int) -> Threads:
    """The threads that a process keeps for calls that own none; `process` is os.getpid(), since threads do not survive
    a fork.
    """
    return Threads(count, "corrupt-engine")


def map_threads(work: Callable[[int], T], count: int, threads: int) -> list[T]:
    """[work(0), work(1), ...] on at most `threads` threads, which are kept."""
    if min(threads, count) <= 1:
        return [work(n) for n in range(count)]
    return kept_threads(threads, os.getpid()).map(work, count)


def thread_count(threads: int | None) -> int:
    """How many threads are asked for, by default as many as there are processors; OptionError for what is no number
    from 1 on.
    """
    return processors() if threads is None else check_count("threads", threads, 1)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


AT_ONCE = 4 * 224 * 224 * 3
"""Bytes of images that a thread takes at a time, at least one image: what a corruption passes from step to step then
still stays near it (twice as much made elastic_transform 1.6 times slower), and small images share the time between
steps (4 to 50 us, where a noise on 32 x 32 pixels takes 4)."""


def portions(conditions: Sequence[Any], image_bytes: int, threads: int) -> list[slice]:
    """A batch cut into what a thread takes at a time: neighbours under one condition, not more than AT_ONCE or half of
    a thread's share of what is left, so that no thread waits long for the last one.

    >>> portions(["fog", "fog", "fog", "snow"], 600_000, threads=2)
    [slice(0, 1, None), slice(1, 2, None), slice(2, 3, None), slice(3, 4, None)]
    >>> portions(["fog"] * 8 + ["snow"], 3_000, threads=2)
    [slice(0, 3, None), slice(3, 5, None), slice(5, 6, None), slice(6, 7, None), slice(7, 8, None), slice(8, 9, None)]
    """
    most, total = max(1, AT_ONCE // max(1, image_bytes)), len(conditions)
    found, start = [], 0
    for _, run in itertools.groupby(conditions):
        end = start + len(list(run))
        while start < end:
            share = total - start if threads <= 1 else -(-(total - start) // (2 * threads))
            found.append(slice(start, min(start + min(most, share), end)))
            start = found[-1].stop
    return found
