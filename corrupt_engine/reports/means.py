"""From predictions to columns an image, and names for the columns' means: what every number is a function of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .. import metrics
from ..catalogue import CLEAN, Baseline, Condition
from ..errors import OptionError
from ..metrics.predictions import Predictions
from .levels import Severities, all_severities, spread_out


def level_cells(
    predictions: Mapping[Condition, Predictions], levels: Severities, trials: int
) -> dict[int, list[Predictions]]:
    """By level (0 is clean) all predictions there: those of the corruptions that have it, in every trial."""
    found = {0: [predictions[CLEAN]]}
    for severity in all_severities(levels):
        names = [name for name, own in levels.items() if severity in own]
        found[severity] = [predictions[Condition(name, severity, t)] for name in names for t in range(trials)]
    return found


def columns(
    predictions: Mapping[Condition, Predictions],
    levels: Severities,
    trials: int,
    labels: np.ndarray | None = None,
    metric: str = "top1",
    flips: Mapping[str, str] | None = None,
    several: int = 0,
) -> np.ndarray:
    """What each image adds to the numbers; `Means` names the columns.

    Args:
        predictions: of every condition, on N images each.
        levels: the severities of each corruption.
        trials: how many trials each condition has.
        labels: (N,), the right classes, for a metric that asks for them.
        metric: which error is counted, a key of `metrics.OWN`; its values where it is another than top-1.
        flips: where levels are frames, with which each later one is compared: "first" or "previous" by corruption.
        several: how many labels are answered of each image; 0 where one class is right. There is no top-5 error then.

    Returns:
        (N, K) float32. Errors clean and of every condition (mean over trials), top-1 and then top-5; then at each
        level the count, the confidence and the hits by bin, which are the images' whatever the metric; then the share
        of flips of each corruption, where there are any; then the top-5 distances, where the five classes are known.
    """
    conditions = [(name, s) for name, own in levels.items() for s in own]
    plan = [[CLEAN], *([Condition(name, s, t) for t in range(trials)] for name, s in conditions)]
    parts: list[np.ndarray] = [
        np.mean(np.stack([1.0 - getattr(predictions[c], kind) for c in group]), axis=0, dtype=np.float32).reshape(-1, 1)
        for kind in ("correct", "correct5")
        for group in plan
    ]
    if labels is not None and several:
        wrong = [np.mean([metrics.wrong_answers(predictions[c], labels, several) for c in group], 0) for group in plan]
        errors = metrics.OWN[metric](np.stack(wrong, axis=1), labels).values.astype(np.float32)
        parts = [errors, np.full_like(errors, np.nan)]
    elif labels is not None:
        parts = [metrics.OWN[metric](np.concatenate(parts, axis=1), labels).values.astype(np.float32)]
    for cells in level_cells(predictions, levels, trials).values():
        parts += _calibration_columns(cells)
    sequences = {
        name: [[predictions[Condition(name, s, t)] for s in levels[name]] for t in range(trials)]
        for name in (flips or {})
    }
    for name, against in (flips or {}).items():
        frames = np.array([[frame.prediction for frame in frames] for frames in sequences[name]])
        parts.append(metrics.flip_shares(frames, against).mean(0)[:, None].astype(np.float32))
    if all(frame.five is not None for own in sequences.values() for frames in own for frame in frames):
        for name, against in (flips or {}).items():
            five = np.array([[frame.five for frame in frames] for frames in sequences[name]])
            parts.append(metrics.top5_distances(five, against).mean(0)[:, None].astype(np.float32))
    return np.concatenate(parts, axis=1)


def _calibration_columns(cells: Sequence[Predictions]) -> list[np.ndarray]:
    rows = len(cells[0].rank)
    sums = np.zeros((3, rows, metrics.BINS), np.float32)
    for cell in cells:
        usable = np.flatnonzero(~cell.invalid)
        place = metrics.bin_of(cell.confidence[usable])
        for kind, values in enumerate((1.0, cell.confidence[usable], cell.correct[usable])):
            sums[kind, usable, place] += values
    return [sums[0], sums[1], sums[2]]


@dataclass(frozen=True, eq=False)
class Resamples:
    """The means of `columns` over the images, and over resamples of the images.

    Those of several models on the same images are of the same resamples: their differences are paired.

    Args:
        means: (K,).
        draws: (resamples, K).
        seen: (K,), the share of the images whose columns are above 0.
        images: how many there are.
        worth: how many the errors are worth where none is wrong; other than images where classes weigh equally.
        unseen: what is added to the variance of a mean of errors.
    """

    means: np.ndarray
    draws: np.ndarray
    seen: np.ndarray
    images: int
    worth: float
    unseen: float

    @classmethod
    def of(cls, table: np.ndarray, labels: np.ndarray, metric: str = "top1", several: int = 0) -> "Resamples":
        """Those of `columns`, (N, K), made with these labels and this metric."""
        _, worth, unseen = metrics.OWN[metric](np.zeros((len(table), 0, *([several] if several else []))), labels)
        means, draws = table.mean(0, dtype=np.float64), metrics.resampled_means(table)
        return cls(means, draws, (table > 0).mean(0), len(table), worth, unseen)


@dataclass(frozen=True, eq=False)
class Means:
    """The means of `columns`, by name. Leading axes, such as that of resamples, stay.

    Args:
        table: (..., K).
        levels: the severities of each corruption, as given to `columns`.
        baseline: the model that errors are divided by, or None.
    """

    table: np.ndarray
    levels: Severities
    baseline: Baseline | None = None

    @classmethod
    def extremes(cls, levels: Severities, baseline: Baseline | None = None) -> "Means":
        """The means of four models: right on all images, on the clean ones alone, on the corrupted ones alone, on none.

        A weighted mean of errors has its least at the first and its most at the last.

        Args:
            levels: the severities of each corruption.
            baseline: the model that errors are divided by, or None.

        Returns:
            Means with a leading axis of 4; every bin has predictions, as right as the clean ones are. Who is wrong on
            corrupted images flips at every frame, to five other classes.
        """
        conditions = sum(map(len, levels.values()))
        bins = np.zeros((4, 1 + len(all_severities(levels)), 3, metrics.BINS))
        clean, corrupted = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]).T
        bins[:, :, 0] = 1.0
        bins[:, :, 2] = 1.0 - clean[:, None, None]
        errors = np.concatenate([clean[:, None], np.repeat(corrupted[:, None], conditions, axis=1)], axis=1)
        flips = np.repeat(corrupted[:, None], len(levels), axis=1)
        distances = metrics.FARTHEST * flips
        return cls(np.concatenate([errors, errors, bins.reshape(4, -1), flips, distances], axis=1), levels, baseline)

    @property
    def clean(self) -> np.ndarray:
        """(...), the error on the clean images, of the benchmark's own metric."""
        return self.table[..., 0]

    @cached_property
    def errors(self) -> np.ndarray:
        """(..., corruptions, severities), the errors likewise; NaN where a corruption lacks a severity."""
        return spread_out(self.table[..., 1 : 1 + self._conditions], self.levels)

    @property
    def clean5(self) -> np.ndarray:
        """(...), the top-5 error on the clean images."""
        return self.table[..., 1 + self._conditions]

    @cached_property
    def errors5(self) -> np.ndarray:
        """(..., corruptions, severities), the top-5 errors; NaN where a corruption lacks a severity."""
        return spread_out(self.table[..., 2 + self._conditions : 2 + 2 * self._conditions], self.levels)

    @property
    def filled(self) -> np.ndarray:
        """(..., levels, bins), predictions an image whose confidence lies in the bin; level 0 is clean."""
        return self._bins[..., 0, :]

    @property
    def sure(self) -> np.ndarray:
        """(..., levels, bins), the sum of their confidences, an image."""
        return self._bins[..., 1, :]

    @property
    def hits(self) -> np.ndarray:
        """(..., levels, bins), how many of them are right, an image."""
        return self._bins[..., 2, :]

    @property
    def reference(self) -> np.ndarray:
        """(corruptions,), the baseline's mean error over severities. Raises OptionError where there is no baseline."""
        return self._baseline().reference(tuple(self.levels))

    @property
    def reference_clean(self) -> float:
        """The baseline's clean error. Raises OptionError where there is no baseline."""
        return self._baseline().clean

    def _baseline(self) -> Baseline:
        if self.baseline is None:
            raise OptionError("there is no baseline: declare the number as one that needs it")
        return self.baseline

    @property
    def flips(self) -> np.ndarray | None:
        """(..., corruptions), how likely a prediction flips from frame to frame; None where levels are no frames."""
        begin = 2 + 2 * self._conditions + self._bin_count
        return self.table[..., begin : begin + len(self.levels)] if self.table.shape[-1] > begin else None

    @property
    def distances(self) -> np.ndarray | None:
        """(..., corruptions), the top-5 distance from frame to frame; None where levels are no frames, or the five
        likeliest classes are not known.
        """
        begin = 2 + 2 * self._conditions + self._bin_count + len(self.levels)
        return self.table[..., begin:] if self.table.shape[-1] > begin else None

    @property
    def reference_flips(self) -> np.ndarray | None:
        """(corruptions,), the baseline's; None where it has none."""
        return self._reference({} if self.baseline is None else self.baseline.flips)

    @property
    def reference_distances(self) -> np.ndarray | None:
        """(corruptions,), the baseline's; None where it has none."""
        return self._reference({} if self.baseline is None else self.baseline.distances)

    def _reference(self, own: Mapping[str, float]) -> np.ndarray | None:
        return np.array([own[name] for name in self.levels]) if set(self.levels) <= set(own) else None

    @property
    def _bin_count(self) -> int:
        return (1 + len(all_severities(self.levels))) * 3 * metrics.BINS

    @property
    def _conditions(self) -> int:
        return sum(map(len, self.levels.values()))

    @property
    def _bins(self) -> np.ndarray:
        begin = 2 + 2 * self._conditions
        rest = self.table[..., begin : begin + self._bin_count]
        return rest.reshape(*rest.shape[:-1], 1 + len(all_severities(self.levels)), 3, metrics.BINS)
