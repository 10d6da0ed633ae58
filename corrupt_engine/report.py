"""`Report`: what an evaluation found, as numbers, as the papers' table, and as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from . import metrics
from .baselines import ALEXNET, Baseline
from .catalogue import CLEAN, SEVERITIES, Condition, corruptions

WIDE = 0.05  # an interval reaching further than this from its value is called wide


@dataclass(frozen=True)
class Report:
    """Whether each sample was classified correctly under each condition, and everything that follows from it.

    Args:
        model, benchmark: names.
        correct: (N,) bool for the clean condition and every condition of the benchmark.
        settings: what else fixed the numbers, for the record.
        baseline: the model that errors are divided by.
    """

    model: str
    benchmark: str
    correct: Mapping[Condition, np.ndarray]
    settings: Mapping[str, Any] = field(default_factory=dict)
    baseline: Baseline = ALEXNET

    @property
    def samples(self) -> int:
        """How many images."""
        return len(self.correct[CLEAN])

    @property
    def clean_error(self) -> float:
        """Top-1 error on the clean images, 0..1."""
        return 1.0 - float(self.correct[CLEAN].mean())

    @property
    def errors(self) -> dict[str, list[float]]:
        """Unnormalised top-1 error of each corruption at severities 1 to 5, 0..1."""
        return {name: [1.0 - float(self.correct[Condition(name, s)].mean()) for s in SEVERITIES] for name in corruptions(self.benchmark)}

    def ce(self) -> dict[str, float]:
        """Corruption error of each corruption (1 = as the baseline)."""
        return {name: metrics.corruption_error(values, name, self.baseline) for name, values in self.errors.items()}

    def relative_ce(self) -> dict[str, float]:
        """Relative corruption error of each corruption."""
        return {name: metrics.relative_corruption_error(v, self.clean_error, name, self.baseline) for name, v in self.errors.items()}

    def mce(self) -> float:
        """Mean corruption error."""
        return metrics.mean_corruption_error(self.errors, self.baseline)

    def relative_mce(self) -> float:
        """Mean relative corruption error."""
        return metrics.mean_relative_corruption_error(self.errors, self.clean_error, self.baseline)

    def accuracy_by_severity(self) -> list[float]:
        """Mean accuracy over the corruptions at severities 1 to 5."""
        return [1.0 - metrics.mean([values[s - 1] for values in self.errors.values()]) for s in SEVERITIES]

    @cached_property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """95 % bootstrap intervals over the images: "clean" error, "mean" corrupted error, "mce", and each corruption's error."""
        by_name = {name: np.mean([1.0 - self.correct[Condition(name, s)] for s in SEVERITIES], axis=0) for name in self.errors}
        columns = {
            "clean": 1.0 - self.correct[CLEAN],
            "mean": np.mean(list(by_name.values()), axis=0),
            "mce": np.mean([values / self.baseline.errors[name] for name, values in by_name.items()], axis=0),
            **by_name,
        }
        found = metrics.bootstrap_intervals(np.stack(list(columns.values()), axis=1))
        return dict(zip(columns, found, strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, per-sample answers included."""
        return {
            "model": self.model,
            "benchmark": self.benchmark,
            "samples": self.samples,
            "settings": dict(self.settings),
            "baseline": self.baseline.name,
            "clean_error": self.clean_error,
            "errors": self.errors,
            "ce": self.ce(),
            "relative_ce": self.relative_ce(),
            "mce": self.mce(),
            "relative_mce": self.relative_mce(),
            "accuracy_by_severity": self.accuracy_by_severity(),
            "interval_95": self.intervals,
            "correct": {f"{c.corruption}/{c.severity:g}": "".join("01"[int(v)] for v in values) for c, values in self.correct.items()},
        }

    def save(self, path: str | Path) -> Path:
        """Write `to_dict()` as JSON; the file is whole or absent, never half."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        part.write_text(json.dumps(self.to_dict(), indent=1) + "\n")
        part.replace(target)
        return target

    def __str__(self) -> str:
        """The table that papers print: clean error, mCE, and CE with the error at each severity."""
        ce, relative, errors = self.ce(), self.relative_ce(), self.errors
        width = max(len(name) for name in errors)
        heading = (
            f"{'corruption':<{width}}  " + " ".join(f"{'s' + str(s):>5}" for s in SEVERITIES) + "   error  [95 % interval]     CE  rel.CE"
        )
        lines = [
            f"{self.model} on {self.benchmark}, {self.samples} images ({', '.join(f'{k} {v}' for k, v in self.settings.items())})",
            "",
            f"clean error {percent(self.clean_error)} {bracket(self.intervals['clean'])}   "
            f"accuracy {int(self.correct[CLEAN].sum())} of {self.samples}",
            "",
            "top-1 error in percent; CE in percent of " + self.baseline.name + "'s",
            heading,
            "-" * len(heading),
        ]
        for name, values in errors.items():
            row = " ".join(percent(v) for v in values)
            lines.append(
                f"{name:<{width}}  {row}   {percent(metrics.mean(values))}  {bracket(self.intervals[name])}  "
                f"{percent(ce[name])}   {percent(relative[name])}"
            )
        lines += [
            "-" * len(heading),
            f"{'mean accuracy':<{width}}  " + " ".join(percent(v) for v in self.accuracy_by_severity()),
            "",
            f"mCE {percent(self.mce())} {bracket(self.intervals['mce'])}   relative mCE {percent(self.relative_mce())}",
        ]
        lines.append(
            f"Brackets are 95 % bootstrap intervals over the images; the mean corrupted error lies in {bracket(self.intervals['mean'])}."
        )
        low, high = self.intervals["clean"]
        if high - low > 2 * WIDE:
            lines.append(
                f"{self.samples} images make wide intervals: read the table as a demonstration, and publish from thousands of images."
            )
        if self.settings.get("textures") == "procedural":
            lines.append("Frost was made with the procedural stand-in: these are not ImageNet-C numbers.")
        return "\n".join(lines)


def percent(value: float) -> str:
    """A share as percent in five columns."""
    return f"{100 * value:5.1f}"


def bracket(interval: Sequence[float]) -> str:
    """An interval in percent."""
    return f"[{100 * interval[0]:5.1f}, {100 * interval[1]:5.1f}]"
