"""The tables of a record, and how arrays are kept in them.

A BLOB is a zlib-compressed little-endian array: int32 for ids, labels, prediction and rank, float32 for confidence.
Read one with `numpy.frombuffer(zlib.decompress(blob), "<i4")`. Rows are only ever added, in transactions, so a record
is right at every moment.
"""

import sqlite3
import zlib

import numpy as np

APPLICATION_ID = 0x43454E47
"""Marks the file as ours in its header ("CENG"); `PRAGMA user_version` holds the version of the schema."""
VERSION = 1

SCHEMA = """
-- What fixed the numbers. A run continues a record only where all of it is equal. Values are JSON.
CREATE TABLE configuration (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- What did not fix them: a row a start, with versions and the machine's kind as JSON.
CREATE TABLE session (number INTEGER PRIMARY KEY, started TEXT NOT NULL, facts TEXT NOT NULL);
CREATE TABLE condition (
    number INTEGER PRIMARY KEY, corruption TEXT NOT NULL, severity REAL NOT NULL, trial INTEGER NOT NULL,
    UNIQUE (corruption, severity, trial)
);
-- The right classes of the samples. Sample ids are first, first + 1, ... (count of them) unless ids lists them.
CREATE TABLE label (first INTEGER PRIMARY KEY, count INTEGER NOT NULL, ids BLOB, labels BLOB NOT NULL);
-- The predictions on a batch under a condition. prediction and rank are -1, confidence NaN where the scores were NaN or
-- +infinity; rank is the number of classes before the label's (0: top-1 right, below 5: top-5 right).
CREATE TABLE answer (
    condition INTEGER NOT NULL REFERENCES condition, first INTEGER NOT NULL, count INTEGER NOT NULL, ids BLOB,
    prediction BLOB NOT NULL, confidence BLOB NOT NULL, rank BLOB NOT NULL,
    PRIMARY KEY (condition, first)
) WITHOUT ROWID;
-- Files that could not be read.
CREATE TABLE skipped (id INTEGER PRIMARY KEY, name TEXT NOT NULL, reason TEXT NOT NULL);
-- Confident mistakes, written when the run is complete: the mistake as JSON, both pictures as image files.
CREATE TABLE picture (
    position INTEGER PRIMARY KEY, mistake TEXT NOT NULL, name TEXT NOT NULL,
    clean BLOB NOT NULL, corrupted BLOB NOT NULL
);
"""
"""The tables, in SQLite's words, for those who read a record with their own tools."""


def create(connection: sqlite3.Connection) -> None:
    """Make the tables, all or none."""
    connection.executescript(
        f"BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; {SCHEMA} COMMIT;"
    )


def pack(values: np.ndarray, dtype: str) -> bytes:
    """An array as a BLOB."""
    return zlib.compress(np.ascontiguousarray(values, dtype=dtype).tobytes(), 1)


def unpack(blob: bytes, dtype: str) -> np.ndarray:
    """A BLOB as an array."""
    return np.frombuffer(zlib.decompress(blob), dtype)


def pack_ids(ids: np.ndarray) -> tuple[int, int, bytes | None]:
    """Sample ids as (first, count, BLOB or None where they are consecutive)."""
    first, count = int(ids[0]), len(ids)
    return first, count, None if np.array_equal(ids, np.arange(first, first + count)) else pack(ids, "<i4")


def unpack_ids(first: int, count: int, blob: bytes | None) -> np.ndarray:
    """The inverse of `pack_ids`, int64."""
    return np.arange(first, first + count, dtype=np.int64) if blob is None else unpack(blob, "<i4").astype(np.int64)
