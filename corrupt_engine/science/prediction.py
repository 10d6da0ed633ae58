"""Whether benchmarks of corruptions say how models will do on natural images of another kind."""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import MissingExtraError, OptionError
from ..metrics import residual_robustness
from ..metrics.bootstrap import Z95
from ..reports.aligned import aligned
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


FOR_INTERVAL = 4
"""Models without which Fisher's z has no standard error, 1 / sqrt(models - 3)."""
MOST_SHOWN = 4
"""Benchmarks that tables show one by one; of more, their mean."""


@dataclass(frozen=True)
class Correlation:
    """How residual robustness on a natural benchmark goes with that on synthetic ones.

    Args:
        models: their names, in the order of the values.
        natural: (models,) residual robustness on the natural benchmark: the accuracy that is lost there, -1..1.
        synthetic: by benchmark (models,) the mean residual robustness on it.
        r: by benchmark Pearson's correlation; NaN where all models are alike on one of the two.
        p: by benchmark its two-sided p-value; NaN likewise.
        notes: what a reader must know of the values.
    """

    models: tuple[str, ...]
    natural: np.ndarray
    synthetic: dict[str, np.ndarray]
    r: dict[str, float]
    p: dict[str, float]
    notes: tuple[str, ...] = ()

    @property
    def mean(self) -> float:
        """The mean correlation over the benchmarks that have one; NaN where none has."""
        return _mean(self.r)

    @property
    def mean_p(self) -> float:
        """The mean p-value over the same."""
        return _mean(self.p)

    @property
    def mean_synthetic(self) -> np.ndarray:
        """(models,): the mean residual robustness over the benchmarks."""
        found: np.ndarray = np.mean(list(self.synthetic.values()), axis=0)
        return found

    @property
    def undefined(self) -> tuple[str, ...]:
        """The benchmarks that have none."""
        return tuple(name for name, value in self.r.items() if np.isnan(value))

    def interval(self, name: str) -> tuple[float, float]:
        """The 95 % interval of a correlation over models, by Fisher's z.

        Args:
            name: the benchmark.

        Returns:
            (low, high); NaN where there is no correlation, or fewer than four models.

        >>> two = natural_correlation({"a": 0, "b": 1, "c": 0, "d": 3}, {"x": {"a": 0, "b": 1, "c": 2, "d": 3}})
        >>> round(two.r["x"], 3), [round(end, 3) for end in two.interval("x")]
        (0.73, [-0.774, 0.994])
        """
        if len(self.models) < FOR_INTERVAL or np.isnan(self.r[name]):
            return float("nan"), float("nan")
        with np.errstate(divide="ignore"):  # of a correlation of 1, whose z is infinite
            z, width = np.arctanh(np.clip(self.r[name], -1, 1)), Z95 / np.sqrt(len(self.models) - 3)
        return float(np.tanh(z - width)), float(np.tanh(z + width))

    def to_dict(self) -> dict[str, Any]:
        """Everything, in JSON's types.

        Returns:
            Each field by name, "interval" by benchmark, "mean", "mean_p", and what is "published"; None for NaN.
        """
        return {
            "models": list(self.models),
            "natural": self.natural.tolist(),
            "synthetic": {name: values.tolist() for name, values in self.synthetic.items()},
            "r": {name: _known(value) for name, value in self.r.items()},
            "interval": {name: [_known(end) for end in self.interval(name)] for name in self.r},
            "p": {name: _known(value) for name, value in self.p.items()},
            "mean": _known(self.mean),
            "mean_p": _known(self.mean_p),
            "notes": list(self.notes),
            "published": {name: dict(zip(OF, row, strict=True)) for name, row in PUBLISHED.items()},
        }

    def rows(self) -> list[tuple[str, str, str, str]]:
        """The correlations for a table.

        Returns:
            The heads and then benchmark, correlation, its 95 % interval and p-value; of more than four benchmarks
            the mean, the least and the greatest correlation.
        """
        heads = ("Benchmark", "r", "95 % interval", "p")
        if len(self.r) <= MOST_SHOWN:
            own = [(name, _told(self.r[name]), _bracket(self.interval(name)), _told(self.p[name])) for name in self.r]
            mean = [("mean", _told(self.mean), "", _told(self.mean_p))] if len(self.r) > 1 else []
            return [heads, *own, *mean]
        known = [value for value in self.r.values() if not np.isnan(value)]
        ends = [
            (what, _told(of(known) if known else np.nan), "", "") for what, of in (("least", min), ("greatest", max))
        ]
        return [heads, (f"mean of {len(self.r)} benchmarks", _told(self.mean), "", _told(self.mean_p)), *ends]

    def losses(self) -> list[tuple[str, ...]]:
        """What the models lose, for a table.

        Returns:
            The heads and then, in percent, model, residual robustness on the natural benchmark and on each synthetic
            one, or of more than four on their mean.
        """
        each = self.synthetic
        if len(each) > MOST_SHOWN:
            each = {f"mean of {len(each)}": self.mean_synthetic}
        heads = ("Model", "natural", *each)
        values = zip(self.natural, *each.values(), strict=True)
        return [
            heads,
            *((name, *(f"{100 * v:.1f}" for v in own)) for name, own in zip(self.models, values, strict=True)),
        ]

    def __str__(self) -> str:
        heads = ("Published mean r", *(name.replace(" categories", "") for name in OF))
        published = [heads, *((name, *(f"{value:.3f}" for value in row)) for name, row in PUBLISHED.items())]
        few = [TOO_FEW] if len(self.models) < FOR_INTERVAL else []
        return "\n".join(
            [
                f"Accuracy lost by {len(self.models)} models, in points",
                *aligned(self.losses()),
                "",
                *aligned(self.rows()),
                *few,
                *self.notes,
                "",
                *aligned(published),
            ]
        )


TOO_FEW = f"no interval: Fisher's z needs {FOR_INTERVAL} models or more"


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


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _told(value: float) -> str:
    return "?" if np.isnan(value) else f"{value:.3f}"


def _bracket(ends: tuple[float, float]) -> str:
    return "?" if np.isnan(ends[0]) else f"[{ends[0]:.3f}, {ends[1]:.3f}]"
