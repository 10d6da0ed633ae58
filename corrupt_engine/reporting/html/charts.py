"""The drawings of the page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from ... import metrics
from ...catalogue import SEVERITIES
from ...summary import LEVELS, severity_cells
from ..table import cell, percent
from .svg import Plot

if TYPE_CHECKING:
    from ...report import Report

COLOURS = 6
"""Series colours of the style sheet; a seventh model begins again, with a dashed line."""


def series(number: int) -> str:
    """The style classes of the n-th model."""
    return f"m{number % COLOURS}" + (" dashed" if number >= COLOURS else "")


def severity_chart(reports: Sequence["Report"], place: int) -> Markup:
    """Error of every model against severity (0 is clean) for one corruption, with 95 % bands."""
    name = reports[0].corruptions[place]
    plot = Plot(220, 150, (0, 5.15), (0, 1), f"Error against severity under {name}: {_in_words(reports, place)}")
    plot.y_axis((0, 0.5, 1), ("0", "50", "100 %"))
    plot.x_axis((0, *SEVERITIES), ("clean", *map(str, SEVERITIES)))
    baseline = reports[0].baseline
    if baseline is not None:
        plot.line((1, 5), (baseline.errors[name],) * 2, "baseline")
    curves = [[_with_clean(report, part, place) for part in range(3)] for report in reports]
    for number, (_, low, high) in enumerate(curves):
        plot.band(LEVELS, low, high, f"band {series(number)}")
    for number, (report, (value, low, high)) in enumerate(zip(reports, curves, strict=True)):
        plot.line(LEVELS, value, f"line {series(number)}")
        for level in LEVELS:
            where = f"{name}, severity {level}" if level else "clean"
            tip = f"{report.model}, {where}: {percent(value[level])} % error [{percent(low[level])}, {percent(high[level])}]"
            plot.dot(level, value[level], 2.6, f"dot {series(number)}", tip)
    return plot.drawing()


def _with_clean(report: "Report", part: int, place: int) -> list[float]:
    """Value, low or high of the clean error and of one corruption's error at each severity."""
    return [float(report.numbers["clean_error"][part]), *report.numbers["errors"][part][place].tolist()]


def _in_words(reports: Sequence["Report"], place: int) -> str:
    def one(report: "Report") -> str:
        value = _with_clean(report, 0, place)
        return f"{report.model} from {percent(value[0], 0)} % clean to {percent(value[5], 0)} % at severity 5"

    return "; ".join(one(report) for report in reports)


def calibration_chart(reports: Sequence["Report"], level: int) -> Markup:
    """Accuracy against confidence; a point's area is the share of the answers in its bin."""
    what = f"severity {level}" if level else "clean images"
    words = "; ".join(f"{r.model} calibration error {percent(cell(r.numbers['calibration_error'], level).value)} %" for r in reports)
    plot = Plot(220, 180, (0, 1), (0, 1), f"Calibration on {what}: {words}")
    plot.y_axis((0, 0.5, 1), ("0", "50", "100 %"))
    plot.x_axis((0, 0.5, 0.95), ("0", "confidence", "100 %"))
    plot.add("text", "accuracy", x=plot.x(0.02), y=plot.y(0.93), class_="tick")
    plot.line((0, 1), (0, 1), "ideal")
    for number, report in enumerate(reports):
        answers = severity_cells(report.answers, report.corruptions, report.trials)[level]
        count, total, hits = np.sum(
            [metrics.reliability(np.asarray(a.confidence), np.asarray(a.correct, dtype=np.float64)) for a in answers], axis=0
        )
        filled = np.flatnonzero(count)
        if len(reports) == 1:
            low, high = (report.numbers["bin_accuracy"][end][level] for end in (1, 2))
            for n in filled:
                plot.line((total[n] / count[n],) * 2, (low[n], high[n]), f"whisker {series(number)}")
        else:
            plot.line((total[filled] / count[filled]).tolist(), (hits[filled] / count[filled]).tolist(), f"line thin {series(number)}")
        for n in filled:
            sure, right = total[n] / count[n], hits[n] / count[n]
            tip = f"{report.model}: {int(count[n]):,} answers {percent(sure, 0)} % sure on average, {percent(right, 0)} % of them right"
            plot.dot(sure, right, 1.5 + 9 * float(np.sqrt(count[n] / count.sum())), f"dot see-through {series(number)}", tip)
    return plot.drawing()


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
    """The style of a heat map's cell for a share on 0..1: its colour, and black or white letters, whichever reads better."""
    if np.isnan(share):
        return ""
    at = min(max(share, 0.0), 1.0) * (len(STOPS) - 1)
    lower = min(int(at), len(STOPS) - 2)
    red, green, blue = STOPS[lower] + (at - lower) * (STOPS[lower + 1] - STOPS[lower])
    luminance = 0.2126 * (red / 255) ** 2.2 + 0.7152 * (green / 255) ** 2.2 + 0.0722 * (blue / 255) ** 2.2
    # Letters are black where their contrast is above white's: (L + .05) / .05 against 1.05 / (L + .05) (WCAG 2.1).
    return f"background:rgb({red:.0f},{green:.0f},{blue:.0f});color:{'#000' if luminance > 0.179 else '#fff'}"
