"""Soft strokes across an image: dotted lines and zigzags, as left by a pen."""

import itertools
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers
from ..jit import scalar
from ..kept import kept
from ..primitives.pixelwise import FULL, ZERO, with_added
from ..primitives.sampling import mix
from ..registry import corruption

GRID = 28  # columns and rows in which strokes are laid out, whatever the image's size
REACH = 2.3  # rows from the middle of a stroke, where its logarithm would end
STEPS = 1024  # of the table of a stroke's strength
NOWHERE = 1e6  # rows from any that there is
HALF_WAVE, SWING = 2.0, 2.0  # columns and rows of a zigzag
BEGIN, END = 2, 25  # its columns


class Dotted(NamedTuple):
    """Parameters of dotted_line."""

    strength: float  # added at the middle of the line, image on 0..1


class Zigzag(NamedTuple):
    """Parameters of zigzag."""

    strength: float  # added at the middle of the line, image on 0..1


def two_rows(p: Dotted, height: int, width: int) -> dict[str, Draw]:
    """The rows at which the line enters and leaves."""
    return {"ends": integers(0, GRID - 1, 2, on_host=True)}


def a_row_and_a_rise(p: Zigzag, height: int, width: int) -> dict[str, Draw]:
    """The row at which the zigzag begins, and by how many rows it ends lower."""
    return {"row": integers(0, GRID - 1, on_host=True), "rise": integers(-5, 5, on_host=True)}


@kept
def fading() -> np.ndarray:
    """(STEPS + 2,) float32: 1 + log(1 - d / 2.3) at d = k / STEPS of the distance at which it is 0, then 0."""
    end = REACH * (1.0 - math.exp(-1.0))
    values = [1.0 + math.log(1.0 - k / STEPS * end / REACH) for k in range(STEPS)]
    return np.array([*values, 0.0, 0.0], np.float32)


def laid_out(rows: np.ndarray, height: int, width: int) -> Mapping[str, Any]:
    """What a pixel function takes of the strokes' rows (N, 28, K): those of each column of the image, in which of the
    28 its own rows are, and the table.
    """
    columns = np.arange(width) * GRID // width
    places = np.arange(height, dtype=np.float32) * np.float32(GRID) / np.float32(height)
    return {"rows": np.ascontiguousarray(rows[:, columns]).astype(np.float32), "places": places, "fade": fading()}


def line_rows(points: list[tuple[float, float]]) -> np.ndarray:
    """(28, K): where each of the straight strokes between K + 1 points (column, row) is at each column, NOWHERE where
    it is not. Its columns are from the one that it begins in to the one before which it ends.
    """
    found = np.full((GRID, len(points) - 1), NOWHERE)
    for k, ((c0, r0), (c1, r1)) in enumerate(itertools.pairwise(points)):
        if c1 != c0:
            for column in range(max(math.floor(c0), 0), min(math.ceil(c1), GRID)):
                found[column, k] = (r1 - r0) / (c1 - c0) * (column - c0) + r0
    return found


def prepare_dots(p: Dotted, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """A line over the whole width, of which two columns are left out and two are kept by turns."""
    rows = np.stack([line_rows([(0.0, float(first)), (GRID - 1.0, float(last))]) for first, last in d.ends])
    rows[:, np.arange(GRID) // 2 % 2 == 0] = NOWHERE
    return laid_out(rows, height, width)


def prepare_zigzag(p: Zigzag, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The strokes of each image's zigzag."""
    return laid_out(
        np.stack([line_rows(corners(int(r), int(s))) for r, s in zip(d.row, d.rise, strict=True)]), height, width
    )


@kept
def corners(row: int, rise: int) -> list[tuple[float, float]]:
    """Where a zigzag turns, (column, row), the published way: along a straight line and turned onto the slanted one."""
    angle = math.atan(rise / (END - BEGIN))
    length = (END - BEGIN) / math.cos(angle)
    points, swing = [(0.0, 0.0)], 0.0
    for i in range(int((length - HALF_WAVE) // (2 * HALF_WAVE)) + 1):
        swing = (-1) ** i * SWING
        points.append(((2 * i + 1) * HALF_WAVE, swing))
    last = 2 * HALF_WAVE * (length // (2 * HALF_WAVE))
    if length != last:
        points.append((length, swing / (2 * (length - last))))
    else:
        points.append((length, swing))
    c, s = math.cos(angle), math.sin(angle)
    return [(c * x - s * y + BEGIN, s * x + c * y + row) for x, y in points]


@scalar
def strength_at(rows, places, fade, n, y, x):
    """How strong the strokes are at a place, together at most 1."""
    total = ZERO
    for k in range(rows.shape[2]):
        # 1024 steps to the distance 2.3 (1 - 1/e), at which nothing is left.
        steps = abs(places[y] - rows[n, x, k]) * np.float32(704.3183)
        steps = min(steps, np.float32(1024.0))
        i = np.int32(steps)
        total += mix(fade[i], fade[i + 1], steps - np.float32(i))
    return min(total, np.float32(1.0))


@corruption(Dotted, form="pixel", identity={"strength": 0.0}, draws=two_rows, prepare=prepare_dots)
def dotted_line(src, n, y, x, rows, places, fade, strength):
    """A dotted line across the image, brightest at its middle: a stroke of a pen that skips.

    Laid out on 28 by 28 places, whatever the image's size.
    Source: Mu and Gilmer 2019 (arXiv:1906.02337), section 2.
    """
    added = FULL * strength * strength_at(rows, places, fade, n, y, x)
    return with_added(src, n, y, x, added)


@corruption(Zigzag, form="pixel", identity={"strength": 0.0}, draws=a_row_and_a_rise, prepare=prepare_zigzag)
def zigzag(src, n, y, x, rows, places, fade, strength):
    """A zigzag across the image, brightest at the middle of its strokes: a scribble.

    Laid out on 28 by 28 places, whatever the image's size.
    Source: Mu and Gilmer 2019 (arXiv:1906.02337), section 2.
    """
    added = FULL * strength * strength_at(rows, places, fade, n, y, x)
    return with_added(src, n, y, x, added)
