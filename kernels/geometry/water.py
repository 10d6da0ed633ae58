"""Images seen through moving or uneven water: ripples, a drop, and knots that pull and twist."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..jit import scalar
from ..kept import kept
from ..primitives.elementary import TURN, cosine, sine
from ..primitives.pixelwise import to_byte
from ..primitives.sampling import mix
from ..registry import corruption
from .rigid import levels_at

ZERO, HALF, ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)
STEPS = 2048  # of the table of pulls
FINEST = np.float32(1e-6)  # keeps a distance above 0


class Ripple(NamedTuple):
    """Parameters of ripple."""

    amplitude: float  # as a share of the image's shorter side


class Drop(NamedTuple):
    """Parameters of water_drop."""

    amplitude: float  # of its waves, as a share of their length


class Knots(NamedTuple):
    """Parameters of pinch_and_twirl."""

    cells: int  # in each direction, each with a knot
    turn: float  # degrees, at the middle of a knot
    pull: float  # exponent of the pull towards a knot's rim


@scalar
def seen_at(src, n, v, u):
    """The pixel at the place (v, u): bilinear, cut off to bytes, black beyond the edge."""
    r, g, b = levels_at(src, n, v, u)
    return to_byte(r), to_byte(g), to_byte(b)


def ripple_draws(p: Ripple, height: int, width: int) -> dict[str, Draw]:
    """Down and across: how long the waves are, as a share of the shorter side, and their phase."""
    return {
        "length": uniform(0.1, 0.3, 2, on_host=True),
        "phase": uniform(0.0, 2 * math.pi, 2, on_host=True),
    }


def prepare_ripple(p: Ripple, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """Where each row and each column comes from."""
    side = min(height, width)
    return {
        name: np.array(
            [
                [k + p.amplitude * side * math.sin(2 * math.pi * k / (share * side) + phase) for k in range(length)]
                for share, phase in zip(d.length[:, axis], d.phase[:, axis], strict=True)
            ]
        )
        for axis, (name, length) in enumerate((("row", height), ("column", width)))
    }


@corruption(
    Ripple, form="pixel", identity={"amplitude": 0.0}, draws=ripple_draws, prepare=prepare_ripple, moves_pixels=True
)
def ripple(src, n, y, x, row, column):
    """Rows moved up and down and columns to and fro by sines of random length, bilinear: seen through rippled water.

    Source: Mintun et al. 2021 (arXiv:2102.11273), appendix C.
    """
    return seen_at(src, n, row[n, y], column[n, x])


def water_draws(p: Drop, height: int, width: int) -> dict[str, Draw]:
    """The middle (y, x) as a share of the sides, the waves' length as one of the shorter side, and their phase."""
    return {
        "middle": uniform(0.25, 0.75, 2, on_host=True),
        "length": uniform(0.05, 0.2, on_host=True),
        "phase": uniform(0.0, 2 * math.pi, on_host=True),
    }


def prepare_drop(p: Drop, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """In pixels."""
    side = min(height, width)
    waves = np.stack([d.length * side, d.phase], axis=1)
    return {"place": d.middle * (height, width), "waves": waves, "reach": float(side // 2)}


@corruption(Drop, form="pixel", identity={"amplitude": 0.0}, draws=water_draws, prepare=prepare_drop, moves_pixels=True)
def water_drop(src, n, y, x, place, waves, reach, amplitude):
    """Waves around a random point, up to half the image's side from it, that move the scene to and from it: a drop that
    fell into water.

    Source: Mintun et al. 2021 (arXiv:2102.11273), appendix C.
    """
    dy, dx = np.float32(y) - place[n, 0], np.float32(x) - place[n, 1]
    length, phase = waves[n, 0], waves[n, 1]
    distance = np.sqrt(dy * dy + dx * dx)
    amount = amplitude * sine(distance / length * TURN - phase) * length / max(distance, FINEST)
    if distance > reach:
        amount = ZERO
    return seen_at(src, n, np.float32(y) + amount * dy, np.float32(x) + amount * dx)


def knot_draws(p: Knots, height: int, width: int) -> dict[str, Draw]:
    """Which way each knot turns: 0 or 1."""
    return {"way": integers(0, 2, p.cells, p.cells, on_host=True)}


@kept
def pulls(pull: float) -> np.ndarray:
    """(STEPS + 2,) float32: at equal steps of the root of a distance on 0..1, from where it is pulled."""
    found = [0.0]
    for k in range(1, STEPS + 2):
        distance = (k / STEPS) ** 2
        found.append(distance * math.sin(math.pi / 2 * min(distance, 1.0)) ** -pull)
    return np.array(found, np.float32)


def prepare_knots(p: Knots, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The turn of each knot in radians, the side of a cell, and the table of pulls."""
    side = min(height, width) // p.cells
    return {
        "turns": np.where(d.way, 1.0, -1.0) * math.radians(p.turn),
        "side": side,
        "pulled": pulls(float(p.pull)),
        "cell": np.minimum(np.arange(max(height, width)) // max(side, 1), p.cells).astype(np.int32),
    }


@corruption(
    Knots,
    form="pixel",
    identity={"turn": 0.0, "pull": 0.0},
    within={"cells": (1, 4096)},
    draws=knot_draws,
    prepare=prepare_knots,
    moves_pixels=True,
)
def pinch_and_twirl(src, n, y, x, turns, side, pulled, cell, cells):
    """In each square of a grid a disc whose middle is pinched and twisted, either way at random, bilinear: bad glass.

    What a long image has beyond the grid stays.
    Source: Mintun et al. 2021 (arXiv:2102.11273), appendix C.
    Differs from the published script where a disc touches the next: there what was twisted is twisted again.
    """
    i, j = min(cell[y], cells - 1), min(cell[x], cells - 1)
    radius = np.float32(side) * HALF
    cy, cx = np.float32(i * side) + radius, np.float32(j * side) + radius
    dy, dx = np.float32(y) - cy, np.float32(x) - cx
    distance = np.sqrt(dy * dy + dx * dx)
    share = distance / max(radius, FINEST)
    steps = np.sqrt(min(share, ONE)) * np.float32(2048.0)
    k = np.int32(steps)
    stretch = mix(pulled[k], pulled[k + 1], steps - np.float32(k)) / max(share, FINEST)
    rest = ONE - share
    angle = turns[n, i, j] * rest * rest
    c, s = cosine(angle), sine(angle)
    v, u = cy + stretch * (dy * c - dx * s), cx + stretch * (dy * s + dx * c)
    outside = share > ONE or distance < np.float32(5e-4) or cell[y] >= cells or cell[x] >= cells
    if outside:
        v, u = np.float32(y), np.float32(x)
    return seen_at(src, n, v, u)
