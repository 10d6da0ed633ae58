"""From a record to its results."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np

from ..catalogue import Condition
from ..errors import RecordError
from ..metrics.predictions import Predictions
from .connection import connect, is_new, undamaged
from .mistakes import ImagePair, Mistake
from .results import Results
from .schema import MOST_SAMPLES, unpack, unpack_ids
from .seal import Rows, contents


def read_results(path: str | Path, partial: bool = False) -> Results:
    """What the file of a record holds.

    Args:
        path: the SQLite file.
        partial: accept a run that is not finished; the results are then about the images that have all their
            predictions.

    Returns:
        The Results, in the order of the sample ids.

    Raises:
        RecordError: there is no such record, it is none or damaged, no image has all its predictions yet, or it is not
            finished and partial is False.
    """
    if not Path(path).is_file():
        raise RecordError(f"there is no record {path}; make one with: corrupt-engine evaluate ... --record {path}")
    connection = connect(Path(path))
    try:
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
        RecordError: it is empty or damaged, no image has all its predictions yet, or it is not finished and partial is
            False.
    """
    with undamaged(path):
        rows = {} if is_new(connection) else contents(connection, path)
        if not rows.get("configuration"):
            raise RecordError(f"record {path} is empty; nothing was evaluated")
        return _results(rows, path, partial)


def _results(rows: Rows, path: str | Path, partial: bool) -> Results:
    settings = {key: json.loads(value) for key, value in rows["configuration"]}
    skipped = tuple(sorted(rows["skipped"]))
    numbers = {number: Condition(*rest) for number, *rest in sorted(rows["condition"])}
    samples = min(int(settings["data.samples"]), MOST_SAMPLES)
    answers: dict[int, list[tuple[Any, ...]]] = {number: [] for number in numbers}
    for number, *rest in rows["answer"]:
        answers[number].append(tuple(rest))
    found = {numbers[number]: _predictions(given, samples) for number, given in answers.items()}
    ids, (labels,) = _joined(rows["label"], ("<i4",), samples)
    common = ids
    for given, _ in found.values():
        common = np.intersect1d(common, given, assume_unique=True)
    limit = settings.get("data.limit")
    planned = (settings["data.samples"] if limit is None else limit) - len(skipped)
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
    sessions = sorted(rows["session"])
    facts: dict[str, Any] = json.loads(sessions[-1][2]) if sessions else {}
    class_names = tuple(facts.pop("class_names", ()))
    return Results(
        model=settings["model.name"],
        benchmark=settings["benchmark"],
        predictions={c: predictions.take(np.searchsorted(given, common)) for c, (given, predictions) in found.items()},
        labels=labels.astype(np.int64)[np.searchsorted(ids, common)],
        ids=common,
        settings=settings,
        run={**facts, "sessions": len(sessions)},
        class_names=class_names,
        image_pairs=tuple(_image_pair(*row[1:]) for row in sorted(rows["picture"])),
        skipped=skipped,
        planned=planned,
    )


def _predictions(rows: list[tuple[Any, ...]], samples: int) -> tuple[np.ndarray, Predictions]:
    ids, values = _joined(rows, ("<i4", "<f4", "<i4"), samples)
    return ids, Predictions(*values)


def _joined(rows: list[tuple[Any, ...]], kinds: tuple[str, ...], samples: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Rows (first, count, ids, array, ...) in the order of sample ids, each id once (the row that is first in the
    table's order).
    """
    if not rows:
        return np.zeros(0, np.int64), [np.zeros(0, np.int32) for _ in kinds]
    rows = sorted(rows, key=lambda row: row[0])
    # The arrays first: they are limited by what the file holds.
    parts = [[unpack(row[3 + k], kind, row[1]) for row in rows] for k, kind in enumerate(kinds)]
    ids = [unpack_ids(row[0], row[1], row[2], samples) for row in rows]
    unique, first = np.unique(np.concatenate(ids), return_index=True)
    return unique, [np.concatenate(part)[first] for part in parts]


def _image_pair(mistake: str, name: str, clean: bytes, corrupted: bytes) -> ImagePair:
    condition, *rest = json.loads(mistake)
    values: Any = rest
    return ImagePair(Mistake(Condition(*condition), *values), name, clean, corrupted)
