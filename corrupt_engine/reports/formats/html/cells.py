"""The heat map, and the plain table of all values."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...estimate import Cell
from ...rates import Rates
from ...tables import bracket, percent
from . import charts
from .parts import with_interval


class HeatCell(NamedTuple):
    """A cell of the heat map: its text and colour, what it says, its (row, column), and over how many rows it goes."""

    text: str
    style: str
    tip: str
    at: str
    rows: int = 1


class HeatRow(NamedTuple):
    """A row of the heat map; `mean` where it is the mean of those above."""

    head: str
    mean: bool
    cells: list[HeatCell]


def panels(reports: Sequence[Rates]) -> list[tuple[str, list[HeatRow]]]:
    """The heat map as (name, rows).

    Of one model a single one, a row a severity and, of several, their mean. Of several models the mean and then each
    severity, a row a model. The clean images come first in each row, of one model once for all rows.
    """
    if len(reports) > 1:
        severities = reports[0].all_severities
        means = [] if len(severities) == 1 else [("mean", None)]
        return [
            (name, [_row(report, severity, row, report.model) for row, report in enumerate(reports)])
            for name, severity in [*means, *((f"severity {s}", s) for s in severities)]
        ]
    (report,) = reports
    rows = [_row(report, s, row, f"severity {s}") for row, s in enumerate(report.all_severities)]
    if len(rows) > 1:
        rows.append(_row(report, None, len(rows), "mean", mean=True))
    rows[0].cells[0] = rows[0].cells[0]._replace(rows=len(rows))
    for row in rows[1:]:
        del row.cells[0]
    return [("", rows)]


def _row(report: Rates, severity: int | None, row: int, head: str, mean: bool = False) -> HeatRow:
    """The errors clean and under each corruption, at one severity (empty where it lacks it) or the mean."""
    clean = report.numbers["clean_error"].cell()
    cells = [_cell(clean, f"{report.model}, clean images: {with_interval(clean)}", row, 0)]
    for column, name in enumerate(report.corruptions, 1):
        if severity is not None and severity not in report.severities[name]:
            cells.append(HeatCell("", "", f"{name} has no severity {severity}", f"{row},{column}"))
            continue
        found = (
            report.numbers["error"].cell(corruption=name)
            if severity is None
            else report.numbers["errors"].cell(corruption=name, severity=severity)
        )
        what = f"{name}, {'mean' if severity is None else f'severity {severity}'}"
        cells.append(_cell(found, f"{report.model}, {what}: {with_interval(found)}", row, column))
    return HeatRow(head, mean, cells)


def _cell(found: Cell, tip: str, row: int, column: int) -> HeatCell:
    return HeatCell(percent(found.value, 0), charts.heat(found.value), tip, f"{row},{column}")


def all_values(reports: Sequence[Rates]) -> list[tuple[str, int, list[dict[str, Any]]]]:
    """Every error: (corruption, severity, a value with its interval a model); severity 0 is the clean images."""
    first = reports[0]
    conditions = [("clean", 0), *((name, s) for name, own in first.severities.items() for s in own)]
    return [
        (
            name,
            severity,
            [
                {"value": found.value, "text": percent(found.value), "range": bracket(found, 0)}
                for found in (charts.error_at(report, name, severity) for report in reports)
            ],
        )
        for name, severity in conditions
    ]
