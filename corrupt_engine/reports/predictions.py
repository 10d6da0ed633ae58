"""The log of single predictions: a row a prediction, for those who want other numbers than a report has."""

import csv
import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from ..catalogue import Condition
from ..errors import MissingExtraError, UnknownNameError
from ..metrics.predictions import Predictions
from ..runtime.checks import check_path
from ..runtime.files import whole_file
from .findings import class_name
from .formats.csv import text_cell
from .rates import Rates
from .together import ids_of

COLUMNS = (
    "id", "image", "corruption", "severity", "trial", "label", "label_name", "prediction", "prediction_name",
    "confidence", "rank", "correct",
)  # fmt: skip
"""The columns of the log. Severity 0 is the clean image. rank is the number of classes before the label's. Where the
scores were no numbers, prediction, its name, confidence and rank are empty, and the prediction counts as wrong."""
CHUNK = 50_000
"""Rows that are made at once. The 3.8 million rows of 50,000 images under 76 conditions took 13 MB of memory as CSV
(438 MB on disk, 70 s on a busy machine) and 109 MB as Parquet (107 MB, 3.5 s)."""

Write: TypeAlias = Callable[[Rates, Path], None]


def save_predictions(report: Rates, path: str | Path) -> Path:
    """Write every prediction of a report, a row each; the file is whole or absent, never half.

    Args:
        report: whose predictions.
        path: where, .csv or .parquet; folders that it lacks are made.

    Returns:
        The path.

    Raises:
        UnknownNameError: it has another suffix.
        MissingExtraError: it ends in .parquet, and pyarrow is not installed.
        OptionError: the file cannot be written.
    """
    target = check_path("path", path)
    write = writer_for(target)
    with whole_file(target, "predictions") as part:
        write(report, part)
    return target


def writer_for(path: Path) -> Write:
    """What writes a file of this suffix; UnknownNameError or MissingExtraError where nothing does."""
    suffix = path.suffix.lower()
    if suffix not in WRITERS:
        raise UnknownNameError("suffix", path.suffix, WRITERS)
    if suffix == ".parquet":
        parquet_library()
    return WRITERS[suffix]


def rows(report: Rates) -> Iterator[tuple[Condition, slice, Predictions]]:
    """The predictions in pieces of one condition and at most CHUNK images: (condition, which images, predictions)."""
    for condition, given in report.predictions.items():
        for start in range(0, report.samples, CHUNK):
            part = slice(start, start + CHUNK)
            yield condition, part, given.take(part)


def write_csv(report: Rates, path: Path) -> None:
    """As `text_cell` has names: what a spreadsheet would take for a formula begins with an apostrophe."""
    ids = ids_of(report).tolist()
    labels = report.labels.tolist()
    names = [text_cell(name) for name in report.names] or [""] * len(ids)
    classes = {number: text_cell(name) for number, name in names_of(report).items()}
    called = [classes.get(label, "") for label in labels]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for condition, part, given in rows(report):
            about = (text_cell(condition.corruption), f"{condition.severity:g}", condition.trial)
            valid = ~given.invalid
            predicted = given.prediction.tolist()
            writer.writerows(
                (number, name, *about, label, of, *((n, classes.get(n, ""), f"{p:.9g}", rank) if v else NOTHING), hit)
                for number, name, label, of, n, p, rank, v, hit in zip(
                    ids[part], names[part], labels[part], called[part], predicted, given.confidence.tolist(),
                    given.rank.tolist(), valid.tolist(), given.correct.astype(int).tolist(), strict=True,
                )
            )  # fmt: skip


NOTHING = ("", "", "", "")


def names_of(report: Rates) -> dict[int, str]:
    """What the numbers in the columns of labels and predictions are called; "" where that is not known."""
    if not report.definition.listed.labels:
        return dict(enumerate(report.class_names))
    numbers = np.unique(np.concatenate([report.labels, *(given.prediction for given in report.predictions.values())]))
    return {number: class_name(report, number) for number in numbers.tolist() if number >= 0}


def write_parquet(report: Rates, path: Path) -> None:
    """A row group for each piece of `rows`; the file's metadata has what fixed the numbers, as JSON."""
    pa = parquet_library()
    parquet = importlib.import_module("pyarrow.parquet")
    text, number = pa.string(), pa.int32()
    kinds = {
        "id": pa.int64(), "image": text, "corruption": text, "severity": pa.float64(), "trial": number,
        "label": number, "label_name": text, "prediction": number, "prediction_name": text,
        "confidence": pa.float32(), "rank": number, "correct": pa.bool_(),
    }  # fmt: skip
    about = {"model": report.model, "benchmark": report.benchmark, "settings": dict(report.settings)}
    schema = pa.schema([(name, kinds[name]) for name in COLUMNS], {"corrupt_engine": json.dumps(about)})
    ids, names = ids_of(report), pa.array(report.names or [None] * report.samples, text)
    numbers, titles = list(names_of(report)), pa.array([name or None for name in names_of(report).values()], text)

    def called(classes: np.ndarray, known: np.ndarray) -> Any:
        found = np.searchsorted(numbers, classes) if numbers else np.zeros(len(classes), int)
        return titles.take(pa.array(found, number, mask=~(known & np.isin(classes, numbers))))

    with parquet.ParquetWriter(path, schema) as writer:
        for condition, part, given in rows(report):
            labels, valid = report.labels[part], ~given.invalid
            count = len(labels)
            columns = {
                "id": ids[part],
                "image": names[part],
                "corruption": pa.repeat(pa.scalar(condition.corruption, text), count),
                "severity": np.full(count, condition.severity, np.float64),
                "trial": np.full(count, condition.trial, np.int32),
                "label": labels.astype(np.int32),
                "label_name": called(labels, np.ones(count, bool)),
                "prediction": pa.array(given.prediction, number, mask=~valid),
                "prediction_name": called(given.prediction, valid),
                "confidence": pa.array(given.confidence, pa.float32(), mask=~valid),
                "rank": pa.array(given.rank, number, mask=~valid),
                "correct": given.correct,
            }
            writer.write_table(pa.table(columns, schema=schema))


def parquet_library() -> Any:
    """pyarrow, or MissingExtraError."""
    try:
        return importlib.import_module("pyarrow")
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet", "write the predictions as .csv") from error


WRITERS: Mapping[str, Write] = {".csv": write_csv, ".parquet": write_parquet}
"""The formats of the log by the suffix of their files."""
