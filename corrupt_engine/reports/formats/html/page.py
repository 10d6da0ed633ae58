"""What the page shows, in its order; how it looks is in page.html.j2 and page.css."""

from collections.abc import Sequence
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined

from ...rates import Rates
from ...registry import TEXT
from ...tables import caption, cautions, columns, percent, provenance, summary
from . import charts, parts


def render(reports: Sequence[Rates]) -> str:
    """The page as text."""
    files = resources.files(__package__)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["percent"] = percent
    environment.filters["interval"] = parts.interval
    template = environment.from_string((files / "page.html.j2").read_text(encoding="utf-8"))
    style = (files / "page.css").read_text(encoding="utf-8")
    return template.render(style=style, **contents(reports))


def contents(reports: Sequence[Rates]) -> dict[str, Any]:
    """Everything that the template names."""
    first = reports[0]
    return {
        "reports": reports,
        "first": first,
        "single": len(reports) == 1,
        "images": f"{first.samples:,}",
        "at_severities": parts.severities_in_words(first),
        "severities": first.all_severities,
        "cautions": [
            (report.model if len(reports) > 1 else "", text) for report in reports for text in cautions(report)
        ],
        "caption": caption(reports),
        "groups": [(group, [(name, first.short(name)) for name in names]) for group, names in first.groups],
        "legend": [(report.model, charts.series(number)) for number, report in enumerate(reports)],
        "baseline": first.baseline,
        **(about_one(first) if len(reports) == 1 else about_several(reports)),
        **tables(reports),
        **drawings(reports),
        "provenance": [
            (report.model, provenance(report), sorted(report.settings.items()), report.run) for report in reports
        ],
    }


def about_one(report: Rates) -> dict[str, Any]:
    """What only a page about one model has."""
    # The first and the last severity can be set against each other only where all corruptions have both.
    even = len(set(report.severities.values())) == 1 and len(report.all_severities) > 1
    accuracy = report.numbers["accuracy_by_severity"]
    return {
        "title": f"How robust is {report.model}?",
        "ends": [accuracy.cell(severity=report.all_severities[end]) for end in (0, -1)] if even else [],
        "cards": parts.cards(report),
        "all_numbers": [(label, cell) for _, label, cell in summary(report, TEXT)],
        "trials": report.over_trials() if report.trials > 1 else {},
        "summary": [],
        "effective": False,
        "classes": parts.worst_classes(report),
    }


def about_several(reports: Sequence[Rates]) -> dict[str, Any]:
    """The same for a page about several models."""
    return {
        "title": f"{len(reports)} models on {reports[0].benchmark}",
        "ends": [],
        "cards": [],
        "all_numbers": [],
        "trials": {},
        "summary": parts.models(reports),
        "effective": len(reports) > 2,
        "classes": [],
    }


def tables(reports: Sequence[Rates]) -> dict[str, Any]:
    """The table of the papers, the heat map, and the mistakes."""
    rows = [columns(report) for report in reports]
    return {
        "heads": list(rows[0])[:2],
        "table": [(report.model, list(row.values())) for report, row in zip(reports, rows, strict=True)],
        "heat_rows": parts.heat_rows(reports),
        "mistakes": [
            (report.model, [parts.shown_pair(report, pair) for pair in report.image_pairs])
            for report in reports
            if report.image_pairs
        ],
    }


def drawings(reports: Sequence[Rates]) -> dict[str, Any]:
    """The charts."""
    first = reports[0]
    return {
        "severity_charts": [
            (group, [(name, charts.severity_chart(reports, name)) for name in names]) for group, names in first.groups
        ],
        "heat_key": charts.heat_key(),
        "calibration_charts": [
            (
                f"severity {level}" if level else "clean",
                charts.calibration_chart(reports, level),
                parts.calibration_errors(reports, level),
            )
            for level in (0, *first.all_severities)
        ],
    }
