"""The parts of the page that are words and single numbers, as the template shows them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...estimate import Cell
from ...rates import Rates
from ...registry import CARDS, Shown, capitalized
from ...tables import bracket, cautions, percent, summary

IN_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def cards(report: Rates) -> list[dict[str, Any]]:
    """The numbers at the top of a page about one model, each with what it means, and which way is better."""
    baseline = report.baseline.name if report.baseline else ""

    def what(shown: Shown) -> str:
        return f"{shown.meaning.format(baseline=baseline)}; {'lower' if shown.lower_is_better else 'higher'} is better"

    return [
        {"name": capitalized(label), "cell": cell, "what": what(shown)} for shown, label, cell in summary(report, CARDS)
    ]


def all_cautions(reports: Sequence[Rates]) -> list[tuple[str, str]]:
    """(models, text) of what must be said beside the numbers; without models where it is said of all."""
    who: dict[str, list[str]] = {}
    for report in reports:
        for text in cautions(report):
            who.setdefault(text, []).append(report.model)
    return [("" if len(models) == len(reports) else ", ".join(models), text) for text, models in who.items()]


def severities_in_words(report: Rates) -> str:
    """How many severities the corruptions have: "five severities", "one severity", "up to ten severities"."""
    counts = {len(own) for own in report.severities.values()}
    most = max(counts)
    word = IN_WORDS[most] if most < len(IN_WORDS) else str(most)
    return f"{'up to ' if len(counts) > 1 else ''}{word} {'severity' if most == 1 else 'severities'}"


def with_interval(found: Cell) -> str:
    """A number in percent, and its interval where it has one."""
    return f"{percent(found.value)} % {bracket(found, 0)}".rstrip()


def interval(found: Cell) -> str:
    """An interval in percent and in words, nothing where there is none."""
    return "" if np.isnan(found.low) else f"{percent(found.low)} to {percent(found.high)}"


def sortable(value: float) -> str:
    """What the page's script sorts by, nothing where there is no number."""
    return "" if np.isnan(value) else f"{value:.6g}"


def at_rest(reports: Sequence[Rates], name: str, letters: Sequence[str]) -> str:
    """What stands below a chart while none of its points is chosen: the mean over the severities, or the lowest."""
    means = [report.numbers["error"].cell(corruption=name) for report in reports]
    if len(reports) == 1:
        return f"mean: {with_interval(means[0])}"
    lowest = min(range(len(means)), key=lambda n: means[n].value)
    return f"lowest mean: {letters[lowest]}, {percent(means[lowest].value)} %"


def calibration_errors(reports: Sequence[Rates], level: int, letters: Sequence[str]) -> list[str]:
    """The calibration error of each model at a level, in words."""
    texts = [with_interval(report.numbers["calibration_error"].cell(level=level)) for report in reports]
    return texts if len(reports) == 1 else [f"{who} {text}" for who, text in zip(letters, texts, strict=True)]
