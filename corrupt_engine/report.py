"""`Report`: what an evaluation found. Print it, read its numbers, or save it as text, CSV, JSON, LaTeX or HTML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import metrics
from .answers import Answers
from .baselines import ALEXNET, Baseline
from .catalogue import CLEAN, SEVERITIES, Condition, corruptions
from .findings import PicturePair
from .summary import Estimate, estimates

if TYPE_CHECKING:
    from .comparing import Comparison

WIDE = 0.05  # an interval reaching further than this from its value is called wide


@dataclass(frozen=True)
class Report:
    """Every answer of a model on every image under every condition of a benchmark, and all that follows from them.

    Args:
        model, benchmark: names.
        answers: of the clean condition and of every corruption at severities 1 to 5, for each trial; N answers each.
        labels: (N,) int64, the right classes.
        ids: (N,) int64, the sample ids; default 0 to N - 1.
        settings: what fixed the numbers: seed, variant, geometry, normalisation, ...
        run: what did not fix them but belongs on record: versions, backend, batch size.
        baseline: the model that errors are divided by; None where it lacks a corruption of the benchmark.
        class_names: what the classes are called.
        pictures: some of the most confident mistakes.
        skipped: (sample id, name, reason) of each file that could not be read.
        planned: how many images a complete run has; default N.
    """

    model: str
    benchmark: str
    answers: Mapping[Condition, Answers]
    labels: np.ndarray
    ids: np.ndarray | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    baseline: Baseline | None = ALEXNET
    class_names: tuple[str, ...] = ()
    pictures: tuple[PicturePair, ...] = ()
    skipped: tuple[tuple[int, str, str], ...] = ()
    planned: int | None = None

    @property
    def samples(self) -> int:
        """How many images."""
        return len(self.labels)

    @property
    def corruptions(self) -> tuple[str, ...]:
        """The benchmark's corruptions in their published order."""
        return corruptions(self.benchmark)

    @property
    def trials(self) -> int:
        """How many times each corruption was drawn."""
        return 1 + max(condition.trial for condition in self.answers)

    @property
    def invalid(self) -> int:
        """How many answers were none, because the scores held NaN or +infinity; they count as wrong."""
        return sum(int(answer.invalid.sum()) for answer in self.answers.values())

    @cached_property
    def numbers(self) -> dict[str, Estimate]:
        """Every number with its 95 % bootstrap interval over the images; shares on 0..1, (corruptions,) or (corruptions, severities)."""
        return estimates(self.answers, self.corruptions, self.trials, self.baseline)

    @property
    def clean_error(self) -> float:
        """Top-1 error on the clean images, 0..1."""
        return 1.0 - float(self.answers[CLEAN].correct.mean())

    @cached_property
    def errors(self) -> dict[str, list[float]]:
        """Top-1 error of each corruption at severities 1 to 5, 0..1, mean over trials."""
        return {name: [self._error(name, s, range(self.trials)) for s in SEVERITIES] for name in self.corruptions}

    def ce(self) -> dict[str, float]:
        """Corruption error of each corruption (1 = as the baseline)."""
        return dict(zip(self.corruptions, metrics.corruption_errors(self._error_array(), self._reference()).tolist(), strict=True))

    def relative_ce(self) -> dict[str, float]:
        """Relative corruption error of each corruption."""
        reference = self._reference()
        values = metrics.relative_corruption_errors(self._error_array(), self.clean_error, reference, self._baseline().clean)
        return dict(zip(self.corruptions, values.tolist(), strict=True))

    def mce(self) -> float:
        """Mean corruption error."""
        return float(metrics.mean_corruption_error(self._error_array(), self._reference()))

    def relative_mce(self) -> float:
        """Mean relative corruption error."""
        return float(
            metrics.mean_relative_corruption_error(self._error_array(), self.clean_error, self._reference(), self._baseline().clean)
        )

    def accuracy_by_severity(self) -> list[float]:
        """Mean accuracy over the corruptions at severities 1 to 5."""
        return [float(value) for value in 1.0 - self._error_array().mean(0)]

    def over_trials(self) -> dict[str, metrics.Spread]:
        """Mean and standard deviation over trials of the mean error and, with a baseline, of mCE."""
        by_trial = np.array([[[self._error(n, s, [t]) for s in SEVERITIES] for n in self.corruptions] for t in range(self.trials)])
        found = {"mean_error": metrics.spread(by_trial.mean((1, 2)))}
        if self.baseline is not None:
            found["mce"] = metrics.spread(metrics.mean_corruption_error(by_trial, self._reference()))
        return found

    def as_baseline(self) -> Baseline:
        """The model as the one that others are divided by."""
        return Baseline(self.model, self.clean_error, {name: float(np.mean(values)) for name, values in self.errors.items()})

    @classmethod
    def load(cls, path: str | Path, baseline: Baseline | None = None, partial: bool = False) -> "Report":
        """The report of a record that `evaluate(..., record=path)` wrote; partial=True accepts one that is not finished.

        Raises RecordError where there is none, or it is not finished.
        """
        from .record import load_report

        return load_report(path, baseline, partial)

    def compare(self, other: "Report") -> "Comparison":
        """Every difference to another report on the same images, with its interval and p-value (paired bootstrap).

        Raises OptionError where more differs between them than the model.
        """
        from .comparing import compare

        return compare(self, other)

    def save(self, path: str | Path) -> Path:
        """Write the report; the suffix says how: .txt, .csv, .json, .tex or .html. The file is whole or absent, never half.

        Raises UnknownNameError for another suffix.
        """
        from .reporting import save

        return save([self], path)

    def __str__(self) -> str:
        from .reporting import render

        return render([self], "text")

    def _error(self, name: str, severity: int, trials: Any) -> float:
        return 1.0 - float(np.mean([self.answers[Condition(name, severity, trial)].correct.mean() for trial in trials]))

    def _error_array(self) -> np.ndarray:
        return np.array(list(self.errors.values()))

    def _baseline(self) -> Baseline:
        if self.baseline is None:
            from .errors import OptionError

            raise OptionError(f"there is no baseline for {self.benchmark}: pass one that has an error for each of its corruptions")
        return self.baseline

    def _reference(self) -> np.ndarray:
        return self._baseline().reference(self.corruptions)
