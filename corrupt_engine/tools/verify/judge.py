"""Whether a report agrees with a published row.

Ours and the published run see the same images with other draws, so their cells differ by less than those of two
independent samples of as many images, whose deviation is what a z-score is taken over: z-scores beyond 2 are rarer
than one in twenty where all is right. Three questions are asked, each at a third of the risk of a false alarm: whether
a cell lies far off, whether the cells lie off more than chance on the whole (their squares), and whether the mean does,
in which a small shift of all cells shows.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from ...errors import OptionError
from ...metrics import mean_corruption_error
from ...reports.report import Report
from .published import Published, published_rows

FALSE_ALARM = 0.01
"""The risk that an installation that does reproduce the row is said not to."""
DENOMINATOR = "AlexNet"


@dataclass(frozen=True)
class Cell:
    """One accuracy, ours beside the published one.

    Args:
        name: the corruption, "clean", or "mean" over all corruptions and severities.
        severity: 1 to 5; 0 for the other two.
        ours, published: top-1 accuracy on 0..1.
        z: their difference over its deviation.
    """

    name: str
    severity: int
    ours: float
    published: float
    z: float

    @property
    def place(self) -> str:
        """Which it is, in words."""
        return f"{self.name} {self.severity}" if self.severity else self.name


@dataclass(frozen=True)
class Verification:
    """A report beside a published row.

    Args:
        row: RobustBench's name of the model.
        samples: how many images ours is about.
        cells: clean, then each corruption at each severity.
        mean: over all corruptions and severities.
        limits: what may be reached where all is right: "cell" and "mean" by |z|, "squares" by the sum over the cells.
        squares: the sum of the cells' squared z-scores.
        mce: (ours, published) mCE by what it is divided by; published is NaN where it was not.
    """

    row: str
    samples: int
    cells: tuple[Cell, ...]
    mean: Cell
    limits: dict[str, float]
    squares: float
    mce: dict[str, tuple[float, float]]

    @property
    def faults(self) -> list[str]:
        """What speaks against it, in words; nothing where it is reproduced."""
        far = [cell for cell in self.cells if abs(cell.z) > self.limits["cell"]]
        found = [f"{cell.place} is off by {100 * (cell.ours - cell.published):+.1f} points" for cell in far]
        if self.squares > self.limits["squares"]:
            found.append(
                f"the cells scatter more than chance ({self.squares:.0f}, at most {self.limits['squares']:.0f})"
            )
        if abs(self.mean.z) > self.limits["mean"]:
            found.append(f"the mean is off by {100 * (self.mean.ours - self.mean.published):+.1f} points")
        return found

    @property
    def reproduces(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.faults

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        (divisor, (ours, published)), *_ = self.mce.items()
        numbers = f"mCE {100 * ours:.1f} beside {100 * published:.1f}, divided by {divisor}"
        if self.reproduces:
            return f"This installation reproduces RobustBench's {self.row} on {self.samples:,} images: {numbers}."
        return (
            f"This installation does not reproduce RobustBench's {self.row} on {self.samples:,} images "
            f"({numbers}): {'; '.join(self.faults)}."
        )

    def __str__(self) -> str:
        width = max(len(cell.name) for cell in self.cells)
        lines = [f"{'accuracy, %':<{width}}   severity     ours  published       z"]
        lines += [
            f"{cell.name:<{width}} {cell.severity or '':>10} {100 * cell.ours:>8.2f} {100 * cell.published:>10.2f} "
            f"{cell.z:>+7.2f}"
            for cell in (*self.cells, self.mean)
        ]
        lines.append("")
        for divisor, (ours, published) in self.mce.items():
            beside = "" if math.isnan(published) else f" (published {100 * published:.2f})"
            lines.append(f"mCE {100 * ours:.2f}{beside}, divided by {divisor}")
        return "\n".join([*lines, "", self.sentence])

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values that JSON can hold, shares on 0..1.

        Returns:
            A dict of strings, numbers, lists and dicts.
        """
        return {
            "row": self.row,
            "images": self.samples,
            "reproduces": self.reproduces,
            "sentence": self.sentence,
            "faults": self.faults,
            "cells": [vars(cell) for cell in self.cells],
            "mean": vars(self.mean),
            "squares": self.squares,
            "limits": self.limits,
            "mce": [
                {"divided_by": divisor, "ours": ours, "published": None if math.isnan(published) else published}
                for divisor, (ours, published) in self.mce.items()
            ],
        }


def judge(report: Report, published: Published) -> Verification:
    """A report beside a published row.

    Args:
        report: of ImageNet-C.
        published: one of `published_rows()`.

    Returns:
        A Verification: print it, or read `reproduces`.

    Raises:
        OptionError: the report is about other corruptions or severities.
    """
    wanted = {name: len(values) for name, values in published.cells.items()}
    if {name: len(values) for name, values in report.severities.items()} != wanted:
        raise OptionError(f"the published numbers are about imagenet-c, and the report about {report.benchmark}")
    n, ours = report.samples, report.errors
    cells = [cell("clean", 0, 1.0 - report.clean_error, published.clean, n)]
    for name, values in published.cells.items():
        cells += [
            cell(name, severity, 1.0 - error, value, n)
            for severity, (error, value) in enumerate(zip(ours[name], values, strict=True), 1)
        ]
    right = report.right_when_corrupted()
    theirs = float(np.mean(list(published.cells.values())))
    spread = math.sqrt(2.0 * right.var() / n) or math.inf
    mean = Cell("mean", 0, float(right.mean()), theirs, float(right.mean() - theirs) / spread)
    risk = FALSE_ALARM / 3
    limits = {
        "cell": NormalDist().inv_cdf(1.0 - risk / 2 / len(cells)),
        "squares": chi_square(len(cells), 1.0 - risk),
        "mean": NormalDist().inv_cdf(1.0 - risk / 2),
    }
    return Verification(
        published.name,
        n,
        tuple(cells),
        mean,
        limits,
        float(sum(cell.z**2 for cell in cells)),
        mean_ces(report, published),
    )


def cell(name: str, severity: int, ours: float, published: float, n: int) -> Cell:
    """A cell with its z-score: the difference of two shares of n, each held off 0 and 1 by a success and a failure."""

    def variance(share: float) -> float:
        held = (share * n + 1.0) / (n + 2.0)
        return held * (1.0 - held) / n

    deviation = math.sqrt(variance(ours) + variance(published))
    return Cell(name, severity, ours, published, (ours - published) / deviation)


def mean_ces(report: Report, published: Published) -> dict[str, tuple[float, float]]:
    """(ours, published) mCE by what it is divided by: RobustBench's AlexNet, and the paper's."""
    alexnet = published_rows()[DENOMINATOR].errors()
    errors = np.array([report.errors[name] for name in published.cells])
    theirs = published.errors()[:, None]
    found = {
        f"RobustBench's AlexNet on the same {report.samples:,} images": (
            float(mean_corruption_error(errors, alexnet)),
            float(mean_corruption_error(theirs, alexnet)),
        )
    }
    paper = report.definition.baseline
    if paper is not None:
        found[f"the paper's {paper.name} on all 50,000"] = (
            float(mean_corruption_error(errors, paper.reference(tuple(published.cells)))),
            math.nan,
        )
    return found


def chi_square(degrees: int, share: float) -> float:
    """The quantile of the chi-square distribution, to half a percent from 30 degrees of freedom on.

    Source: Wilson and Hilferty 1931, Proceedings of the National Academy of Sciences 17.

    >>> round(chi_square(76, 0.99), 1)
    107.6
    """
    step = 2.0 / (9.0 * degrees)
    return float(degrees * (1.0 - step + NormalDist().inv_cdf(share) * math.sqrt(step)) ** 3)
