"""Several models on the same images: in which order, which is the best, and which are worse by more than chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .compare import differences
from .comparison import Difference
from .estimate import Cell
from .means import Means
from .rates import Rates
from .registry import NONE, NUMBERS


@dataclass(frozen=True)
class Standing:
    """One model's number against the best model's.

    Args:
        cell: its number.
        best: whether no other model's is better.
        difference: from the best model to this one, p-values adjusted (Holm); None for the best model, and where a
            number is not defined.
    """

    cell: Cell
    best: bool
    difference: Difference | None

    @property
    def within_chance(self) -> bool:
        """Whether it was compared with the best, and is not significantly different."""
        tested = self.difference is not None and not np.isnan(self.difference.adjusted)
        return tested and self.difference is not None and not self.difference.significant


def main_number(report: Rates) -> str:
    """The number that models are ranked by: mCE, the mean error where there is no baseline, of sequences mFR."""
    return report.main[1]


def ranked(reports: Sequence[Rates]) -> list[Rates]:
    """The reports, lowest `main_number` first; those without one last."""

    def place(report: Rates) -> tuple[bool, float]:
        value = report.numbers[main_number(report)].cell().value
        return bool(np.isnan(value)), value

    return sorted(reports, key=place)


def standings(reports: Sequence[Rates], key: str, lower_is_better: bool = True) -> list[list[Standing]]:
    """Every cell of a number (each corruption, say): how the models stand there against the best of them.

    The differences are paired by image (the same resamples for all models). In each row the p-values are adjusted for
    the number of the other models. They go down to 2 in as many as there are resamples, so that of 50 models and more
    none can be significantly different.

    Args:
        reports: one or more, of the same images, benchmark and baseline.
        key: the number's name.
        lower_is_better: which one is the best.

    Returns:
        For each cell that exists, in its order, a Standing a model.
    """
    number = NUMBERS[key]
    cells = [[Cell(*rest) for _, *rest in report.numbers[key].cells()] for report in reports]
    there = reports[0].numbers[key].there
    kept = slice(None) if there is None else np.ravel(there)
    draws = [
        np.asarray(number.of(Means(report.resamples.draws, report.severities, report.baseline))) for report in reports
    ]
    moved = np.stack([part.reshape(len(part), -1)[:, kept] for part in draws])
    names = [report.model for report in reports]
    sign = 1.0 if lower_is_better else -1.0
    return [
        _row(names, row, moved[:, :, place], sign, number.interval != NONE)
        for place, row in enumerate(zip(*cells, strict=True))
    ]


def _row(names: Sequence[str], cells: Sequence[Cell], draws: np.ndarray, sign: float, tested: bool) -> list[Standing]:
    """The models at one cell; draws are (models, resamples)."""
    values = np.array([cell.value for cell in cells])
    known = np.where(np.isnan(values), np.inf, sign * values)
    best = int(known.argmin())
    others = np.array([n for n in range(len(cells)) if n != best and np.isfinite(known[[n, best]]).all()], dtype=int)
    found = differences(
        [names[n] for n in others],
        np.full(len(others), values[best]),
        values[others],
        (draws[others] - draws[best]).T,
        adjust=True,
        tested=tested,
    )
    against = dict(zip(others.tolist(), found, strict=True))
    return [Standing(cell, bool(known[n] == known[best] < np.inf), against.get(n)) for n, cell in enumerate(cells)]
