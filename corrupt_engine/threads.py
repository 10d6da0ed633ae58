"""Threads that end when they are told to."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class Threads:
    """`count` threads for small pieces of work; 0 and 1 mean the calling thread."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="corrupt-engine-worker") if count > 1 else None

    def map(self, work: Callable[[int], Any], count: int) -> list[Any]:
        """[work(0), work(1), ...]; the first exception in this order is raised, and what has not begun by then is left undone."""
        if self._pool is None or count < 2:
            return [work(n) for n in range(count)]
        futures = [self._pool.submit(work, n) for n in range(count)]
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()

    def close(self) -> None:
        """Leave undone what has not begun, and wait for the rest."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
