"""The parts of the page that are tables and lists, as the template shows them."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from ....records.mistakes import ImagePair
from ...estimate import Cell
from ...findings import class_name, per_class
from ...rates import Rates
from ...registry import CARDS, MODELS, Shown, capitalized
from ...tables import bracket, percent, summary
from ...trend import effective_robustness
from . import charts

FEWEST = 10
"""Images a class that a table of classes needs; below it would be a list of accidents."""
IN_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def cards(report: Rates) -> list[dict[str, Any]]:
    """The numbers at the top of a page about one model, each with what it means, and which way is better."""
    baseline = report.baseline.name if report.baseline else ""

    def what(shown: Shown) -> str:
        return f"{shown.meaning.format(baseline=baseline)}; {'lower' if shown.lower_is_better else 'higher'} is better"

    return [
        {"name": capitalized(label), "cell": cell, "what": what(shown)} for shown, label, cell in summary(report, CARDS)
    ]


def models(reports: Sequence[Rates]) -> list[tuple[str, str, list[Any]]]:
    """The single numbers of several models: (what, a remark on it, a cell a model)."""
    columns = [list(summary(report, MODELS)) for report in reports]
    rows = [
        (
            capitalized(label),
            "" if shown.lower_is_better else "higher is better",
            [column[place][2] for column in columns],
        )
        for place, (shown, label, _) in enumerate(columns[0])
    ]
    beyond = effective_robustness(reports)
    if beyond is None:
        return rows
    return [*rows, ("Effective robustness", "higher is better", [estimate.cell() for estimate in beyond])]


def severities_in_words(report: Rates) -> str:
    """How many severities the corruptions have: "five severities", "one severity", "up to ten severities"."""
    counts = {len(own) for own in report.severities.values()}
    most = max(counts)
    word = IN_WORDS[most] if most < len(IN_WORDS) else str(most)
    return f"{'up to ' if len(counts) > 1 else ''}{word} {'severity' if most == 1 else 'severities'}"


def heat_rows(reports: Sequence[Rates]) -> list[tuple[str, bool, list[tuple[str, str, str]]]]:
    """Rows of (head, whether it is the mean of those above, a (text, style, tip) a corruption).

    A row a model, or for one model a row a severity and, of several, their mean.
    """
    if len(reports) > 1:
        return [(report.model, False, heat_row(report)) for report in reports]
    report = reports[0]
    rows = [(f"severity {s}", False, heat_row(report, s)) for s in report.all_severities]
    return rows if len(rows) == 1 else [*rows, ("mean", True, heat_row(report))]


def heat_row(report: Rates, severity: int | None = None) -> list[tuple[str, str, str]]:
    """(text, style, tip) of the error under each corruption, at one severity (empty where it lacks it) or the mean."""

    def shown(name: str) -> tuple[str, str, str]:
        if severity is not None and severity not in report.severities[name]:
            return "", "", f"{name} has no severity {severity}"
        if severity is None:
            found = report.numbers["error"].cell(corruption=name)
        else:
            found = report.numbers["errors"].cell(corruption=name, severity=severity)
        return percent(found.value, 0), charts.heat(found.value), f"{report.model}, {name}: {with_interval(found)}"

    return [shown(name) for name in report.corruptions]


def with_interval(found: Cell) -> str:
    """A number in percent, and its interval where it has one."""
    return f"{percent(found.value)} % {bracket(found, 0)}".rstrip()


def interval(found: Cell) -> str:
    """An interval in percent and in words, nothing where there is none."""
    return "" if np.isnan(found.low) else f"{percent(found.low)} to {percent(found.high)}"


def calibration_errors(reports: Sequence[Rates], level: int) -> list[str]:
    """The calibration error of each model at a level, in words."""
    texts = [with_interval(report.numbers["calibration_error"].cell(level=level)) for report in reports]
    if len(reports) == 1:
        return texts
    return [f"{report.model} {text}" for report, text in zip(reports, texts, strict=True)]


def shown_pair(report: Rates, pair: ImagePair) -> dict[str, Any]:
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


def worst_classes(report: Rates, most: int = 10) -> list[dict[str, Any]]:
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
