"""Reports as JSON: every number with its interval, class by class, and what fixed them."""

import json
import math
from collections.abc import Sequence
from typing import Any

from ..estimate import Estimate
from ..findings import class_name, per_class
from ..levels import axes
from ..rates import Rates
from .registry import report_format


@report_format("json", suffix=".json")
def render(reports: Sequence[Rates]) -> str:
    """An object with the reports, one or several, as a list under "reports"."""
    return json.dumps({"reports": [to_dict(report) for report in reports]}, indent=1, allow_nan=False)


def to_dict(report: Rates) -> dict[str, Any]:
    """The report as plain values: a number is {"value", "low", "high"} on 0..1, null where there is none.

    "axes" has the labels of the lists, "dims" what each number is an object (corruption) or a list along, outermost
    first. A corruption that lacks a severity has null there.
    """
    numbers = report.numbers
    listed = {dim: list(labels) for dim, labels in axes(report.severities).items() if dim != "corruption"}
    head = {
        "model": report.model,
        "benchmark": report.benchmark,
        "metric": report.definition.listed.metric,
        "part": report.definition.is_part,
        "severities": {name: list(own) for name, own in report.severities.items()},
        "images": report.samples,
        "trials": report.trials,
        "baseline": report.baseline.name if report.baseline else None,
        "invalid_predictions": report.invalid,
        "skipped": [{"id": number, "name": name, "reason": reason} for number, name, reason in report.skipped],
        "unlabelled": dict(report.unlabelled),
        "axes": listed,
        "dims": {name: list(estimate.dims) for name, estimate in numbers.items() if estimate.dims},
    }
    return {
        **head,
        **{name: nested(estimate) for name, estimate in numbers.items()},
        "over_trials": {n: {"mean": number(s.mean), "std": number(s.std)} for n, s in report.over_trials().items()},
        "classes": by_class(report),
        "settings": dict(report.settings),
        "run": dict(report.run),
    }


def nested(estimate: Estimate) -> Any:
    """{"value", "low", "high"}, in an object keyed by name along "corruption", in a list along any other dimension."""
    if not estimate.dims:
        value, low, high = estimate.cell()
        return None if math.isnan(value) else {"value": value, "low": number(low), "high": number(high)}
    dim = estimate.dims[0]
    inner = {label: nested(estimate.at(**{dim: label})) for label in estimate.coords[dim]}
    return inner if dim == "corruption" else list(inner.values())


def by_class(report: Rates) -> list[dict[str, Any]]:
    """The accuracy of each class that has images."""
    return [
        {
            "class": int(label),
            "name": class_name(report, int(label)),
            "images": int(count),
            "clean_accuracy": {"value": clean, "low": low, "high": high},
            "corrupted_accuracy": corrupted,
        }
        for label, count, clean, corrupted, low, high in zip(
            *(part.tolist() for part in per_class(report)), strict=True
        )
    ]


def number(value: Any) -> float | None:
    """A number as JSON has it: NaN is null."""
    return None if math.isnan(value) else float(value)
