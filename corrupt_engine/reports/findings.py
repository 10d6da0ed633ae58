"""What is worth a look in a report besides its rates: classes that lose most, and confident mistakes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..catalogue import CLEAN, Condition
from ..metrics import wilson_interval
from ..metrics.predictions import Predictions
from ..records.mistakes import Mistake
from .rates import Rates


class ClassResults(NamedTuple):
    """Accuracy class by class; arrays of (classes present,)."""

    label: np.ndarray
    images: np.ndarray
    clean: np.ndarray
    corrupted: np.ndarray
    low: np.ndarray
    high: np.ndarray
    """Wilson's interval of the clean accuracy."""


def per_class(report: Rates) -> ClassResults:
    """Clean accuracy and mean accuracy under corruption, for each class that has images; none where an image has
    several labels.
    """
    if report.definition.listed.labels:
        return ClassResults(*(np.zeros(0, int) for _ in ClassResults._fields))
    present, place, count = np.unique(report.labels, return_inverse=True, return_counts=True)
    clean = np.bincount(place, weights=report.predictions[CLEAN].correct, minlength=len(present))
    corrupted = np.bincount(place, weights=report.right_when_corrupted(), minlength=len(present))
    return ClassResults(present, count, clean / count, corrupted / count, *wilson_interval(clean, count))


def confident_mistakes(
    predictions: Mapping[Condition, Predictions], labels: np.ndarray, ids: np.ndarray, count: int
) -> list[Mistake]:
    """The most confident mistakes: at most one an image and, while there are others, one a corruption.

    Args:
        predictions: of every condition, on N images each.
        labels: (N,), the right classes.
        ids: (N,), the sample ids.
        count: how many are wanted.

    Returns:
        At most `count`, most confident first.
    """
    clean = predictions[CLEAN]
    found = []
    for condition, given in predictions.items():
        if condition == CLEAN:
            continue
        wrong = np.flatnonzero(clean.correct & ~given.correct & ~given.invalid)
        # More than `count` of one condition are never needed. Ties fall to the smaller id: a resumed run chooses alike.
        best = wrong[np.lexsort((ids[wrong], -given.confidence[wrong]))][:count]
        found += [_mistake(condition, n, labels, ids, given, clean) for n in best]
    found.sort(key=lambda mistake: (-mistake.confidence, mistake.id, mistake.condition))
    return varied(found, count)


def _mistake(
    condition: Condition, n: int, labels: np.ndarray, ids: np.ndarray, given: Predictions, clean: Predictions
) -> Mistake:
    sure, before = float(given.confidence[n]), float(clean.confidence[n])
    return Mistake(condition, int(ids[n]), int(labels[n]), int(given.prediction[n]), sure, before)


def varied(found: Sequence[Mistake], count: int) -> list[Mistake]:
    """Some of the mistakes: of many images and many corruptions.

    Args:
        found: most confident first.
        count: how many are wanted.

    Returns:
        At most `count`, at most one an image, most confident first.
    """
    first: list[Mistake] = []
    later: list[Mistake] = []
    seen: set[int] = set()
    used: set[str] = set()
    for mistake in found:
        if mistake.id in seen:
            continue
        seen.add(mistake.id)
        (later if mistake.condition.corruption in used else first).append(mistake)
        used.add(mistake.condition.corruption)
    return sorted((first + later)[:count], key=lambda mistake: -mistake.confidence)


def class_name(report: Rates, label: int) -> str:
    """The name of a class, or "class" and its number; of several labels the names of all that are right, or "none"."""
    if names := report.definition.listed.labels:
        return ", ".join(name for n, name in enumerate(names) if label >> n & 1) or "none"
    known = report.class_names[label] if 0 <= label < len(report.class_names) else ""
    return known or f"class {label}"
