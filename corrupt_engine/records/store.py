"""`Record`: writing predictions as they come, and continuing where a killed run stopped."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from ..catalogue import Condition
from ..errors import RecordError
from ..metrics.predictions import Predictions
from .connection import MEMORY, connect, explained, is_new
from .differences import differences, flat
from .mistakes import ImagePair
from .schema import create, pack, pack_ids, unpack, unpack_ids

SAVE_EVERY = 1.0  # seconds of work that a kill may lose; a commit takes milliseconds


class Record:
    """An open record. What is added is committed every second, and when the record is flushed or closed, whole batches
    at a time.

    Args:
        path: the SQLite file; None keeps the record in memory.
        configuration: what fixes the numbers; values that JSON can hold.
        conditions: all that the run is about.
        facts: what does not fix the numbers (versions, machine), for the log of sessions; None leaves this opening out
            of it.

    Raises:
        RecordError: the file cannot be written, is no record, or is the record of another configuration or data set;
            the message names each difference.
    """

    def __init__(
        self,
        path: str | Path | None,
        configuration: Mapping[str, Any],
        conditions: Sequence[Condition],
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.path: str | Path = MEMORY if path is None else Path(path)
        self.connection = connect(self.path)
        self._numbers = {condition: number for number, condition in enumerate(conditions)}
        self._labelled: set[int] = set()
        self._open = False
        self._saved = time.monotonic()
        try:
            with explained(self.path):
                self._begin(flat(configuration), facts)
                self._read_labelled()
        except BaseException:
            self.connection.close()
            raise

    def _begin(self, wanted: dict[str, Any], facts: Mapping[str, Any] | None) -> None:
        if is_new(self.connection):
            create(self.connection)
        self.connection.execute("BEGIN IMMEDIATE")
        found = {
            key: json.loads(value) for key, value in self.connection.execute("SELECT key, value FROM configuration")
        }
        if not found:
            rows = [(key, json.dumps(value)) for key, value in wanted.items()]
            self.connection.executemany("INSERT INTO configuration VALUES (?, ?)", rows)
            self.connection.executemany(
                "INSERT INTO condition VALUES (?, ?, ?, ?)", [(n, *c) for c, n in self._numbers.items()]
            )
        elif different := differences(found, json.loads(json.dumps(wanted))):
            self.connection.execute("ROLLBACK")
            raise RecordError(
                f"record {self.path} belongs to another evaluation: {'; '.join(different)}. "
                "Give the same configuration to continue it, or another file"
            )
        if facts is not None:
            now = datetime.now(timezone.utc).isoformat(timespec="seconds")
            self.connection.execute(
                "INSERT INTO session (started, facts) VALUES (?, ?)", (now, json.dumps(dict(facts)))
            )
        self.connection.execute("COMMIT")

    def _read_labelled(self) -> None:
        for ids in self.connection.execute("SELECT first, count, ids FROM label"):
            self._labelled.update(unpack_ids(*ids).tolist())

    def done(self) -> dict[Condition, np.ndarray]:
        """Which samples need nothing more.

        Returns:
            For each condition the ids (M,) int64, ascending, of the samples that it has predictions of; skipped ones
            count as done.

        Raises:
            RecordError: the file cannot be read.
        """
        parts: dict[int, list[np.ndarray]] = {number: [] for number in self._numbers.values()}
        with explained(self.path):
            for number, *ids in self.connection.execute("SELECT condition, first, count, ids FROM answer"):
                parts[number].append(unpack_ids(*ids))
            skipped = np.array([row[0] for row in self.connection.execute("SELECT id FROM skipped")], np.int64)
        return {c: np.unique(np.concatenate([skipped, *parts[number]])) for c, number in self._numbers.items()}

    def first_predictions(self, condition: Condition) -> tuple[np.ndarray, Predictions]:
        """The recorded predictions of the first batch under a condition.

        Args:
            condition: one of those that the record was opened with.

        Returns:
            Its ids (M,) int64, ascending, and M predictions; none where nothing is recorded.

        Raises:
            RecordError: the file cannot be read.
            KeyError: the record is not about this condition.
        """
        with explained(self.path):
            row = self.connection.execute(
                "SELECT first, count, ids, prediction, confidence, rank FROM answer WHERE condition = ? "
                "ORDER BY first LIMIT 1",
                (self._numbers[condition],),
            ).fetchone()
        if row is None:
            return np.zeros(0, np.int64), Predictions(*(np.zeros(0, kind) for kind in ("i4", "f4", "i4")))
        ids = unpack_ids(*row[:3])
        given = Predictions(*(unpack(blob, kind) for blob, kind in zip(row[3:], ("<i4", "<f4", "<i4"), strict=True)))
        order = np.argsort(ids, kind="stable")
        return ids[order], given.take(order)

    def add_labels(self, ids: np.ndarray, labels: np.ndarray) -> None:
        """Add the right classes; those of samples that are known already are left out.

        Args:
            ids: (N,) integers, the sample ids.
            labels: (N,) integers, the class of each.

        Raises:
            RecordError: the file cannot be written.
        """
        fresh = np.array([int(number) not in self._labelled for number in ids], dtype=bool)
        if fresh.any():
            self._insert("INSERT INTO label VALUES (?, ?, ?, ?)", (*pack_ids(ids[fresh]), pack(labels[fresh], "<i4")))
            self._labelled.update(ids[fresh].tolist())

    def add(self, condition: Condition, ids: np.ndarray, predictions: Predictions) -> None:
        """Add predictions under a condition. A batch that begins with a sample with which one of that condition begins
        already is left out.

        Args:
            condition: one of those that the record was opened with.
            ids: (N,) integers, the sample ids, at least one.
            predictions: N of them, in the same order.

        Raises:
            RecordError: the file cannot be written.
            KeyError: the record is not about this condition.
        """
        first, count, listed = pack_ids(ids)
        blobs = (
            pack(predictions.prediction, "<i4"),
            pack(predictions.confidence, "<f4"),
            pack(predictions.rank, "<i4"),
        )
        self._insert(
            "INSERT OR IGNORE INTO answer VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self._numbers[condition], first, count, listed, *blobs),
        )
        if time.monotonic() - self._saved > SAVE_EVERY:
            self.flush()

    def add_skipped(self, skipped: Iterable[tuple[int, str, str]]) -> None:
        """Add files that cannot be read; those that are known already are left out.

        Args:
            skipped: (sample id, name, reason) of each.

        Raises:
            RecordError: the file of the record cannot be written.
        """
        for row in skipped:
            self._insert("INSERT OR IGNORE INTO skipped VALUES (?, ?, ?)", row)

    def set_image_pairs(self, pairs: Sequence[ImagePair]) -> None:
        """Replace the images of confident mistakes.

        Args:
            pairs: all that the record is to hold, in this order.

        Raises:
            RecordError: the file cannot be written.
        """
        self._insert("DELETE FROM picture", ())
        for position, pair in enumerate(pairs):
            row = (position, json.dumps(pair.mistake), pair.name, pair.clean, pair.corrupted)
            self._insert("INSERT INTO picture VALUES (?, ?, ?, ?, ?)", row)

    def absorb(self, path: Path) -> None:
        """Add all rows of another process's part of this record, in one transaction.

        Args:
            path: the part, a closed record of the same conditions.

        Raises:
            RecordError: the part cannot be read, or the record cannot be written.
        """
        self.flush()
        with explained(path):
            self.connection.execute("ATTACH ? AS part", (str(path),))
            self.connection.execute("BEGIN IMMEDIATE")
            for table in ("label", "answer", "skipped"):
                self.connection.execute(f"INSERT OR IGNORE INTO main.{table} SELECT * FROM part.{table}")
            self.connection.execute("COMMIT")
            self.connection.execute("DETACH part")
            self._read_labelled()

    def flush(self) -> None:
        """Commit what was added.

        Raises:
            RecordError: the file cannot be written.
        """
        if self._open:
            with explained(self.path):
                self.connection.execute("COMMIT")
            self._open = False
        self._saved = time.monotonic()

    def close(self) -> None:
        """Commit and close.

        Raises:
            RecordError: the file cannot be written; it is closed all the same.
        """
        try:
            self.flush()
        finally:
            self.connection.close()

    def _insert(self, statement: str, row: tuple[Any, ...]) -> None:
        with explained(self.path):
            if not self._open:
                self.connection.execute("BEGIN IMMEDIATE")
                self._open = True
            try:
                self.connection.execute(statement, row)
            except BaseException:
                # A full disk makes SQLite roll back by itself; what was committed before stays.
                self._open = self.connection.in_transaction
                raise

    def __enter__(self) -> "Record":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
