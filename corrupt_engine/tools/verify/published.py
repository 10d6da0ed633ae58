"""What RobustBench publishes of models on the corrupted ImageNet."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import numpy as np


@dataclass(frozen=True)
class Published:
    """What RobustBench publishes of one model on the corrupted ImageNet.

    Args:
        name: RobustBench's name of the model.
        model: the same model for `load_model`, where a library has its weights; else None.
        clean: top-1 accuracy on the clean images, on 0..1.
        cells: top-1 accuracy at severities 1 to 5 by corruption, on 0..1.
    """

    name: str
    model: str | None
    clean: float
    cells: Mapping[str, tuple[float, ...]]

    def errors(self) -> np.ndarray:
        """The mean error over severities of each corruption.

        Returns:
            (corruptions,) float64, on 0..1, in the order of `cells`.
        """
        accuracies: np.ndarray = np.array(list(self.cells.values())).mean(axis=1)
        return 1.0 - accuracies


@functools.cache
def published_rows() -> Mapping[str, Published]:
    """All rows by RobustBench's name of the model.

    Returns:
        Published by name.

    Source: RobustBench, commit 78fcc9e, model_info/imagenet/corruptions/unaggregated_results.csv.
    """
    found = json.loads(packaged("robustbench.json"))["rows"]
    return {
        name: Published(
            name,
            row["model"],
            round(row["clean"] / 100, 4),
            {
                corruption: tuple(round(value / 100, 4) for value in values)
                for corruption, values in row["cells"].items()
            },
        )
        for name, row in found.items()
    }


def packaged(name: str) -> str:
    """The text of a file beside this one."""
    return (resources.files(__package__) / name).read_text(encoding="utf-8")
