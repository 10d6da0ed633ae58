"""`ScoreReport`: numbers that a person's own evaluator gave for each condition, such as mAP."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..catalogue import CLEAN, Benchmark, Condition
from ..errors import OptionError, UnknownNameError
from ..metrics.detection import mean_performance_under_corruption, relative_performance_under_corruption
from ..runtime.checks import check_path
from ..runtime.files import whole_file
from ..runtime.messages import escape_controls, some
from .aligned import aligned
from .formats.csv import text_cell
from .pages import Section, save, table

SUFFIXES = (".html", ".json", ".csv", ".txt")


@dataclass(frozen=True)
class ScoreReport:
    """The scores of a model under every condition of a benchmark; more is better.

    Args:
        model: its name.
        benchmark: the part that was evaluated.
        scores: by condition what the evaluator gave, by name.
        settings: what fixed the images, by name.
        facts: what did not.
    """

    model: str
    benchmark: Benchmark = field(repr=False)
    scores: Mapping[Condition, Mapping[str, float]] = field(repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the scores."""
        return tuple(self.scores[CLEAN])

    def clean(self, metric: str | None = None) -> float:
        """The score on the clean images.

        Args:
            metric: its name; the first one by default.

        Returns:
            The score.

        Raises:
            UnknownNameError: there is no such score.
        """
        return float(self.scores[CLEAN][self._name(metric)])

    def table(self, metric: str | None = None) -> np.ndarray:
        """The scores by corruption and severity, the mean over trials.

        Args:
            metric: as for `clean`.

        Returns:
            (corruptions, severities), NaN where a corruption lacks a severity.

        Raises:
            UnknownNameError: there is no such score.
        """
        name, levels = self._name(metric), self.benchmark.severities
        found: dict[tuple[str, float], list[float]] = {}
        for condition, own in self.scores.items():
            found.setdefault(condition[:2], []).append(own[name])
        return np.array(
            [[np.mean(found.get((corruption, s), [np.nan])) for s in self.columns] for corruption in levels], np.float64
        )

    @property
    def columns(self) -> tuple[int, ...]:
        """All severities that some corruption has."""
        return tuple(sorted({s for own in self.benchmark.severities.values() for s in own}))

    def mpc(self, metric: str | None = None) -> float:
        """The mean score over corruptions and severities.

        Args:
            metric: as for `clean`.

        Returns:
            mPC.

        Raises:
            UnknownNameError: there is no such score.
        """
        return float(mean_performance_under_corruption(self.table(metric)))

    def rpc(self, metric: str | None = None) -> float:
        """The share of the clean score that is left under corruption.

        Args:
            metric: as for `clean`.

        Returns:
            rPC; NaN where the clean score is 0.

        Raises:
            UnknownNameError: there is no such score.
        """
        return float(relative_performance_under_corruption(self.table(metric), self.clean(metric)))

    def _name(self, metric: str | None) -> str:
        if metric is not None and metric not in self.metrics:
            raise UnknownNameError("score", metric, self.metrics)
        return self.metrics[0] if metric is None else metric

    def save(self, path: str | Path) -> Path:
        """Write it.

        Args:
            path: .html, .json, .csv (a row a score) or .txt.

        Returns:
            The path.

        Raises:
            UnknownNameError: there is no such format.
            OptionError: the file cannot be written.
        """
        file = check_path("path", path)
        suffix = file.suffix.lower()
        if suffix not in SUFFIXES:
            raise UnknownNameError("suffix", file.suffix, SUFFIXES)
        if suffix == ".html":
            return save(
                file, f"{self.model} on {self.benchmark.name}", self._about(), list(map(self._section, self.metrics))
            )
        made = {".json": self._json, ".csv": self._csv, ".txt": self.__str__}[suffix]
        with whole_file(file, "report") as part:
            part.write_text(f"{made().rstrip()}\n", encoding="utf-8")
        return file

    def __str__(self) -> str:
        head = f"{self.model} on {self.benchmark.name}; {self._about()}"
        return "\n\n".join(escape_controls(text, keep="\n") for text in (head, *map(self._text, self.metrics)))

    def _about(self) -> str:
        """How many images, and which are not counted."""
        some_of = "some of " if "taken" in self.settings else ""
        about = f"{some_of}{self.settings['samples']:,} images, seed {self.settings['seed']}"
        if not (skipped := self.facts.get("skipped")):
            return about
        names = some([name for _, name, _ in skipped])
        return f"{about}; {len(skipped):,} file(s) could not be read and are not counted: {names}"

    def _rows(self, metric: str) -> list[tuple[str, ...]]:
        values = self.table(metric)
        return [
            (name, *(told(value) for value in row), told(float(np.nanmean(row))))
            for name, row in zip(self.benchmark.severities, values, strict=True)
        ]

    def _sums(self, metric: str) -> list[tuple[str, str]]:
        left = self.rpc(metric)
        return [
            ("clean", told(self.clean(metric))),
            ("mPC, the mean under corruption", told(self.mpc(metric))),
            ("rPC, the share of the clean score", "undefined" if np.isnan(left) else f"{100 * left:.1f} %"),
        ]

    def _text(self, metric: str) -> str:
        lines = aligned([("", *(f"{s:g}" for s in self.columns), "mean"), *self._rows(metric)])
        sums = [f"{name:<34} {value:>9}" for name, value in self._sums(metric)]
        return "\n".join([metric, *sums, "", *lines])

    def _section(self, metric: str) -> Section:
        heads = ("Corruption", *(f"{s:g}" for s in self.columns), "mean")
        sums = "; ".join(f"{name}: {value}" for name, value in self._sums(metric))
        return Section(metric, (sums,), table(heads, self._rows(metric)))

    def _json(self) -> str:
        values = {
            "model": self.model,
            "benchmark": self.benchmark.name,
            "scores": listed(self.scores),
            "metrics": {
                name: {"clean": self.clean(name), "mPC": self.mpc(name), "rPC": finite(self.rpc(name))}
                for name in self.metrics
            },
            "settings": dict(self.settings),
            "facts": dict(self.facts),
        }
        return json.dumps(values, indent=1)

    def _csv(self) -> str:
        text = io.StringIO()
        write = csv.writer(text, lineterminator="\n")
        write.writerow(("model", "corruption", "severity", "trial", "score", "value"))
        for condition, own in self.scores.items():
            for name, value in own.items():
                about = text_cell(self.model), text_cell(condition.corruption), *condition[1:], text_cell(name)
                write.writerow((*about, repr(value)))
        return text.getvalue()


def told(value: float) -> str:
    """A score as tables have it."""
    return "" if np.isnan(value) else f"{value:.4g}"


def finite(value: float) -> float | None:
    """A number as JSON has it."""
    return None if np.isnan(value) else value


def listed(scores: Mapping[Condition, Mapping[str, float]]) -> list[list[Any]]:
    """Scores in JSON's types: [corruption, severity, trial, {name: value}] each."""
    return [[*condition, dict(own)] for condition, own in scores.items()]


def of_list(rows: Sequence[Sequence[Any]]) -> dict[Condition, dict[str, float]]:
    """What `listed` was made of."""
    return {Condition(*row[:3]): dict(row[3]) for row in rows}


def checked_score(given: Any, condition: Condition) -> dict[str, float]:
    """What an evaluator gave, by name; OptionError for what is no finite number and no dict of them."""
    named = given if isinstance(given, Mapping) else {"score": given}
    found = {}
    for name, value in named.items():
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if not np.isfinite(number) or not isinstance(name, str):
            raise OptionError(
                f"the evaluator gave {name!r}: {value!r} under {condition.corruption} {condition.severity:g}; a finite "
                "number is needed, or a dict of them by name"
            )
        found[name] = number
    if not found:
        raise OptionError(f"the evaluator gave no score under {condition.corruption} {condition.severity:g}")
    return found
