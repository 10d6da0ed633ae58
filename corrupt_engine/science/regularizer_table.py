"""Models side by side in the columns in which regularizers were compared: robustness and uncertainty in a row."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..catalogue import find_benchmark
from ..errors import OptionError
from ..evaluation.run import evaluate
from ..loader.defaults import own_unless_given
from ..loader.loader import CorruptLoader
from ..models import LoadedModel, as_loaded
from ..reports.aligned import aligned
from ..reports.estimate import Cell
from ..reports.pages import Section, save, table
from ..reports.report import Report
from ..reports.tables import bracket, percent
from ..runtime.checks import check_path, refuse
from ..sources import Source, open_source
from .ood import UNDEFINED, OodDetection, ood_detection
from .overlap import check_classes

FGSM_LEVEL = 3
"""Of the benchmark "adversarial": epsilon 8/255."""
HEADS = ("Model", "Classification", "FGSM", "C", "Occlusion", "ECE", "OOD")


class RobustnessRow(NamedTuple):
    """What a model is like; shares on 0..1 with their 95 % intervals, less being better, NaN where undefined.

    Args:
        classification: the error on clean images.
        fgsm: the error under FGSM with epsilon 8/255.
        corruptions: the mean error over corruptions and levels.
        occlusion: the error with a black square at the centre.
        ece: the expected calibration error on clean images, 20 bins; it has no interval.
        ood: the out-of-distribution detection error, the mean over the sets.
    """

    classification: Cell
    fgsm: Cell
    corruptions: Cell
    occlusion: Cell
    ece: Cell
    ood: Cell


@dataclass(frozen=True)
class RegularizerTable:
    """Models in the layout of Chun et al. 2020, table 1.

    Args:
        rows: by model.
        undefined: why something of a model has no number, by (model, column).
        images: how many images.
        benchmark: which corruptions.

    Source: Chun et al. 2020 (arXiv:2003.03879), table 1.
    """

    rows: Mapping[str, RobustnessRow]
    undefined: Mapping[tuple[str, str], str]
    images: int
    benchmark: str

    def __str__(self) -> str:
        lines = [f"{self._about()}; %, lower is better", *aligned([HEADS, *self._rows()])]
        return "\n".join([*lines, *self._reasons()])

    def _about(self) -> str:
        return f"{self.images:,} images; C is {self.benchmark}, FGSM has epsilon 8/255"

    def _rows(self) -> list[tuple[str, ...]]:
        return [(name, *(told(cell) for cell in row)) for name, row in self.rows.items()]

    def _reasons(self) -> list[str]:
        return [f"{column} of {name} is undefined: {why}" for (name, column), why in self.undefined.items()]

    def section(self) -> Section:
        """The table, for a page.

        Returns:
            A Section.
        """
        about = (
            f"{self._about()}. Percent, with 95 % intervals over the images; lower is better. ECE is of 20 bins and "
            "stands without: its intervals would not hold what they promise.",
            *(f"{reason}." for reason in self._reasons()),
        )
        return Section("Robustness and uncertainty", about, table(HEADS, self._rows()))

    def save(self, path: str | Path) -> Path:
        """Write a page of it.

        Args:
            path: the file.

        Returns:
            The path.

        Raises:
            OptionError: it cannot be written.
        """
        return save(check_path("path", path), "Robustness and uncertainty", self._about(), [self.section()])


def regularizer_table(
    models: Mapping[str, Any],
    source: Any,
    unknown: Mapping[str, Any] | None = None,
    *,
    corruptions: str | Path = "cifar-100-c",
    folder: str | Path | None = None,
    limit: int | None = None,
    seed: int = 0,
    crafted_by: Any = None,
    mean: Any = "model",
    std: Any = "model",
    scores: str = "model",
    progress: bool = True,
    **options: Any,
) -> RegularizerTable:
    """Classification, FGSM, corruptions, occlusion, calibration and out-of-distribution detection of some models.

    Args:
        models: by name, each as for `evaluate`.
        source: the test images, likewise.
        unknown: sets of images of no class, as for `ood_detection`; default noise of two kinds.
        corruptions: the benchmark of the column C.
        folder: where the records are kept, three a model, ordinary ones; the same call goes on from them after a kill,
            and asks anew only for what is out of distribution. None keeps nothing.
        limit: how many of the images are taken, chosen by the seed; None for all.
        seed: fixes all.
        crafted_by: on which model FGSM is made, as for `evaluate`; None: on each one's own.
        mean: the normalization of the models, as for `evaluate`.
        std: its other half.
        scores: likewise.
        progress: show bars on standard error.
        options: the other options of `evaluate`.

    Returns:
        A RegularizerTable. What rests on scores that are NaN is undefined in it, with the reason.

    Raises:
        OptionError: there is no model, two have one name as a file, the images have one class, a model gives no
            gradient for FGSM, or as for `evaluate`.
        UnknownNameError, SourceError, ModelError, RecordError, MissingExtraError: as for `evaluate`.

    Source: Chun et al. 2020 (arXiv:2003.03879), table 1.
    """
    refuse("regularizer_table", options, ("record", "name", "severities", "dry_run", "variant"), "it is decided here")
    if not isinstance(models, Mapping) or not models:
        raise OptionError(f"models is {models!r}; at least one is needed, by name")
    files = [re.sub(r"[^\w.-]+", "-", name) for name in models]
    if folder is not None and len(set(files)) < len(files):
        raise OptionError(f"of the models {', '.join(models)} two would share a file: name them by different letters")
    place = None if folder is None else check_path("folder", folder)
    whole = find_benchmark(corruptions)
    source = open_source(source)
    check_classes("test", source)
    given = {**options, "seed": seed, "limit": limit, "progress": progress}
    crafting = {} if crafted_by is None else {"crafted_by": crafted_by}
    rows: dict[str, RobustnessRow] = {}
    undefined: dict[tuple[str, str], str] = {}
    images = 0
    for (name, model), file in zip(models.items(), files, strict=True):
        loaded = as_loaded(model, mean=mean, std=std, scores=scores, name=name)
        fed = own_unless_given(given, geometry=geometry(loaded, source, corruptions))
        reports = {}
        for part, benchmark, chosen in (
            ("corruptions", corruptions, {}),
            ("fgsm", "adversarial", {"corruptions": "fgsm", "severities": FGSM_LEVEL, **crafting}),
            ("occlusion", "center-occlusion", {}),
        ):
            record = None if place is None else place / f"{file}-{part}.sqlite"
            reports[part] = evaluate(loaded, source, benchmark, **{"mistakes": 0, **fed, **chosen, "record": record})
        found = ood_detection(loaded, source, unknown, **of_loaders(fed))
        rows[name], why = row(reports, found)
        undefined |= {(name, column): reason for column, reason in why.items()}
        images = reports["corruptions"].samples
    return RegularizerTable(rows, undefined, images, whole.name)


def row(reports: Mapping[str, Report], found: OodDetection) -> tuple[RobustnessRow, dict[str, str]]:
    """The row of a model, and why some of its columns are undefined."""
    corrupted, attacked, occluded = (reports[part] for part in ("corruptions", "fgsm", "occlusion"))
    cells = {
        "Classification": corrupted.numbers["clean_error"].cell(),
        "FGSM": attacked.numbers["mean_error"].cell(),
        "C": corrupted.numbers["mean_error"].cell(),
        "Occlusion": occluded.numbers["mean_error"].cell(),
        "ECE": corrupted.numbers["calibration_error"].cell(level=0),
        "OOD": found.mean,
    }
    why: dict[str, str] = {}
    for report, columns in ((corrupted, ("Classification", "C", "ECE")), (attacked, ("FGSM",)), (occluded, HEADS[4:5])):
        if report.invalid:
            reason = f"{report.invalid:,} predictions rest on scores that are NaN or infinite"
            why |= dict.fromkeys(columns, reason)
    if found.undefined:
        why["OOD"] = "; ".join(f"{name}: {reason}" for name, reason in found.undefined.items())
    return RobustnessRow(*(UNDEFINED if column in why else cell for column, cell in cells.items())), why


ONLY_EVALUATION = ("labels", "class_names", "check", "trials", "baseline", "command", "autocast", "dtype", "mistakes",
                   "restrict_to_labels", "unlabelled")  # fmt: skip


def of_loaders(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of `evaluate` that `ood_detection` has as well."""
    found = {key: value for key, value in options.items() if key not in (*ONLY_EVALUATION, "threads")}
    return found | ({"num_threads": options["threads"]} if "threads" in options else {})


def geometry(loaded: LoadedModel, source: Source, corruptions: str | Path) -> Any:
    """What happens to an image first, the same in all columns: the model's own, else the corruptions'."""
    own = own_unless_given({}, corruptions, geometry=loaded.geometry)
    return CorruptLoader(source, num_workers=0, **own).geometry


def told(cell: Cell) -> str:
    """A number with its interval, or what stands for none."""
    if np.isnan(cell.value):
        return "undefined"
    return f"{percent(cell.value)} {bracket(cell, 0)}".rstrip()
