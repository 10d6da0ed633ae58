"""What Hendrycks and Dietterich (2019, section 4) and Laugros (2022, section 2) make of error rates.

Errors lie on 0..1; an error is NaN where a corruption lacks a severity, and means are over the severities that it has.
"""

from typing import TypeAlias

import numpy as np

from .levels import mean_over_levels

Array: TypeAlias = np.ndarray


def corruption_errors(errors: Array, reference: Array) -> Array:
    """CE of each corruption: its mean error over severities, divided by the same mean of the reference model.

    Args:
        errors: (..., corruptions, severities).
        reference: (corruptions,), the reference model's mean over severities.

    Returns:
        (..., corruptions); 1 is as good as the reference, NaN where the reference makes no error.

    Source: Hendrycks and Dietterich 2019, section 4.1.

    >>> corruption_errors(np.full((1, 5), 0.5), np.array([0.564592])).round(3).tolist()
    [0.886]
    """
    return ratio(mean_over_levels(errors), reference)


def relative_corruption_errors(errors: Array, clean: Array | float, reference: Array, reference_clean: float) -> Array:
    """Relative CE: the rise above the clean error, divided by the reference's rise.

    Args:
        errors: (..., corruptions, severities).
        clean: (...), the clean error.
        reference: (corruptions,), the reference model's mean over severities.
        reference_clean: its clean error.

    Returns:
        (..., corruptions), NaN where the reference's error does not rise.

    Source: Hendrycks and Dietterich 2019, section 4.1.
    """
    rise = mean_over_levels(errors) - np.asarray(clean)[..., None]
    return ratio(rise, np.asarray(reference) - reference_clean)


def mean_corruption_error(errors: Array, reference: Array) -> Array:
    """mCE: the mean of CE over the corruptions.

    Args:
        errors: (..., corruptions, severities).
        reference: (corruptions,), the reference model's mean over severities.

    Returns:
        (...).

    Source: Hendrycks and Dietterich 2019, section 4.1.
    """
    result: Array = corruption_errors(errors, reference).mean(-1)
    return result


def mean_relative_corruption_error(
    errors: Array, clean: Array | float, reference: Array, reference_clean: float
) -> Array:
    """Relative mCE: the mean of relative CE over the corruptions.

    Args:
        errors: (..., corruptions, severities).
        clean: (...), the clean error.
        reference: (corruptions,), the reference model's mean over severities.
        reference_clean: its clean error.

    Returns:
        (...).

    Source: Hendrycks and Dietterich 2019, section 4.1.
    """
    result: Array = relative_corruption_errors(errors, clean, reference, reference_clean).mean(-1)
    return result


def residual_robustness(errors: Array, clean: Array | float) -> Array:
    """Clean accuracy minus the accuracy under each corruption.

    Args:
        errors: (..., corruptions, severities).
        clean: (...), the clean error.

    Returns:
        (..., corruptions), 0 where nothing is lost.

    Source: Laugros 2022, section 2.1.
    """
    result: Array = mean_over_levels(errors) - np.asarray(clean)[..., None]
    return result


def accuracy_preserved(errors: Array, clean: Array | float) -> Array:
    """The share of the clean accuracy that is left under each corruption.

    Args:
        errors: (..., corruptions, severities).
        clean: (...), the clean error.

    Returns:
        (..., corruptions), NaN where nothing was right when clean.

    Source: Laugros 2022, section 2.2.
    """
    return ratio(1.0 - mean_over_levels(errors), 1.0 - np.asarray(clean)[..., None])


def ratio(value: Array, base: Array) -> Array:
    """value / base, NaN where base is not above 0."""
    bases = np.broadcast_to(base, np.shape(value))
    result: Array = np.divide(value, bases, out=np.full(np.shape(value), np.nan), where=bases > 0)
    return result
