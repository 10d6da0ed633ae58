"""From a record to a Report."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np

from ..answers import Answers
from ..baselines import ALEXNET, Baseline
from ..catalogue import Condition, corruptions
from ..errors import RecordError
from ..findings import Mistake, PicturePair
from ..report import Report
from .connecting import connect, explained, is_new
from .schema import unpack, unpack_ids


def load_report(path: str | Path, baseline: Baseline | None = None, partial: bool = False) -> Report:
    """The report of a record.

    Args:
        path: the SQLite file.
        baseline: the model that errors are divided by; default AlexNet where it has the benchmark's corruptions.
        partial: accept a run that is not finished; the report is then about the images that have all their answers.

    Raises RecordError where there is no such record, or it is not finished and partial is False.
    """
    if not Path(path).is_file():
        raise RecordError(f"there is no record {path}; make one with: corrupt-engine evaluate ... --record {path}")
    connection = connect(Path(path))
    try:
        with explained(path):
            return read_report(connection, path, baseline, partial)
    finally:
        connection.close()


def read_report(connection: sqlite3.Connection, path: str | Path, baseline: Baseline | None, partial: bool = False) -> Report:
    """`load_report` from an open record."""
    if is_new(connection):
        raise RecordError(f"record {path} is empty; nothing was evaluated")
    settings = {key: json.loads(value) for key, value in connection.execute("SELECT key, value FROM configuration")}
    skipped = tuple(connection.execute("SELECT id, name, reason FROM skipped ORDER BY id"))
    numbers = {number: Condition(*rest) for number, *rest in connection.execute("SELECT * FROM condition ORDER BY number")}
    found = {condition: _answers(connection, number) for number, condition in numbers.items()}
    ids, labels = _labels(connection)
    common = ids
    for given, _ in found.values():
        common = np.intersect1d(common, given, assume_unique=True)
    planned = settings["data.samples"] - len(skipped)
    if not len(common):
        raise RecordError(f"record {path}: no image has all of its {len(numbers)} answers yet; run the same evaluation again, it continues")
    if len(common) < planned and not partial:
        raise RecordError(
            f"record {path} is not finished: {len(common)} of {planned} images have all their answers; "
            "run the same evaluation again, it continues, or ask for a partial report"
        )
    sessions = connection.execute("SELECT facts FROM session ORDER BY number").fetchall()
    facts: dict[str, Any] = json.loads(sessions[-1][0]) if sessions else {}
    class_names = tuple(facts.pop("class_names", ()))
    return Report(
        model=settings["model.name"],
        benchmark=settings["benchmark"],
        answers={c: answers.take(np.searchsorted(given, common)) for c, (given, answers) in found.items()},
        labels=labels[np.searchsorted(ids, common)],
        ids=common,
        settings=settings,
        run={**facts, "sessions": len(sessions)},
        baseline=baseline or default_baseline(settings["benchmark"]),
        class_names=class_names,
        pictures=_pictures(connection),
        skipped=skipped,
        planned=planned,
    )


def default_baseline(benchmark: str) -> Baseline | None:
    """AlexNet, or None where it has no error for a corruption of the benchmark."""
    return ALEXNET if all(name in ALEXNET.errors for name in corruptions(benchmark)) else None


def _labels(connection: sqlite3.Connection) -> tuple[np.ndarray, np.ndarray]:
    rows = connection.execute("SELECT first, count, ids, labels FROM label").fetchall()
    ids, (labels,) = _joined([unpack_ids(*row[:3]) for row in rows], [[unpack(row[3], "<i4") for row in rows]])
    return ids, labels.astype(np.int64)


def _answers(connection: sqlite3.Connection, number: int) -> tuple[np.ndarray, Answers]:
    rows = connection.execute(
        "SELECT first, count, ids, prediction, confidence, rank FROM answer WHERE condition = ?", (number,)
    ).fetchall()
    kinds = ("<i4", "<f4", "<i4")
    ids, values = _joined(
        [unpack_ids(*row[:3]) for row in rows], [[unpack(row[3 + k], kind) for row in rows] for k, kind in enumerate(kinds)]
    )
    return ids, Answers(*values)


def _joined(ids: list[np.ndarray], parts: list[list[np.ndarray]]) -> tuple[np.ndarray, list[np.ndarray]]:
    """All rows in the order of sample ids, each id once (the row that was recorded first in the table's order)."""
    if not ids:
        return np.zeros(0, np.int64), [np.zeros(0, np.int32) for _ in parts]
    unique, first = np.unique(np.concatenate(ids), return_index=True)
    return unique, [np.concatenate(part)[first] for part in parts]


def _pictures(connection: sqlite3.Connection) -> tuple[PicturePair, ...]:
    def pair(mistake: str, name: str, clean: bytes, corrupted: bytes) -> PicturePair:
        condition, *rest = json.loads(mistake)
        values: Any = rest
        return PicturePair(Mistake(Condition(*condition), *values), name, clean, corrupted)

    return tuple(pair(*row) for row in connection.execute("SELECT mistake, name, clean, corrupted FROM picture ORDER BY position"))
