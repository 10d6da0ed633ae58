"""`Rates`: results, and every number that follows from them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .. import metrics
from ..catalogue import CLEAN, OWN_BASELINE, Baseline, Condition, Metric
from ..errors import OptionError
from ..records import Results
from .derive import estimates
from .estimate import Estimate
from .levels import all_severities, spread_out
from .means import Resamples, columns


@dataclass(frozen=True)
class Rates(Results):
    """Results with every number that follows from them.

    Args:
        model, benchmark, predictions, labels, ids, settings, run, class_names, image_pairs, examples, skipped, planned:
            as for Results.
        unlabelled, names: likewise.
        baseline: the model that errors are divided by; None where there is none. Default: the benchmark's own, AlexNet
            for ImageNet-C, and none for a part of a benchmark.

    Raises:
        UnknownNameError: there is no such benchmark, and settings hold none.
        OptionError: the baseline lacks a corruption, or its errors are means over other severities.
    """

    baseline: Baseline | None = OWN_BASELINE

    def __post_init__(self) -> None:
        if self.baseline is OWN_BASELINE:
            object.__setattr__(self, "baseline", self.definition.baseline)
        elif self.baseline is not None:
            self.baseline.check(self.severities, self.definition.whole.severities)

    @property
    def source(self) -> str:
        """The benchmark's paper and section, as its file has them."""
        return self.definition.source

    @property
    def severities(self) -> dict[str, tuple[int, ...]]:
        """The corruptions in their published order, each with its severities, ascending; of a part of a benchmark those
        that it has.
        """
        return self.definition.severities

    @property
    def metric(self) -> Metric:
        """What the error is called that the benchmark counts."""
        return self.definition.metric

    @property
    def main(self) -> tuple[str, str, str]:
        """What stands first in tables, and what models are ranked by: (heading, name of the number, name of the number
        of each corruption). Of sequences the flips, of other benchmarks the errors, divided by the baseline's if there
        is one.
        """
        if self.definition.flips:
            divided = self.baseline is not None and set(self.corruptions) <= set(self.baseline.flips)
            return ("mFR", "mfr", "flip_rate") if divided else ("Flips", "mean_flip_probability", "flip_probability")
        divided = self.baseline is not None and bool(self.baseline.errors)
        return ("mCE", "mce", "ce") if divided else ("Mean", "mean_error", "error")

    @property
    def groups(self) -> list[tuple[str, list[str]]]:
        """The corruptions in their order, in the groups that tables show them in: (name, its corruptions)."""
        return self.definition.groups

    def short(self, corruption: str) -> str:
        """A corruption's name as it fits the head of a column.

        Args:
            corruption: one of `corruptions`.

        Returns:
            What the benchmark's file gives for it, else the name itself.
        """
        return self.definition.short(corruption)

    @property
    def corruptions(self) -> tuple[str, ...]:
        """The corruptions in their published order."""
        return tuple(self.severities)

    @property
    def all_severities(self) -> tuple[int, ...]:
        """Every severity that some corruption has, ascending."""
        return all_severities(self.severities)

    @cached_property
    def numbers(self) -> dict[str, Estimate]:
        """Every number of `reports/numbers.py` by name, with its 95 % interval over the images; on 0..1."""
        return estimates(self.resamples, self.severities, self.baseline)

    @cached_property
    def resamples(self) -> Resamples:
        """The means that every number is a function of, over the images and over resamples of them."""
        named, several = self.definition.listed.metric, len(self.definition.listed.labels)
        table = columns(
            self.predictions, self.severities, self.trials, self.labels, named, self.definition.flips, several
        )
        return Resamples.of(table, self.labels, named, several)

    @property
    def clean_error(self) -> float:
        """Error on the clean images, 0..1, of the benchmark's own metric."""
        return self._rate(CLEAN)

    @cached_property
    def errors(self) -> dict[str, list[float]]:
        """Error of each corruption at each of its severities, 0..1, mean over trials."""
        return self._errors(range(self.trials))

    def ce(self) -> dict[str, float]:
        """Corruption error of each corruption.

        Returns:
            CE by corruption; 1 is as good as the baseline.

        Raises:
            OptionError: there is no baseline, or it lacks a corruption.

        Source: Hendrycks and Dietterich 2019, section 4.1.
        """
        values = metrics.corruption_errors(self._table(), self._reference())
        return dict(zip(self.corruptions, values.tolist(), strict=True))

    def relative_ce(self) -> dict[str, float]:
        """Relative corruption error of each corruption: the rise above the clean error, divided by the baseline's.

        Returns:
            Relative CE by corruption; 1 is as good as the baseline, NaN where the baseline's error does not rise.

        Raises:
            OptionError: there is no baseline, or it lacks a corruption.

        Source: Hendrycks and Dietterich 2019, section 4.1.
        """
        reference, clean = self._reference(), self._baseline().clean
        values = metrics.relative_corruption_errors(self._table(), self.clean_error, reference, clean)
        return dict(zip(self.corruptions, values.tolist(), strict=True))

    def mce(self) -> float:
        """Mean corruption error.

        Returns:
            mCE; 1 is as good as the baseline.

        Raises:
            OptionError: there is no baseline, or it lacks a corruption.

        Source: Hendrycks and Dietterich 2019, section 4.1.
        """
        return float(metrics.mean_corruption_error(self._table(), self._reference()))

    def relative_mce(self) -> float:
        """Mean relative corruption error.

        Returns:
            Relative mCE; 1 is as good as the baseline, NaN where the baseline's error does not rise under one of the
            corruptions.

        Raises:
            OptionError: there is no baseline, or it lacks a corruption.

        Source: Hendrycks and Dietterich 2019, section 4.1.
        """
        reference, clean = self._reference(), self._baseline().clean
        return float(metrics.mean_relative_corruption_error(self._table(), self.clean_error, reference, clean))

    def accuracy_by_severity(self) -> list[float]:
        """Mean accuracy at each severity.

        Returns:
            One share for each of `all_severities`, 0..1, over the corruptions that have it.
        """
        return [float(value) for value in 1.0 - metrics.mean_over_levels(self._table(), -2)]

    def over_trials(self) -> dict[str, metrics.Spread]:
        """How far the numbers spread over trials.

        Returns:
            The Spread of "mean_error", on 0..1, and where the baseline has errors of "mce".

        Raises:
            OptionError: the baseline lacks a corruption.
        """
        by_trial = np.stack([self._table([trial]) for trial in range(self.trials)])
        found = {"mean_error": metrics.spread(metrics.mean_over_conditions(by_trial))}
        if self.baseline is not None and self.baseline.errors:
            found["mce"] = metrics.spread(metrics.mean_corruption_error(by_trial, self._reference()))
        return found

    def as_baseline(self) -> Baseline:
        """The model as the one that others are divided by.

        Returns:
            A Baseline of its clean error and its mean error under each corruption, and of sequences its flips and
            distances.
        """
        means = {name: float(np.mean(values)) for name, values in self.errors.items()}
        flips, distances = (
            dict(zip(self.corruptions, self.numbers[name].value.tolist(), strict=True)) if name in self.numbers else {}
            for name in ("flip_probability", "top5_distance")
        )
        variant = str(self.settings.get("variant", ""))
        return Baseline(self.model, self.clean_error, means, self.severities, flips, distances, variant)

    def right_when_corrupted(self) -> np.ndarray:
        """Under which share of the corruptions, severities and trials each image is classified right.

        Corruptions weigh equally, whether they have many severities or few.

        Returns:
            (N,) float64, on 0..1.
        """
        return self._over_conditions(lambda condition: self.predictions[condition].correct)

    def by_metric(self) -> tuple[np.ndarray, np.ndarray]:
        """The accuracy by the benchmark's metric, image by image: (clean, mean over the conditions).

        Returns:
            Two arrays (N,), whose means are the accuracies; an image's own value need not lie on 0..1.
        """
        return self._values(CLEAN), self._over_conditions(self._values)

    def _over_conditions(self, of: Callable[[Condition], np.ndarray]) -> np.ndarray:
        levels = self.severities
        tables = []
        for trial in range(self.trials):
            conditions = [Condition(name, s, trial) for name, own in levels.items() for s in own]
            values = np.stack([of(condition) for condition in conditions], axis=-1)
            tables.append(spread_out(values.astype(np.float64), levels))
        return metrics.mean_over_conditions(np.concatenate(tables, axis=-1))

    def _wrong(self, condition: Condition) -> np.ndarray:
        return metrics.wrong_answers(self.predictions[condition], self.labels, len(self.definition.listed.labels))

    def _values(self, condition: Condition) -> np.ndarray:
        own = metrics.OWN[self.definition.listed.metric]
        return np.asarray(1.0 - own(self._wrong(condition), self.labels).values, dtype=np.float64)

    def _rate(self, condition: Condition) -> float:
        return metrics.error_rate(self._wrong(condition), self.labels, self.definition.listed.metric)

    def _errors(self, trials: Sequence[int]) -> dict[str, list[float]]:
        def error(name: str, severity: int) -> float:
            cells = [Condition(name, severity, trial) for trial in trials]
            if self.definition.listed.metric == "top1":
                return 1.0 - float(np.mean([self.predictions[cell].correct.mean() for cell in cells]))
            return float(np.mean([self._rate(cell) for cell in cells]))

        return {name: [error(name, severity) for severity in own] for name, own in self.severities.items()}

    def _table(self, trials: Sequence[int] | None = None) -> np.ndarray:
        """(corruptions, severities), the errors of some trials; NaN where a corruption lacks a severity."""
        rates = self.errors if trials is None else self._errors(trials)
        return spread_out(np.array([rate for own in rates.values() for rate in own]), self.severities)

    def _baseline(self) -> Baseline:
        if self.baseline is None:
            raise OptionError(
                f"there is no baseline for {'a part of ' if self.definition.is_part else ''}{self.benchmark}: pass one "
                "that has an error for each of these corruptions, the mean over these severities"
            )
        return self.baseline

    def _reference(self) -> np.ndarray:
        return self._baseline().reference(self.corruptions)
