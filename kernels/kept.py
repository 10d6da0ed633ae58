"""What is made once and kept in memory: tables by parameter and by size, up to a number of bytes in all.

A data set may have an image of another size at every index, and a condition another severity for every image: what is
kept is bounded by what it weighs, not by how many there are.
"""

import functools
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

TABLES = 64 << 20
"""Bytes of all tables of a process."""
ENTRY = 512
"""Bytes that an entry counts besides its arrays and texts: its key, its tuples, its place in the order."""

_lock = threading.RLock()
if hasattr(os, "register_at_fork"):  # a process may be forked while another thread is in here
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


class Kept:
    """The values that were used last, up to `most` bytes in all; one that is larger by itself is not kept.

    Args:
        most: bytes.
    """

    def __init__(self, most: int) -> None:
        self.most, self.size = most, 0
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> Any:
        """The value, which is then the one that was used last; None where there is none.

        Without the lock, since each of the two steps is one of Python's own: a kept function takes .3 us so.
        """
        found = self._values.get(key)
        if found is None:
            return None
        try:  # noqa: SIM105  (a context manager would take longer than all the rest)
            self._values.move_to_end(key)
        except KeyError:  # another thread has let it go in between
            pass
        return found[0]

    def add(self, key: Hashable, value: Any) -> Any:
        """Keep a value that is not None.

        Returns:
            What is kept under the key: what was there before stays. The value itself where it is too large.
        """
        size = ENTRY + weight(key) + weight(value)
        if size > self.most:
            return value
        with _lock:
            if (found := self._values.get(key)) is not None:
                return found[0]
            while self.size + size > self.most:
                self.size -= self._values.popitem(last=False)[1][1]
            self._values[key] = value, size
            self.size += size
            return value

    def clear(self) -> None:
        """Let all go."""
        with _lock:
            self._values.clear()
            self.size = 0


def weight(value: Any) -> int:
    """The bytes of the arrays and texts in a value: those of the whole array where it is a part of one."""
    if isinstance(value, tuple):
        return sum(map(weight, value))
    if isinstance(value, (bytes, str)):
        return len(value)
    owner = getattr(value, "base", None)
    return max(getattr(value, "nbytes", 0), getattr(owner, "nbytes", 0))


tables = Kept(TABLES)
"""What `kept` functions have made."""


def kept(make: F) -> F:
    """A function whose results are kept in `tables`: arrays that nobody writes to, or tuples of them. Two threads that
    ask at the same moment may both make one, and both get the first.
    """

    @functools.wraps(make)
    def kept_or_made(*args: Hashable) -> Any:
        key = (make, args)
        found = tables.get(key)
        return tables.add(key, make(*args)) if found is None else found

    return cast(F, kept_or_made)
