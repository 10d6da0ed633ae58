"""A plot area and the few marks that the charts are made of; the page's style sheet has the colours, light and dark."""

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup, escape

from ....runtime.messages import escape_controls


def element(tag: str, content: str | Markup = "", **attributes: object) -> Markup:
    """An element; text and attribute values are escaped, `_` in attribute names stands for `-`.

    >>> element("text", "a < b", text_anchor="end")
    Markup('<text text-anchor="end">a &lt; b</text>')
    """
    told = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_short(value))}"' for name, value in attributes.items()
    )
    return Markup(
        f"<{tag}{told}>{content if isinstance(content, Markup) else escape(escape_controls(content))}</{tag}>"
    )


def _short(value: object) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".") if isinstance(value, float) else escape_controls(str(value))


class Plot:
    """A rectangle with data coordinates.

    Args:
        width, height: of the drawing, in pixels of its view box.
        x, y: the ranges of the data.
        label: what a screen reader says the drawing is.
        right: room beside the rectangle, in pixels.
    """

    LEFT, TOP, BOTTOM = 36.0, 8.0, 20.0

    def __init__(
        self,
        width: float,
        height: float,
        x: tuple[float, float],
        y: tuple[float, float],
        label: str,
        right: float = 6.0,
    ) -> None:
        self.width, self.height, self.x_range, self.y_range, self.label = width, height, x, y, label
        self.right = right
        self.parts: list[Markup] = []

    def x(self, value: float) -> float:
        """Where a value lies, from the left."""
        low, high = self.x_range
        return self.LEFT + (value - low) / (high - low) * (self.width - self.LEFT - self.right)

    def y(self, value: float) -> float:
        """Where a value lies, from the top."""
        low, high = self.y_range
        return self.height - self.BOTTOM - (value - low) / (high - low) * (self.height - self.TOP - self.BOTTOM)

    def add(self, tag: str, content: str | Markup = "", **attributes: object) -> None:
        """An element over what is there."""
        self.parts.append(element(tag, content, **attributes))

    def y_axis(self, ticks: Sequence[float], labels: Sequence[str]) -> None:
        """Grid lines with their values."""
        for tick, label in zip(ticks, labels, strict=True):
            self.add(
                "line",
                x1=self.x(self.x_range[0]),
                x2=self.x(self.x_range[1]),
                y1=self.y(tick),
                y2=self.y(tick),
                class_="grid",
            )
            self.add("text", label, x=self.LEFT - 5, y=self.y(tick) + 3.5, class_="tick", text_anchor="end")

    def x_axis(self, ticks: Sequence[float], labels: Sequence[str]) -> None:
        """Values below the plot."""
        for tick, label in zip(ticks, labels, strict=True):
            self.add("text", label, x=self.x(tick), y=self.height - 5, class_="tick", text_anchor="middle")

    def line(self, xs: Sequence[float], ys: Sequence[float], kind: str) -> None:
        """A line through the points; it breaks where a value is missing."""
        for run in runs(ys):
            points = " ".join(f"{self.x(xs[n]):.1f},{self.y(ys[n]):.1f}" for n in run)
            self.add("polyline", points=points, class_=kind)

    def band(self, xs: Sequence[float], low: Sequence[float], high: Sequence[float], kind: str) -> None:
        """The area between two lines."""
        for run in runs(np.asarray(low) + np.asarray(high)):
            there = [f"{self.x(xs[n]):.1f},{self.y(high[n]):.1f}" for n in run]
            back = [f"{self.x(xs[n]):.1f},{self.y(low[n]):.1f}" for n in reversed(run)]
            self.add("polygon", points=" ".join(there + back), class_=kind)

    def point(
        self, x: float, y: float, radius: float, kind: str, tip: str, at: tuple[int, int], shape: str = "circle"
    ) -> None:
        """A point that says what it is when pointed at; nothing where its value is missing.

        Args:
            x: where it lies.
            y: likewise.
            radius: in pixels.
            kind: its style classes.
            tip: what it says.
            at: its row (which series) and its column (which x), by which the page's script goes from one to the next.
            shape: one of SHAPES.
        """
        if not np.isnan(y):
            self.parts.append(mark(self.x(x), self.y(y), radius, shape, element("title", tip), kind, at))

    def beside(self, x: float, ys: Sequence[float], labels: Sequence[str]) -> None:
        """Labels to the right of x, at these heights or as near to them as they fit."""
        known = [n for n, y in enumerate(ys) if not np.isnan(y)]
        places = spread([self.y(ys[n]) for n in known], 10.0, self.TOP, self.height - self.BOTTOM)
        for n, place in zip(known, places, strict=True):
            self.add("text", labels[n], x=self.x(x) + 7, y=place + 3.5, class_="tick letter")

    def drawing(self) -> Markup:
        """The whole as an svg element."""
        body = Markup("").join([element("title", self.label), *self.parts])
        return element(
            "svg",
            body,
            viewBox=f"0 0 {self.width:g} {self.height:g}",
            role="img",
            aria_label=self.label,
            style=f"--wide:{self.width:g}",
        )


SHAPES: Mapping[str, str] = {
    "circle": "",
    "square": "M-.9-.9H.9V.9H-.9Z",
    "triangle": "M0-1.2 1.1.8H-1.1Z",
    "diamond": "M0-1.3 1.3 0 0 1.3-1.3 0Z",
    "wedge": "M0 1.2 1.1-.8H-1.1Z",
}
"""The shapes of points, as paths around 0 of about radius 1."""


def mark(x: float, y: float, radius: float, shape: str, content: str | Markup, kind: str, at: object = "") -> Markup:
    """A point of some shape; `at` is a pair (row, column), or nothing for one that is only looked at."""
    told = {"data_at": "{},{}".format(*at)} if isinstance(at, tuple) else {}
    if shape == "circle":
        return element("circle", content, cx=x, cy=y, r=radius, class_=kind, **told)
    place = f"translate({x:.1f} {y:.1f}) scale({radius:.2f})"
    return element("path", content, d=SHAPES[shape], transform=place, class_=kind, **told)


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """The places, moved until they are `gap` apart, or less where there is no room.

    >>> spread([5, 5, 30], 10, 0, 40)
    [5, 15, 30]
    """
    gap = min(gap, (high - low) / max(len(places) - 1, 1))
    order = sorted(range(len(places)), key=lambda n: places[n])
    found = list(places)
    least = low
    for n in order:
        found[n] = max(found[n], least)
        least = found[n] + gap
    most = high
    for n in reversed(order):
        found[n] = min(found[n], most)
        most = found[n] - gap
    return found


def runs(values: Sequence[float] | np.ndarray) -> list[list[int]]:
    """The places of values that are there, in stretches without a gap.

    >>> runs([1.0, float("nan"), 2.0, 3.0])
    [[0], [2, 3]]
    """
    found: list[list[int]] = [[]]
    for place, value in enumerate(values):
        if np.isnan(value):
            found.append([])
        else:
            found[-1].append(place)
    return [run for run in found if run]
