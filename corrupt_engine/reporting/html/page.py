"""What the page shows, in its order; how it looks is in page.html.j2 and page.css."""

import base64
from collections.abc import Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, StrictUndefined

from ...catalogue import SEVERITIES
from ...findings import per_class
from ...summary import LEVELS
from ...trend import effective_robustness
from ..plain import class_name
from ..table import caption, cautions, cell, columns, families, percent, provenance, short
from ..text import summary as summary_of_one
from . import charts

if TYPE_CHECKING:
    from ...findings import PicturePair
    from ...report import Report

FEWEST = 10
"""Images a class that a table of classes needs; below it would be a list of accidents."""


def render(reports: Sequence["Report"]) -> str:
    """The page as text."""
    files = resources.files(__package__)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["percent"] = percent
    template = environment.from_string((files / "page.html.j2").read_text(encoding="utf-8"))
    style = (files / "page.css").read_text(encoding="utf-8")
    return template.render(style=style, **contents(reports))


def contents(reports: Sequence["Report"]) -> dict[str, Any]:
    """Everything that the template names."""
    first = reports[0]
    groups = families(first.corruptions)
    rows = [columns(report) for report in reports]
    return {
        "reports": reports,
        "first": first,
        "single": len(reports) == 1,
        "title": "How robust is " + first.model + "?" if len(reports) == 1 else f"{len(reports)} models on {first.benchmark}",
        "images": " and ".join(sorted({f"{report.samples:,}" for report in reports})),
        "cautions": [(report.model if len(reports) > 1 else "", text) for report in reports for text in cautions(report)],
        "caption": caption(reports),
        "groups": [(family, [(name, short(name)) for name in names]) for family, names in groups],
        "heads": list(rows[0])[:2],
        "table": [(report.model, list(row.values())) for report, row in zip(reports, rows, strict=True)],
        "cards": cards(first) if len(reports) == 1 else [],
        "effective": len(reports) > 2,
        "all_numbers": [] if len(reports) > 1 else summary_of_one(first),
        "trials": first.over_trials() if len(reports) == 1 and first.trials > 1 else {},
        "summary": [] if len(reports) == 1 else summary(reports),
        "legend": [(report.model, charts.series(number)) for number, report in enumerate(reports)],
        "baseline": first.baseline,
        "severity_charts": [
            (family, [(name, charts.severity_chart(reports, first.corruptions.index(name))) for name in names]) for family, names in groups
        ],
        "heat_rows": heat_rows(reports),
        "heat_key": charts.heat_key(),
        "calibration_charts": [
            (f"severity {level}" if level else "clean", charts.calibration_chart(reports, level), calibration_errors(reports, level))
            for level in LEVELS
        ],
        "mistakes": [(report.model, [picture(report, pair) for pair in report.pictures]) for report in reports if report.pictures],
        "classes": worst_classes(first) if len(reports) == 1 else [],
        "provenance": [(report.model, provenance(report), sorted(report.settings.items()), report.run) for report in reports],
        "severities": SEVERITIES,
    }


def cards(report: "Report") -> list[dict[str, Any]]:
    """The numbers at the top of a page about one model, each with what it means."""
    numbers = report.numbers
    baseline = report.baseline.name if report.baseline else ""
    wanted = [
        ("Clean error", "clean_error", "wrong on untouched images"),
        ("Corrupted error", "mean_error", "wrong on average over all corruptions and severities"),
        ("mCE", "mce", f"errors under corruption, as a share of {baseline}'s (100 = as many)"),
        ("Relative mCE", "relative_mce", f"rise above the clean error, as a share of {baseline}'s rise"),
        ("Accuracy preserved", "mean_accuracy_preserved", "of the clean accuracy is left under corruption"),
    ]
    return [{"name": name, "cell": cell(numbers[key]), "what": what} for name, key, what in wanted if key in numbers]


def summary(reports: Sequence["Report"]) -> list[tuple[str, list[Any]]]:
    """The single numbers of several models: (what, a cell a model)."""
    labels = {
        "clean_error": "Clean error",
        "mean_error": "Corrupted error",
        "mce": "mCE",
        "relative_mce": "Relative mCE",
        "clean_top5_error": "Clean top-5 error",
        "mean_top5_error": "Corrupted top-5 error",
        "mean_accuracy_preserved": "Accuracy preserved",
    }
    rows = [(label, [cell(report.numbers[key]) for report in reports]) for key, label in labels.items() if key in reports[0].numbers]
    beyond = effective_robustness(reports)
    return rows if beyond is None else [*rows, ("Effective robustness", [cell(estimate) for estimate in beyond])]


def heat_rows(reports: Sequence["Report"]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Rows of (text, style, tip): a row a model, or for one model a row a severity and their mean."""
    if len(reports) > 1:
        return [(report.model, _heat_row(report, "error", None)) for report in reports]
    rows = [(f"severity {s}", _heat_row(reports[0], "errors", place)) for place, s in enumerate(SEVERITIES)]
    return [*rows, (reports[0].model, _heat_row(reports[0], "error", None))]


def _heat_row(report: "Report", key: str, severity: int | None) -> list[tuple[str, str, str]]:
    cells = [cell(report.numbers[key], *((place,) if severity is None else (place, severity))) for place in range(len(report.corruptions))]
    return [
        (percent(c.value, 0), charts.heat(c.value), f"{report.model}, {name}: {percent(c.value)} % [{percent(c.low)}, {percent(c.high)}]")
        for name, c in zip(report.corruptions, cells, strict=True)
    ]


def calibration_errors(reports: Sequence["Report"], level: int) -> list[str]:
    """The calibration error of each model at a level, in words."""
    found = [(report.model, cell(report.numbers["calibration_error"], level)) for report in reports]
    texts = [f"{percent(c.value)} % [{percent(c.low)}, {percent(c.high)}]" for _, c in found]
    return texts if len(found) == 1 else [f"{model} {text}" for (model, _), text in zip(found, texts, strict=True)]


def picture(report: "Report", pair: "PicturePair") -> dict[str, Any]:
    """A mistake as the template shows it."""

    def url(data: bytes) -> str:
        kind = "png" if data.startswith(b"\x89PNG") else "jpeg"
        return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"

    mistake = pair.mistake
    return {
        "clean": url(pair.clean),
        "corrupted": url(pair.corrupted),
        "name": pair.name.replace("\\", "/").rpartition("/")[2],
        "condition": f"{mistake.condition.corruption}, severity {mistake.condition.severity:g}",
        "label": class_name(report, mistake.label),
        "prediction": class_name(report, mistake.prediction),
        "sure": percent(mistake.confidence, 0),
        "before": percent(mistake.clean_confidence, 0),
    }


def worst_classes(report: "Report", most: int = 10) -> list[dict[str, Any]]:
    """The classes that lose most, where classes have enough images for such a table."""
    found = per_class(report)
    if not len(found.images) or np.median(found.images) < FEWEST:
        return []
    order = np.argsort(found.corrupted - found.clean, kind="stable")[:most]
    return [
        {
            "name": class_name(report, int(found.label[n])),
            "images": int(found.images[n]),
            "clean": percent(found.clean[n]),
            "interval": f"[{percent(found.low[n])}, {percent(found.high[n])}]",
            "corrupted": percent(found.corrupted[n]),
            "lost": percent(found.clean[n] - found.corrupted[n]),
        }
        for n in order
    ]
