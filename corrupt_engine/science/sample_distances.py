"""Minimal sample distances as a value."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import OptionError
from ..reports.aligned import aligned
from ..runtime.checks import check_path
from ..runtime.files import read_json, write_json


@dataclass(frozen=True)
class SampleDistances:
    """Minimal sample distances of n corruptions.

    Args:
        names: the corruptions.
        distances: (n, n) float64, in units of the features: entry [a, b] is the L2 distance from the mean feature
            vector of images under a to the nearest feature vector of an image under b. Not symmetric; those on the
            diagonal are of a's own samples.
        images: how many images, each at all levels.
        facts: what made it: the features, benchmark, severities, seed.

    Source: Mintun, Kirillov and Xie 2021 (arXiv:2102.11273), section 4.
    """

    names: tuple[str, ...]
    distances: np.ndarray
    images: int
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def nearest(self) -> dict[str, tuple[str, ...]]:
        """By corruption the others, the nearest first: training on those is the likeliest to help under it."""
        order = np.argsort(self.distances, axis=1, kind="stable")
        return {
            name: tuple(self.names[other] for other in row if other != n)
            for n, (name, row) in enumerate(zip(self.names, order.tolist(), strict=True))
        }

    @property
    def decimals(self) -> int:
        """How many decimals tables show: three digits of the greatest distance."""
        greatest = float(self.distances.max(initial=0))
        return min(max(2 - int(np.floor(np.log10(greatest))), 0), 9) if greatest > 0 else 2

    def to_dict(self) -> dict[str, Any]:
        """Everything, in JSON's types.

        Returns:
            Each field by name; `from_dict` reads it back.
        """
        return {**asdict(self), "distances": self.distances.tolist()}

    @staticmethod
    def from_dict(record: Mapping[str, Any]) -> "SampleDistances":
        """The distances that `to_dict` was called on.

        Args:
            record: what `to_dict` gave.

        Returns:
            An equal one.

        Raises:
            OptionError: it is something else.
        """
        try:
            names, distances = tuple(record["names"]), np.array(record["distances"], np.float64)
            if distances.shape != (len(names),) * 2:
                raise ValueError(f"{len(names)} names and distances of shape {distances.shape}")
            return SampleDistances(**{**record, "names": names, "distances": distances})
        except (TypeError, ValueError, KeyError) as error:
            raise OptionError(f"these are no sample distances: {error}") from error

    def save(self, path: str | Path) -> Path:
        """Write it as JSON; `distances_page` writes a page with a heat map.

        Args:
            path: the file.

        Returns:
            The path.

        Raises:
            OptionError: it cannot be written.
        """
        return write_json(check_path("path", path), "sample distances", self.to_dict())

    @staticmethod
    def load(path: str | Path) -> "SampleDistances":
        """Read what `save` wrote.

        Args:
            path: the file.

        Returns:
            The SampleDistances.

        Raises:
            OptionError: it cannot be read, or is something else.
        """
        return read_json(path, "sample distances", SampleDistances.from_dict)

    def __str__(self) -> str:
        numbers = [str(n + 1) for n in range(len(self.names))]
        cells = [
            [f"{number} {name}", *(f"{value:.{self.decimals}f}" for value in row)]
            for number, name, row in zip(numbers, self.names, self.distances, strict=True)
        ]
        return "\n".join(aligned([("mean under, nearest under", *numbers), *cells], gap=1))
