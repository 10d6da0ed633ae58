"""The drawings of the page."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from .... import metrics
from ...estimate import Cell
from ...means import level_cells
from ...rates import Rates
from ...tables import bracket, percent
from . import svg
from .svg import Plot

COLOURS, DASHES = 6, 4
"""Series colours and dash patterns of the style sheet. With the shapes of points no two of 60 models look alike, and
no two of four are told apart by colour alone."""
SIZES = {1: (640.0, 220.0), 2: (360.0, 190.0), 3: (280.0, 165.0), 4: (220.0, 150.0)}
"""Of a chart of which so many stand side by side: its letters are of about one size on the page."""
CALIBRATION_SIZES = {2: (400.0, 260.0), 3: (280.0, 220.0)}


def series(number: int) -> str:
    """The style classes of the n-th model: its colour and dashes, and one of its own for the page's script."""
    return f"m{number % COLOURS} d{number % DASHES} s{number}"


def shape(number: int) -> str:
    """The shape of the n-th model's points."""
    return tuple(svg.SHAPES)[number % len(svg.SHAPES)]


def left(width: float) -> str:
    """Where the plot area of a chart of this width begins, for what is to stand in line with it."""
    return f"{100 * Plot.LEFT / width:.1f}%"


def letter(number: int) -> str:
    """What stands for the n-th model at the end of its line.

    >>> letter(0), letter(25), letter(26)
    ('A', 'Z', 'AA')
    """
    before = letter(number // 26 - 1) if number >= 26 else ""
    return before + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 26]


def sample(number: int) -> Markup:
    """A piece of the n-th model's line, for a legend."""
    line = svg.element("polyline", points="0,6 30,6", class_=f"line {series(number)}")
    point = svg.mark(15, 6, 3.4, shape(number), "", f"dot {series(number)}")
    return svg.element("svg", line + point, viewBox="0 0 30 12", class_="sample", aria_hidden="true")


def severity_chart(reports: Sequence[Rates], name: str, columns: int) -> Markup:
    """Error of every model against severity (0 is clean) under one corruption, with 95 % bands.

    Args:
        reports: the models.
        name: the corruption.
        columns: how many charts stand side by side.
    """
    levels = (0, *reports[0].severities[name])
    top = max(reports[0].all_severities)
    curves = [[error_at(report, name, level) for level in levels] for report in reports]
    words = "; ".join(
        f"{report.model} from {percent(curve[0].value, 0)} % clean to {percent(curve[-1].value, 0)} % "
        f"at severity {levels[-1]}"
        for report, curve in zip(reports, curves, strict=True)
    )
    several = len(reports) > 1
    label = f"Error against severity under {name}: {words}"
    plot = Plot(*SIZES[columns], (0, 1.03 * top), (0, 1), label, right=18 if several else 6)
    plot.y_axis((0, 0.5, 1), ("0", "50", "100 %"))
    ticks = few((0, *reports[0].all_severities))
    plot.x_axis(ticks, [str(tick) if tick else "clean" for tick in ticks])
    if reports[0].baseline is not None and reports[0].main[0] == "mCE":
        plot.line(_span(levels[1:], top), (reports[0].baseline.errors[name],) * 2, "baseline")
    for number, curve in enumerate(curves):
        plot.band(levels, [c.low for c in curve], [c.high for c in curve], f"band {series(number)}")
    for number, (report, curve) in enumerate(zip(reports, curves, strict=True)):
        plot.line(levels, [c.value for c in curve], f"line {series(number)}")
        who = f"{letter(number)} {report.model}, " if several else ""
        for column, (level, found) in enumerate(zip(levels, curve, strict=True)):
            tip = f"{who}{f'severity {level}' if level else 'clean'}: {percent(found.value)} % {bracket(found, 0)}"
            plot.point(level, found.value, 2.6, f"dot {series(number)}", tip.rstrip(), (number, column), shape(number))
    if several:
        plot.beside(
            levels[-1], [curve[-1].value for curve in curves], [letter(number) for number in range(len(reports))]
        )
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


def calibration_chart(reports: Sequence[Rates], level: int, columns: int) -> Markup:
    """Accuracy against confidence; a point's area is the share of the predictions in its bin."""
    what = f"severity {level}" if level else "clean images"
    words = "; ".join(
        f"{report.model} calibration error {percent(report.numbers['calibration_error'].cell(level=level).value)} %"
        for report in reports
    )
    several = len(reports) > 1
    size = CALIBRATION_SIZES[columns]
    plot = Plot(*size, (0, 1), (0, 1), f"Calibration on {what}: {words}", right=18 if several else 8)
    plot.y_axis((0, 0.5, 1), ("0", "50", "100 %"))
    plot.x_axis((0, 0.5, 0.95), ("0", "confidence", "100 %"))
    plot.add("text", "accuracy", x=plot.x(0.02), y=plot.y(0.93), class_="tick")
    plot.line((0, 1), (0, 1), "ideal")
    ends = [_add_calibration(plot, report, level, number, several) for number, report in enumerate(reports)]
    if several:
        plot.beside(1, ends, [letter(number) for number in range(len(reports))])
    return plot.drawing()


def _add_calibration(plot: Plot, report: Rates, level: int, number: int, several: bool) -> float:
    """One model's points, with whiskers, or of several models with a line through them; the height of its last one."""
    predictions = level_cells(report.predictions, report.severities, report.trials)[level]
    parts = [metrics.reliability(cell.confidence, cell.correct.astype(np.float64)) for cell in predictions]
    count, total, hits = np.sum(parts, axis=0)
    filled = np.flatnonzero(count)
    sure, right = total[filled] / count[filled], hits[filled] / count[filled]
    kind, who = series(number), f"{letter(number)} {report.model}: " if several else ""
    if several:
        plot.line(sure.tolist(), right.tolist(), f"line thin {kind}")
    else:
        accuracy = report.numbers["bin_accuracy"].at(level=level)
        for n, x in zip(filled, sure, strict=True):
            found = accuracy.cell(bin=n)
            plot.line((x,) * 2, (found.low, found.high), f"whisker {kind}")
    for n, x, y in zip(filled, sure, right, strict=True):
        tip = f"{who}{int(count[n]):,} predictions {percent(x, 0)} % sure on average, {percent(y, 0)} % of them right"
        radius = 1.5 + (5 if several else 9) * float(np.sqrt(count[n] / count.sum()))
        plot.point(x, y, radius, f"dot see-through {kind}", tip, (number, int(n)), shape(number))
    return float(right[-1]) if len(right) else float("nan")


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
