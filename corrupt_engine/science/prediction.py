"""Whether benchmarks of corruptions say how models will do on natural images of another kind."""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import MissingExtraError, OptionError
from ..metrics import residual_robustness
from ..reports.report import Report

LEAST = 3
"""Models without which a correlation says nothing: two points always lie on a line."""

PUBLISHED = {
    "ImageNet-A": (0.667, 0.680, 0.701, 0.707, 0.721, 0.729, 0.642, 0.561, 0.726),
    "ImageNet-R": (0.635, 0.653, 0.678, 0.682, 0.697, 0.707, 0.565, 0.437, 0.691),
    "ImageNet-V2": (0.691, 0.733, 0.751, 0.757, 0.777, 0.785, 0.857, 0.920, 0.794),
    "ObjectNet": (0.695, 0.732, 0.757, 0.763, 0.789, 0.796, 0.807, 0.823, 0.814),
}
"""Laugros 2022's mean correlations by natural benchmark, of the groups that OF names."""

OF = (
    *("2 categories of 3", "3 of 2", "6 of 1", "4 of 3", "6 of 2", "6 of 3"),
    *("imagenet-c", "imagenet-p", "imagenet-syn2nat"),
)


@dataclass(frozen=True)
class Correlation:
    """How residual robustness on a natural benchmark goes with that on synthetic ones.

    Args:
        models: their names, in the order of the values.
        natural: (models,) residual robustness on the natural benchmark.
        synthetic: by benchmark (models,) the mean residual robustness on it.
        r: by benchmark Pearson's correlation; NaN where all models are alike on one of the two.
        p: by benchmark its two-sided p-value; NaN likewise.
    """

    models: tuple[str, ...]
    natural: np.ndarray
    synthetic: dict[str, np.ndarray]
    r: dict[str, float]
    p: dict[str, float]

    @property
    def mean(self) -> float:
        """The mean correlation over the benchmarks that have one; NaN where none has."""
        return _mean(self.r)

    @property
    def mean_p(self) -> float:
        """The mean p-value over the same."""
        return _mean(self.p)

    @property
    def undefined(self) -> tuple[str, ...]:
        """The benchmarks that have none."""
        return tuple(name for name, value in self.r.items() if np.isnan(value))


def mean_residual(report: Report) -> float:
    """The residual robustness of a model, the mean over a benchmark's corruptions and their severities: how much
    accuracy it loses.

    Args:
        report: of the model on the benchmark.

    Returns:
        The loss of accuracy, -1..1.

    Source: Laugros 2022, thesis 2022GRALT016, section 2.1.
    """
    losses = [np.mean(residual_robustness(np.array(own), report.clean_error)) for own in report.errors.values()]
    return float(np.mean(losses))


def natural_correlation(natural: Mapping[str, float], synthetic: Mapping[str, Mapping[str, float]]) -> Correlation:
    """Pearson's correlation, over models, of residual robustness on a natural benchmark with that on each of several
    synthetic ones, such as a hundred that `draw` gave; their mean says how well that kind of benchmark predicts.

    Args:
        natural: by model how much accuracy it loses on the natural benchmark.
        synthetic: by benchmark, by model how much it loses there on average, as `mean_residual` gives it.

    Returns:
        A Correlation; what Laugros found stands in PUBLISHED.

    Raises:
        OptionError: there are fewer than three models or no benchmark, a benchmark lacks a model, or a value is not
            finite.
        MissingExtraError: SciPy is not installed.

    Source: Laugros 2022, thesis 2022GRALT016, algorithm 3.
    """
    if importlib.util.find_spec("scipy") is None:
        raise MissingExtraError("SciPy", "science")
    from scipy import stats

    models = tuple(natural)
    if len(models) < LEAST or not synthetic:
        raise OptionError(
            f"{len(models)} models and {len(synthetic)} benchmarks: at least {LEAST} models and one benchmark are "
            "needed"
        )
    own = _values("the natural benchmark", natural, models)
    held = {name: _values(name, values, models) for name, values in synthetic.items()}
    found = {
        name: stats.pearsonr(own, values) if np.ptp(own) > 0 and np.ptp(values) > 0 else (np.nan, np.nan)
        for name, values in held.items()
    }
    r, p = ({name: float(pair[n]) for name, pair in found.items()} for n in (0, 1))
    return Correlation(models, own, held, r, p)


def _values(name: str, given: Mapping[str, float], models: tuple[str, ...]) -> np.ndarray:
    if missing := [model for model in models if model not in given]:
        raise OptionError(f"{name} has no value for {', '.join(missing)}")
    values = np.array([given[model] for model in models], np.float64)
    if not np.isfinite(values).all():
        raise OptionError(f"{name} has values that are not finite: {values.tolist()}")
    return values


def _mean(values: Mapping[str, float]) -> float:
    known = [value for value in values.values() if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
