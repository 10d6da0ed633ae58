"""From a record to what it holds, and to its results."""

import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..catalogue import CLEAN, Condition, select
from ..errors import RecordError
from ..metrics.predictions import Predictions
from .connection import connect, is_new, undamaged
from .examples import Example
from .mistakes import ImagePair, Mistake
from .results import Results, common_trials, part_of, whole_benchmark
from .schema import FIVE, KINDS, MOST_SAMPLES, unpack, unpack_ids, unpack_names
from .seal import contents
from .sessions import AT_ONCE, least_at_once


class Held(NamedTuple):
    """All that a record holds, finished or not.

    Args:
        path: its file.
        settings: its configuration.
        predictions: by condition the ids (M,) int64, ascending, and M predictions.
        labels: the ids (M,) int64, ascending, and the right classes (M,) int64.
        names: what each of these samples is called, by its id.
        unlabelled: the label of each sample that is left out because it has no class number, by its id.
        skipped: (sample id, name, reason) of each file that could not be read.
        image_pairs: the most confident mistakes.
        examples: what its corruptions look like.
        facts: what did not fix the numbers, of the last session.
        begun: when the first session was, in UTC as of ISO 8601.
        started: when the last one was.
        sessions: how many there were.
    """

    path: str | Path
    settings: dict[str, Any]
    predictions: dict[Condition, tuple[np.ndarray, Predictions]]
    labels: tuple[np.ndarray, np.ndarray]
    names: dict[int, str]
    unlabelled: dict[int, str]
    skipped: tuple[tuple[int, str, str], ...]
    image_pairs: tuple[ImagePair, ...]
    examples: tuple[Example, ...]
    facts: dict[str, Any]
    begun: str
    started: str
    sessions: int

    @property
    def times(self) -> dict[str, str]:
        """When it was begun, and when continued, as results have it."""
        return {"begun": self.begun, "continued": self.started} if self.sessions else {}


def read_held(path: str | Path) -> Held:
    """All that the file of a record holds.

    Args:
        path: the SQLite file.

    Returns:
        A Held.

    Raises:
        RecordError: there is no such record, it is none, empty or damaged.
    """
    if not Path(path).is_file():
        raise RecordError(f"there is no record {path}; make one with: corrupt-engine evaluate ... --record {path}")
    with contextlib.closing(connect(Path(path))) as connection:
        return held_of(connection, path)


def held_of(connection: sqlite3.Connection, path: str | Path) -> Held:
    """`read_held` from an open record.

    Args:
        connection: to its file; nothing is written.
        path: what messages call it.

    Returns:
        A Held.

    Raises:
        RecordError: it is empty or damaged.
    """
    with undamaged(path):
        rows = {} if is_new(connection) else contents(connection, path)
        if not rows.get("configuration"):
            raise RecordError(f"record {path} is empty; nothing was evaluated")
        settings = {key: json.loads(value) for key, value in rows["configuration"]}
        samples = min(int(settings["data.samples"]), MOST_SAMPLES)
        numbers = {number: Condition(*rest) for number, *rest in sorted(rows["condition"])}
        answers: dict[int, list[tuple[Any, ...]]] = {number: [] for number in numbers}
        for number, *rest in rows["answer"]:
            answers[number].append(tuple(rest))
        ids, (labels,) = _joined([row[:4] for row in rows["label"]], ("<i4",), samples)
        _, started, facts = max(rows["session"], default=(0, "", "{}"))
        least = least_at_once(rows["session"])
        return Held(
            path,
            settings,
            {numbers[number]: _predictions(given, samples) for number, given in answers.items()},
            (ids, labels.astype(np.int64)),
            _names(rows["label"], samples),
            _unlabelled(rows["unlabelled"], samples),
            tuple(sorted(rows["skipped"])),
            tuple(_image_pair(*row[1:]) for row in sorted(rows["picture"])),
            tuple(Example(Condition(name, severity), *rest) for name, severity, *rest in sorted(rows["example"])),
            {**json.loads(facts), **({} if least is None else {AT_ONCE: least})},
            min(rows["session"], default=(0, ""))[1],
            started,
            len(rows["session"]),
        )


def read_results(
    path: str | Path,
    partial: bool = False,
    corruptions: str | Sequence[str] | None = None,
    severities: int | Sequence[int] | None = None,
) -> Results:
    """What the file of a record holds, on the images that have all of it.

    Args:
        path: the SQLite file.
        partial: accept a run that is not finished; the results are then about the images that have all their
            predictions.
        corruptions: which of the record's are wanted, as for `corrupt_engine.catalogue.select`; None for all.
        severities: at which of their severities; None for all.

    Returns:
        The Results, in the order of the sample ids.

    Raises:
        RecordError: there is no such record, it is none or damaged, no image has all its predictions yet, or it is not
            finished and partial is False.
        UnknownNameError, SeverityError, OptionError: the record has nothing of what is wanted.
    """
    held = read_held(path)
    conditions = list(held.predictions)
    if corruptions is not None or severities is not None:
        whole = whole_benchmark(held.settings["benchmark"], held.settings)
        levels = select(part_of(whole, conditions), corruptions, severities).severities
        conditions = [c for c in conditions if c == CLEAN or c.severity in levels.get(c.corruption, ())]
    return results_of(held, conditions, partial=partial)


def results_of(
    held: Held, conditions: Collection[Condition] | None = None, ids: np.ndarray | None = None, partial: bool = False
) -> Results:
    """The results that a record holds, on the images that have all of them.

    Args:
        held: what it holds.
        conditions: those wanted; None for all. Of each corruption at each severity as many trials count as all have.
        ids: the samples wanted; None for all.
        partial: accept that some of them lack predictions.

    Returns:
        The Results, in the order of the sample ids.

    Raises:
        RecordError: no image has all its predictions yet, some lack them and partial is False, or what is held fits
            nothing.
    """
    with undamaged(held.path):
        return _results(held, common_trials(list(held.predictions) if conditions is None else conditions), ids, partial)


def _results(held: Held, conditions: Collection[Condition], only: np.ndarray | None, partial: bool) -> Results:
    ids, labels = held.labels
    found = {condition: held.predictions[condition] for condition in conditions}
    common = ids if only is None else np.intersect1d(ids, only)
    for given, _ in found.values():
        common = np.intersect1d(common, given, assume_unique=True)
    skipped = tuple(row for row in held.skipped if only is None or row[0] in only)
    without = {n: label for n, label in held.unlabelled.items() if only is None or n in only}
    limit = held.settings.get("data.limit")
    planned = len(only) if only is not None else limit or held.settings["data.samples"]
    planned -= len(skipped) + len(without)
    if planned <= 0:
        raise RecordError(
            f"record {held.path}: not one of its images counts; {len(skipped)} could not be read, and {len(without)} "
            "have a label without a class number"
        )
    if not len(common):
        raise RecordError(
            f"record {held.path}: no image has all of its {len(found)} predictions yet; run the same evaluation again, "
            "it continues"
        )
    if len(common) < planned and not partial:
        raise RecordError(
            f"record {held.path} is not finished: {len(common)} of {planned} images have all their predictions; "
            "run the same evaluation again, it continues, or ask for a partial report"
        )
    shown = set(common.tolist())
    facts = dict(held.facts)
    return Results(
        model=facts.pop("model", ""),
        benchmark=held.settings["benchmark"],
        predictions={c: predictions.take(np.searchsorted(given, common)) for c, (given, predictions) in found.items()},
        labels=labels[np.searchsorted(ids, common)],
        ids=common,
        settings=held.settings,
        class_names=tuple(facts.pop("class_names", ())),
        run={**held.times, **facts, "sessions": held.sessions},
        image_pairs=tuple(p for p in held.image_pairs if p.mistake.condition in found and p.mistake.id in shown),
        examples=tuple(e for e in held.examples if e.condition.corruption in {c.corruption for c in found}),
        skipped=skipped,
        planned=planned,
        unlabelled=Counter(without.values()),
        names=tuple(held.names[number] for number in common.tolist()),
    )


def _predictions(rows: list[tuple[Any, ...]], samples: int) -> tuple[np.ndarray, Predictions]:
    kinds = KINDS if any(row[-1] is None for row in rows) else (*KINDS, FIVE)
    ids, values = _joined(rows, kinds, samples)
    return ids, Predictions(*values)


def _joined(rows: list[tuple[Any, ...]], kinds: tuple[str, ...], samples: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Rows (first, count, ids, array, ...) in the order of sample ids, each id once (the row that is first in the
    table's order).
    """
    if not rows:
        return np.zeros(0, np.int64), [np.zeros(0, kind) for kind in kinds]
    rows = sorted(rows, key=lambda row: row[0])
    # The arrays first: they are limited by what the file holds.
    parts = [[unpack(row[3 + k], kind, row[1]) for row in rows] for k, kind in enumerate(kinds)]
    ids = [unpack_ids(row[0], row[1], row[2], samples) for row in rows]
    unique, first = np.unique(np.concatenate(ids), return_index=True)
    return unique, [np.concatenate(part)[first] for part in parts]


def _names(rows: list[tuple[Any, ...]], samples: int) -> dict[int, str]:
    """What the samples of the table of labels are called."""
    found: dict[int, str] = {}
    for first, count, listed, _, names in rows:
        found.update(zip(unpack_ids(first, count, listed, samples).tolist(), unpack_names(names, count), strict=True))
    return found


def _unlabelled(rows: list[tuple[Any, ...]], samples: int) -> dict[int, str]:
    """The labels without a class number, by sample id, ascending."""
    found: dict[int, str] = {}
    for label, first, count, listed in rows:
        found.update(dict.fromkeys(unpack_ids(first, count, listed, samples).tolist(), label))
    return dict(sorted(found.items()))


def _image_pair(mistake: str, name: str, clean: bytes, corrupted: bytes) -> ImagePair:
    condition, *rest = json.loads(mistake)
    values: Any = rest
    return ImagePair(Mistake(Condition(*condition), *values), name, clean, corrupted)
