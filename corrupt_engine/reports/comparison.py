"""`Comparison`: what a comparison of two models found, as text and as plain values."""

import math
from dataclasses import dataclass
from typing import Any

from ..runtime.messages import escape_controls
from .tables import percent

ALPHA = 0.05


@dataclass(frozen=True)
class Difference:
    """One number of both models: b - a with its paired 95 % interval, and how likely chance alone does that much.

    Args:
        name: what the number is called.
        a, b: of both models, on 0..1; NaN, as all that follows from it, where the number is not defined.
        difference: b - a.
        low, high: the ends of its interval.
        p: the p-value of "no difference".
        adjusted: the same, adjusted (Holm) where it is one of several corruptions.
    """

    name: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    p: float
    adjusted: float

    @property
    def significant(self) -> bool:
        """Whether the adjusted p-value is below 0.05; a difference without one is not."""
        return self.adjusted < ALPHA


@dataclass(frozen=True)
class Comparison:
    """Two models side by side.

    Args:
        a, b: their names.
        benchmark: its name.
        samples: how many images both have predictions of.
        whole: the single numbers.
        corruptions: the error under each corruption.
        error: what the benchmark's error is called.
    """

    a: str
    b: str
    benchmark: str
    samples: int
    whole: tuple[Difference, ...]
    corruptions: tuple[Difference, ...]
    error: str = "error"

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, shares on 0..1; None where a number is not defined."""

        def told(value: Any) -> Any:
            return None if isinstance(value, float) and math.isnan(value) else value

        def plain(rows: tuple[Difference, ...]) -> list[dict[str, Any]]:
            return [
                {**{key: told(value) for key, value in vars(row).items()}, "significant": row.significant}
                for row in rows
            ]

        head = {"a": self.a, "b": self.b, "benchmark": self.benchmark, "error": self.error, "images": self.samples}
        return {**head, "metrics": plain(self.whole), "corruption_errors": plain(self.corruptions)}

    def __str__(self) -> str:
        width = max(len(row.name) for row in (*self.whole, *self.corruptions))
        head = f"{'percent':<{width}}  {'A':>6}  {'B':>6}   B - A  [95 % interval]       p"
        lines = [
            f"A: {escape_controls(self.a)}",
            f"B: {escape_controls(self.b)}",
            f"{escape_controls(self.benchmark)}, the same {self.samples:,} images",
            "",
            head,
            "-" * len(head),
        ]
        lines += [_line(row, width) for row in self.whole]
        lines += ["", f"{self.error} by corruption; p adjusted for their number (Holm)", "-" * len(head)]
        lines += [_line(row, width) for row in self.corruptions]
        return "\n".join([*lines, "", *self._conclusion()])

    def _conclusion(self) -> list[str]:
        better, worse = (
            sum(row.significant and sign * row.difference > 0 for row in self.corruptions) for sign in (-1, 1)
        )
        count = f"{better} and a higher one under {worse} of {len(self.corruptions)} corruptions"
        return [
            f"* significant at 5 %: B has a lower error under {count}.",
            "Paired bootstrap over the images: what the interval allows for is the choice of images, not of training "
            "runs.",
        ]


def _line(row: Difference, width: int) -> str:
    values = (row.a, row.b, row.difference, row.low, row.high)
    a, b, difference, low, high = (f"{percent(value):>6}" for value in values)
    star = " *" if row.significant else ""
    p = "-" if math.isnan(row.adjusted) else f"{row.adjusted:.4f}"
    return f"{row.name:<{width}}  {a}  {b}  {difference}  [{low}, {high}]  {p:>7}{star}"
