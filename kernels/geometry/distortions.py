"""Images sampled through a bent grid."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..registry import corruption
from .bilinear import gathered

CELLS = 5  # of the grid along each axis, and what is left over
ONE = np.float32(1.0)


class Grid(NamedTuple):
    """Parameters of grid_distortion."""

    limit: float  # by how much a cell may be stretched or compressed, as a share of it


class Lens(NamedTuple):
    """Parameters of optical_distortion."""

    bend: float  # largest coefficient of the distortion either way, of r^2 and of r^4
    shift: float  # pixels, by which its centre may move along each axis


def grid_draws(p: Grid, height: int, width: int) -> dict[str, Draw]:
    """The stretch of each cell along y and along x."""
    return {"stretch": uniform(1.0 - p.limit, 1.0 + p.limit, 2, CELLS, on_host=True)}


def lens_draws(p: Lens, height: int, width: int) -> dict[str, Draw]:
    """The coefficient, and the shift (y, x) of the centre."""
    return {
        "bend": uniform(-p.bend, p.bend, on_host=True),
        "shift": uniform(-p.shift, p.shift, 2, on_host=True),
    }


def bent_axis(stretch: np.ndarray, length: int) -> np.ndarray:
    """(length,): where each position comes from. A cell of length // 5 positions runs from where the last one ended to
    its stretched length further, both ends included; what is left over runs to the end of the axis.
    """
    step = max(length // CELLS, 1)
    ends = [*np.cumsum(step * stretch).tolist(), float(length)]
    places, reached = np.empty(length), 0.0
    for cell, end in enumerate(ends):
        part = places[cell * step : (cell + 1) * step if cell < CELLS else length]
        part[:] = reached + (end - reached) * (np.arange(part.size) / max(part.size - 1, 1))
        reached = end
    return places


def grid_places(p: Grid, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """Rows (N, H) and columns (N, W) of the input."""
    return {
        "rows": np.stack([bent_axis(stretch[0], height) for stretch in d.stretch]),
        "columns": np.stack([bent_axis(stretch[1], width) for stretch in d.stretch]),
    }


def lens_places(p: Lens, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The coefficient, and for each axis: 1 / side, the middle of the output, and the side and centre of the input."""
    shift = np.rint(d.shift)
    size = np.array([height, width], np.float64)
    axes = np.stack(
        [np.broadcast_to(v, (count, 2)) for v in (1.0 / size, (size - 1) / 2, size)] + [size / 2 + shift], axis=-1
    )
    return {"bent": d.bend, "axes": axes}


@corruption(Grid, form="pixel", identity={"limit": 0.0}, draws=grid_draws, prepare=grid_places, moves_pixels=True)
def grid_distortion(src, n, y, x, rows, columns):
    """Rows and columns in five cells each, every cell stretched or compressed by a random factor, bilinear, reflected
    beyond the edges: an uneven lens.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (GridDistortion).
    """
    return gathered(src, n, rows[n, y], columns[n, x])


@corruption(
    Lens, form="pixel", identity={"bend": 0.0, "shift": 0.0}, draws=lens_draws, prepare=lens_places, moves_pixels=True
)
def optical_distortion(src, n, y, x, bent, axes):
    """Each place at r (1 + k r^2 + k r^4) from the centre, r in sides of the image, k random, bilinear, reflected
    beyond the edges: a lens with barrel or pincushion distortion.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (OpticalDistortion).
    """
    v, u = (np.float32(y) - axes[n, 0, 1]) * axes[n, 0, 0], (np.float32(x) - axes[n, 1, 1]) * axes[n, 1, 0]
    square = u * u + v * v
    gain = ONE + bent[n] * square * (ONE + square)
    return gathered(src, n, v * gain * axes[n, 0, 2] + axes[n, 0, 3], u * gain * axes[n, 1, 2] + axes[n, 1, 3])
