"""Reports as CSV: a row a number, so that any tool can pivot it."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ...errors import OptionError
from ...runtime.messages import escape_controls
from ..estimate import Estimate
from ..rates import Rates
from .registry import report_format

HEADER = ("model", "benchmark", "metric", "corruption", "severity", "value", "low", "high", "images", "error")
COLUMN: Mapping[str, str] = {"corruption": "corruption", "severity": "severity", "level": "severity"}
"""The column that tells a dimension's labels; severity 0 is the clean images."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a formula of a cell that begins with it."""
LEFT_OUT = ("bin",)
"""Numbers with one of these dimensions are left out: the bins of calibration curves are in the JSON."""


@report_format("csv", suffix=".csv")
def render(reports: Sequence[Rates]) -> str:
    """Columns HEADER; shares on 0..1, low and high the ends of the 95 % interval, empty where there is none. The last
    one says which error the benchmark counts: top1, or balanced.

    A name that a spreadsheet would take for a formula begins with an apostrophe (`text_cell`).

    Raises OptionError where a number has a dimension that no column can tell.
    """
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, HEADER, lineterminator="\n")
    writer.writeheader()
    for report in reports:
        names = {"model": text_cell(report.model), "benchmark": text_cell(report.benchmark)}
        about = {**names, "images": report.samples, "error": report.definition.listed.metric}
        for metric, estimate in report.numbers.items():
            writer.writerows({**about, "metric": metric, **row} for row in rows(metric, estimate))
    return buffer.getvalue()


def text_cell(text: str) -> str:
    """A name as a cell that spreadsheets show and do not run: an apostrophe before what begins a formula.

    Source: OWASP, "CSV Injection". The full-width signs are taken for the others in some languages.

    >>> text_cell("=1+1"), text_cell("resnet50")
    ("'=1+1", 'resnet50')
    """
    return ("'" if text.startswith(FORMULA) else "") + escape_controls(text)


def rows(metric: str, estimate: Estimate) -> Iterator[dict[str, str]]:
    """The cells of a number that exist: what the columns from corruption to high say of each.

    Raises OptionError where it has a dimension that no column can tell, or two that share a column.
    """
    if any(dim in LEFT_OUT for dim in estimate.dims):
        return
    told = [COLUMN.get(dim) for dim in estimate.dims]
    if None in told or len(set(told)) < len(told):
        raise OptionError(f"{metric} has the dimensions {estimate.dims}, which the columns of the CSV cannot tell")
    for labels, *cell in estimate.cells():
        texts = ["" if np.isnan(value) else f"{value:.6g}" for value in cell]
        names = {COLUMN[dim]: text_cell(str(label)) for dim, label in labels.items()}
        yield {**names, **dict(zip(("value", "low", "high"), texts, strict=True))}
