"""How far a number would move with other images: the bootstrap (Efron 1979), and score intervals for shares."""

import numpy as np

from ..runtime.seeds import numpy_generator

RESAMPLES = 2000  # the ends of a 95 % interval then move by 1.5 to 1.8 % of its width from seed to seed (20 seeds)
LEVEL = 0.95
_BLOCK_BYTES = 16 << 20  # of resampling counts held at a time
Z95 = 1.959963984540054  # of the normal distribution 2.5 % lie above it


def resampled_means(columns: np.ndarray, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """The mean of each column over `resamples` bootstrap samples of the rows.

    All columns share the resamples, so that numbers made of several columns, and differences of two models on the same
    images (seed and row order equal), are resampled together.

    Args:
        columns: (N, K), a row an image.
        resamples: how many bootstrap samples.
        seed: fixes them.

    Returns:
        (resamples, K) float64.
    """
    generator = numpy_generator(seed)
    rows = len(columns)
    values = np.asarray(columns, dtype=np.float32)
    means = np.empty((resamples, values.shape[1]))
    block = max(1, _BLOCK_BYTES // (4 * max(rows, 1)))
    for start in range(0, resamples, block):
        count = min(block, resamples - start)
        drawn = generator.integers(0, rows, (count, rows), dtype=np.int64)
        drawn += np.arange(count)[:, None] * rows
        times = np.bincount(drawn.ravel(), minlength=count * rows).reshape(count, rows)
        means[start : start + count] = times.astype(np.float32) @ values
    return means / rows


def interval(draws: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """The percentile interval over the first axis.

    Args:
        draws: (resamples, ...). Those that are NaN (a ratio whose denominator vanished in a resample) are left out.
        level: the share of the draws that lies inside, 0..1.

    Returns:
        (low, high), each of the shape of one draw; an end is NaN where all draws are.
    """
    ends = [(1 - level) / 2, (1 + level) / 2]
    if not np.isnan(draws).any():
        low, high = np.quantile(draws, ends, axis=0)
        return low, high
    flat = draws.reshape(len(draws), -1)
    kept = [column[~np.isnan(column)] for column in flat.T]
    found = np.array([np.quantile(column, ends) if len(column) else (np.nan, np.nan) for column in kept])
    return found[:, 0].reshape(draws.shape[1:]), found[:, 1].reshape(draws.shape[1:])


def p_value(differences: np.ndarray) -> np.ndarray:
    """Two-sided bootstrap p-value of "no difference": twice the share of the resampled differences beyond 0.

    The share counts one resample more than was seen, so that the value is never 0 (Davison and Hinkley 1997, section
    4.2).

    Args:
        differences: (resamples, ...). Those that are NaN lie on no side, and are left out as `interval` does.

    Returns:
        (...), above 0 and at most 1; NaN where all differences are.

    >>> round(float(p_value(np.array([np.nan, 1.0, 2.0]))), 3), float(p_value(np.array([np.nan, np.nan])))
    (0.667, nan)
    """
    count = np.sum(~np.isnan(differences), axis=0)
    below = (np.sum(differences <= 0, axis=0) + 1) / (count + 1)
    above = (np.sum(differences >= 0, axis=0) + 1) / (count + 1)
    return np.asarray(np.where(count > 0, np.minimum(2 * np.minimum(below, above), 1.0), np.nan))


def wilson_interval(hits: np.ndarray | float, count: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's 95 % interval of a proportion, honest for the few images of one class.

    Args:
        hits: how many of them; any shape.
        count: how many there are; the same shape.

    Returns:
        (low, high) on 0..1, of that shape; NaN where count is 0.

    Source: Wilson 1927. z is 1.96.

    >>> low, high = wilson_interval(9, 10)
    >>> round(float(low), 3), round(float(high), 3)
    (0.596, 0.982)
    """
    n = np.where(np.asarray(count) > 0, np.asarray(count, dtype=np.float64), np.nan)
    return _wilson(np.asarray(hits) / n, n)


def score_interval(
    value: np.ndarray,
    variance: np.ndarray,
    images: np.ndarray | float,
    least: np.ndarray | float = 0.0,
    most: np.ndarray | float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's 95 % interval of a mean over images, by the number of independent images that its variance is worth.

    A mean of values between `least` and `most` with this variance is as sure as the share of so many independent yes
    and no. For a single share these are the images themselves, and the interval is Wilson's. Near `least` and `most`
    it is not symmetric, and does not vanish where all values are equal, as the bootstrap's percentiles do.

    Args:
        value: any shape.
        variance: of value, over other images; the same shape.
        images: how many are behind value: so many independent ones there are where the variance is 0.
        least: what value would be if every image were at its lowest.
        most: likewise at its highest.

    Returns:
        (low, high), of that shape; NaN where something of this is, or images is 0.

    Source: Wilson 1927; Korn and Graubard 1998, "Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data" (the effective sample size).

    >>> [end.round(3).tolist() for end in score_interval(np.array([0.9, 1.0]), np.array([0.009, 0.0]), 10)]
    [[0.596, 0.722], [0.982, 1.0]]
    """
    width = np.asarray(most) - least
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip((value - least) / width, 0.0, 1.0)
        worth = share * (1 - share) / (variance / width**2)
        behind = np.where(np.asarray(images) > 0, np.asarray(images, dtype=np.float64), np.nan)
        # A constant other than the ends: of unseen images at most so many as a share of 0 allows for lie elsewhere.
        unseen = _wilson(np.zeros_like(behind), behind)[1]
        low, high = _wilson(share, np.where((worth > 0) & np.isfinite(worth), worth, behind))
        constant = ~(variance > 0) & ~np.isnan(variance)
        low = np.where(constant, share - unseen * share, low)
        high = np.where(constant, share + unseen * (1 - share), high)
    known = ~np.isnan(value) & ~np.isnan(variance) & ~np.isnan(behind)
    return np.where(known, least + width * low, np.nan), np.where(known, least + width * high, np.nan)


def smoothed_interval(value: np.ndarray, variance: np.ndarray, shifts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A symmetric 95 % interval of a difference or a ratio, which also allows for half an image of each kind unseen.

    Two errors on the same images differ by the few images that only one of them has. Where these are very few their
    number says little of its own variance, and where there are none nothing. As many are added as Agresti and Min add
    to a table of pairs, half of one to each side.

    Args:
        value: any shape.
        variance: of value, over other images; the same shape.
        shifts: (kinds, and that shape), by how much one more image of each kind moves value.

    Returns:
        (low, high), of that shape; NaN where something of this is.

    Source: Agresti and Min 2005, "Simple improved confidence intervals for comparing matched proportions".
    """
    half = Z95 * np.sqrt(variance + 0.5 * np.sum(np.square(shifts), axis=0))
    return value - half, value + half


def _wilson(share: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    z = Z95
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
