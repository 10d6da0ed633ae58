"""The numbers of the papers, computed from error rates; no state, no models."""

from collections.abc import Mapping, Sequence

import numpy as np

from .baselines import ALEXNET, Baseline
from .errors import OptionError

RESAMPLES = 2000  # bootstrap draws: the ends of a 95 % interval then move by 1.5 to 1.8 % of its width from seed to seed (20 seeds)


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean."""
    return float(np.mean(values))


def corruption_error(errors: Sequence[float], corruption: str, baseline: Baseline = ALEXNET) -> float:
    """CE: sum over severities of the error, divided by the same of the baseline (Hendrycks and Dietterich 2019, section 4).

    >>> round(corruption_error([0.5] * 5, "brightness"), 3)
    0.886
    """
    return mean(errors) / _reference(corruption, baseline)


def relative_corruption_error(errors: Sequence[float], clean: float, corruption: str, baseline: Baseline = ALEXNET) -> float:
    """Relative CE: the same of the rise above the clean error."""
    return (mean(errors) - clean) / (_reference(corruption, baseline) - baseline.clean)


def mean_corruption_error(errors: Mapping[str, Sequence[float]], baseline: Baseline = ALEXNET) -> float:
    """mCE: the mean of CE over the corruptions."""
    return mean([corruption_error(values, name, baseline) for name, values in errors.items()])


def mean_relative_corruption_error(errors: Mapping[str, Sequence[float]], clean: float, baseline: Baseline = ALEXNET) -> float:
    """Relative mCE: the mean of relative CE over the corruptions."""
    return mean([relative_corruption_error(values, clean, name, baseline) for name, values in errors.items()])


def bootstrap_intervals(per_sample: np.ndarray, level: float = 0.95, seed: int = 0) -> list[tuple[float, float]]:
    """The percentile bootstrap interval of the mean of each column of per_sample (N, K), resampling rows (Efron 1979).

    All columns share the resamples: 20 columns of 50,000 rows take seconds, and their intervals belong to the same samples.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    count = len(per_sample)
    means = np.empty((RESAMPLES, per_sample.shape[1]))
    for row in means:
        times = np.bincount(generator.integers(0, count, count), minlength=count)
        np.divide(times @ per_sample, count, out=row)
    ends = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return [(float(low), float(high)) for low, high in ends.T]


def _reference(corruption: str, baseline: Baseline) -> float:
    if corruption not in baseline.errors:
        raise OptionError(f"baseline {baseline.name} has no error for {corruption!r}; it has {', '.join(baseline.errors)}")
    return baseline.errors[corruption]
