"""Pixels, lines and a grid of squares that are black."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..registry import corruption

BLACK = np.uint8(0)


class Dropped(NamedTuple):
    """Parameters of pixel_dropout."""

    amount: float  # probability that a pixel is black


class Grid(NamedTuple):
    """Parameters of grid_mask."""

    low: float  # smallest distance from one square to the next, as a share of the shorter side
    high: float  # largest
    hidden: float  # side of a square as a share of that distance


class Lines(NamedTuple):
    """Parameters of line_masks."""

    lines: int  # along each axis
    width: float  # largest width of a line as a share of the side


def pixel_draws(p: Dropped, height: int, width: int) -> dict[str, Draw]:
    """A pixel is black where this is below the amount."""
    return {"luck": uniform(0.0, 1.0, height, width)}


def grid_draws(p: Grid, height: int, width: int) -> dict[str, Draw]:
    """The distance as a share of the shorter side, and by which share of it (y, x) the grid is moved."""
    return {"distance": uniform(p.low, p.high, on_host=True), "moved": uniform(0.0, 1.0, 2, on_host=True)}


def line_draws(p: Lines, height: int, width: int) -> dict[str, Draw]:
    """Width and place of each level and of each upright line, as shares of what there may be."""
    return {"part": uniform(0.0, 1.0, 2, p.lines, 2, on_host=True)}


def grid_lines(p: Grid, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """Which rows (N, H) and columns (N, W) cross squares."""
    period = np.maximum((d.distance * min(height, width) + 0.5).astype(np.int64), 1)
    side = (p.hidden * period + 0.5).astype(np.int64)
    made = {}
    for axis, (name, length) in enumerate((("rows", height), ("columns", width))):
        first = (d.moved[:, axis] * period).astype(np.int64)
        made[name] = (np.arange(length) + first[:, None]) % period[:, None] < side[:, None]
    return {name: hit.astype(np.uint8) for name, hit in made.items()}


def line_lines(p: Lines, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """Which rows (N, H) and columns (N, W) are black."""
    made = {}
    for axis, (name, length) in enumerate((("rows", height), ("columns", width))):
        wide = np.ceil(d.part[:, axis, :, 0] * p.width * length).astype(np.int64)
        first = (d.part[:, axis, :, 1] * (length - wide + 1)).astype(np.int64)
        place = np.arange(length)[None, None]
        made[name] = ((place >= first[..., None]) & (place < (first + wide)[..., None])).any(axis=1)
    return {name: hit.astype(np.uint8) for name, hit in made.items()}


@corruption(Dropped, form="pixel", identity={"amount": 0.0}, draws=pixel_draws)
def pixel_dropout(src, n, y, x, luck, amount):
    """Each pixel on its own is black with a probability, all channels together: packets lost, a pixel each.

    Source: Jung et al. 2020 (imgaug 0.4), Dropout.
    """
    r, g, b, hit = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2], luck[n, y, x] < amount
    if hit:
        return BLACK, BLACK, BLACK
    return r, g, b


@corruption(Grid, form="pixel", identity={"hidden": 0.0}, draws=grid_draws, prepare=grid_lines)
def grid_mask(src, n, y, x, rows, columns):
    """A regular grid of black squares, its distance random and the whole moved at random: a fence in front of the
    scene.

    Source: Chen et al. 2020 (arXiv:2001.04086), GridMask.
    Differs from the paper in that the grid is not turned.
    """
    r, g, b, hit = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2], rows[n, y] + columns[n, x] > 1
    if hit:
        return BLACK, BLACK, BLACK
    return r, g, b


@corruption(
    Lines, form="pixel", identity={"width": 0.0}, within={"lines": (0, 10_000)}, draws=line_draws, prepare=line_lines
)
def line_masks(src, n, y, x, rows, columns):
    """Level and upright black bars across the whole image, as many of each, of random width and place: rows and columns
    of a sensor that do not answer.

    Source: Buslaev et al. 2020 (albumentations 2.0.8), XYMasking, after Park et al. 2019 (arXiv:1904.08779).
    """
    r, g, b, hit = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2], rows[n, y] + columns[n, x] > 0
    if hit:
        return BLACK, BLACK, BLACK
    return r, g, b
