"""What the science pages draw."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from ..reports.formats.html.charts import heat
from ..reports.formats.html.svg import element


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


def heat_map(names: Sequence[str], scores: np.ndarray, errors: np.ndarray | None = None) -> Markup:
    """A symmetric matrix of scores on 0..1 as a table of colours, in clustered order; "?" where it is undefined."""
    order = clustered(scores)
    heads = [element("th", "")] + [element("th", str(k + 1), scope="col", title=names[n]) for k, n in enumerate(order)]
    rows = []
    for k, row in enumerate(order):
        cells = [element("th", f"{k + 1} {names[row]}", scope="row")]
        for column in order:
            score = scores[row, column]
            if np.isnan(score):
                cells.append(element("td", "?", title=f"{names[row]} and {names[column]}: undefined"))
                continue
            error = "" if errors is None or row == column else f" ± {errors[row, column]:.2f}"
            tip = f"{names[row]} and {names[column]}: {score:.2f}{error}"
            shown = Markup(f"{score:.2f}") + (
                element("small", error.strip(), style="color:inherit") if error else Markup()
            )
            cells.append(element("td", shown, style=heat(score), title=tip))
        rows.append(element("tr", Markup("").join(cells)))
    whole = element("thead", element("tr", Markup("").join(heads))) + element("tbody", Markup("").join(rows))
    drawn = element("table", whole, class_="heat", style=f"--columns:{len(order)}")
    return element("div", drawn, class_="scroll", tabindex=0)
