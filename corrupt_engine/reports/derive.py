"""From predictions to every number of a report, each with its interval."""

from collections.abc import Mapping

import numpy as np

from .. import metrics
from ..catalogue import Baseline, Condition
from ..metrics.predictions import Predictions
from .estimate import Estimate
from .levels import Severities, axes, existing
from .means import Means, columns
from .numbers import NUMBERS


def derive(means: Means) -> dict[str, np.ndarray]:
    """Every number from column means, by name.

    Args:
        means: with any leading axes. Without a baseline, the numbers that need one are left out.

    Returns:
        Arrays of the leading axes and then those of the number's dims.
    """
    return {n.name: n.of(means) for n in NUMBERS.values() if means.baseline is not None or not n.needs_baseline}


def estimates(
    predictions: Mapping[Condition, Predictions], levels: Severities, trials: int, baseline: Baseline | None
) -> dict[str, Estimate]:
    """Every number with its interval.

    Args:
        predictions: of the clean condition and of every corruption at its severities, for each trial.
        levels: the corruptions in their order, each with its severities.
        trials: how many trials each condition has.
        baseline: the model that errors are divided by, or None.

    Raises ValueError where a number is not of the shape that its dims say.
    """
    table = columns(predictions, levels, trials)
    values = derive(Means(table.mean(0, dtype=np.float64), levels, baseline))
    draws = derive(Means(metrics.resampled_means(table), levels, baseline))
    return {name: _estimate(name, value, draws[name], levels) for name, value in values.items()}


def _estimate(name: str, value: np.ndarray, draws: np.ndarray, levels: Severities) -> Estimate:
    dims = NUMBERS[name].dims
    try:
        return Estimate(value, *metrics.interval(draws), dims, axes(levels), existing(dims, levels))
    except ValueError as error:
        raise ValueError(f"number {name!r}: {error}") from error
