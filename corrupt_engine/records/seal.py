"""A record's seal: what tells that its rows are those that were written.

SQLite does not notice a changed byte within a value, nor a row that is gone. So the number of rows of each table is
kept, and the sum of a digest of each, which needs no order and grows with every row.
"""

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from ..errors import RecordError
from .schema import COLUMNS, expected_tables, tables

Rows: TypeAlias = Mapping[str, list[tuple[Any, ...]]]

MODULUS = 1 << 62


def digest(table: str, row: Sequence[Any]) -> int:
    """A row of a table as a number below 2**62."""
    total = hashlib.blake2b(table.encode(), digest_size=8)
    for value in row:
        data = value if isinstance(value, bytes) else repr(value).encode()
        total.update(b"%s %d:" % (type(value).__name__.encode(), len(data)))
        total.update(data)
    return int.from_bytes(total.digest(), "little") % MODULUS


class Seal:
    """How many rows each table has, and the sum of their digests."""

    def __init__(self, rows: Rows | None = None) -> None:
        self.state = dict.fromkeys(COLUMNS, (0, 0))
        for table, found in (rows or {}).items():
            self.state[table] = len(found), sum(digest(table, row) for row in found) % MODULUS
        self.changed: set[str] = set()

    def add(self, table: str, row: Sequence[Any]) -> None:
        """A row was inserted."""
        rows, total = self.state[table]
        self.state[table] = rows + 1, (total + digest(table, row)) % MODULUS
        self.changed.add(table)

    def remove(self, table: str, row: Sequence[Any]) -> None:
        """A row was deleted."""
        rows, total = self.state[table]
        self.state[table] = rows - 1, (total - digest(table, row)) % MODULUS
        self.changed.add(table)

    def clear(self, table: str) -> None:
        """All rows of a table were deleted."""
        self.state[table] = 0, 0
        self.changed.add(table)

    def write(self, connection: sqlite3.Connection) -> None:
        """Into the table `seal`, in the transaction that is open."""
        rows = [(table, *self.state[table]) for table in sorted(self.changed)]
        connection.executemany("INSERT OR REPLACE INTO seal VALUES (?, ?, ?)", rows)
        self.changed.clear()


def contents(connection: sqlite3.Connection, path: Path | str) -> Rows:
    """All rows of a record, which are those that were written; RecordError where they are not."""
    alone = not connection.in_transaction
    if alone:
        connection.execute("BEGIN")  # rows and seal of one moment
    try:
        if tables(connection) != expected_tables():
            raise RecordError(f"record {path} is damaged: its tables are not those of a record; {WAY_OUT}")
        found = {
            table: connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
            for table, columns in COLUMNS.items()
        }
        seals = {name: tuple(rest) for name, *rest in connection.execute("SELECT name, rows, sum FROM seal")}
        wrong = [table for table, state in Seal(found).state.items() if seals.get(table, (0, 0)) != state]
        if wrong:
            raise RecordError(
                f"record {path} is damaged: what the table {' and '.join(wrong)} holds is not what was written; "
                f"{WAY_OUT}"
            )
        return found
    finally:
        if alone and connection.in_transaction:
            connection.execute("ROLLBACK")


WAY_OUT = "take a copy of it from a backup, or evaluate anew into another file"
