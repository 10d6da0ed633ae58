"""What a record holds: every prediction of a model on every image under every condition, and where they came from."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..catalogue import CLEAN, Benchmark, Condition, find_benchmark, read_definition
from ..metrics.predictions import Predictions
from .examples import Example
from .mistakes import ImagePair


@dataclass(frozen=True)
class Results:
    """Predictions, labels, and what is known of the run.

    Args:
        model: its name.
        benchmark: its name.
        predictions: of the clean condition and of some of the benchmark's corruptions at some of their levels, the same
            trials of each; N predictions each.
        labels: (N,) int64, the right classes.
        ids: (N,) int64, the sample ids; default 0 to N - 1.
        settings: what fixed the numbers: seed, variant, geometry, normalization, ...
        run: what did not fix them but belongs on record: versions, backend, batch size.
        class_names: what the classes are called.
        image_pairs: some of the most confident mistakes.
        examples: one sample clean, and under each corruption at one of its severities; none where none were made.
        skipped: (sample id, name, reason) of each file that could not be read.
        planned: how many images a complete run has; default N.
        unlabelled: how many images were left out because their label has no class number, by label.
        names: N of them, what the images are called; empty where that is not known.
    """

    model: str
    benchmark: str
    predictions: Mapping[Condition, Predictions]
    labels: np.ndarray
    ids: np.ndarray | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    class_names: tuple[str, ...] = ()
    image_pairs: tuple[ImagePair, ...] = ()
    examples: tuple[Example, ...] = ()
    skipped: tuple[tuple[int, str, str], ...] = ()
    planned: int | None = None
    unlabelled: Mapping[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    @cached_property
    def definition(self) -> Benchmark:
        """The benchmark, or the part of it that the predictions are about."""
        return part_of(whole_benchmark(self.benchmark, self.settings), self.predictions)

    @property
    def samples(self) -> int:
        """How many images."""
        return len(self.labels)

    @property
    def trials(self) -> int:
        """How many times each corruption was drawn."""
        return 1 + max(condition.trial for condition in self.predictions)

    @property
    def invalid(self) -> int:
        """How many predictions were none, because the scores held NaN or +infinity, or -infinity alone."""
        return sum(int(predictions.invalid.sum()) for predictions in self.predictions.values())


def whole_benchmark(name: str, settings: Mapping[str, Any]) -> Benchmark:
    """The benchmark that a record is about.

    Args:
        name: what it is called.
        settings: the record's configuration, which holds the text of a benchmark that is none of this package's.

    Returns:
        The Benchmark.

    Raises:
        UnknownNameError: there is no such benchmark, and the settings hold none.
        BenchmarkError: they hold one that cannot be used.
    """
    text = settings.get("definition")
    return find_benchmark(name) if text is None else read_definition(text, name)


def part_of(benchmark: Benchmark, conditions: Collection[Condition]) -> Benchmark:
    """The part of a benchmark that some conditions are.

    Args:
        benchmark: the whole one.
        conditions: in any order; those of the first trial count.

    Returns:
        The Benchmark, itself where all of its conditions are there.
    """
    severities = benchmark.severities
    return benchmark.part(
        {name: [s for s in own if Condition(name, s) in conditions] for name, own in severities.items()}
    )


def common_trials(conditions: Collection[Condition]) -> list[Condition]:
    """The conditions, of each corruption at each severity as many trials as all of them have.

    >>> common_trials([CLEAN, Condition("fog", 1), Condition("fog", 1, 1), Condition("fog", 2)])[1:]
    [Condition(corruption='fog', severity=1, trial=0), Condition(corruption='fog', severity=2, trial=0)]
    """
    counts: dict[tuple[str, float], int] = {}
    for name, severity, _ in conditions:
        counts[name, severity] = counts.get((name, severity), 0) + 1
    least = min((count for (name, _), count in counts.items() if name != CLEAN.corruption), default=1)
    return [condition for condition in conditions if condition.trial < least]
