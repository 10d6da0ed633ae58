"""Cells of a coarse grid that are replaced, and a rectangle of noise."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..primitives.pixelwise import to_byte
from ..registry import corruption
from .boxes import rectangle, within

MEAN_RED, MEAN_GREEN, MEAN_BLUE = np.uint8(124), np.uint8(116), np.uint8(104)  # of ImageNet's photographs
BLACK, WHITE = np.uint8(0), np.uint8(255)


class Cells(NamedTuple):
    """Parameters of hide_and_seek and coarse_salt_and_pepper."""

    cells: int  # along each axis
    amount: float  # probability that a cell is replaced


class Area(NamedTuple):
    """Parameters of random_erasing."""

    area: float  # of the rectangle, as a share of the image
    aspect: float  # smallest ratio of its sides, either way


def cell_draws(p: Cells, height: int, width: int) -> dict[str, Draw]:
    """A cell is replaced where this is below the amount."""
    return {"luck": uniform(0.0, 1.0, p.cells, p.cells, on_host=True)}


def area_draws(p: Area, height: int, width: int) -> dict[str, Draw]:
    """Height by width, and the corner (y, x) as a share of the room there is; and a level for every element."""
    return {
        "ratio": uniform(p.aspect, 1.0 / p.aspect, on_host=True),
        "corner": uniform(0.0, 1.0, 2, on_host=True),
        "noise": uniform(0.0, 256.0, height, width, 3),
    }


def cell_places(p: Cells, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """What becomes of each cell, (N, cells, cells): 0 nothing, 1 or 2 a replacement, either as likely; and in which
    cell each row and each column lies.
    """
    lines = {name: np.arange(length) * p.cells // length for name, length in (("rows", height), ("columns", width))}
    kind = (d.luck < p.amount).astype(np.int64) + (d.luck < p.amount / 2)
    return {"kind": kind, **{name: np.tile(line, (count, 1)) for name, line in lines.items()}}


def area_edges(p: Area, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The rectangle, cut to the image where it is too long."""
    root = math.sqrt(p.area * height * width)
    tall = np.minimum((root * np.sqrt(d.ratio) + 0.5).astype(np.int64), height)
    wide = np.minimum((root / np.sqrt(d.ratio) + 0.5).astype(np.int64), width)
    top = (d.corner[:, 0] * (height - tall + 1)).astype(np.int64)
    left = (d.corner[:, 1] * (width - wide + 1)).astype(np.int64)
    return rectangle(top, left, tall, wide, count)


@corruption(
    Cells, form="pixel", identity={"amount": 0.0}, within={"cells": (1, 4096)}, draws=cell_draws, prepare=cell_places
)
def hide_and_seek(src, n, y, x, kind, rows, columns):
    """Each cell of a coarse grid on its own takes the mean colour of ImageNet with a probability: parts that are
    hidden.

    Source: Singh and Lee 2017 (arXiv:1704.04545), section 3.1.
    """
    r, g, b, hit = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2], kind[n, rows[n, y], columns[n, x]]
    if hit > 0:
        return MEAN_RED, MEAN_GREEN, MEAN_BLUE
    return r, g, b


@corruption(
    Cells, form="pixel", identity={"amount": 0.0}, within={"cells": (1, 4096)}, draws=cell_draws, prepare=cell_places
)
def coarse_salt_and_pepper(src, n, y, x, kind, rows, columns):
    """Each cell of a coarse grid on its own becomes black or white with a probability, half and half: blocks that a
    decoder lost.

    Source: Jung et al. 2020 (imgaug 0.4), CoarseSaltAndPepper.
    """
    r, g, b, hit = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2], kind[n, rows[n, y], columns[n, x]]
    if hit > 0:
        level = BLACK if hit > 1 else WHITE
        return level, level, level
    return r, g, b


@corruption(Area, form="pixel", identity={"area": 0.0}, draws=area_draws, prepare=area_edges)
def random_erasing(src, n, y, x, top, left, bottom, right, noise):
    """A rectangle of random place and proportions becomes noise, every element a random level: something in front of
    the scene.

    Source: Zhong et al. 2017 (arXiv:1708.04896), algorithm 1.
    Differs from the paper in that a rectangle that is longer than the image is cut to it, not drawn again.
    """
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    red, green, blue = to_byte(noise[n, y, x, 0]), to_byte(noise[n, y, x, 1]), to_byte(noise[n, y, x, 2])
    if within(y, x, top[n], left[n], bottom[n], right[n]):
        return red, green, blue
    return r, g, b
