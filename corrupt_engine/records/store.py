"""`Record`: writing predictions as they come, and continuing where a killed run stopped."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from ..catalogue import Condition
from ..errors import RecordError
from ..metrics.predictions import Predictions
from .connection import MEMORY, connect, explained, is_new, undamaged
from .differences import differences, flat
from .examples import Example
from .holder import Holder
from .mistakes import ImagePair
from .schema import FIVE, KINDS, canonical, create, pack, pack_ids, pack_names, unpack, unpack_ids, unpack_names
from .seal import Seal, contents
from .sessions import AT_ONCE, least_at_once

SAVE_EVERY = 1.0  # seconds of work that a kill may lose; a commit takes milliseconds
LIMIT = "data.limit"


class Record:
    """An open record. What is added is committed every second, and when the record is flushed or closed, whole batches
    at a time.

    Args:
        path: the SQLite file; None keeps the record in memory.
        configuration: what fixes the numbers; values that JSON can hold.
        conditions: all that the run is about; a record that lacks some of them grows by them.
        facts: what does not fix the numbers (versions, machine), for the log of sessions; None leaves this opening out
            of it.

    Raises:
        RecordError: the file cannot be written, is no record, or holds answers of another configuration or data set;
            the message names each difference. One without an answer begins anew.
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
        self._numbers: dict[Condition, int] = {}
        self._labels: dict[int, int] = {}
        self._unlabelled: set[int] = set()
        self._seal = Seal()
        self._holder = Holder(self.path)
        self._open = self._failed = False
        self._saved = time.monotonic()
        wanted = {key: json.dumps(value) for key, value in flat(configuration).items()}
        told = None if facts is None else json.dumps(dict(facts))
        try:
            with undamaged(self.path):
                self._begin(wanted, conditions, told)
        except BaseException:
            self._holder.forget()
            self.connection.close()  # which rolls back what is not committed
            raise

    def _begin(self, wanted: dict[str, str], conditions: Sequence[Condition], facts: str | None) -> None:
        """All that a new record needs, or what an old one holds, in one transaction."""
        self.connection.execute("BEGIN IMMEDIATE")
        self._open = True
        if is_new(self.connection):
            create(self.connection)
        else:
            self._holder.take(self.connection)  # before a long look at what somebody else is writing
        rows = contents(self.connection, self.path)
        self._seal = Seal(rows)
        found: dict[str, str] = dict(rows["configuration"])
        kept, different = continued(found, wanted)
        if different and rows["answer"]:
            raise RecordError(
                f"record {self.path} belongs to another evaluation: {'; '.join(different)}. "
                "Give the same configuration to continue it, or another file"
            )
        if different:  # of a run that failed before its first answer, such as one with a wrong option
            rows, kept = {table: [] for table in rows}, wanted
            for table in rows:
                self._replace(table, ())
        for first, count, listed, blob, _ in rows["label"]:
            ids, labels = unpack_ids(first, count, listed), unpack(blob, "<i4", count)
            self._labels.update(zip(ids.tolist(), labels.tolist(), strict=True))
        self._unlabelled = {number for _, *ids in rows["unlabelled"] for number in unpack_ids(*ids).tolist()}
        if found != kept:
            self._replace("configuration", kept.items())
        self._numbers = {Condition(*rest): number for number, *rest in rows["condition"]}
        for condition in conditions:
            if condition not in self._numbers:
                self._number(condition)
        self._holder.take(self.connection)
        if facts is not None:
            now = datetime.now(timezone.utc).isoformat(timespec="seconds")
            number = 1 + max((row[0] for row in rows["session"]), default=0)
            self._insert("session", (number, now, facts))
        self.flush()

    def done(self) -> dict[Condition, np.ndarray]:
        """Which samples need nothing more.

        Returns:
            For each of the record's conditions the ids (M,) int64, ascending, of the samples that it has predictions
            of; skipped and unlabelled ones count as done.

        Raises:
            RecordError: the file cannot be read.
        """
        parts: dict[int, list[np.ndarray]] = {number: [] for number in self._numbers.values()}
        with undamaged(self.path):
            for number, *ids in self.connection.execute("SELECT condition, first, count, ids FROM answer"):
                parts[number].append(unpack_ids(*ids))
            skipped = [row[0] for row in self.connection.execute("SELECT id FROM skipped")]
        nothing = np.array([*skipped, *self._unlabelled], np.int64)
        return {c: np.unique(np.concatenate([nothing, *parts[self._numbers[c]]])) for c in self._numbers}

    def first_predictions(self, condition: Condition) -> tuple[np.ndarray, Predictions]:
        """The recorded predictions of the first batch under a condition.

        Args:
            condition: one of the record's.

        Returns:
            Its ids (M,) int64, ascending, and M predictions; none where nothing is recorded.

        Raises:
            RecordError: the file cannot be read.
            KeyError: the record is not about this condition.
        """
        with undamaged(self.path):
            row = self.connection.execute(
                "SELECT first, count, ids, prediction, confidence, rank FROM answer WHERE condition = ? "
                "ORDER BY first LIMIT 1",
                (self._numbers[condition],),
            ).fetchone()
            if row is None:
                return np.zeros(0, np.int64), Predictions(*(np.zeros(0, kind) for kind in KINDS))
            ids, given = unpacked(*row)
        order = np.argsort(ids, kind="stable")
        return ids[order], given.take(order)

    def add_labels(self, ids: np.ndarray, labels: np.ndarray, name: Callable[[int], str]) -> None:
        """Add the right classes; those of samples that are known already are left out.

        Args:
            ids: (N,) integers, the sample ids.
            labels: (N,) integers, the class of each.
            name: what an image is called, by its id; asked for what is added.

        Raises:
            RecordError: the file cannot be written, or holds another class of a sample.
        """
        given = dict(zip(ids.tolist(), labels.tolist(), strict=True))
        if other := [number for number, label in given.items() if self._labels.get(number, label) != label]:
            raise RecordError(
                f"record {self.path}: {name(other[0])} (sample {other[0]}) is of class {self._labels[other[0]]} there, "
                f"and of {given[other[0]]} now; the answers to changed labels belong into another file"
            )
        fresh = np.array([number not in self._labels for number in ids.tolist()], dtype=bool)
        if fresh.any():
            names = pack_names([name(number) for number in ids[fresh].tolist()])
            self._insert("label", (*pack_ids(ids[fresh]), pack(labels[fresh], "<i4"), names))
            self._labels |= given

    def add_unlabelled(self, labels: Mapping[int, str]) -> None:
        """Add samples that are left out because their label has no class number; those that are known already are
        passed over.

        Args:
            labels: the label of each by sample id.

        Raises:
            RecordError: the file of the record cannot be written.
        """
        fresh: dict[str, list[int]] = {}
        for number in sorted(labels.keys() - self._unlabelled):
            fresh.setdefault(labels[number], []).append(number)
        for label, ids in fresh.items():
            self._insert("unlabelled", (label, *pack_ids(np.array(ids, np.int64))))
            self._unlabelled.update(ids)

    def note(self, facts: Mapping[str, Any]) -> None:
        """Add what turned out while the latest session ran to its facts; nothing where no session is known.

        Args:
            facts: values that JSON can hold.

        Raises:
            RecordError: the file of the record cannot be written.
        """
        with explained(self.path), self._changing():
            row = self.connection.execute("SELECT * FROM session ORDER BY number DESC LIMIT 1").fetchone()
            if row is None:
                return
            number, started, known = row
            self.connection.execute("DELETE FROM session WHERE number = ?", (number,))
            self._seal.remove("session", row)
        self._insert("session", (number, started, json.dumps({**json.loads(known), **facts})))

    def add(self, condition: Condition, ids: np.ndarray, predictions: Predictions) -> None:
        """Add predictions under a condition. A batch that begins with a sample with which one of that condition begins
        already is left out.

        Args:
            condition: one of the record's.
            ids: (N,) integers, the sample ids, at least one.
            predictions: N of them, in the same order.

        Raises:
            RecordError: the file cannot be written.
            KeyError: the record is not about this condition.
        """
        first, count, listed = pack_ids(ids)
        values = (predictions.prediction, predictions.confidence, predictions.rank)
        blobs = (pack(part, kind) for part, kind in zip(values, KINDS, strict=True))
        five = None if predictions.five is None else pack(predictions.five, FIVE)
        self._insert("answer", (self._numbers[condition], first, count, listed, *blobs, five))
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
            self._insert("skipped", row)

    def set_image_pairs(self, pairs: Sequence[ImagePair]) -> None:
        """Replace the images of confident mistakes.

        Args:
            pairs: all that the record is to hold, in this order.

        Raises:
            RecordError: the file cannot be written.
        """
        rows = [
            (position, json.dumps(pair.mistake), pair.name, pair.clean, pair.corrupted)
            for position, pair in enumerate(pairs)
        ]
        self._replace("picture", rows)

    def set_examples(self, examples: Sequence[Example]) -> None:
        """Replace what corruptions look like.

        Args:
            examples: of one sample, clean and under corruptions, one of each.

        Raises:
            RecordError: the file cannot be written.
        """
        rows = [(condition.corruption, condition.severity, number, image) for condition, number, image in examples]
        self._replace("example", rows)

    def absorb(self, path: Path) -> None:
        """Add what another record of the same configuration has more than this one: conditions, labels, predictions.

        Args:
            path: the other one, which nobody writes; another process's part of this record, for example.

        Raises:
            RecordError: it cannot be read, or the record cannot be written.
        """
        self.flush()
        other = connect(path)
        try:
            with undamaged(path):
                rows = contents(other, path)
                labels = [
                    (unpack_ids(*ids), unpack(blob, "<i4", ids[1]), unpack_names(called, ids[1]))
                    for *ids, blob, called in rows["label"]
                ]
                without = {int(n): label for label, *ids in rows["unlabelled"] for n in unpack_ids(*ids)}
                names = {number: Condition(*rest) for number, *rest in rows["condition"]}
                answers = [(names[number], unpacked(*row)) for number, *row in rows["answer"]]
                least = least_at_once(rows["session"])
        finally:
            other.close()
        for numbers, values, called in labels:
            self.add_labels(numbers, values, dict(zip(numbers.tolist(), called, strict=True)).__getitem__)
        self.add_unlabelled(without)
        self.add_skipped(rows["skipped"])
        for condition in names.values():
            if condition not in self._numbers:
                self._number(condition)
        known = {condition: set(ids.tolist()) for condition, ids in self.done().items()}
        for condition, (ids, predictions) in answers:
            fresh = np.array([number not in known[condition] for number in ids.tolist()])
            if fresh.any():
                self.add(condition, ids[fresh], predictions.take(fresh))
                known[condition].update(ids.tolist())
        if least is not None:
            own = least_at_once(self.connection.execute("SELECT * FROM session").fetchall())
            self.note({AT_ONCE: min(least, own or least)})
        self.flush()

    def _number(self, condition: Condition) -> None:
        """A new condition gets a number, and a row."""
        self._numbers[condition] = len(self._numbers)
        self._insert("condition", (self._numbers[condition], *condition))

    def flush(self) -> None:
        """Commit what was added.

        Raises:
            RecordError: the file cannot be written, or another process took the record over.
        """
        if self._open:
            with explained(self.path), self._changing():
                self._seal.write(self.connection)
                self._holder.renew(self.connection)
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
            self._holder.forget()
            with contextlib.suppress(sqlite3.Error):  # what cannot be removed is seen to be left by who comes next
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                self._holder.give_back(self.connection)
            self.connection.close()

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Within a transaction; after one that failed, the record can only be closed."""
        if self._failed:
            raise RecordError(f"record {self.path} could not be written before; open it again")
        if not self._open:
            self.connection.execute("BEGIN IMMEDIATE")
            self._open = True
            try:
                self._holder.check(self.connection)
            except BaseException:
                self.connection.execute("ROLLBACK")
                self._open = False
                raise
        try:
            yield
        except BaseException:
            # A full disk makes SQLite roll back by itself, or leaves a commit undone; what was committed before stays.
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            self._open, self._failed = False, True
            raise

    def _replace(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Give a table these rows instead of its own."""
        with explained(self.path), self._changing():
            self.connection.execute(f"DELETE FROM {table}")
            self._seal.clear(table)
        for row in rows:
            self._insert(table, row)

    def _insert(self, table: str, row: Sequence[Any]) -> None:
        """Add a row; one whose key is there already is left out."""
        values = canonical(table, row)
        marks = ", ".join("?" * len(values))
        with explained(self.path), self._changing():
            if self.connection.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", values).rowcount == 1:
                self._seal.add(table, values)

    def __enter__(self) -> "Record":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
            return
        with contextlib.suppress(RecordError):  # the first error is the one that tells
            self.close()


def continued(found: dict[str, str], wanted: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The configuration of a record that goes on, which may grow, and in what the wanted one is another's."""
    if not found:
        return wanted, []
    old, new = ({key: json.loads(text) for key, text in of.items()} for of in (found, wanted))
    if LIMIT in new:
        # Of two limits the smaller one takes a part of the larger one's images.
        wanted = {**wanted, LIMIT: json.dumps(larger(old.get(LIMIT), new[LIMIT]))}
        old[LIMIT] = new[LIMIT]
    return wanted, differences(old, new)


def larger(*limits: int | None) -> int | None:
    """The limit under which most images are taken; None is all of them."""
    known = [limit for limit in limits if limit is not None]
    return max(known) if len(known) == len(limits) else None


def unpacked(
    first: int,
    count: int,
    listed: bytes | None,
    prediction: bytes,
    confidence: bytes,
    rank: bytes,
    five: bytes | None = None,
) -> tuple[np.ndarray, Predictions]:
    """The ids and predictions of a row of `answer`."""
    ids = unpack_ids(first, count, listed)
    blobs = ((prediction, KINDS[0]), (confidence, KINDS[1]), (rank, KINDS[2]), (five, FIVE))
    return ids, Predictions(*(unpack(blob, kind, len(ids)) for blob, kind in blobs if blob is not None))
