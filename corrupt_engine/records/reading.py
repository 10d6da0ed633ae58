"""From a record to its results."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np

from ..catalogue import Condition
from ..errors import RecordError
from ..metrics.predictions import Predictions
from .connection import connect, explained, is_new
from .mistakes import ImagePair, Mistake
from .results import Results
from .schema import unpack, unpack_ids


def read_results(path: str | Path, partial: bool = False) -> Results:
    """What the file of a record holds.

    Args:
        path: the SQLite file.
        partial: accept a run that is not finished; the results are then about the images that have all their
            predictions.

    Returns:
        The Results, in the order of the sample ids.

    Raises:
        RecordError: there is no such record, it is none, no image has all its predictions yet, or it is not finished
            and partial is False.
    """
    if not Path(path).is_file():
        raise RecordError(f"there is no record {path}; make one with: corrupt-engine evaluate ... --record {path}")
    connection = connect(Path(path))
    try:
        with explained(path):
            return results_of(connection, path, partial)
    finally:
        connection.close()


def results_of(connection: sqlite3.Connection, path: str | Path, partial: bool = False) -> Results:
    """`read_results` from an open record.

    Args:
        connection: to its file; nothing is written.
        path: what messages call it.
        partial: as for `read_results`.

    Returns:
        The Results, in the order of the sample ids.

    Raises:
        RecordError: it is empty, no image has all its predictions yet, or it is not finished and partial is False.
    """
    if is_new(connection):
        raise RecordError(f"record {path} is empty; nothing was evaluated")
    settings = {key: json.loads(value) for key, value in connection.execute("SELECT key, value FROM configuration")}
    skipped = tuple(connection.execute("SELECT id, name, reason FROM skipped ORDER BY id"))
    numbers = {
        number: Condition(*rest) for number, *rest in connection.execute("SELECT * FROM condition ORDER BY number")
    }
    found = {condition: _predictions(connection, number) for number, condition in numbers.items()}
    ids, labels = _labels(connection)
    common = ids
    for given, _ in found.values():
        common = np.intersect1d(common, given, assume_unique=True)
    planned = settings["data.samples"] - len(skipped)
    if not len(common):
        raise RecordError(
            f"record {path}: no image has all of its {len(numbers)} predictions yet; run the same evaluation again, it "
            "continues"
        )
    if len(common) < planned and not partial:
        raise RecordError(
            f"record {path} is not finished: {len(common)} of {planned} images have all their predictions; "
            "run the same evaluation again, it continues, or ask for a partial report"
        )
    sessions = connection.execute("SELECT facts FROM session ORDER BY number").fetchall()
    facts: dict[str, Any] = json.loads(sessions[-1][0]) if sessions else {}
    class_names = tuple(facts.pop("class_names", ()))
    return Results(
        model=settings["model.name"],
        benchmark=settings["benchmark"],
        predictions={c: predictions.take(np.searchsorted(given, common)) for c, (given, predictions) in found.items()},
        labels=labels[np.searchsorted(ids, common)],
        ids=common,
        settings=settings,
        run={**facts, "sessions": len(sessions)},
        class_names=class_names,
        image_pairs=_image_pairs(connection),
        skipped=skipped,
        planned=planned,
    )


def _labels(connection: sqlite3.Connection) -> tuple[np.ndarray, np.ndarray]:
    rows = connection.execute("SELECT first, count, ids, labels FROM label").fetchall()
    ids, (labels,) = _joined([unpack_ids(*row[:3]) for row in rows], [[unpack(row[3], "<i4") for row in rows]])
    return ids, labels.astype(np.int64)


def _predictions(connection: sqlite3.Connection, number: int) -> tuple[np.ndarray, Predictions]:
    rows = connection.execute(
        "SELECT first, count, ids, prediction, confidence, rank FROM answer WHERE condition = ?", (number,)
    ).fetchall()
    kinds = ("<i4", "<f4", "<i4")
    ids, values = _joined(
        [unpack_ids(*row[:3]) for row in rows],
        [[unpack(row[3 + k], kind) for row in rows] for k, kind in enumerate(kinds)],
    )
    return ids, Predictions(*values)


def _joined(ids: list[np.ndarray], parts: list[list[np.ndarray]]) -> tuple[np.ndarray, list[np.ndarray]]:
    """All rows in the order of sample ids, each id once (the row that was recorded first in the table's order)."""
    if not ids:
        return np.zeros(0, np.int64), [np.zeros(0, np.int32) for _ in parts]
    unique, first = np.unique(np.concatenate(ids), return_index=True)
    return unique, [np.concatenate(part)[first] for part in parts]


def _image_pairs(connection: sqlite3.Connection) -> tuple[ImagePair, ...]:
    def pair(mistake: str, name: str, clean: bytes, corrupted: bytes) -> ImagePair:
        condition, *rest = json.loads(mistake)
        values: Any = rest
        return ImagePair(Mistake(Condition(*condition), *values), name, clean, corrupted)

    return tuple(
        pair(*row)
        for row in connection.execute("SELECT mistake, name, clean, corrupted FROM picture ORDER BY position")
    )
