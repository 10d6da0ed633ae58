"""Which corruption has which severities, and the axes that follow from it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from ..metrics import BINS

Severities = Mapping[str, tuple[int, ...]]
"""The corruptions in their order, each with its severities, ascending; they need not have the same ones."""
AxisLabels = dict[str, Any]
"""The label of a cell along each dimension: {"corruption": "fog", "severity": 3}."""


def all_severities(levels: Severities) -> tuple[int, ...]:
    """Every severity that some corruption has, ascending.

    >>> all_severities({"fog": (1, 3), "flip": (1,), "snow": (2, 3)})
    (1, 2, 3)
    """
    return tuple(sorted({severity for severities in levels.values() for severity in severities}))


def axes(levels: Severities) -> dict[str, Sequence[Any]]:
    """The dimensions that numbers can have, each with its labels.

    They are "corruption", "severity", "level" (0, the clean images, and then the severities) and "bin" (of confidence).
    """
    severities = all_severities(levels)
    return {"corruption": tuple(levels), "severity": severities, "level": (0, *severities), "bin": tuple(range(BINS))}


def every_label(dims: Sequence[str], coords: Mapping[str, Sequence[Any]]) -> Iterator[AxisLabels]:
    """The labels of each cell, the last dimension fastest.

    >>> list(every_label(("corruption", "severity"), {"severity": (1, 2), "corruption": ("fog",)}))
    [{'corruption': 'fog', 'severity': 1}, {'corruption': 'fog', 'severity': 2}]
    """
    return (dict(zip(dims, labels, strict=True)) for labels in product(*(coords[dim] for dim in dims)))


def existing(dims: Sequence[str], levels: Severities) -> np.ndarray:
    """Which cells there are: all but those of a corruption at a severity that it lacks.

    Args:
        dims: some of those of `axes`.
        levels: the severities of each corruption.

    Returns:
        Bool, an axis for each of dims.
    """
    coords = axes(levels)

    def exists(labels: AxisLabels) -> bool:
        severity = labels.get("severity", labels.get("level"))
        return "corruption" not in labels or not severity or severity in levels[labels["corruption"]]

    cells = [exists(labels) for labels in every_label(dims, coords)]
    return np.array(cells, dtype=bool).reshape([len(coords[dim]) for dim in dims])


def spread_out(values: np.ndarray, levels: Severities) -> np.ndarray:
    """Values of every condition, corruption by corruption, as a table.

    Args:
        values: (..., conditions).
        levels: the severities of each corruption.

    Returns:
        (..., corruptions, severities), NaN where a corruption lacks a severity.
    """
    there = existing(("corruption", "severity"), levels)
    if there.all():
        return values.reshape(*values.shape[:-1], *there.shape)
    table = np.full((*values.shape[:-1], *there.shape), np.nan)
    table[..., there] = values
    return table
