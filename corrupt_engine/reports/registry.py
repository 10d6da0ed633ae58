"""The registry of numbers: a function under `@number` is what adds one to every report; nothing keeps a second list."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .levels import AxisLabels, axes
from .means import Means

TEXT, CARDS, MODELS, COMPARISON = "text", "cards", "models", "comparison"
"""The summaries: of one model in text and HTML, the cards of its page, of several models, and of two compared."""


@dataclass(frozen=True)
class Shown:
    """How a number stands in summaries, a row for each of its cells.

    Args:
        label: what it is called, such as "clean error".
        place: rows stand in the order of their places; equal ones as they were defined.
        summaries: some of TEXT, CARDS, MODELS, COMPARISON.
        meaning: the sentence on its card; {baseline} in it becomes the baseline's name.
        lower_is_better: what a reader of its rows must know.
    """

    label: str
    place: int
    summaries: tuple[str, ...] = (TEXT, CARDS, MODELS, COMPARISON)
    meaning: str = ""
    lower_is_better: bool = True

    def row(self, labels: AxisLabels) -> str:
        """What the row of one cell is called.

        >>> Shown("calibration error", 0).row({"level": 0}), Shown("calibration error", 0).row({"level": 3})
        ('calibration error, clean', 'calibration error, severity 3')
        """
        return ", ".join([self.label, *(_in_words(dim, label) for dim, label in labels.items())])


def capitalized(text: str) -> str:
    """A label as it begins a line of its own.

    >>> capitalized("clean error"), capitalized("mCE")
    ('Clean error', 'mCE')
    """
    first = text.split(" ")[0]
    return text if first != first.lower() else text[:1].upper() + text[1:]


def _in_words(dim: str, label: object) -> str:
    if dim == "corruption":
        return str(label)
    if dim in ("severity", "level"):
        return f"severity {label}" if label else "clean"
    return f"{dim} {label}"


SCORE, SMOOTHED, NONE = "score", "smoothed", "none"
"""How a number gets its interval. SCORE: it is a share, or a weighted mean of shares (`metrics.score_interval`).
SMOOTHED: anything else that is smooth, such as a difference or a ratio (`metrics.smoothed_interval`). NONE: the
bootstrap says nothing of it, and it stands without."""


@dataclass(frozen=True)
class Number:
    """A number that every report has: its name, what its axes are, how it follows from the column means."""

    name: str
    dims: tuple[str, ...]
    of: Callable[[Means], np.ndarray]
    needs_baseline: bool
    needs: tuple[str, ...]
    shown: Shown | None
    interval: str
    behind: Callable[[Means], np.ndarray] | None

    def there(self, means: Means) -> bool:
        """Whether it can be made: what it is about is there, and what it is divided by."""
        if any(getattr(means, name) is None for name in self.needs):
            return False
        return not self.needs_baseline or (means.baseline is not None and bool(means.baseline.errors))


NUMBERS: dict[str, Number] = {}
"""Every number by its name, in the order of definition, which is that of CSV and JSON."""


def number(
    name: str,
    dims: tuple[str, ...] = (),
    *,
    needs_baseline: bool = False,
    needs: tuple[str, ...] = (),
    shown: Shown | None = None,
    interval: str = SMOOTHED,
    behind: Callable[[Means], np.ndarray] | None = None,
) -> Callable[[Callable[[Means], np.ndarray]], Callable[[Means], np.ndarray]]:
    """Register the decorated function of `Means` as a number of every report.

    Args:
        name: as CSV, JSON and `Report.numbers` have it.
        dims: what the last axes of its result are, of `levels.axes`; the leading axes of the means stay before them.
        needs_baseline: without a baseline's errors the number is left out.
        needs: names of what Means may lack, such as "flips" where levels are no frames; the number is then left out.
        shown: how it stands in summaries; None leaves it out of them.
        interval: SCORE, SMOOTHED or NONE.
        behind: for SCORE, the share of the images that each cell is made of, from the shares of the images whose
            columns are above 0; None where all are.

    Raises ValueError where the name is taken, or there is no such dimension or interval.
    """
    if interval not in (SCORE, SMOOTHED, NONE):
        raise ValueError(f"number {name!r}: there is no interval {interval!r}; there are score, smoothed, none")
    if unknown := [dim for dim in dims if dim not in axes({})]:
        raise ValueError(f"number {name!r}: there is no dimension {unknown[0]!r}; there are {', '.join(axes({}))}")

    def register(of: Callable[[Means], np.ndarray]) -> Callable[[Means], np.ndarray]:
        if name in NUMBERS:
            raise ValueError(f"number {name!r} is defined twice: here and in {NUMBERS[name].of.__module__}")
        NUMBERS[name] = Number(name, tuple(dims), of, needs_baseline, tuple(needs), shown, interval, behind)
        return of

    return register


def shown_in(summary: str) -> list[tuple[Number, Shown]]:
    """The numbers of one of the summaries, in the order of their places."""
    found = [(n, n.shown) for n in NUMBERS.values() if n.shown is not None and summary in n.shown.summaries]
    return sorted(found, key=lambda pair: pair[1].place)
