"""What the science pages draw."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from ..reports.formats.html.charts import heat
from ..reports.formats.html.svg import element

BORDER = "2px solid var(--ink)"


def clustered(scores: np.ndarray) -> list[int]:
    """An order of the rows of a symmetric matrix in which those that are alike stand together.

    The two groups with the greatest mean score between them become one until one is left (average linkage); a group
    is put after the one that it joins. What is NaN counts as 0, so that undefined rows come last.

    >>> clustered(np.array([[1.0, 0.0, 0.9], [0.0, 1.0, 0.1], [0.9, 0.1, 1.0]]))
    [0, 2, 1]
    """
    known = np.nan_to_num(scores)
    groups = [[n] for n in range(len(known))]
    while len(groups) > 1:
        pairs = [(a, b) for a in range(len(groups)) for b in range(a + 1, len(groups))]
        a, b = max(pairs, key=lambda pair: known[np.ix_(groups[pair[0]], groups[pair[1]])].mean())
        groups[a] += groups.pop(b)
    return groups[0] if groups else []


def clustered_within(scores: np.ndarray, groups: Sequence[Sequence[int]]) -> list[int]:
    """The same within each group of rows, the groups in their order."""
    return [group[n] for group in groups for n in clustered(scores[np.ix_(group, group)])]


def heat_map(
    names: Sequence[str],
    values: np.ndarray,
    errors: np.ndarray | None = None,
    *,
    shades: np.ndarray | None = None,
    groups: Sequence[Sequence[int]] | None = None,
    form: str = ".2f",
    corner: str = "",
    tip: str = "{} and {}",
) -> Markup:
    """A matrix as a table of colors, in clustered order; "?" where it is undefined.

    Args:
        names: of the rows, which are those of the columns.
        values: (n, n), what stands in the cells.
        errors: (n, n), what stands below them, except on the diagonal.
        shades: (n, n) on 0..1, light to dark, by which rows are also ordered; default the values.
        groups: the numbers of the rows in blocks, with lines between them; each is clustered by itself.
        form: how a value is written.
        corner: what stands above the rows' names.
        tip: what a cell says, of the names of its row and its column.
    """
    shades = values if shades is None else shades
    blocks = [list(range(len(names)))] if groups is None else [list(group) for group in groups if len(group)]
    order = clustered_within((shades + shades.T) / 2, blocks)
    firsts = set(np.cumsum([0, *map(len, blocks)]).tolist()[1:-1])
    heads = [element("th", corner)] + [
        element("th", str(k + 1), scope="col", title=names[n]) for k, n in enumerate(order)
    ]
    rows = []
    for k, row in enumerate(order):
        cells = [element("th", f"{k + 1} {names[row]}", scope="row")]
        for place, column in enumerate(order):
            value, told = values[row, column], tip.format(names[row], names[column])
            edges = edge("top", k in firsts) + edge("left", place in firsts)
            if np.isnan(value):
                cells.append(element("td", "?", title=f"{told}: undefined", **({"style": edges} if edges else {})))
                continue
            error = "" if errors is None or row == column else f" ± {shortly(errors[row, column])}"
            shown = Markup(format(value, form)) + (
                element("small", error.strip(), style="color:inherit") if error else Markup()
            )
            style = heat(shades[row, column]) + edges
            cells.append(element("td", shown, style=style, title=f"{told}: {format(value, form)}{error}"))
        rows.append(element("tr", Markup("").join(cells)))
    whole = element("thead", element("tr", Markup("").join(heads))) + element("tbody", Markup("").join(rows))
    drawn = element("table", whole, class_="heat", style=f"--columns:{len(order)}")
    return element("div", drawn, class_="scroll", tabindex=0)


def shortly(error: float) -> str:
    """A standard error, such that it fits a cell: that of a ratio whose denominator may be 0 has no bound.

    >>> shortly(0.123), shortly(1e12)
    ('0.12', '> 9')
    """
    return f"{error:.2f}" if error < 9.995 else "> 9"


def edge(side: str, drawn: bool) -> str:
    """The style of a cell's edge."""
    return f";border-{side}:{BORDER};border-radius:0" if drawn else ""
