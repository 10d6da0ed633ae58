"""luminance_checkerboard: see the function."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..primitives.pixelwise import FULL, ZERO, to_byte
from ..registry import corruption

CELL = 14  # pixels: 16 x 16 cells of 224 x 224
ONE = np.float32(1.0)


class Checkerboard(NamedTuple):
    """Parameters of luminance_checkerboard."""

    low: float  # grey levels, by which a cell is lightened or darkened at least
    high: float  # and at most


def cells(length: int) -> int:
    """How many cells begin along an axis."""
    return -(-length // CELL)


def draws(p: Checkerboard, height: int, width: int) -> dict[str, Draw]:
    """By how much each cell is changed."""
    return {"amount": uniform(p.low, p.high, cells(height), cells(width), on_host=True)}


def prepare(p: Checkerboard, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """(N, rows of cells, columns of cells), what is added on 0..1: light and dark by turns."""
    turns = np.add.outer(np.arange(cells(height)), np.arange(cells(width)))
    return {"added": (np.where(turns % 2, -d.amount, d.amount) / 255.0).astype(np.float32)}


@corruption(Checkerboard, form="pixel", identity={"low": 0.0, "high": 0.0}, draws=draws, prepare=prepare)
def luminance_checkerboard(src, n, y, x, added):
    """x + a and x - a by turns in cells of 14 pixels, a drawn for each cell: shadows and glare of patterned light.

    Source: Li et al. 2025 (arXiv:2506.16950), section 3.
    """
    a = added[n, y // CELL, x // CELL]
    r = min(max(np.float32(src[n, y, x, 0]) / FULL + a, ZERO), ONE)
    g = min(max(np.float32(src[n, y, x, 1]) / FULL + a, ZERO), ONE)
    b = min(max(np.float32(src[n, y, x, 2]) / FULL + a, ZERO), ONE)
    return to_byte(r * FULL), to_byte(g * FULL), to_byte(b * FULL)
