"""Turns and shifts that move whole pixels: nothing is mixed, and what comes from beyond the edge is black."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers
from ..jit import scalar
from ..registry import corruption
from .rigid import clamped, seen

BITS = 16  # of a place's fraction


class Turn(NamedTuple):
    """Parameters of nearest_rotation."""

    angle: float  # degrees, counter-clockwise
    limit: int  # degrees, largest whole angle either way that is added at random


class Offset(NamedTuple):
    """Parameters of crop_shift."""

    limit: int  # pixels; the shift along each axis is less


def turn_draws(p: Turn, height: int, width: int) -> dict[str, Draw]:
    """What is added to the angle, in degrees."""
    return {"more": integers(-p.limit, p.limit + 1, on_host=True)}


def offset_draws(p: Offset, height: int, width: int) -> dict[str, Draw]:
    """The shift (y, x)."""
    return {"shift": integers(0, max(p.limit, 1), 2, on_host=True)}


def fixed(value: float) -> int:
    """In 65536ths, rounded half up."""
    return math.floor(value * (1 << BITS) + 0.5)


def prepare_turn(p: Turn, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """For the column and the row that a pixel comes from: what each column and row adds in 65536ths (N, 2, 2), and of
    the first pixel the whole pixels and the 65536ths (N, 2, 2).
    """
    steps, start = np.empty((count, 2, 2), np.int64), np.empty((count, 2, 2), np.int64)
    x, y = width / 2, height / 2
    for n, more in enumerate(d.more):
        turn = -math.radians((p.angle + float(more)) % 360.0)
        c, s = round(math.cos(turn), 15), round(math.sin(turn), 15)
        for axis, (a, b, middle) in enumerate(((c, s, x), (-s, c, y))):
            steps[n, axis] = fixed(a), fixed(b)
            start[n, axis] = divmod(fixed(middle - a * x - b * y + 0.5 * (a + b)), 1 << BITS)
    return {"steps": steps, "start": start}


def prepare_offset(p: Offset, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The shift down and aside."""
    return {"down": d.shift[:, 0], "aside": d.shift[:, 1]}


@scalar
def taken(src, n, from_y, from_x):
    """A pixel of the image, black beyond its edge: three bytes."""
    v, u = clamped(from_y, src.shape[1]), clamped(from_x, src.shape[2])
    inside = (v == from_y) & (u == from_x)
    return seen(src[n, v, u, 0], inside), seen(src[n, v, u, 1], inside), seen(src[n, v, u, 2], inside)


@scalar
def source(steps, start, n, axis, y, x):
    """The column (axis 0) or row (axis 1) that a pixel comes from, in 64 bits: 65536ths of long lines need them."""
    along = np.int64(steps[n, axis, 0]) * x + np.int64(steps[n, axis, 1]) * y + start[n, axis, 1]
    return start[n, axis, 0] + (along >> BITS)


@corruption(
    Turn,
    form="pixel",
    identity={"angle": 0.0, "limit": 0},
    draws=turn_draws,
    prepare=prepare_turn,
    moves_pixels=True,
)
def nearest_rotation(src, n, y, x, steps, start):
    """The image turned about its centre by an angle, and by a random whole number of degrees either way, each pixel
    taken from the nearest one: a camera that is held aslant.

    What comes in from beyond the edge is black.
    Source: Schiappa et al. 2023 (arXiv:2207.01398), rotate and static rotate; the turn is Pillow's.
    """
    return taken(src, n, source(steps, start, n, 1, y, x), source(steps, start, n, 0, y, x))


@corruption(
    Offset,
    form="pixel",
    identity={"limit": 1},
    draws=offset_draws,
    prepare=prepare_offset,
    moves_pixels=True,
)
def crop_shift(src, n, y, x, down, aside):
    """The image moved up and to the left, each by a random whole number of pixels below a limit: a crop that begins
    elsewhere.

    Source: Schiappa et al. 2023 (arXiv:2207.01398), translate.
    Differs from the published set in that an image is moved, not cut from a larger one: what comes in from beyond the
    edge is black.
    """
    return taken(src, n, y + down[n], x + aside[n])
