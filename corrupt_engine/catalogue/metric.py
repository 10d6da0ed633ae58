"""Which error a benchmark counts, and what reports call it."""

from collections.abc import Mapping
from typing import NamedTuple


class Metric(NamedTuple):
    """An error of a benchmark, as reports name it; `corrupt_engine.metrics.own` has the arithmetic of each.

    Args:
        heading: over its column.
        words: in a sentence.
        share: what it is a share of.
        meaning: a sentence for who reads the word the first time.
    """

    heading: str
    words: str
    share: str
    meaning: str


METRICS: Mapping[str, Metric] = {
    "top1": Metric(
        "Error", "top-1 error", "of the images", "Share of images whose most likely class is not the label (top-1)."
    ),
    "balanced": Metric(
        "Bal. error",
        "balanced error",
        "of the images of a class, on average over the classes,",
        "The share of a class's images whose most likely class is another one, mean over the classes, so that rare and "
        "frequent ones weigh equally (1 minus the balanced accuracy).",
    ),
    "balanced_labels": Metric(
        "Bal. error",
        "balanced error of labels",
        "of the answers to a label, yes and no weighing equally, on average over the labels,",
        "Several labels may be right of one image, and each is answered with yes or no: the balanced error of these "
        "answers (yes and no weigh equally), mean over the labels.",
    ),
}
"""What `metric` in a benchmark's file may be."""


def among_superclasses(metric: Metric, count: int) -> Metric:
    """The same error where classes are answered by superclass.

    Args:
        metric: one of METRICS.
        count: how many superclasses there are.

    Returns:
        A Metric whose words say so.
    """
    return metric._replace(
        words=f"{metric.words} among {count} superclasses",
        meaning=f"{metric.meaning} A class here is one of {count} superclasses, and the most likely one that whose "
        "members have the highest mean probability.",
    )
