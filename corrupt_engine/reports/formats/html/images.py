"""The images of the page: what corruptions look like, and confident mistakes."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from ....catalogue import CLEAN
from ....records.mistakes import ImagePair
from ...findings import class_name
from ...rates import Rates
from ...tables import percent

MISTAKES = 12
"""Pairs that a page shows of all its models together: they are most of its bytes, up to 45 KB each."""


def is_png(data: bytes) -> bool:
    """Whether it is a PNG, which images of few pixels are kept as; else it is a JPEG."""
    return data.startswith(b"\x89PNG")


def url(data: bytes) -> str:
    """The bytes of an image file as what stands for its address."""
    return f"data:image/{'png' if is_png(data) else 'jpeg'};base64,{base64.b64encode(data).decode()}"


def examples(reports: Sequence[Rates]) -> tuple[str, Mapping[str, dict[str, str]]]:
    """The same image clean, and by corruption corrupted, of the first report that has such; else nothing."""
    found = next((report.examples for report in reports if report.examples), ())
    by_name = {example.condition.corruption: example for example in found}
    clean = by_name.pop(CLEAN.corruption, None)
    if clean is None:
        return "", {}
    return url(clean.image), {
        name: {
            "image": url(example.image),
            "severity": f"severity {example.condition.severity:g}",
            "kind": "small" if is_png(example.image) else "",
        }
        for name, example in by_name.items()
    }


def mistakes(reports: Sequence[Rates]) -> list[tuple[str, list[dict[str, Any]]]]:
    """(model, its most confident mistakes) of each model that has some; of many models a few each."""
    most = max(1, MISTAKES // len(reports)) if len(reports) > 1 else None
    return [
        (report.model, [shown_pair(report, pair) for pair in report.image_pairs[:most]])
        for report in reports
        if report.image_pairs
    ]


def shown_pair(report: Rates, pair: ImagePair) -> dict[str, Any]:
    """A mistake as the template shows it."""
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
