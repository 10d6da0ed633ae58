"""Several models side by side: their order, their numbers, and which are worse than the best by more than chance."""

from collections.abc import Sequence
from typing import Any

from ...ranking import Standing, main_number, standings
from ...rates import Rates
from ...registry import MODELS, NUMBERS, capitalized, shown_in
from ...tables import percent
from ...trend import effective_robustness
from .parts import interval


def ranking(reports: Sequence[Rates]) -> dict[str, Any]:
    """The models by their main number; `reports` come in this order (`ranked`)."""
    key = main_number(reports[0])
    shown = NUMBERS[key].shown
    (row,) = standings(reports, key)
    return {
        "number": capitalized(shown.label) if shown is not None else key,
        "rows": [
            {
                "rank": rank,
                "model": report.model,
                "cell": standing.cell,
                "clean": report.numbers["clean_error"].cell(),
                "behind": behind(standing),
                "p": "" if standing.difference is None else p_value(standing.difference.adjusted),
                "verdict": verdict(standing),
            }
            for rank, (report, standing) in enumerate(zip(reports, row, strict=True), 1)
        ],
    }


def behind(standing: Standing) -> str:
    """By how much a model is behind the best, in percentage points."""
    found = standing.difference
    if found is None:
        return ""
    around = "" if found.low != found.low else f" [{percent(found.low)}, {percent(found.high)}]"
    return f"{percent(found.difference)}{around}"


def p_value(p: float) -> str:
    """A p-value with as many digits as the resamples give.

    >>> p_value(0.0001), p_value(0.25), p_value(float("nan"))
    ('< 0.001', '0.250', '-')
    """
    return "-" if p != p else "< 0.001" if p < 0.001 else f"{p:.3f}"


def verdict(standing: Standing) -> str:
    """What a standing says in words."""
    if standing.best:
        return "best"
    if standing.within_chance:
        return "not significantly different from the best"
    return "significantly worse" if standing.difference is not None and standing.difference.significant else "-"


def marked(standing: Standing) -> dict[str, Any]:
    """A cell of a table whose rows have a best value."""
    return {
        "text": percent(standing.cell.value),
        "range": interval(standing.cell),
        "value": standing.cell.value,
        "best": standing.best,
        "within_chance": standing.within_chance and not standing.best,
    }


def numbers(reports: Sequence[Rates]) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """The single numbers: (what, a remark on it, a cell a model)."""
    rows = []
    for number, shown in shown_in(MODELS):
        if number.name not in reports[0].numbers:
            continue
        remark = "" if shown.lower_is_better else "higher is better"
        labels = [labels for labels, *_ in reports[0].numbers[number.name].cells()]
        found = standings(reports, number.name, shown.lower_is_better)
        rows += [
            (capitalized(shown.row(label)), remark, [marked(standing) for standing in row])
            for label, row in zip(labels, found, strict=True)
        ]
    beyond = effective_robustness(reports)
    if beyond is None:
        return rows
    cells = [estimate.cell() for estimate in beyond]
    most = max(cell.value for cell in cells)
    return [
        *rows,
        (
            "Effective robustness",
            "higher is better, not tested",
            [marked(Standing(cell, cell.value == most, None)) for cell in cells],
        ),
    ]


def by_corruption(reports: Sequence[Rates]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The error under each corruption: (its name, a cell a model)."""
    return [
        (name, [marked(standing) for standing in row])
        for name, row in zip(reports[0].corruptions, standings(reports, "error"), strict=True)
    ]
