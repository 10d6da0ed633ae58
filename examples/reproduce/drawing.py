"""A plot of shares with their intervals, for the page of results: a column of points for each test."""

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup

from corrupt_engine.reports.formats.html.charts import sample, series, shape
from corrupt_engine.reports.formats.html.svg import Plot, element


def columns(label: str, heads: Sequence[str], found: Mapping[str, Sequence[tuple[float, float, float]]]) -> Markup:
    """Points (value, low, high) on 0..1 of each series, side by side in each column, and a legend."""
    most = max(max(np.nan_to_num(cell[0]), np.nan_to_num(cell[2])) for cells in found.values() for cell in cells)
    top = min(1.0, 0.1 * np.ceil(10 * most))
    plot = Plot(640, 240, (-0.5, len(heads) - 0.5), (0, top), label)
    plot.y_axis((0, top / 2, top), [f"{100 * tick:g} %" if tick else "0" for tick in (0, top / 2, top)])
    plot.x_axis(range(len(heads)), heads)
    apart = 0.7 / max(len(found) - 1, 1)
    for number, (name, cells) in enumerate(found.items()):
        for column, (head, (value, low, high)) in enumerate(zip(heads, cells, strict=True)):
            x = column + apart * number - 0.35
            if not np.isnan([low, high]).any():
                plot.line([x, x], [low, high], f"line {series(number)}")
            tip = f"{name}, {head}: {100 * value:.1f} % ({100 * low:.1f} to {100 * high:.1f})"
            plot.point(x, value, 2.8, f"dot {series(number)}", tip, (number, column), shape(number))
    legend = [element("li", sample(number) + element("span", name)) for number, name in enumerate(found)]
    return plot.drawing() + element("ul", Markup("").join(legend), class_="legend")
