"""The answers of a model to a stream, and how often they are wrong, by stage and over time."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..catalogue import Condition
from ..errors import OptionError
from ..metrics.predictions import Predictions
from ..runtime.checks import check_count
from .stream import Stream


@dataclass(frozen=True)
class StreamAnswers:
    """The answers of a model to a stream, in the order in which they came.

    Args:
        model: its name.
        stream: the Stream.
        batch_size: images a batch.
        ids: (T,) the sample ids.
        stages: (T,) the number of each one's stage.
        labels: (T,) the right classes.
        predictions: of each prediction, confidence and rank, (T,).
        settings: what fixed the answers, by dotted keys.
        facts: what did not.
    """

    model: str
    stream: Stream
    batch_size: int
    ids: np.ndarray
    stages: np.ndarray
    labels: np.ndarray
    predictions: Predictions
    settings: dict[str, Any] = field(default_factory=dict, repr=False)
    facts: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def wrong(self) -> np.ndarray:
        """(T,) bool: which answers are wrong, in the order of time."""
        wrong: np.ndarray = np.asarray(self.predictions.prediction) != self.labels
        return wrong

    @property
    def invalid(self) -> int:
        """How many answers rest on scores that are NaN or infinite; they count as wrong."""
        return int(np.count_nonzero(self.predictions.invalid))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader must know of the answers."""
        if not self.invalid:
            return ()
        first = int(np.argmax(self.predictions.invalid))
        return (
            f"{self.model}: {self.invalid:,} of {len(self.ids):,} answers rest on scores that are NaN or infinite, the "
            f"first in stage {self.stages[first] + 1}; they count as wrong.",
        )

    @property
    def errors(self) -> np.ndarray:
        """(stages,) the error in each stage, 0..1."""
        counts = np.bincount(self.stages, minlength=len(self.stream.stages))
        return np.bincount(self.stages, self.wrong, len(self.stream.stages)) / counts

    @property
    def mean_error(self) -> float:
        """The mean over all stages, which is what papers report."""
        return float(self.errors.mean())

    @property
    def domains(self) -> dict[Condition, float]:
        """By condition the mean error over the stages that have it."""
        errors = self.errors
        distinct = dict.fromkeys(self.stream.stages)
        return {
            domain: float(np.mean([errors[n] for n, stage in enumerate(self.stream.stages) if stage == domain]))
            for domain in distinct
        }

    def mean_error_at(self, severity: float) -> float:
        """The mean over the stages of one severity.

        Args:
            severity: such as 5.

        Returns:
            The mean error, 0..1.

        Raises:
            OptionError: no stage has it.
        """
        errors = [error for error, stage in zip(self.errors, self.stream.stages, strict=True) if stage[1] == severity]
        if not errors:
            raise OptionError(f"no stage of the stream has severity {severity:g}")
        return float(np.mean(errors))

    def over_time(self, window: int = 512) -> tuple[np.ndarray, np.ndarray]:
        """The error among the latest answers.

        Args:
            window: how many of them; fewer at the beginning.

        Returns:
            (T,) how many answers there were, from 1, and (T,) the error among the last `window` of them.

        Raises:
            OptionError: the window is below 1.
        """
        check_count("window", window, 1)
        total = np.concatenate([[0], np.cumsum(self.wrong)])
        ends = np.arange(1, len(self.wrong) + 1)
        starts = np.maximum(ends - window, 0)
        return ends, (total[ends] - total[starts]) / (ends - starts)
