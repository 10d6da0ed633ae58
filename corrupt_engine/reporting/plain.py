"""Reports as JSON: every number with its interval, class by class, and what fixed them."""

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..findings import per_class

if TYPE_CHECKING:
    from ..report import Report

BY_CORRUPTION = ("errors", "error", "top5_error", "residual_robustness", "accuracy_preserved", "ce", "relative_ce")


def render(reports: Sequence["Report"]) -> str:
    """One report as an object, several as a list of them."""
    found = [to_dict(report) for report in reports]
    return json.dumps(found[0] if len(found) == 1 else found, indent=1, allow_nan=False)


def to_dict(report: "Report") -> dict[str, Any]:
    """The report as plain values: a number is {"value", "low", "high"} on 0..1, null where there is none."""
    head = {
        "model": report.model,
        "benchmark": report.benchmark,
        "images": report.samples,
        "trials": report.trials,
        "baseline": report.baseline.name if report.baseline else None,
        "invalid_answers": report.invalid,
        "skipped": [{"id": number, "name": name, "reason": reason} for number, name, reason in report.skipped],
    }
    numbers = {
        name: _estimate(estimate, report.corruptions if name in BY_CORRUPTION else None) for name, estimate in report.numbers.items()
    }
    classes = per_class(report)
    by_class = [
        {
            "class": int(label),
            "name": class_name(report, int(label)),
            "images": int(count),
            "clean_accuracy": {"value": clean, "low": low, "high": high},
            "corrupted_accuracy": corrupted,
        }
        for label, count, clean, corrupted, low, high in zip(*(part.tolist() for part in classes), strict=True)
    ]
    spreads = {name: {"mean": number(s.mean), "std": number(s.std)} for name, s in report.over_trials().items()}
    return {**head, **numbers, "over_trials": spreads, "classes": by_class, "settings": dict(report.settings), "run": dict(report.run)}


def class_name(report: "Report", label: int) -> str:
    """The name of a class, or "class" and its number."""
    return report.class_names[label] if label < len(report.class_names) else f"class {label}"


def number(value: Any) -> float | None:
    """A number as JSON has it: NaN is null."""
    return None if math.isnan(value) else float(value)


def _estimate(estimate: Any, names: Sequence[str] | None) -> Any:
    """Nested lists of {"value", "low", "high"}, the first axis by corruption where names are given."""
    value, low, high = (np.asarray(part, dtype=np.float64) for part in estimate)
    if value.ndim == 0:
        return None if math.isnan(value) else {"value": float(value), "low": number(low), "high": number(high)}
    inner = [_estimate(part, None) for part in zip(value, low, high, strict=True)]
    return dict(zip(names, inner, strict=True)) if names is not None else inner
