"""From means over the images to every number of a report, each with its interval."""

from dataclasses import replace

import numpy as np

from .. import metrics
from ..catalogue import Baseline
from .estimate import Estimate
from .levels import Severities, axes, existing
from .means import Means, Resamples
from .numbers import NUMBERS
from .registry import NONE, SCORE, Number

FEW_UNDEFINED = 0.025
"""A number that has no value in a larger share of the resamples has no interval: more than one of its tails is not
known."""


def derive(means: Means) -> dict[str, np.ndarray]:
    """Every number from column means, by name.

    Args:
        means: with any leading axes. Numbers that need a baseline, or frames, are left out where there is none.

    Returns:
        Arrays of the leading axes and then those of the number's dims.
    """
    return {n.name: n.of(means) for n in NUMBERS.values() if n.there(means)}


def estimates(resamples: Resamples, levels: Severities, baseline: Baseline | None) -> dict[str, Estimate]:
    """Every number with its interval.

    Args:
        resamples: of `columns`.
        levels: the corruptions in their order, each with its severities.
        baseline: the model that errors are divided by, or None.

    Raises ValueError where a number is not of the shape that its dims say.
    """
    values = derive(Means(resamples.means, levels, baseline))
    own = resamples.worth, resamples.unseen
    found = intervals(resamples.means, resamples.draws, resamples.seen, resamples.images, levels, baseline, own)
    return {name: _estimate(name, value, *found[name], levels) for name, value in values.items()}


def intervals(
    means: np.ndarray,
    draws: np.ndarray,
    seen: np.ndarray,
    images: int,
    levels: Severities,
    baseline: Baseline | None,
    own: tuple[float, float] | None = None,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The 95 % interval of every number, by the kind that it is registered with.

    Args:
        means: (..., K), the means of `columns`; leading axes are several models'.
        draws: (resamples, ..., K), the resampled means.
        seen: (..., K), the share of the images whose columns are above 0.
        images: how many there are.
        levels: the corruptions in their order, each with its severities.
        baseline: the model that errors are divided by, or None.
        own: the benchmark's metric, where it is another than top-1: how many images an error is worth where none is
            wrong, and what is added to its variance.

    Returns:
        (low, high) by name; NaN where there is no interval.
    """
    worth, unseen = own or (images, 0.0)
    values, moved = (derive(Means(part, levels, baseline)) for part in (means, draws))
    corners = Means.extremes(levels, baseline)
    corners = replace(corners, table=corners.table[:, : means.shape[-1]])  # no flips where the levels are no frames
    with np.errstate(all="ignore"):  # a model that is never wrong, or never right, is nothing to divide by
        ends = derive(corners)
    # One more image that only one of the two, clean and corrupted, is right on.
    with_one_more = [(worth * means + corner) / (worth + 1) for corner in corners.table[1:3]]
    shifted = derive(Means(np.stack(with_one_more), levels, baseline))

    def interval(number: Number, value: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if number.interval == NONE:
            return np.full(np.shape(value), np.nan), np.full(np.shape(value), np.nan)
        if number.interval == SCORE:
            least, most = np.sort(ends[number.name][[0, 3]], axis=0)
            if number.behind is not None:  # of the images as they are, whatever the metric
                behind = images * number.behind(Means(seen, levels, baseline))
                return metrics.score_interval(value, variance(draws), behind, least, most)
            moved = variance(draws) + unseen * (most - least) ** 2
            return metrics.score_interval(value, moved, worth, least, most)
        low, high = metrics.smoothed_interval(value, variance(draws), shifted[number.name] - value)
        known = np.isnan(draws).mean(0) <= FEW_UNDEFINED
        return np.where(known, low, np.nan), np.where(known, high, np.nan)

    return {name: interval(NUMBERS[name], value, moved[name]) for name, value in values.items()}


def variance(draws: np.ndarray) -> np.ndarray:
    """The variance over the first axis, of what is not NaN; NaN where everything is."""
    there = ~np.isnan(draws)
    if there.all():
        return np.asarray(draws.var(0))
    known = np.where(there, draws, 0.0)
    count = there.sum(0)
    with np.errstate(invalid="ignore"):
        mean = known.sum(0) / count
        result: np.ndarray = np.where(there, (known - mean) ** 2, 0.0).sum(0) / count
    return result


def _estimate(name: str, value: np.ndarray, low: np.ndarray, high: np.ndarray, levels: Severities) -> Estimate:
    dims = NUMBERS[name].dims
    try:
        return Estimate(value, low, high, dims, axes(levels), existing(dims, levels))
    except ValueError as error:
        raise ValueError(f"number {name!r}: {error}") from error
