"""Reports as CSV: a row a number, so that any tool can pivot it."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..catalogue import SEVERITIES
from ..summary import LEVELS

if TYPE_CHECKING:
    from ..report import Report

HEADER = ("model", "benchmark", "metric", "corruption", "severity", "value", "low", "high", "images")


def render(reports: Sequence["Report"]) -> str:
    """Columns HEADER; shares on 0..1, low and high the ends of the 95 % bootstrap interval, empty where nothing is to be said."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(HEADER)
    for report in reports:
        for metric, corruption, severity, *cell in rows(report):
            texts = ["" if np.isnan(value) else f"{value:.6g}" for value in cell]
            writer.writerow([report.model, report.benchmark, metric, corruption, severity, *texts, report.samples])
    return buffer.getvalue()


def rows(report: "Report") -> Iterator[tuple[str, str, str, float, float, float]]:
    """(metric, corruption, severity, value, low, high) of every number but the bins of calibration curves."""
    for metric, estimate in report.numbers.items():
        if metric == "bin_accuracy":
            continue
        value, low, high = (np.asarray(part) for part in estimate)
        for place in np.ndindex(value.shape):
            corruption, severity = where(report, metric, place)
            yield metric, corruption, severity, float(value[place]), float(low[place]), float(high[place])


def where(report: "Report", metric: str, place: tuple[int, ...]) -> tuple[str, str]:
    """The corruption and the severity that a place in a metric's array stands for."""
    if metric == "accuracy_by_severity":
        return "", str(SEVERITIES[place[0]])
    if metric == "calibration_error":
        return "", str(LEVELS[place[0]])
    corruption = report.corruptions[place[0]] if place else ""
    return corruption, str(SEVERITIES[place[1]]) if len(place) == 2 else ""
