"""`compare()`: two models on the same images, and whether their difference is more than chance."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import metrics
from .errors import OptionError
from .report import Report
from .summary import columns, derive

WHOLE = {
    "clean_error": "clean error",
    "mean_error": "corrupted error",
    "mce": "mCE",
    "relative_mce": "relative mCE",
    "mean_accuracy_preserved": "accuracy preserved",
}
ALPHA = 0.05
MUST_AGREE = ("data.fingerprint", "data.samples", "seed", "variant", "as_stored", "textures", "corrupt_engine")
"""What two runs must share, or else more differs between them than the model. Geometry and normalisation belong to the model."""


@dataclass(frozen=True)
class Difference:
    """One number of both models: b - a with its paired 95 % interval; p of "no difference", adjusted (Holm) among the corruptions."""

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
        """Whether the adjusted p-value is below 0.05."""
        return self.adjusted < ALPHA


@dataclass(frozen=True)
class Comparison:
    """Two models side by side."""

    a: str
    b: str
    benchmark: str
    samples: int
    whole: tuple[Difference, ...]
    corruptions: tuple[Difference, ...]

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, shares on 0..1."""

        def plain(rows: tuple[Difference, ...]) -> list[dict[str, Any]]:
            return [{**vars(row), "significant": row.significant} for row in rows]

        head = {"a": self.a, "b": self.b, "benchmark": self.benchmark, "images": self.samples}
        return {**head, "metrics": plain(self.whole), "corruption_errors": plain(self.corruptions)}

    def __str__(self) -> str:
        width = max(len("accuracy preserved"), *(len(row.name) for row in self.corruptions))
        head = f"{'percent':<{width}}  {'A':>6}  {'B':>6}   B - A  [95 % interval]       p"
        lines = [f"A: {self.a}", f"B: {self.b}", f"{self.benchmark}, the same {self.samples:,} images", "", head, "-" * len(head)]
        lines += [_line(row, width) for row in self.whole]
        lines += ["", "error by corruption; p adjusted for their number (Holm)", "-" * len(head)]
        lines += [_line(row, width) for row in self.corruptions]
        better, worse = (sum(row.significant and sign * row.difference > 0 for row in self.corruptions) for sign in (-1, 1))
        count = f"{better} and a higher one under {worse} of {len(self.corruptions)} corruptions"
        lines += [
            "",
            f"* significant at 5 %: B has a lower error under {count}.",
            "Paired bootstrap over the images: what the interval allows for is the choice of images, not of training runs.",
        ]
        return "\n".join(lines)


def _line(row: Difference, width: int) -> str:
    a, b, difference, low, high = (f"{100 * value:6.1f}" for value in (row.a, row.b, row.difference, row.low, row.high))
    return f"{row.name:<{width}}  {a}  {b}  {difference}  [{low}, {high}]  {row.adjusted:7.4f}{' *' if row.significant else ''}"


def compare(a: Report, b: Report) -> Comparison:
    """Two reports on the same images, paired image by image.

    Raises OptionError where the reports are about different benchmarks, data, or corrupted bytes: each difference is named.
    """
    check_comparable(a, b)
    ids_a, ids_b = (np.arange(r.samples) if r.ids is None else r.ids for r in (a, b))
    common, in_a, in_b = np.intersect1d(ids_a, ids_b, return_indices=True)
    if not len(common):
        raise OptionError(f"{a.model} and {b.model} have no image in common")
    if not np.array_equal(a.labels[in_a], b.labels[in_b]):
        raise OptionError(f"{a.model} and {b.model} were given different labels for the same images")
    tables = [
        columns({c: answers.take(at) for c, answers in r.answers.items()}, r.corruptions, r.trials) for r, at in ((a, in_a), (b, in_b))
    ]
    points = [derive(table.mean(0, dtype=np.float64), a.corruptions, a.baseline) for table in tables]
    draws = [derive(metrics.resampled_means(table), a.corruptions, a.baseline) for table in tables]
    whole = tuple(
        row
        for key, name in WHOLE.items()
        if key in points[0]
        for row in differences([name], points[0][key], points[1][key], draws[1][key] - draws[0][key])
    )
    moved = draws[1]["error"] - draws[0]["error"]
    by_corruption = tuple(differences(list(a.corruptions), points[0]["error"], points[1]["error"], moved, adjust=True))
    return Comparison(a.model, b.model, a.benchmark, len(common), whole, by_corruption)


def differences(names: list[str], a: np.ndarray, b: np.ndarray, moved: np.ndarray, adjust: bool = False) -> Iterator[Difference]:
    """A row a name, from both models' values (names,) and the resampled differences (resamples, names)."""
    a, b, moved = np.atleast_1d(a), np.atleast_1d(b), moved.reshape(len(moved), len(names))
    low, high = metrics.interval(moved)
    p = metrics.p_value(moved)
    adjusted = metrics.holm(p) if adjust else p
    for n, name in enumerate(names):
        values = (a[n], b[n], b[n] - a[n], low[n], high[n], p[n], adjusted[n])
        yield Difference(name, *(float(value) for value in values))


def check_comparable(a: Report, b: Report) -> None:
    """OptionError unless only the model differs."""
    if a.benchmark != b.benchmark or a.trials != b.trials:
        raise OptionError(
            f"{a.model} was evaluated on {a.benchmark} in {a.trials} trial(s), {b.model} on {b.benchmark} in {b.trials}: not comparable"
        )
    different = [
        f"{key} is {a.settings[key]} and {b.settings[key]}"
        for key in MUST_AGREE
        if key in a.settings and key in b.settings and a.settings[key] != b.settings[key]
    ]
    if different:
        raise OptionError(f"{a.model} and {b.model} are not comparable: {'; '.join(different)}")
