"""The page about how residual robustness on natural images goes with that on synthetic corruptions."""

from pathlib import Path

import numpy as np
from markupsafe import Markup

from ..reports.formats.html.charts import letter, sample, series, shape
from ..reports.formats.html.svg import Plot, element
from ..reports.pages import Section, save, table
from ..runtime.checks import check_path
from .prediction import FOR_INTERVAL, MOST_SHOWN, OF, PUBLISHED, TOO_FEW, Correlation


def correlation_page(found: Correlation, path: str | Path) -> Path:
    """Write a page with each model as a point, natural against synthetic residual robustness, and the correlations
    beside the published ones.

    Args:
        found: as `correlate` or `natural_correlation` gives it.
        path: the file.

    Returns:
        The path.

    Raises:
        OptionError: it cannot be written.
    """
    few = len(found.r) <= MOST_SHOWN
    about = f"{len(found.models)} models, {', '.join(found.r) if few else f'{len(found.r)} synthetic benchmarks'}"
    return save(check_path("path", path), "Natural against synthetic robustness", about, sections(found))


def sections(found: Correlation) -> list[Section]:
    """What stands on it."""
    heads, *rows = found.rows()
    of_losses, *losses = found.losses()
    few = (f"There is {TOO_FEW}.",) if len(found.models) < FOR_INTERVAL else ()
    about = (
        "Residual robustness is the accuracy that a model loses, clean minus changed: on the natural images, and on "
        "average over a synthetic benchmark's corruptions. Where the two go together over models, the benchmark tells "
        "how models will do on such natural images (Laugros 2022, algorithm 3). r is Pearson's correlation, its "
        "interval over models is by Fisher's z, p is two-sided."
    )
    drawn = Markup("").join([*drawings(found), legend(found), table(heads, rows)])
    return [
        Section("How far the benchmark tells", (about, *few, *found.notes), drawn),
        Section("Accuracy lost, in points", (), table(of_losses, losses)),
        Section(
            "What was published",
            (
                "Mean correlations of Laugros 2022 over benchmarks drawn from as many categories as the head says, so "
                "many corruptions of each, and over single benchmarks; of other models, on ImageNet-100.",
            ),
            table(("Natural set", *OF), [(name, *(f"{r:.3f}" for r in row)) for name, row in PUBLISHED.items()]),
        ),
    ]


def drawings(found: Correlation) -> list[Markup]:
    """A scatter plot for each benchmark; of many benchmarks one, over their mean."""
    if len(found.synthetic) > MOST_SHOWN:
        values = np.array(list(found.synthetic.values()))
        ends = np.stack([values.min(0), values.max(0)])
        return [
            scatter(found, f"the mean of {len(values)} benchmarks, with lines from the least to the greatest", ends)
        ]
    return [scatter(found, name) for name in found.synthetic]


def scatter(found: Correlation, name: str, ends: np.ndarray | None = None) -> Markup:
    """Each model as a point.

    Args:
        found: the values.
        name: the benchmark, or what the mean over all is called where there are ends.
        ends: (2, models) the least and the greatest value of each model over the benchmarks.
    """
    xs = found.synthetic[name] if ends is None else found.mean_synthetic
    ys = found.natural
    across, up = span(xs if ends is None else np.concatenate([xs, *ends])), span(ys)
    told = f"r {found.r[name]:.3f}" if ends is None else f"mean r {found.mean:.3f}"
    plot = Plot(640, 280, across, up, f"Accuracy lost on natural images against {name}: {told}")
    marks = ticks(*up)
    plot.y_axis(marks, [f"{100 * mark:g}" for mark in marks])
    marks = ticks(*across)
    plot.x_axis(marks, [f"{100 * mark:g}" for mark in marks])
    if np.ptp(xs) > 0:
        slope, level = np.polyfit(xs, ys, 1)
        plot.line(*inside(float(slope), float(level), across, up), "ideal")
    for n, model in enumerate(found.models):
        if ends is not None:
            plot.line((ends[0, n], ends[1, n]), (ys[n],) * 2, f"whisker {series(n)}")
        tip = f"{model}: {100 * ys[n]:.1f} points lost on natural images, {100 * xs[n]:.1f} on {name}"
        plot.point(xs[n], ys[n], 4.0, f"dot {series(n)}", tip, (0, n), shape(n))
        plot.add("text", letter(n), x=plot.x(xs[n]) + 6, y=plot.y(ys[n]) - 5, class_="tick letter")
    words = (
        f"Across: points lost on {name}. Up: points lost on natural images. Dotted: the straight line that fits best."
    )
    return element("p", words) + element("div", plot.drawing(), class_="chart")


def legend(found: Correlation) -> Markup:
    """Which point is which model."""
    items = [element("li", sample(n) + element("span", f"{letter(n)} {name}")) for n, name in enumerate(found.models)]
    return element("ul", Markup("").join(items), class_="legend")


def span(values: np.ndarray) -> tuple[float, float]:
    """An axis with some room around values."""
    low, high = float(values.min()), float(values.max())
    room = 0.12 * (high - low) or 0.01
    return low - room, high + room


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers on an axis.

    >>> ticks(0.013, 0.082)
    [0.02, 0.04, 0.06, 0.08]
    """
    least = (high - low) / most
    power = 10.0 ** np.floor(np.log10(least))
    step = next(float(factor * power) for factor in (1, 2, 5, 10) if factor * power >= least)
    return [round(n * step, 9) for n in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]


def inside(
    slope: float, level: float, across: tuple[float, float], up: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The part of a straight line that lies in a rectangle, as (xs, ys)."""
    ends = list(across)
    if slope:
        crossings = sorted((edge - level) / slope for edge in up)
        ends = [max(across[0], crossings[0]), min(across[1], crossings[1])]
    return (ends[0], ends[1]), (level + slope * ends[0], level + slope * ends[1])
