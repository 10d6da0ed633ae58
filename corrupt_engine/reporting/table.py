"""What all tables share: the paper's columns, names that fit a column, numbers with their intervals, and what must be said beside them."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..catalogue import find_corruption
from ..errors import OptionError
from ..metrics import wilson_interval
from ..summary import Estimate

if TYPE_CHECKING:
    from ..report import Report

SHORT = {
    **{"gaussian_noise": "Gauss.", "shot_noise": "Shot", "impulse_noise": "Impulse", "speckle_noise": "Speckle"},
    **{"defocus_blur": "Defocus", "glass_blur": "Glass", "motion_blur": "Motion", "zoom_blur": "Zoom", "gaussian_blur": "Gauss."},
    **{"snow": "Snow", "frost": "Frost", "fog": "Fog", "brightness": "Bright", "spatter": "Spatter"},
    **{"contrast": "Contrast", "elastic_transform": "Elastic", "pixelate": "Pixel", "jpeg_compression": "JPEG", "saturate": "Saturate"},
}
"""The headings of Table 1 of Hendrycks and Dietterich (2019); another corruption goes by its name."""


class Cell(NamedTuple):
    """A share on 0..1 with its interval."""

    value: float
    low: float
    high: float

    @property
    def half(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2


def cell(estimate: Estimate, *place: int) -> Cell:
    """One number of an estimate."""
    return Cell(*(float(np.asarray(part)[place]) for part in estimate))


def short(name: str) -> str:
    """A corruption's heading."""
    return SHORT.get(name, name)


def families(names: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The corruptions in their order, grouped as in the paper: Noise, Blur, Weather, Digital."""
    return [(family.capitalize(), list(group)) for family, group in groupby(names, lambda name: find_corruption(name).family)]


def columns(report: "Report") -> dict[str, Cell]:
    """The row of Table 1: Error, mCE, then CE by corruption; without a baseline, mean error and error by corruption."""
    numbers = report.numbers
    head, each = ("mce", "ce") if report.baseline is not None else ("mean_error", "error")
    row = {"Error": cell(numbers["clean_error"]), "mCE" if report.baseline is not None else "Mean": cell(numbers[head])}
    return row | {name: cell(numbers[each], place) for place, name in enumerate(report.corruptions)}


def check_together(reports: Sequence["Report"]) -> None:
    """OptionError unless reports can stand in one table: one benchmark, one baseline."""
    if not reports:
        raise OptionError("there is no report to show")
    for kind, values in (
        ("benchmarks", {report.benchmark for report in reports}),
        ("baselines", {report.baseline.name if report.baseline else "none" for report in reports}),
    ):
        if len(values) > 1:
            raise OptionError(f"reports of several {kind} cannot share a table: {', '.join(sorted(values))}")


def caption(reports: Sequence["Report"]) -> str:
    """What the numbers are."""
    baseline = reports[0].baseline
    what = f"CE and mCE in percent of {baseline.name}'s error" if baseline else "top-1 errors in percent"
    return f"{reports[0].benchmark}: clean top-1 error in percent, {what}. Lower is better."


def cautions(report: "Report") -> Iterator[str]:
    """What a reader must know before quoting the numbers."""
    from ..report import WIDE

    # Wilson's interval, because the bootstrap's has no width where a few images happen to be all right.
    low, high = (float(end) for end in wilson_interval(round(report.samples * report.clean_error), report.samples))
    if report.planned is not None and report.samples < report.planned:
        yield f"Not finished: {report.samples:,} of {report.planned:,} images have all their answers."
    if report.skipped:
        yield f"{len(report.skipped):,} file(s) could not be read and are not counted: {_some([name for _, name, _ in report.skipped])}."
    if report.invalid:
        total = report.samples * len(report.answers)
        yield f"{report.invalid:,} of {total:,} answers held NaN or infinity; they count as wrong and have no confidence."
    if high - low > 2 * WIDE:
        yield f"{report.samples:,} images make wide intervals: read this as a demonstration, and publish from thousands of images."
    if report.clean_error in (0.0, 1.0):
        many = "none" if report.clean_error == 0 else "all"
        yield (
            f"Of the clean answers {many} are wrong, and a bootstrap of equal answers has no width; "
            f"Wilson's 95 % interval of the clean error is {percent(low)} to {percent(high)} %."
        )
    if report.settings.get("textures") == "procedural":
        yield "Frost was made with the procedural stand-in: these are not ImageNet-C numbers."


def _some(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def provenance(report: "Report") -> str:
    """What fixed the numbers, in a line."""
    kept = ("seed", "trials", "variant", "as_stored", "geometry", "textures")
    parts = [f"{key} {report.settings[key]}" for key in kept if key in report.settings]
    version = report.settings.get("corrupt_engine")
    return ", ".join([*([f"corrupt-engine {version}"] if version else []), *parts])


def percent(value: float, digits: int = 1) -> str:
    """A share in percent, or a dash where there is none."""
    return "-" if np.isnan(value) else f"{100 * value:.{digits}f}"


def bracket(found: Cell, width: int = 5) -> str:
    """An interval in percent."""
    return f"[{percent(found.low):>{width}}, {percent(found.high):>{width}}]"
