"""Error against distortion: noise beside attack, whatever their parameters, on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup

from ..catalogue import CLEAN, Condition, find_benchmark, select
from ..errors import OptionError
from ..evaluation.run import evaluate
from ..loader.defaults import own_unless_given
from ..metrics import wilson_interval
from ..models import as_loaded
from ..reports.aligned import aligned
from ..reports.formats.html.charts import sample, series, shape
from ..reports.formats.html.svg import Plot, element
from ..reports.pages import Section, save, table
from ..runtime.checks import check_path, refuse
from ..sources import open_source
from .distortion import distortion

ONLY_EVALUATION = ("dtype", "autocast", "labels", "class_names", "check", "progress", "command")
HEADS = ("Corruption or attack", "Severity", "Distortion", "Error", "95 % interval")


class Point(NamedTuple):
    """A condition on the axis.

    Args:
        condition: which.
        distortion: its mean |changed - clean| of an element, in units of the pixel range.
        error: the top-1 error, 0..1.
        low: of its 95 % interval (Wilson), over the images.
        high: likewise.
    """

    condition: Condition
    distortion: float
    error: float
    low: float
    high: float


@dataclass(frozen=True)
class DistortionCurves:
    """Error against distortion of each corruption and attack.

    Args:
        model: what it is called.
        images: how many the errors are of.
        measured: how many the distortions are of.
        curves: the points by corruption or attack, with the clean one first.
    """

    model: str
    images: int
    measured: int
    curves: dict[str, tuple[Point, ...]]

    def at(self, name: str, wanted: float) -> float:
        """The error at a distortion, on the straight line between the points beside it.

        Args:
            name: a key of `curves`.
            wanted: in units of the pixel range.

        Returns:
            The error, 0..1; NaN beyond the last point.
        """
        points = sorted((point.distortion, point.error) for point in self.curves[name])
        xs, ys = zip(*points, strict=True)
        return float(np.interp(wanted, xs, ys, left=np.nan, right=np.nan))

    def __str__(self) -> str:
        about = f"{self.model}: top-1 error against distortion, {self.images:,} images"
        return "\n".join([about, *aligned([HEADS, *self._rows()])])

    def _rows(self) -> list[tuple[str, str, str, str, str]]:
        return [
            (
                name,
                f"{point.condition.severity:g}" if point.condition != CLEAN else "clean",
                f"{point.distortion:.4f}",
                f"{100 * point.error:.1f} %",
                f"[{100 * point.low:.1f}, {100 * point.high:.1f}]",
            )
            for name, points in self.curves.items()
            for point in points
        ]

    def drawing(self) -> Markup:
        """The curves with their intervals, and a legend.

        Returns:
            HTML for a page that has the reports' style sheet, such as one of `reports.pages`.
        """
        points = [point for own in self.curves.values() for point in own]
        widest = max(point.distortion for point in points) or 1.0
        plot = Plot(640, 260, (0, 1.03 * widest), (0, 1), f"Error of {self.model} against distortion")
        plot.y_axis((0, 0.5, 1), ("0", "50", "100 %"))
        step = 10 ** np.floor(np.log10(widest)) / (1 if widest / 10 ** np.floor(np.log10(widest)) >= 4 else 5)
        ticks = [float(tick) for tick in np.arange(0, widest + step / 2, step) if tick <= 1.03 * widest]
        plot.x_axis(ticks, [f"{tick:g}" for tick in np.round(ticks, 6)])
        ordered = [sorted(own, key=lambda point: point.distortion) for own in self.curves.values()]
        for number, own in enumerate(ordered):
            xs = [point.distortion for point in own]
            plot.band(xs, [point.low for point in own], [point.high for point in own], f"band {series(number)}")
        for number, (name, own) in enumerate(zip(self.curves, ordered, strict=True)):
            plot.line([point.distortion for point in own], [point.error for point in own], f"line {series(number)}")
            for column, point in enumerate(own):
                level = "clean" if point.condition == CLEAN else f"severity {point.condition.severity:g}"
                tip = f"{name}, {level}: distortion {point.distortion:.3f}, error {100 * point.error:.1f} %"
                at, kind = (number, column), f"dot {series(number)}"
                plot.point(point.distortion, point.error, 2.6, kind, tip, at, shape(number))
        legend = [element("li", sample(number) + element("span", name)) for number, name in enumerate(self.curves)]
        return plot.drawing() + element("ul", Markup("").join(legend), class_="legend")

    def section(self) -> Section:
        """The drawing and the table below it, for a page.

        Returns:
            A Section.
        """
        about = (
            f"The top-1 error of {self.model} on {self.images:,} images against how far they are from the clean ones: "
            f"the mean change of an element, in units of the pixel range, over {self.measured:,} of them. Bands and "
            "brackets are 95 % intervals (Wilson)."
        )
        return Section("Error against distortion", (about,), self.drawing() + table(HEADS, self._rows()))

    def save(self, path: str | Path) -> Path:
        """Write a page of it.

        Args:
            path: the file.

        Returns:
            The path.

        Raises:
            OptionError: it cannot be written.
        """
        about = f"{self.model}, {self.images:,} images"
        return save(check_path("path", path), "Noise and attack on one axis", about, [self.section()])


def distortion_curves(
    model: Any,
    source: Any,
    benchmarks: str | Path | Sequence[str | Path],
    *,
    corruptions: str | Sequence[str] | None = None,
    limit: int | None = None,
    measured: int = 500,
    seed: int = 0,
    crafted_by: Any = None,
    **options: Any,
) -> DistortionCurves:
    """The error of a model against the distortion of each condition of some benchmarks, corruptions beside attacks.

    Args:
        model: as for `evaluate`.
        source: likewise.
        benchmarks: names or files, such as ("matched-noise", "adversarial-mnist").
        corruptions: names that are wanted of them, as for `evaluate`, where there is one benchmark; None for all.
        limit: how many images errors are of; None for all.
        measured: how many of them distortions are of, at most.
        seed: fixes all.
        crafted_by: as for `evaluate`; where there are attacks.
        options: the other options of `evaluate`, of which geometry should be told where the benchmarks' differ and the
            model has none of its own.

    Returns:
        The DistortionCurves.

    Raises:
        OptionError: an option is wrong, or two benchmarks have a corruption of one name.
        UnknownNameError, SourceError, RecordError: as for `evaluate`.

    Source: Ulicny, Lundstrom and Byttner 2016, "Robustness of Deep Convolutional Neural Networks for Image
    Recognition", figures of error against the distortion of equation 2.
    """
    refuse("distortion_curves", options, ("record", "trials", "severities", "baseline"), "it is decided here")
    files = [benchmarks] if isinstance(benchmarks, (str, Path)) else list(benchmarks)
    if not files:
        raise OptionError("benchmarks is empty; give at least one name or file")
    source, model = open_source(source), as_loaded(model)
    options = own_unless_given(options, geometry=model.geometry)
    loading = {key: value for key, value in options.items() if key not in (*ONLY_EVALUATION, "name", "mistakes")}
    curves: dict[str, tuple[Point, ...]] = {}
    report: Any = None
    for file in files:
        chosen = select(find_benchmark(file), corruptions)
        if twice := set(chosen.corruptions) & set(curves):
            raise OptionError(f"{', '.join(sorted(twice))}: two of the benchmarks have it; evaluate them apart")
        crafting = {"crafted_by": crafted_by} if chosen.attacks else {}
        common = {"corruptions": corruptions, "limit": limit, "seed": seed, "mistakes": 0, **crafting}
        report = evaluate(model, source, file, **{**common, **options})
        crafter = model if crafted_by is None else crafted_by
        among = measured if limit is None else min(measured, limit)
        far = distortion(source, file, chosen.conditions(), model=crafter, limit=among, seed=seed, **loading)
        clean = point(report, CLEAN, 0.0)
        for name in chosen.corruptions:
            own = [Condition(name, level) for level in chosen.severities[name]]
            curves[name] = (clean, *(point(report, condition, far[condition]) for condition in own))
    return DistortionCurves(report.model, report.samples, min(among, report.samples), curves)


def point(report: Any, condition: Condition, far: float) -> Point:
    """A condition of a report on the axis."""
    found = report.predictions[condition]
    wrong, count = int((~found.correct).sum()), len(found.rank)
    low, high = wilson_interval(wrong, count)
    return Point(condition, far, wrong / count, float(low), float(high))
