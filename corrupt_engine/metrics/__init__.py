"""The numbers of the papers, from error rates and predictions; no state, no models, no files.

Every function works on arrays with any leading axes, so that one call does a model, a set of models, or 2,000 bootstrap
resamples.
"""

from .bootstrap import interval, p_value, resampled_means, score_interval, smoothed_interval, wilson_interval
from .calibration import BINS, bin_of, expected_calibration_error, reliability
from .corruption import (
    accuracy_preserved,
    corruption_errors,
    mean_corruption_error,
    mean_relative_corruption_error,
    relative_corruption_errors,
    residual_robustness,
)
from .detection import mean_performance_under_corruption, relative_performance_under_corruption
from .effective import EffectiveRobustness
from .flips import FARTHEST, flip_rates, flip_shares, top5_distances
from .levels import mean_over_conditions, mean_over_levels
from .multiple import holm
from .novelty import Detection, Taken, detection_error, mean_detection_error
from .overlap import overlap_scores, own_gains
from .own import OWN, error_rate, wrong_answers
from .trials import Spread, spread

__all__ = [
    "BINS",
    "FARTHEST",
    "OWN",
    "Detection",
    "EffectiveRobustness",
    "Spread",
    "Taken",
    "accuracy_preserved",
    "bin_of",
    "corruption_errors",
    "detection_error",
    "error_rate",
    "expected_calibration_error",
    "flip_rates",
    "flip_shares",
    "holm",
    "interval",
    "mean_corruption_error",
    "mean_detection_error",
    "mean_over_conditions",
    "mean_over_levels",
    "mean_performance_under_corruption",
    "mean_relative_corruption_error",
    "overlap_scores",
    "own_gains",
    "p_value",
    "relative_corruption_errors",
    "relative_performance_under_corruption",
    "reliability",
    "resampled_means",
    "residual_robustness",
    "score_interval",
    "smoothed_interval",
    "spread",
    "top5_distances",
    "wilson_interval",
    "wrong_answers",
]
