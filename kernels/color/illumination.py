"""Light that is not the same everywhere: a factor a pixel."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..jit import scalar
from ..primitives.directions import DIRECTIONS, cosines, sines
from ..primitives.pixelwise import nearest_byte
from ..registry import corruption

ONE = np.float32(1.0)


class Slope(NamedTuple):
    """Parameters of linear_illumination and corner_illumination."""

    intensity: float  # by which the light falls, as a share of it, 0 to 1; of a slope, and rises


class Spot(NamedTuple):
    """Parameters of gaussian_illumination."""

    intensity: float  # light added in the middle of the spot, as a share of what is there
    low: float  # smallest standard deviation of the spot, as a share of the longer side
    high: float  # largest


def slope_draws(p: Slope, height: int, width: int) -> dict[str, Draw]:
    """Towards which direction the light rises, in degrees."""
    return {"direction": integers(0, DIRECTIONS, on_host=True)}


def corner_draws(p: Slope, height: int, width: int) -> dict[str, Draw]:
    """Whether the light is at the lower and at the right side."""
    return {"corner": integers(0, 2, 2, on_host=True)}


def spot_draws(p: Spot, height: int, width: int) -> dict[str, Draw]:
    """The middle (y, x) as a share of each side, away from the edges, and the standard deviation."""
    return {"middle": uniform(0.1, 0.9, 2, on_host=True), "sigma": uniform(p.low, p.high, on_host=True)}


def slopes(p: Slope, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The factor of the first pixel, and by how much it rises a row and a column: from 1 - i to 1 + i in all."""
    down, aside = sines()[d.direction], cosines()[d.direction]
    far = np.stack([down * (height - 1), aside * (width - 1)])
    span = np.abs(far).sum(axis=0)
    gain = 2.0 * p.intensity / np.where(span > 0.0, span, 1.0)
    first = 1.0 - np.where(span > 0.0, p.intensity, 0.0) - gain * np.minimum(far, 0.0).sum(axis=0)
    return {"first": first, "down": gain * down, "aside": gain * aside}


def corners(p: Slope, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """Where the light is (y, x), and by how much the factor falls a pixel."""
    return {
        "corner": d.corner * np.array([height - 1, width - 1], np.float64),
        "fall": np.full(count, p.intensity / math.hypot(height, width)),
    }


def spots(p: Spot, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """A bell along y times the intensity, (N, H), and one along x, (N, W): their product is the spot. The C library's
    exponential, whose bits do not depend on NumPy's vector code.
    """
    made = {}
    for name, axis, length in (("rows", 0, height), ("columns", 1, width)):
        twice = 2.0 * (max(height, width) * d.sigma) ** 2
        power = -((np.arange(length) - length * d.middle[:, axis, None]) ** 2) / twice[:, None]
        made[name] = np.array([[math.exp(value) for value in line] for line in power.tolist()])
    made["rows"] *= p.intensity
    return made


@scalar
def lit(src, n, y, x, factor):
    """A pixel times a factor, rounded."""
    return (
        nearest_byte(factor * np.float32(src[n, y, x, 0])),
        nearest_byte(factor * np.float32(src[n, y, x, 1])),
        nearest_byte(factor * np.float32(src[n, y, x, 2])),
    )


@corruption(Slope, form="pixel", identity={"intensity": 0.0}, draws=slope_draws, prepare=slopes)
def linear_illumination(src, n, y, x, first, down, aside):
    """u times a factor that rises evenly in a random direction, from 1 - i to 1 + i: light from one side.

    Source: Buslaev et al. 2020 (albumentations 2.0.8), Illumination, linear.
    """
    return lit(src, n, y, x, first[n] + down[n] * np.float32(y) + aside[n] * np.float32(x))


@corruption(Slope, form="pixel", identity={"intensity": 0.0}, draws=corner_draws, prepare=corners)
def corner_illumination(src, n, y, x, corner, fall):
    """u (1 - i r) with the distance r from a random corner, in diagonals of the image: a lamp in a corner.

    Source: Buslaev et al. 2020 (albumentations 2.0.8), Illumination, corner.
    """
    dy, dx = np.float32(y) - corner[n, 0], np.float32(x) - corner[n, 1]
    return lit(src, n, y, x, ONE - fall[n] * np.sqrt(dy * dy + dx * dx))


@corruption(Spot, form="pixel", identity={"intensity": 0.0}, draws=spot_draws, prepare=spots)
def gaussian_illumination(src, n, y, x, rows, columns):
    """u (1 + i exp(-r^2 / 2 s^2)) around a random middle, clipped: a spotlight, or the sun through a gap.

    Source: Buslaev et al. 2020 (albumentations 2.0.8), Illumination, gaussian.
    """
    return lit(src, n, y, x, ONE + rows[n, y] * columns[n, x])
