"""Work ahead of the consumer on one background thread, which ends with the generator."""

import atexit
import os
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ..errors import WorkerError

T = TypeVar("T")
_running: set[Callable[[], None]] = set()
"""What ends the producers that are at work."""


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_running.clear)  # which has none of them


@atexit.register
def _end_all() -> None:
    """At exit, while threads can still be waited for."""
    for end in list(_running):
        end()


def prefetched(make: Callable[[], Iterator[T]], ahead: int, hurry: Callable[[], None] = lambda: None) -> Iterator[T]:
    """Iterate over make() up to `ahead` items ahead of the caller.

    An exception in the producer is raised in the consumer at its place in the order. When the generator is closed,
    exhausted or collected, or Python exits, the producer is told to stop, `hurry` is called to make it stop sooner, and
    it is waited for. In a forked process, where there is no producer, WorkerError says so.
    """
    getpid, running = os.getpid, _running  # a module's names are gone when the last generators are collected
    owner = getpid()
    ready: queue.Queue[tuple[str, Any]] = queue.Queue(maxsize=ahead)
    stopped = threading.Event()

    def put(kind: str, value: Any) -> bool:
        while not stopped.is_set():
            try:
                ready.put((kind, value), timeout=0.05)
                return True
            except queue.Full:  # noqa: PERF203  (the wait is what the loop is for)
                continue
        return False

    def produce() -> None:
        try:
            items = make()
            try:
                for item in items:
                    if not put("item", item):
                        return
            finally:
                if hasattr(items, "close"):
                    items.close()
        except BaseException as error:
            put("error", error)
        else:
            put("end", None)

    thread = threading.Thread(target=produce, name="corrupt-engine-producer", daemon=True)

    def end() -> None:
        stopped.set()
        hurry()
        thread.join()

    running.add(end)
    thread.start()
    try:
        while True:
            if getpid() != owner:
                raise WorkerError(
                    "threads do not survive a fork, so this iterator goes on only in the process that began it; begin "
                    "another one in the forked process"
                )
            kind, value = ready.get()
            if kind == "end":
                return
            if kind == "error":
                raise value
            yield value
    finally:
        running.discard(end)
        if getpid() == owner:
            end()
