"""Streams' reports as text, JSON, CSV and a page."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import OptionError, UnknownNameError
from ..reports.aligned import aligned
from ..reports.formats.csv import text_cell
from ..reports.together import disagreements
from ..runtime.checks import check_path
from ..runtime.files import whole_file
from .answers import StreamAnswers
from .page import stream_page

SUFFIXES = (".html", ".json", ".csv", ".txt")
DEFINITION = "variant_definition"
MOST_ROWS = 45
"""Of a table as text: of a stream with more stages several neighbours make a row, which is named for the first."""


def table_of(reports: Sequence[StreamAnswers]) -> str:
    """Errors by stage as text, a column a model."""
    names = [report.model for report in reports]
    stages = reports[0].stream.stages
    several = -(-len(stages) // MOST_ROWS)
    parts = [range(n, min(n + several, len(stages))) for n in range(0, len(stages), several)]
    numbers = [f"{part[0] + 1}" + (f"-{part[-1] + 1}" if several > 1 else "") for part in parts]
    digits = max(3, *map(len, numbers))
    heads = [
        f"{number:>{digits}} {stages[part[0]].corruption} {stages[part[0]].severity:g}"
        for number, part in zip(numbers, parts, strict=True)
    ]
    rows = [
        (head, [float(report.errors[part.start : part.stop].mean()) for report in reports])
        for head, part in zip(heads, parts, strict=True)
    ]
    rows.append(("mean over stages", [report.mean_error for report in reports]))
    lines = aligned([("", *names), *((head, *(f"{100 * value:.1f}" for value in values)) for head, values in rows)])
    first = reports[0]
    about = f"{first.stream.name}, {len(first.ids):,} images in batches of {first.batch_size}; error in %"
    return "\n".join([about, *lines, *(remark for report in reports for remark in report.remarks)])


def values_of(report: StreamAnswers) -> dict[str, Any]:
    """Every number, in JSON's types."""
    return {
        "model": report.model,
        "stream": report.stream.to_dict(),
        "batch_size": report.batch_size,
        "images": len(report.ids),
        "mean_error": report.mean_error,
        "errors": report.errors.tolist(),
        "invalid_answers": report.invalid,
        "domains": [[*domain, error] for domain, error in report.domains.items()],
        "settings": report.settings,
        "facts": report.facts,
    }


def rows_of(reports: Sequence[StreamAnswers]) -> str:
    """Every answer as CSV, a row each."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n")
    write.writerow(
        ("model", "time", "stage", "corruption", "severity", "trial", "id", "label", "prediction", "confidence")
    )
    for report in reports:
        stages = report.stream.stages
        for n, stage in enumerate(report.stages.tolist()):
            prediction, confidence = report.predictions.prediction[n], report.predictions.confidence[n]
            row = (report.ids[n], report.labels[n], prediction, f"{confidence:.6g}")
            write.writerow((text_cell(report.model), n, stage + 1, *stages[stage], *row))
    return text.getvalue()


def check_together(a: StreamAnswers, b: StreamAnswers) -> None:
    """OptionError unless the same images were shown in the same order."""
    if a.stream != b.stream:
        raise OptionError("the reports are of different streams; save each by itself")
    different = disagreements(a.settings, b.settings)
    if a.settings.get(DEFINITION) != b.settings.get(DEFINITION):
        different.append(f"the file {a.settings.get('variant')} has other levels in each")
    for name in ("ids", "stages", "labels"):
        if not different and not np.array_equal(getattr(a, name), getattr(b, name)):
            different.append(f"{name} are others")
    if different:
        raise OptionError(f"{a.model} and {b.model} are not comparable: {'; '.join(different)}; save each by itself")


def save_streams(reports: Sequence[StreamAnswers], path: str | Path) -> Path:
    """Write the reports of one or several models on one stream together.

    Args:
        reports: at least one.
        path: .html, .json, .csv or .txt.

    Returns:
        The path.

    Raises:
        UnknownNameError: there is no such format.
        OptionError: there is no report, they are of different streams, images, seeds or severities, or the file cannot
            be written.
    """
    file = check_path("path", path)
    if file.suffix.lower() not in SUFFIXES:
        raise UnknownNameError("suffix", file.suffix, SUFFIXES)
    if not reports:
        raise OptionError("there are no reports")
    for report in reports[1:]:
        check_together(reports[0], report)
    if file.suffix.lower() == ".html":
        return stream_page(reports, file)
    made = {
        ".json": lambda: json.dumps({"streams": [values_of(report) for report in reports]}, indent=1),
        ".csv": lambda: rows_of(reports),
        ".txt": lambda: table_of(reports) + "\n",
    }
    with whole_file(file, "report") as part:
        part.write_text(made[file.suffix.lower()](), encoding="utf-8")
    return file
