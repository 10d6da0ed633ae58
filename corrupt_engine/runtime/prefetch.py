"""Work ahead of the consumer on one background thread, which ends with the generator."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


def prefetched(make: Callable[[], Iterator[T]], ahead: int, hurry: Callable[[], None] = lambda: None) -> Iterator[T]:
    """Iterate over make() up to `ahead` items ahead of the caller.

    An exception in the producer is raised in the consumer at its place in the order. When the generator is closed,
    exhausted or collected, the producer is told to stop, `hurry` is called to make it stop sooner, and it is waited
    for.
    """
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
    thread.start()
    try:
        while True:
            kind, value = ready.get()
            if kind == "end":
                return
            if kind == "error":
                raise value
            yield value
    finally:
        stopped.set()
        hurry()
        thread.join()
