"""What a record holds: every prediction of a model on every image under every condition, and where they came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..catalogue import Condition
from ..metrics.predictions import Predictions
from .mistakes import ImagePair


@dataclass(frozen=True)
class Results:
    """Predictions, labels, and what is known of the run.

    Args:
        model: its name.
        benchmark: its name.
        predictions: of the clean condition and of every corruption at every level, for each trial; N predictions each.
        labels: (N,) int64, the right classes.
        ids: (N,) int64, the sample ids; default 0 to N - 1.
        settings: what fixed the numbers: seed, variant, geometry, normalization, ...
        run: what did not fix them but belongs on record: versions, backend, batch size.
        class_names: what the classes are called.
        image_pairs: some of the most confident mistakes.
        skipped: (sample id, name, reason) of each file that could not be read.
        planned: how many images a complete run has; default N.
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
    skipped: tuple[tuple[int, str, str], ...] = ()
    planned: int | None = None

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
