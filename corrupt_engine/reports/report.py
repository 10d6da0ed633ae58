"""`Report`: what an evaluation found. Print it, read its numbers, or save it as text, CSV, JSON, LaTeX or HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..catalogue import OWN_BASELINE, Baseline
from ..records import Results, read_results
from .compare import compare
from .comparison import Comparison
from .formats import render, save
from .predictions import save_predictions
from .rates import Rates


@dataclass(frozen=True)
class Report(Rates):
    """Every prediction of a model on every image under every condition of a benchmark, and all that follows.

    `evaluate()` and `Report.load` make one; printed, it is the paper's table.

    Args:
        model, benchmark, predictions, labels, ids, settings, run, class_names, image_pairs, examples, skipped, planned:
            as for `corrupt_engine.records.Results`.
        unlabelled, names: likewise.
        baseline: the model that errors are divided by; None where there is none. Default: the benchmark's own, AlexNet
            for ImageNet-C, and none for a part of a benchmark.

    Raises:
        UnknownNameError: there is no such benchmark, and settings hold none.
        OptionError: the baseline lacks a corruption, or its errors are means over other severities.
    """

    @classmethod
    def load(
        cls,
        path: str | Path,
        baseline: Baseline | None = None,
        partial: bool = False,
        *,
        corruptions: str | Sequence[str] | None = None,
        severities: int | Sequence[int] | None = None,
    ) -> "Report":
        """The report of a record that `evaluate(..., record=path)` wrote.

        Args:
            path: the record.
            baseline: the model that errors are divided by; default: the benchmark's own.
            partial: accept a record that is not finished; the report is then about the images that have all their
                predictions.
            corruptions: which of the record's, as for `evaluate`; None for all.
            severities: at which of their severities; None for all.

        Returns:
            The Report.

        Raises:
            RecordError: there is no such record, or it is not finished and partial is False.
            UnknownNameError, SeverityError: the record has nothing of what is wanted.
            OptionError: the baseline does not fit it.
        """
        return cls.of(read_results(path, partial, corruptions, severities), baseline)

    def compare(self, other: "Report") -> Comparison:
        """Every difference to another report on the same images, with its interval and p-value (paired bootstrap).

        Args:
            other: the report that differences are counted to: they are its values minus this one's.

        Returns:
            A Comparison: print it, or read its `whole` and `corruptions`.

        Raises:
            OptionError: more differs between them than the model, or they have no image in common.
        """
        return compare(self, other)

    def save(self, path: str | Path) -> Path:
        """Write the report; the file is whole or absent, never half.

        Args:
            path: its suffix says how: .txt, .csv, .json, .tex or .html. Folders that it lacks are made.

        Returns:
            The path.

        Raises:
            UnknownNameError: there is no format of that suffix.
            OptionError: the file cannot be written.
        """
        return save([self], path)

    def save_predictions(self, path: str | Path) -> Path:
        """Write a row for every prediction: sample id, image, condition, label, prediction, their names, confidence,
        rank, and whether it is right. The file is whole or absent, never half.

        Args:
            path: .csv, or .parquet where pyarrow is installed. Folders that it lacks are made.

        Returns:
            The path.

        Raises:
            UnknownNameError: it has another suffix.
            MissingExtraError: it ends in .parquet, and pyarrow is not installed.
            OptionError: the file cannot be written.
        """
        return save_predictions(self, path)

    def __str__(self) -> str:
        return render([self], "text").removesuffix("\n")

    @classmethod
    def of(cls, results: Results, baseline: Baseline | None = None) -> "Report":
        """The report of results.

        Args:
            results: as `read_results` gives them.
            baseline: the model that errors are divided by; default: the benchmark's own.

        Returns:
            The Report.
        """
        return cls(**vars(results), baseline=OWN_BASELINE if baseline is None else baseline)
