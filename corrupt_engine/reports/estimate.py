"""`Estimate`: numbers with their intervals, and what each of their axes stands for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from .levels import AxisLabels, every_label


class Cell(NamedTuple):
    """A share on 0..1 with its interval."""

    value: float
    low: float
    high: float

    @property
    def half(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, eq=False)
class Estimate:
    """A number, or an array of numbers, with the ends of its 95 % interval. It unpacks as (value, low, high).

    Args:
        value: an axis for each of dims, in their order.
        low, high: the ends of the interval, of the same shape.
        dims: what the axes are: "corruption", "severity", "level" (0, the clean images, and the severities), "bin".
        coords: the labels along each dimension.
        there: (same shape) bool, the cells that exist; None where all do. A corruption need not have every severity.

    Raises ValueError where the shape and the labels do not fit: numbers would be told under wrong names.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    dims: tuple[str, ...] = ()
    coords: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    there: np.ndarray | None = None

    def __post_init__(self) -> None:
        if unknown := [dim for dim in self.dims if dim not in self.coords]:
            raise ValueError(f"dimension {unknown[0]!r} has no labels; there are labels of {', '.join(self.coords)}")
        needed = tuple(len(self.coords[dim]) for dim in self.dims)
        for part in (self.value, self.low, self.high, *(() if self.there is None else (self.there,))):
            if np.shape(part) != needed:
                raise ValueError(f"an array of {np.shape(part)} does not fit the dimensions {self.dims}, {needed}")

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter((self.value, self.low, self.high))

    def at(self, **labels: Any) -> "Estimate":
        """The part under some labels, such as `at(corruption="fog")`; the other dimensions stay.

        Raises KeyError for a label or a dimension that there is not.
        """
        if unknown := labels.keys() - set(self.dims):
            raise KeyError(f"there is no dimension {', '.join(sorted(unknown))}; the dimensions are {self.dims}")
        place = tuple(self._place(dim, labels[dim]) if dim in labels else slice(None) for dim in self.dims)
        kept = tuple(dim for dim in self.dims if dim not in labels)
        there = None if self.there is None else np.asarray(self.there[place])
        value, low, high = (np.asarray(np.asarray(part)[place]) for part in self)
        return Estimate(value, low, high, kept, self.coords, there)

    def cell(self, **labels: Any) -> Cell:
        """One number, by a label for each of the dimensions.

        Raises KeyError for a label or a dimension that there is not.
        """
        if missing := [dim for dim in self.dims if dim not in labels]:
            raise KeyError(f"a single number needs a label for {', '.join(missing)}")
        return Cell(*(float(part) for part in self.at(**labels)))

    def cells(self) -> Iterator[tuple[AxisLabels, float, float, float]]:
        """(labels, value, low, high) of every cell that exists, the last dimension fastest."""
        value, low, high = (np.asarray(part) for part in self)
        for place, labels in zip(np.ndindex(value.shape), every_label(self.dims, self.coords), strict=True):
            if self.there is None or self.there[place]:
                yield labels, float(value[place]), float(low[place]), float(high[place])

    def _place(self, dim: str, label: Any) -> int:
        if label not in self.coords[dim]:
            raise KeyError(f"there is no {dim} {label!r}; there are {', '.join(map(str, self.coords[dim]))}")
        return list(self.coords[dim]).index(label)
