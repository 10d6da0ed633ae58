"""Who writes a record: one process at a time.

The row of the table `holder` is written and taken in SQLite's own transactions, so that no two processes can take it.
One that was killed leaves its row behind: where that can be seen, the record is taken over at once; on another machine,
or in another container, it is believed when nothing was heard of it for a while. A process whose record was taken over
notices at its next commit.
"""

import contextlib
import os
import platform
import socket
import sqlite3
import time
import uuid
import weakref
from datetime import datetime, timezone
from pathlib import Path

from ..errors import RecordError
from .connection import connect, explained, is_new

HEARD = 120.0
"""Seconds without a commit after which a process that cannot be looked at counts as ended. While it works, it commits
every second, or with every batch that takes longer."""

_held: "weakref.WeakValueDictionary[str, Holder]" = weakref.WeakValueDictionary()


class Holder:
    """What makes a record this process's own, as long as it writes."""

    def __init__(self, path: Path | str) -> None:
        self.path = path
        self.token = uuid.uuid4().hex

    def take(self, connection: sqlite3.Connection) -> None:
        """In the open transaction; RecordError where another process has the record, or another Record of this one."""
        rows = connection.execute("SELECT token, pid, host, machine, started, since, heard FROM holder").fetchall()
        for token, pid, host, there, started, since, heard in rows:
            if token != self.token and is_held(token, pid, there, started, heard):
                raise RecordError(
                    f"record {self.path} is being written by {described(pid, host, there, since)}: wait for it, or use "
                    f"another file{'' if there == machine() else way_out(self.path, heard)}"
                )
        connection.execute("DELETE FROM holder")
        now, pid = time.time(), os.getpid()
        row = (self.token, pid, socket.gethostname(), machine(), start_of(pid) or "", now, now)
        connection.execute("INSERT INTO holder VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        _held[self.token] = self

    def check(self, connection: sqlite3.Connection) -> None:
        """RecordError where the record is no longer held: another process took it over."""
        rows = connection.execute("SELECT token, pid, host, machine, since FROM holder").fetchall()
        if not any(token == self.token for token, *_ in rows):
            by = f"; now it is {described(*rows[0][1:])}" if rows else ""
            raise RecordError(f"record {self.path} was taken over from this process{by}: all it had recorded is kept")

    def renew(self, connection: sqlite3.Connection) -> None:
        """Say, in the open transaction, that this process is at work."""
        connection.execute("UPDATE holder SET heard = ? WHERE token = ?", (time.time(), self.token))

    def give_back(self, connection: sqlite3.Connection) -> None:
        """In the open transaction, or by itself."""
        connection.execute("DELETE FROM holder WHERE token = ?", (self.token,))

    def forget(self) -> None:
        """The Record is closed: what it may have left in the file holds nobody up in this process."""
        _held.pop(self.token, None)


def release(path: str | Path) -> None:
    """Free a record whose process has ended on a machine that cannot be looked at from here. What it recorded stays.

    Args:
        path: the SQLite file.

    Raises:
        RecordError: there is no such record, it is none, or it cannot be written.
    """
    if not Path(path).is_file():
        raise RecordError(f"there is no record {path}")
    with contextlib.closing(connect(Path(path))) as connection, explained(path):
        if not is_new(connection):
            connection.execute("DELETE FROM holder")


def machine() -> str:
    """What all processes that can be looked at from here have in common, and no others.

    On Linux the kernel's run and its table of processes: the numbers of two containers mean different processes, also
    where they share a machine and a name. Elsewhere the machine's name.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115  (no path, but text)
    except OSError:
        return socket.gethostname()


def is_held(token: str, pid: int, there: str, started: str, heard: float) -> bool:
    """Whether the process of a row is, as far as can be seen, still at it."""
    if there == machine():
        if pid == os.getpid() and started == (start_of(pid) or ""):
            return token in _held
        if (alive := is_alive(pid, started)) is not None:
            return alive
    return abs(time.time() - heard) < HEARD


def is_alive(pid: int, started: str) -> bool | None:
    """Whether a process that can be looked at runs; None where the system does not say."""
    if platform.system() == "Linux":
        return pid > 0 and start_of(pid) == started
    if os.name != "posix":
        return None  # where os.kill ends a process, whatever the signal
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def start_of(pid: int) -> str | None:
    """When a process began, as Linux counts; None where there is none, or it has ended and nobody has asked how."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    return None


def described(pid: int, host: str, there: str, since: float) -> str:
    """A process in words."""
    own = " (this one)" if pid == os.getpid() and there == machine() else ""
    with contextlib.suppress(OverflowError, ValueError, OSError):
        when = datetime.fromtimestamp(since, timezone.utc).isoformat(sep=" ", timespec="seconds")
        return f"process {pid}{own} on {host}, since {when}"
    return f"process {pid}{own} on {host}"


def way_out(path: Path | str, heard: float) -> str:
    """What to do about a process that cannot be looked at."""
    left = max(1, round(HEARD - (time.time() - heard)))
    return (
        f"; if it has ended, run the same command again in {left} s, or call corrupt_engine.records.release"
        f"({str(path)!r}) now"
    )
