"""soft_line_blur: see the function."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..registry import corruption
from .turned_line_blur import as_taps, weighted


class Length(NamedTuple):
    """Parameters of soft_line_blur."""

    length: float  # pixels of the line


def draws(p: Length, height: int, width: int) -> dict[str, Draw]:
    """The angle in degrees."""
    return {"angle": uniform(0.0, 180.0, on_host=True)}


def line(length: float, angle: float) -> np.ndarray:
    """(S, S): 1 less the distance of each pixel from a line through the middle, where that is below 1; summing to 1.

    A pixel that is at least as far from the middle as the line's ends is measured from the nearer one.
    """
    half = (max(length, 1.0) - 1) / 2
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    reach = math.floor(half) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(float)
    away, along = np.abs(y * cosine + x * sine), np.abs(x * cosine - y * sine)
    beyond = np.where(y * y + x * x >= half * half, half - along, 0.0)
    weights = np.maximum(1.0 - np.sqrt(away * away + beyond * beyond), 0.0)
    total: np.ndarray = weights / math.fsum(weights.ravel().tolist())
    return total


def prepare(p: Length, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The pixels of each line with their weights, and how many there are."""
    return as_taps([line(p.length, float(angle)) for angle in d.angle])


@corruption(
    Length, form="pixel", identity={"length": 1.0}, within={"length": (0.0, 2000.0)}, draws=draws, prepare=prepare
)
def soft_line_blur(src, n, y, x, offsets, weights, taps):
    """A mean along a straight line at any angle, each pixel weighed by how near to the line it lies, rounded, reflected
    beyond the edge: a camera that moves evenly.

    Source: Lin et al. 2019 (KADID-10k, QoMEX), motion blur; MATLAB's filter "motion".
    """
    return weighted(src, n, y, x, offsets, weights, taps)
