"""The drawings of the page."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from .... import metrics
from ...estimate import Cell
from ...means import level_cells
from ...rates import Rates
from ...tables import percent
from .svg import Plot

COLOURS = 6
"""Series colours of the style sheet; a seventh model begins again, with a dashed line."""


def series(number: int) -> str:
    """The style classes of the n-th model."""
    return f"m{number % COLOURS}" + (" dashed" if number >= COLOURS else "")


def severity_chart(reports: Sequence[Rates], name: str) -> Markup:
    """Error of every model against severity (0 is clean) under one corruption, with 95 % bands."""
    levels = (0, *reports[0].severities[name])
    top = max(reports[0].all_severities)
    curves = [[error_at(report, name, level) for level in levels] for report in reports]
    words = "; ".join(
        f"{report.model} from {percent(curve[0].value, 0)} % clean to {percent(curve[-1].value, 0)} % "
        f"at severity {levels[-1]}"
        for report, curve in zip(reports, curves, strict=True)
    )
    plot = Plot(220, 150, (0, 1.03 * top), (0, 1), f"Error against severity under {name}: {words}")
    plot.y_axis((0, 0.5, 1), ("0", "50", "100 %"))
    ticks = few((0, *reports[0].all_severities))
    plot.x_axis(ticks, [str(tick) if tick else "clean" for tick in ticks])
    if reports[0].baseline is not None:
        plot.line(_span(levels[1:], top), (reports[0].baseline.errors[name],) * 2, "baseline")
    for number, curve in enumerate(curves):
        plot.band(levels, [c.low for c in curve], [c.high for c in curve], f"band {series(number)}")
    for number, (report, curve) in enumerate(zip(reports, curves, strict=True)):
        plot.line(levels, [c.value for c in curve], f"line {series(number)}")
        for level, found in zip(levels, curve, strict=True):
            where = f"{name}, severity {level}" if level else "clean"
            tip = f"{report.model}, {where}: {percent(found.value)} % error {_range(found)}"
            plot.dot(level, found.value, 2.6, f"dot {series(number)}", tip)
    return plot.drawing()


def error_at(report: Rates, name: str, level: int) -> Cell:
    """The error under a corruption at one of its severities, or the clean error for level 0."""
    numbers = report.numbers
    return numbers["errors"].cell(corruption=name, severity=level) if level else numbers["clean_error"].cell()


def few(levels: Sequence[int], most: int = 11) -> tuple[int, ...]:
    """The levels that an axis names: all of them where they fit, else every second, third, ... of them.

    >>> few((0, 1, 2, 3, 4, 5), most=3)
    (0, 2, 4)
    """
    return tuple(levels[:: -(-len(levels) // most)])


def _span(severities: Sequence[int], top: int) -> tuple[float, float]:
    """From the first to the last of them; around a single one, so that a line there can be seen."""
    low, high = severities[0], severities[-1]
    return (low, high) if low < high else (low - 0.1 * top, min(high + 0.1 * top, 1.03 * top))


def _range(found: Cell) -> str:
    return f"[{percent(found.low)}, {percent(found.high)}]"


def calibration_chart(reports: Sequence[Rates], level: int) -> Markup:
    """Accuracy against confidence; a point's area is the share of the predictions in its bin."""
    what = f"severity {level}" if level else "clean images"
    words = "; ".join(
        f"{report.model} calibration error {percent(report.numbers['calibration_error'].cell(level=level).value)} %"
        for report in reports
    )
    plot = Plot(220, 180, (0, 1), (0, 1), f"Calibration on {what}: {words}")
    plot.y_axis((0, 0.5, 1), ("0", "50", "100 %"))
    plot.x_axis((0, 0.5, 0.95), ("0", "confidence", "100 %"))
    plot.add("text", "accuracy", x=plot.x(0.02), y=plot.y(0.93), class_="tick")
    plot.line((0, 1), (0, 1), "ideal")
    for number, report in enumerate(reports):
        _add_calibration(plot, report, level, series(number), whiskers=len(reports) == 1)
    return plot.drawing()


def _add_calibration(plot: Plot, report: Rates, level: int, kind: str, whiskers: bool) -> None:
    """One model's dots, with whiskers or with a line through them."""
    predictions = level_cells(report.predictions, report.severities, report.trials)[level]
    parts = [metrics.reliability(cell.confidence, cell.correct.astype(np.float64)) for cell in predictions]
    count, total, hits = np.sum(parts, axis=0)
    filled = np.flatnonzero(count)
    sure, right = total[filled] / count[filled], hits[filled] / count[filled]
    if whiskers:
        accuracy = report.numbers["bin_accuracy"].at(level=level)
        for n, x in zip(filled, sure, strict=True):
            found = accuracy.cell(bin=n)
            plot.line((x,) * 2, (found.low, found.high), f"whisker {kind}")
    else:
        plot.line(sure.tolist(), right.tolist(), f"line thin {kind}")
    for n, x, y in zip(filled, sure, right, strict=True):
        held = f"{int(count[n]):,} predictions {percent(x, 0)} % sure on average"
        tip = f"{report.model}: {held}, {percent(y, 0)} % of them right"
        plot.dot(x, y, 1.5 + 9 * float(np.sqrt(count[n] / count.sum())), f"dot see-through {kind}", tip)


def heat_key() -> Markup:
    """The colours of the heat map with what they mean."""
    plot = Plot(220, 34, (0, 10), (0, 1), "Colours from 0 to 100 % error, light to dark")
    for step in range(10):
        style = heat((step + 0.5) / 10).replace("background", "fill").partition(";")[0]
        plot.add("rect", x=plot.x(step), y=0.0, width=plot.x(1) - plot.x(0), height=12.0, style=style)
    plot.x_axis((0, 5, 9.7), ("0", "50", "100 %"))
    return plot.drawing()


STOPS = np.array([(255, 247, 236), (253, 212, 158), (252, 141, 89), (215, 48, 31), (127, 0, 0)], dtype=float)
"""ColorBrewer's OrRd (Brewer 2003): light to dark in even steps of lightness, so that it also reads without colour."""


def heat(share: float) -> str:
    """The style of a heat map's cell for a share on 0..1: its colour, and letters that stand out on it."""
    if np.isnan(share):
        return ""
    at = min(max(share, 0.0), 1.0) * (len(STOPS) - 1)
    lower = min(int(at), len(STOPS) - 2)
    red, green, blue = STOPS[lower] + (at - lower) * (STOPS[lower + 1] - STOPS[lower])
    luminance = 0.2126 * (red / 255) ** 2.2 + 0.7152 * (green / 255) ** 2.2 + 0.0722 * (blue / 255) ** 2.2
    # Letters are black where their contrast is above white's: (L + .05) / .05 against 1.05 / (L + .05) (WCAG 2.1).
    return f"background:rgb({red:.0f},{green:.0f},{blue:.0f});color:{'#000' if luminance > 0.179 else '#fff'}"
