"""The numbers of a report, shares on 0..1. To add one, define it here; CSV and JSON have them in this order.

Errors are of the benchmark's own metric, top-1 unless it says otherwise. Each number is a function of column means
alone. So one resampling of the images gives the interval of every number, and two models on the same images are
compared with the same resamples. `interval=` says which interval is right for it, and `tests/test_coverage.py` holds
every number to what it promises.
"""

import numpy as np

from .. import metrics
from .means import Means
from .registry import MODELS, NONE, NUMBERS, SCORE, TEXT, Shown, number

__all__ = ["NUMBERS"]  # whoever takes it from here has all of them


@number("clean_error", shown=Shown("clean error", 0, meaning="wrong on untouched images"), interval=SCORE)
def clean_error(m: Means) -> np.ndarray:
    """Error on the clean images."""
    return m.clean


@number("clean_top5_error", shown=Shown("clean top-5 error", 4, (TEXT, MODELS)), interval=SCORE)
def clean_top5_error(m: Means) -> np.ndarray:
    """Top-5 error on the clean images."""
    return m.clean5


@number("errors", ("corruption", "severity"), interval=SCORE)
def errors(m: Means) -> np.ndarray:
    """Error under each condition."""
    return m.errors


@number("error", ("corruption",), interval=SCORE)
def error(m: Means) -> np.ndarray:
    """Error under each corruption, mean over its severities."""
    return metrics.mean_over_levels(m.errors)


@number(
    "mean_error",
    shown=Shown("corrupted error", 1, meaning="wrong on average over all corruptions and severities"),
    interval=SCORE,
)
def mean_error(m: Means) -> np.ndarray:
    """Mean error under corruption."""
    return metrics.mean_over_conditions(m.errors)


@number("top5_error", ("corruption",), interval=SCORE)
def top5_error(m: Means) -> np.ndarray:
    """Top-5 error under each corruption, mean over its severities."""
    return metrics.mean_over_levels(m.errors5)


@number("mean_top5_error", shown=Shown("corrupted top-5 error", 5, (TEXT, MODELS)), interval=SCORE)
def mean_top5_error(m: Means) -> np.ndarray:
    """Mean top-5 error under corruption."""
    return metrics.mean_over_conditions(m.errors5)


@number("accuracy_by_severity", ("severity",), interval=SCORE)
def accuracy_by_severity(m: Means) -> np.ndarray:
    """Mean accuracy at each severity, over the corruptions that have it."""
    return 1.0 - metrics.mean_over_levels(m.errors, -2)


@number("residual_robustness", ("corruption",))
def residual_robustness(m: Means) -> np.ndarray:
    """Clean accuracy minus the accuracy under each corruption."""
    return metrics.residual_robustness(m.errors, m.clean)


@number("mean_residual_robustness", shown=Shown("residual robustness", 6, (TEXT,)))
def mean_residual_robustness(m: Means) -> np.ndarray:
    """The mean of the residual robustness over the corruptions."""
    return np.asarray(residual_robustness(m).mean(-1))


@number("accuracy_preserved", ("corruption",))
def accuracy_preserved(m: Means) -> np.ndarray:
    """The share of the clean accuracy that is left under each corruption."""
    return metrics.accuracy_preserved(m.errors, m.clean)


@number(
    "mean_accuracy_preserved",
    shown=Shown(
        "accuracy preserved", 7, meaning="of the clean accuracy is left under corruption", lower_is_better=False
    ),
)
def mean_accuracy_preserved(m: Means) -> np.ndarray:
    """The mean of the accuracy preserved over the corruptions."""
    return np.asarray(accuracy_preserved(m).mean(-1))


@number("calibration_error", ("level",), shown=Shown("calibration error", 8, (TEXT,)), interval=NONE)
def calibration_error(m: Means) -> np.ndarray:
    """Expected calibration error on the clean images, and at each severity over all corruptions.

    It is the papers' number, and stands without an interval. The sum of absolute gaps grows with their noise, so that
    of few images it is too high, and a resample of them, which is noisier, higher still: of a model whose true value is
    5 %, no 95 % interval from 160 images held it, and 59 % of those from 1,000; debiased (Broecker 2012), 67 and 84 %
    (`tests/test_coverage.py`).
    """
    return metrics.expected_calibration_error(m.filled, m.sure, m.hits)


@number("bin_accuracy", ("level", "bin"), interval=SCORE, behind=lambda m: m.filled)
def bin_accuracy(m: Means) -> np.ndarray:
    """Accuracy of the predictions in each bin of confidence, NaN where there are none."""
    result: np.ndarray = np.divide(m.hits, m.filled, out=np.full(m.hits.shape, np.nan), where=m.filled > 0)
    return result


@number("ce", ("corruption",), needs_baseline=True, interval=SCORE)
def ce(m: Means) -> np.ndarray:
    """Corruption errors."""
    return metrics.corruption_errors(m.errors, m.reference)


@number(
    "mce",
    needs_baseline=True,
    shown=Shown(
        "mCE", 2, meaning="errors under corruption, as a share of {baseline}'s (100 % = as many as {baseline})"
    ),
    interval=SCORE,
)
def mce(m: Means) -> np.ndarray:
    """Mean corruption error."""
    return metrics.mean_corruption_error(m.errors, m.reference)


@number("relative_ce", ("corruption",), needs_baseline=True)
def relative_ce(m: Means) -> np.ndarray:
    """Relative corruption errors."""
    return metrics.relative_corruption_errors(m.errors, m.clean, m.reference, m.reference_clean)


@number(
    "relative_mce",
    needs_baseline=True,
    shown=Shown(
        "relative mCE",
        3,
        meaning="how far the error rises from clean to corrupted, as a share of {baseline}'s rise (100 % = as far)",
    ),
)
def relative_mce(m: Means) -> np.ndarray:
    """Mean relative corruption error."""
    return metrics.mean_relative_corruption_error(m.errors, m.clean, m.reference, m.reference_clean)


@number("flip_probability", ("corruption",), needs=("flips",), interval=SCORE)
def flip_probability(m: Means) -> np.ndarray:
    """How likely the prediction flips from frame to frame of each sequence."""
    return np.asarray(m.flips)


@number(
    "mean_flip_probability",
    needs=("flips",),
    shown=Shown("flip probability", 4, meaning="how likely the prediction flips from one frame to the next"),
    interval=SCORE,
)
def mean_flip_probability(m: Means) -> np.ndarray:
    """The mean of the flip probability over the sequences."""
    return np.asarray(flip_probability(m).mean(-1))


@number("flip_rate", ("corruption",), needs=("flips", "reference_flips"), interval=SCORE)
def flip_rate(m: Means) -> np.ndarray:
    """Flip probabilities as shares of the baseline's."""
    return metrics.flip_rates(flip_probability(m), np.asarray(m.reference_flips))


@number(
    "mfr",
    needs=("flips", "reference_flips"),
    shown=Shown("mFR", 2, meaning="flips, as a share of {baseline}'s (100 % = as many as {baseline})"),
    interval=SCORE,
)
def mfr(m: Means) -> np.ndarray:
    """Mean flip rate."""
    return np.asarray(flip_rate(m).mean(-1))


@number("top5_distance", ("corruption",), needs=("distances",), interval=SCORE)
def top5_distance(m: Means) -> np.ndarray:
    """How far the five likeliest classes move from frame to frame of each sequence, 0 to 15."""
    return np.asarray(m.distances)


@number("mean_top5_distance", needs=("distances",), interval=SCORE)
def mean_top5_distance(m: Means) -> np.ndarray:
    """The mean of the top-5 distance over the sequences."""
    return np.asarray(top5_distance(m).mean(-1))


@number("top5_distance_rate", ("corruption",), needs=("distances", "reference_distances"), interval=SCORE)
def top5_distance_rate(m: Means) -> np.ndarray:
    """Top-5 distances as shares of the baseline's."""
    return metrics.flip_rates(top5_distance(m), np.asarray(m.reference_distances))


@number(
    "mt5d",
    needs=("distances", "reference_distances"),
    shown=Shown("mT5D", 5, meaning="how far the five likeliest classes move, as a share of {baseline}'s way"),
    interval=SCORE,
)
def mt5d(m: Means) -> np.ndarray:
    """Mean top-5 distance."""
    return np.asarray(top5_distance_rate(m).mean(-1))
