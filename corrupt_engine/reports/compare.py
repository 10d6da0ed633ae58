"""`compare()`: two models on the same images, and whether their difference is more than chance."""

from collections.abc import Iterator

import numpy as np

from .. import metrics
from .comparison import Comparison, Difference
from .derive import FEW_UNDEFINED, derive
from .levels import axes, every_label
from .means import Means
from .rates import Rates
from .registry import COMPARISON, NONE, NUMBERS, shown_in
from .together import check_one_baseline, on_common_images


def compare(a: Rates, b: Rates) -> Comparison:
    """Two reports on the same images, paired image by image; of unfinished ones the images that both have.

    Raises OptionError where they are about different benchmarks, data or corrupted bytes, or divided by different
    baselines: each difference is named.
    """
    a, b = on_common_images([a, b])
    check_one_baseline([a, b])
    levels = a.severities
    points = [derive(Means(report.resamples.means, levels, a.baseline)) for report in (a, b)]
    draws = [derive(Means(report.resamples.draws, levels, a.baseline)) for report in (a, b)]

    def of(key: str, names: list[str], adjust: bool = False) -> Iterator[Difference]:
        found = NUMBERS[key].interval != NONE
        return differences(names, points[0][key], points[1][key], draws[1][key] - draws[0][key], adjust, found)

    whole = [
        row
        for number, shown in shown_in(COMPARISON)
        if number.name in points[0]
        for row in of(number.name, [shown.row(labels) for labels in every_label(number.dims, axes(levels))])
    ]
    by_corruption = of("error", list(a.corruptions), adjust=True)
    return Comparison(a.model, b.model, a.benchmark, a.samples, tuple(whole), tuple(by_corruption), a.metric.words)


def differences(
    names: list[str], a: np.ndarray, b: np.ndarray, moved: np.ndarray, adjust: bool = False, tested: bool = True
) -> Iterator[Difference]:
    """Both models' values, each with its difference.

    A difference that is not defined, or not in too many of the resamples, has no interval and no p-value.

    Args:
        names: what they are called.
        a: (names,), or of a shape with so many cells.
        b: likewise.
        moved: (resamples, and that shape), the resampled differences b - a.
        adjust: whether the p-values are adjusted for their number.
        tested: False where resamples say nothing of the number.

    Returns:
        A row a name.
    """
    a, b, moved = np.ravel(a), np.ravel(b), moved.reshape(len(moved), len(names))
    known = tested & ~np.isnan(b - a) & (np.isnan(moved).mean(0) <= FEW_UNDEFINED)
    low, high, p = (np.where(known, part, np.nan) for part in (*metrics.interval(moved), metrics.p_value(moved)))
    adjusted = metrics.holm(p) if adjust else p
    for n, name in enumerate(names):
        values = (a[n], b[n], b[n] - a[n], low[n], high[n], p[n], adjusted[n])
        yield Difference(name, *(float(value) for value in values))
