"""From answers to every number of a report, with its interval: columns an image, their means, and what is derived from the means.

All that is derived is a function of column means alone. So one resampling of the rows gives the interval of every number, and two
models on the same images are compared with the same resamples.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from . import metrics
from .answers import Answers
from .baselines import Baseline
from .catalogue import CLEAN, SEVERITIES, Condition

LEVELS = (0, *SEVERITIES)
"""What calibration is shown for: the clean images, and each severity over all corruptions."""


class Estimate(NamedTuple):
    """A number, or an array of numbers, with the ends of its 95 % bootstrap interval."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def severity_cells(answers: Mapping[Condition, Answers], names: Sequence[str], trials: int) -> list[list[Answers]]:
    """The answers of every level of LEVELS, over all corruptions and trials."""
    later = [[answers[Condition(name, s, t)] for name in names for t in range(trials)] for s in SEVERITIES]
    return [[answers[CLEAN]], *later]


def columns(answers: Mapping[Condition, Answers], names: Sequence[str], trials: int) -> np.ndarray:
    """(N, K) float32: errors clean and of every condition (mean over trials), top-1 then top-5; then count, confidence and hits by bin.

    `derive` reads them in this order.
    """
    plan = [[CLEAN], *([Condition(name, s, t) for t in range(trials)] for name in names for s in SEVERITIES)]
    parts: list[np.ndarray] = [
        np.mean(np.stack([1.0 - getattr(answers[c], kind) for c in group]), axis=0, dtype=np.float32).reshape(-1, 1)
        for kind in ("correct", "correct5")
        for group in plan
    ]
    for cells in severity_cells(answers, names, trials):
        parts += _calibration_columns(cells)
    return np.concatenate(parts, axis=1)


def _calibration_columns(cells: Sequence[Answers]) -> list[np.ndarray]:
    rows = len(cells[0].rank)
    sums = np.zeros((3, rows, metrics.BINS), np.float32)
    for cell in cells:
        usable = np.flatnonzero(~cell.invalid)
        place = metrics.bin_of(cell.confidence[usable])
        for kind, values in enumerate((1.0, cell.confidence[usable], cell.correct[usable])):
            sums[kind, usable, place] += values
    return [sums[0], sums[1], sums[2]]


def derive(means: np.ndarray, names: Sequence[str], baseline: Baseline | None) -> dict[str, np.ndarray]:
    """Every number from column means (..., K). Corruptions and severities are the last axes; the leading ones stay.

    Without a baseline there are no corruption errors.
    """
    count = len(names) * len(SEVERITIES)
    shape = (*means.shape[:-1], len(names), len(SEVERITIES))
    clean, errors = means[..., 0], means[..., 1 : 1 + count].reshape(shape)
    clean5, errors5 = means[..., 1 + count], means[..., 2 + count : 2 + 2 * count].reshape(shape)
    bins = means[..., 2 + 2 * count :].reshape(*means.shape[:-1], len(LEVELS), 3, metrics.BINS)
    filled, sure, hits = (bins[..., kind, :] for kind in range(3))
    preserved = metrics.accuracy_preserved(errors, clean)
    found = {
        "clean_error": clean,
        "clean_top5_error": clean5,
        "errors": errors,
        "error": errors.mean(-1),
        "mean_error": errors.mean((-2, -1)),
        "top5_error": errors5.mean(-1),
        "mean_top5_error": errors5.mean((-2, -1)),
        "accuracy_by_severity": 1.0 - errors.mean(-2),
        "residual_robustness": metrics.residual_robustness(errors, clean),
        "mean_residual_robustness": metrics.residual_robustness(errors, clean).mean(-1),
        "accuracy_preserved": preserved,
        "mean_accuracy_preserved": preserved.mean(-1),
        "calibration_error": metrics.expected_calibration_error(filled, sure, hits),
        "bin_accuracy": np.divide(hits, filled, out=np.full(hits.shape, np.nan), where=filled > 0),
    }
    if baseline is not None:
        reference = baseline.reference(names)
        found |= {
            "ce": metrics.corruption_errors(errors, reference),
            "mce": metrics.mean_corruption_error(errors, reference),
            "relative_ce": metrics.relative_corruption_errors(errors, clean, reference, baseline.clean),
            "relative_mce": metrics.mean_relative_corruption_error(errors, clean, reference, baseline.clean),
        }
    return found


def estimates(answers: Mapping[Condition, Answers], names: Sequence[str], trials: int, baseline: Baseline | None) -> dict[str, Estimate]:
    """Every number with its interval."""
    table = columns(answers, names, trials)
    values = derive(table.mean(0, dtype=np.float64), names, baseline)
    draws = derive(metrics.resampled_means(table), names, baseline)
    return {name: Estimate(value, *metrics.interval(draws[name])) for name, value in values.items()}
