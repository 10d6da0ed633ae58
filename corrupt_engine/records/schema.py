"""The tables of a record, and how arrays are kept in them.

A BLOB is a zlib-compressed little-endian array: int32 for ids, labels, prediction and rank, float32 for confidence.
Read one with `numpy.frombuffer(zlib.decompress(blob), "<i4")`. What is predicted is only ever added, in transactions,
so a record is right at every moment.
"""

import functools
import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

APPLICATION_ID = 0x43454E47
"""Marks the file as ours in its header ("CENG"); `PRAGMA user_version` holds the version of the schema."""
VERSION = 4
KINDS = ("<i4", "<f4", "<i4")
"""How prediction, confidence and rank are kept."""
FIVE = "(5,)<i4"
"""How the five likeliest classes are."""
MOST_SAMPLES = 2**31
MOST_NAME = 4096
"""Bytes of a name that are kept, which a path on Linux has at most."""

SCHEMA = """
-- What fixed the numbers. A run continues a record only where all of it is equal. Values are JSON.
CREATE TABLE configuration (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- What did not fix them: a row a start, with versions, the machine's kind, and what turned out meanwhile, as JSON.
CREATE TABLE session (number INTEGER PRIMARY KEY, started TEXT NOT NULL, facts TEXT NOT NULL);
CREATE TABLE condition (
    number INTEGER PRIMARY KEY, corruption TEXT NOT NULL, severity REAL NOT NULL, trial INTEGER NOT NULL,
    UNIQUE (corruption, severity, trial)
);
-- The right classes of the samples, and what they are called: zlib-compressed JSON, a list. Sample ids are first,
-- first + 1, ... (count of them) unless ids lists them.
CREATE TABLE label (
    first INTEGER PRIMARY KEY, count INTEGER NOT NULL, ids BLOB, labels BLOB NOT NULL, names BLOB NOT NULL
);
-- The predictions on a batch under a condition. prediction and rank are -1, confidence NaN where the scores were NaN or
-- +infinity; rank is the number of classes before the label's (0: top-1 right, below 5: top-5 right). five, of frames
-- of sequences alone, has the five likeliest classes of each, int32.
CREATE TABLE answer (
    condition INTEGER NOT NULL REFERENCES condition, first INTEGER NOT NULL, count INTEGER NOT NULL, ids BLOB,
    prediction BLOB NOT NULL, confidence BLOB NOT NULL, rank BLOB NOT NULL, five BLOB,
    PRIMARY KEY (condition, first)
) WITHOUT ROWID;
-- Samples that are left out because their label has no class number.
CREATE TABLE unlabelled (
    label TEXT NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, ids BLOB, PRIMARY KEY (label, first)
) WITHOUT ROWID;
-- Files that could not be read.
CREATE TABLE skipped (id INTEGER PRIMARY KEY, name TEXT NOT NULL, reason TEXT NOT NULL);
-- Confident mistakes, written when the run is complete: the mistake as JSON, both pictures as image files.
CREATE TABLE picture (
    position INTEGER PRIMARY KEY, mistake TEXT NOT NULL, name TEXT NOT NULL,
    clean BLOB NOT NULL, corrupted BLOB NOT NULL
);
-- What the corruptions look like, written when the run is complete: the middle of one sample, clean (corruption
-- "clean", severity 0) and under each corruption at one of its severities, as image files.
CREATE TABLE example (
    corruption TEXT PRIMARY KEY, severity REAL NOT NULL, id INTEGER NOT NULL, image BLOB NOT NULL
) WITHOUT ROWID;
-- A row a table: how many rows it has, and the sum of their digests (`seal.digest`), written with every commit. Where
-- they do not fit, the record was damaged.
CREATE TABLE seal (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID;
-- Who writes the record: at most one row. machine tells where processes see each other, host is its name for people;
-- started tells a process from a later one of the same number; times are seconds since 1970, heard is that of its last
-- commit.
CREATE TABLE holder (
    token TEXT PRIMARY KEY, pid INTEGER NOT NULL, host TEXT NOT NULL, machine TEXT NOT NULL, started TEXT NOT NULL,
    since REAL NOT NULL, heard REAL NOT NULL
) WITHOUT ROWID;
"""
"""The tables, in SQLite's words, for those who read a record with their own tools."""

COLUMNS: Mapping[str, Mapping[str, type]] = {
    "configuration": {"key": str, "value": str},
    "session": {"number": int, "started": str, "facts": str},
    "condition": {"number": int, "corruption": str, "severity": float, "trial": int},
    "label": {"first": int, "count": int, "ids": bytes, "labels": bytes, "names": bytes},
    "answer": {
        "condition": int, "first": int, "count": int, "ids": bytes,
        "prediction": bytes, "confidence": bytes, "rank": bytes, "five": bytes,
    },
    "unlabelled": {"label": str, "first": int, "count": int, "ids": bytes},
    "skipped": {"id": int, "name": str, "reason": str},
    "picture": {"position": int, "mistake": str, "name": str, "clean": bytes, "corrupted": bytes},
    "example": {"corruption": str, "severity": float, "id": int, "image": bytes},
}  # fmt: skip
"""The tables that hold results, with the type of each column."""


def create(connection: sqlite3.Connection) -> None:
    """Make the tables, in the transaction that is open."""
    execute_all(connection, SCHEMA)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def execute_all(connection: sqlite3.Connection, statements: str) -> None:
    """Several statements; `executescript` would commit what is open."""
    statement = ""
    for line in statements.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


def tables(connection: sqlite3.Connection) -> frozenset[str]:
    """What is defined in a file, as normal statements."""
    # All at once: a cursor that an error's traceback still held would keep the file open, and locked.
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return frozenset(" ".join(str(sql).split()) for (sql,) in rows)


@functools.cache
def expected_tables() -> frozenset[str]:
    """What is defined in a record."""
    connection = sqlite3.connect(":memory:")
    try:
        execute_all(connection, SCHEMA)
        return tables(connection)
    finally:
        connection.close()


def canonical(table: str, row: Sequence[Any]) -> tuple[Any, ...]:
    """A row as SQLite gives it back: the types of its columns, and text that can be written."""
    kinds = COLUMNS[table].values()
    return tuple(
        None if value is None else text(value) if kind is str else kind(value)
        for kind, value in zip(kinds, row, strict=True)
    )


def text(value: Any) -> str:
    """Text without what UTF-8 has no place for."""
    return str(value).encode("utf-8", "backslashreplace").decode()


def pack(values: np.ndarray, dtype: str) -> bytes:
    """An array as a BLOB."""
    return zlib.compress(np.ascontiguousarray(values, dtype=np.dtype(dtype).base).tobytes(), 1)


def unpack(blob: bytes, dtype: str, count: int) -> np.ndarray:
    """A BLOB as an array of so many; ValueError where it is another one. No more than these are ever unpacked."""
    size = count * np.dtype(dtype).itemsize
    data = inflated(blob, size)
    if data is None or len(data) != size:
        raise ValueError(f"an array is not of {count} values")
    return np.frombuffer(data, dtype)


def inflated(blob: bytes, most: int) -> bytes | None:
    """What is compressed in a BLOB, or None where it is more than that, or damaged at its end."""
    inflate = zlib.decompressobj()
    data = inflate.decompress(blob, most + 1)
    return data if len(data) <= most and inflate.eof and not inflate.unused_data else None


def pack_names(names: Sequence[str]) -> bytes:
    """Names as a BLOB; of longer ones the end."""
    ends = [text(name).encode()[-MOST_NAME:].decode("utf-8", "ignore") for name in names]
    return zlib.compress(json.dumps(ends, ensure_ascii=False).encode(), 1)


def unpack_names(blob: bytes, count: int) -> list[str]:
    """The inverse of `pack_names`; ValueError where they are not so many names."""
    data = inflated(blob, count * (6 * MOST_NAME + 4) + 2)  # JSON writes a control character as six
    names = None if data is None else json.loads(data)
    if not isinstance(names, list) or len(names) != count or not all(isinstance(name, str) for name in names):
        raise ValueError(f"a list is not of {count} names")
    return names


def pack_ids(ids: np.ndarray) -> tuple[int, int, bytes | None]:
    """Sample ids as (first, count, BLOB or None where they are consecutive)."""
    first, count = int(ids[0]), len(ids)
    return first, count, None if np.array_equal(ids, np.arange(first, first + count)) else pack(ids, "<i4")


def unpack_ids(first: int, count: int, blob: bytes | None, samples: int = MOST_SAMPLES) -> np.ndarray:
    """The inverse of `pack_ids`, int64; ValueError where they are not `count` ids below `samples`, from `first` on."""
    if not (0 < count <= samples and 0 <= first < samples):
        raise ValueError(f"there are {count} sample ids from {first} on, of {samples}")
    if blob is None:
        ids = np.arange(first, first + count, dtype=np.int64)
    else:
        ids = unpack(blob, "<i4", count).astype(np.int64)
    if ids[0] != first or ids.min() < 0 or ids.max() >= samples:
        raise ValueError(f"sample ids go from {ids.min()} to {ids.max()}, of {samples}")
    return ids
