"""The error that a benchmark counts, from what is right image by image: top-1, or balanced over the classes.

Reports resample columns, and the mean of a column is the number. So each metric gives every image a value: their mean
is the metric, and their variance over the images is, to first order, what other images would move it by.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from .predictions import Predictions

PSEUDO_IMAGES = 2.0
"""How many images of pooled variance each class is given beside its own: a class of twenty images without a mistake
would otherwise vary by nothing. In simulations of balanced errors (2 to 10 classes, the rarest of 1 to 27 %, errors of
2 to 98 %, 200 and 1,000 images) the 95 % intervals then held the truth in 86 to 99 of 100 samples, in 94 to 97 where
the rarest class has 20 images; without, in 51 to 96."""
UNSEEN = 0.1
"""The variance that is added, in squares of the error that one image of each class makes up."""


class Values(NamedTuple):
    """A metric image by image.

    Args:
        values: (N, ...), whose mean over the images is the metric.
        images: how many independent images it is worth where none, or all, are wrong.
        variance: what is to be added to the variance of the mean of `values`.
    """

    values: np.ndarray
    images: float
    variance: float


def top1(wrong: np.ndarray, labels: np.ndarray) -> Values:
    """Share of images that are wrong.

    Args:
        wrong: (N, ...), 1 where wrong; between 0 and 1 for a mean over trials.
        labels: (N,), which do not matter.

    Returns:
        Values: wrong itself.
    """
    return Values(wrong, float(len(wrong)), 0.0)


def balanced(wrong: np.ndarray, labels: np.ndarray) -> Values:
    """The mean over the classes of the share of a class's images that are wrong: 1 minus the balanced accuracy.

    A value is the metric plus what its image differs from its class by, weighed so that the variance of the mean is
    that of a sample stratified by class: which classes the images happen to be of does not move it.

    Args:
        wrong: (N, ...), 1 where wrong; between 0 and 1 for a mean over trials.
        labels: (N,) integers, the right classes; a class without images does not count.

    Returns:
        Values. It is worth as many images as a sample with equally many of each class that varies as much.

    Source: Brodersen et al. 2010, "The balanced accuracy and its posterior distribution"; Cochran 1977, section 5.

    >>> float(balanced(np.array([0.0, 0.0, 0.0, 1.0]), np.array([0, 0, 0, 5])).values.mean())
    0.5
    """
    wrong = np.asarray(wrong, dtype=np.float64)
    _, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    classes = len(counts)
    sums = np.zeros((classes, *wrong.shape[1:]))
    np.add.at(sums, place, wrong)
    means = sums / counts.reshape(-1, *(1,) * (wrong.ndim - 1))
    given = PSEUDO_IMAGES / (classes**2 * counts * (counts + PSEUDO_IMAGES))
    pooled = (counts - 1) / max(1, int(np.sum(counts - 1)))
    share = 1 / (classes**2 * counts) - given + given.sum() * pooled  # of the variance within a class
    weight = len(wrong) * np.sqrt(share / np.maximum(counts - 1, 1))
    away = (wrong - means[place]) * weight[place].reshape(-1, *(1,) * (wrong.ndim - 1))
    one = 1 / (classes * counts)  # by how much an image of each class moves the metric
    return Values(means.mean(0) + away, classes / float(one.sum()), UNSEEN * float(np.sum(one**2)))


def balanced_labels(wrong: np.ndarray, labels: np.ndarray) -> Values:
    """The balanced error of each label's answers, yes or no, mean over the labels.

    Args:
        wrong: (N, ..., L), 1 where the answer to a label is wrong.
        labels: (N,) integers, bit l says whether label l is right of the image.

    Returns:
        Values (N, ...).

    Source: Di Salvo et al. 2024 (arXiv:2406.17536), of sets with several labels.
    """
    count = wrong.shape[-1]
    parts = [balanced(wrong[..., n], labels >> n & 1) for n in range(count)]
    images = count / sum(1 / part.images for part in parts)
    return Values(np.mean([part.values for part in parts], axis=0), images, float(np.mean([p.variance for p in parts])))


def wrong_answers(given: Predictions, labels: np.ndarray, count: int = 0) -> np.ndarray:
    """Where predictions are wrong, as the metrics take it.

    Args:
        given: N predictions; of several labels the answers are the bits of `prediction`.
        labels: (N,) integers, likewise.
        count: how many labels there are; 0 where one class is right.

    Returns:
        (N,) float64, or (N, count).

    >>> right = Predictions(np.array([2]), np.array([0.9]), np.array([1]))
    >>> wrong_answers(right, np.array([3]), 2).tolist()
    [[1.0, 0.0]]
    """
    if not count:
        return np.asarray(1.0 - given.correct)
    wrong = (given.prediction[:, None].astype(np.int64) ^ labels[:, None]) >> np.arange(count) & 1
    return np.where(given.invalid[:, None], 1.0, wrong)


OWN: Mapping[str, Callable[[np.ndarray, np.ndarray], Values]] = {
    "top1": top1,
    "balanced": balanced,
    "balanced_labels": balanced_labels,
}
"""The arithmetic of the metrics that a benchmark may name."""


def error_rate(wrong: np.ndarray, labels: np.ndarray, metric: str = "top1") -> float:
    """The metric itself.

    Args:
        wrong: (N,), 1 where wrong; (N, L) where there are labels.
        labels: (N,) integers, the right classes.
        metric: a key of OWN.

    Returns:
        An error on 0..1.

    >>> error_rate(np.array([0.0, 0.0, 0.0, 1.0]), np.array([0, 0, 0, 1]), "balanced")
    0.5
    """
    if metric == "top1":
        return 1.0 - float((1.0 - wrong).mean())
    return float(OWN[metric](wrong, labels).values.mean(0))
