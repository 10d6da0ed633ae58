"""What is worth a look in a report besides its rates: classes that lose most, and confident mistakes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .answers import Answers
from .catalogue import CLEAN, Condition
from .metrics import wilson_interval

if TYPE_CHECKING:
    from .report import Report


class Mistake(NamedTuple):
    """An image that was classified right when clean and wrong under a condition."""

    condition: Condition
    id: int
    label: int
    prediction: int
    confidence: float
    clean_confidence: float


class PicturePair(NamedTuple):
    """A mistake with both pictures as the model saw them (before normalisation), as the bytes of an image file."""

    mistake: Mistake
    name: str
    clean: bytes
    corrupted: bytes


class ClassResults(NamedTuple):
    """Accuracy class by class; arrays of (classes present,)."""

    label: np.ndarray
    images: np.ndarray
    clean: np.ndarray
    corrupted: np.ndarray
    low: np.ndarray
    high: np.ndarray
    """Wilson's interval of the clean accuracy."""


def per_class(report: "Report") -> ClassResults:
    """Clean accuracy and mean accuracy over all other conditions, for each class that has images."""
    present, place, count = np.unique(report.labels, return_inverse=True, return_counts=True)
    clean = np.bincount(place, weights=report.answers[CLEAN].correct, minlength=len(present))
    others = [answers.correct for condition, answers in report.answers.items() if condition != CLEAN]
    corrupted = np.bincount(place, weights=np.mean(others, axis=0), minlength=len(present))
    return ClassResults(present, count, clean / count, corrupted / count, *wilson_interval(clean, count))


def confident_mistakes(answers: Mapping[Condition, Answers], labels: np.ndarray, ids: np.ndarray, count: int) -> list[Mistake]:
    """The most confident mistakes, at most one an image and, while there are others, one a corruption; most confident first."""
    clean = answers[CLEAN]
    found = []
    for condition, given in answers.items():
        if condition == CLEAN:
            continue
        wrong = np.flatnonzero(clean.correct & ~given.correct & ~given.invalid)
        # More than `count` of one condition are never needed. Ties fall to the smaller id, so that a resumed run chooses alike.
        best = wrong[np.lexsort((ids[wrong], -given.confidence[wrong]))][:count]
        found += [
            Mistake(
                condition, int(ids[n]), int(labels[n]), int(given.prediction[n]), float(given.confidence[n]), float(clean.confidence[n])
            )
            for n in best
        ]
    found.sort(key=lambda mistake: (-mistake.confidence, mistake.id, mistake.condition))
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
