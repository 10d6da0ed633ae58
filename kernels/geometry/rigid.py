"""Shifts, turns, slants and mirrors: what comes from beyond the edge is black."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers
from ..jit import scalar
from ..primitives.pixelwise import to_byte
from ..registry import corruption

ZERO, HALF, ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)
DARK = np.uint8(0)


class Translation(NamedTuple):
    """Parameters of translation."""

    shift: float  # along both axes, as a share of the image's shorter side


class Rotation(NamedTuple):
    """Parameters of rotation."""

    angle: float  # degrees


class Shear(NamedTuple):
    """Parameters of shear."""

    slope: float  # pixels to the side for each pixel down


class Flip(NamedTuple):
    """flip has no parameters."""


def either_way(p: Any, height: int, width: int) -> dict[str, Draw]:
    """Which way: 0 or 1."""
    return {"way": integers(0, 2, on_host=True)}


def either_way_each(p: Any, height: int, width: int) -> dict[str, Draw]:
    """Which way along each axis (y, x): 0 or 1."""
    return {"way": integers(0, 2, 2, on_host=True)}


def size(count: int, height: int, width: int) -> dict[str, np.ndarray]:
    """The size of the images, (count,) int32 each."""
    return {"height": np.full(count, height, np.int32), "width": np.full(count, width, np.int32)}


def prepare_translation(p: Translation, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The shift of each image in whole pixels, rounded half up."""
    shift = int(p.shift * min(height, width) + 0.5) * (2 * d.way - 1)
    return {"down": shift[:, 0], "aside": shift[:, 1], **size(count, height, width)}


def prepare_rotation(p: Rotation, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """Cosine and sine of each image's angle, and the centre."""
    sign = 2.0 * d.way - 1.0
    return {
        "cosine": np.full(count, math.cos(math.radians(p.angle))),
        "sine": math.sin(math.radians(p.angle)) * sign,
        **centre(count, height, width),
    }


def prepare_shear(p: Shear, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The slope of each image, and the centre."""
    return {"slopes": p.slope * (2.0 * d.way - 1.0), **centre(count, height, width)}


def prepare_flip(p: Flip, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The size."""
    return size(count, height, width)


def centre(count: int, height: int, width: int) -> dict[str, np.ndarray]:
    """The middle of the images in pixels, (count,) each, and their size."""
    middle = {"middle_y": np.full(count, (height - 1) / 2), "middle_x": np.full(count, (width - 1) / 2)}
    return {**middle, **size(count, height, width)}


@scalar
def seen(value, inside):
    """A level, or black beyond the edge."""
    return value if inside else DARK


@scalar
def clamped(i, length):
    """The nearest index that there is."""
    return min(max(i, 0), length - 1)


@scalar
def sampled(src, n, v, u, height, width):
    """The pixel at the place (v, u) in pixels, bilinear and rounded; black beyond the edge.

    A place farther out is taken for one a whole pixel beyond, which is as black. Weights of zero instead of branches:
    behind those Numba counts references for every pixel, 7 ms an image of 224 x 224 instead of 3.
    """
    v, u = min(max(v, -ONE), np.float32(height)), min(max(u, -ONE), np.float32(width))
    y, x = np.int32(v + ONE) - 1, np.int32(u + ONE) - 1  # neither is below -1, so truncation is floor
    fy, fx = v - np.float32(y), u - np.float32(x)
    y0, y1, x0, x1 = clamped(y, height), clamped(y + 1, height), clamped(x, width), clamped(x + 1, width)
    upper, lower = (ONE - fy) * np.float32(y0 == y), fy * np.float32(y1 == y + 1)
    left, right = (ONE - fx) * np.float32(x0 == x), fx * np.float32(x1 == x + 1)
    return (
        to_byte(
            upper * across(src[n, y0, x0, 0], src[n, y0, x1, 0], left, right)
            + lower * across(src[n, y1, x0, 0], src[n, y1, x1, 0], left, right)
            + HALF
        ),
        to_byte(
            upper * across(src[n, y0, x0, 1], src[n, y0, x1, 1], left, right)
            + lower * across(src[n, y1, x0, 1], src[n, y1, x1, 1], left, right)
            + HALF
        ),
        to_byte(
            upper * across(src[n, y0, x0, 2], src[n, y0, x1, 2], left, right)
            + lower * across(src[n, y1, x0, 2], src[n, y1, x1, 2], left, right)
            + HALF
        ),
    )


@scalar
def across(a, b, left, right):
    """Two neighbours of a row by their weights."""
    return left * np.float32(a) + right * np.float32(b)


@corruption(
    Translation,
    form="pixel",
    identity={"shift": 0.0},
    draws=either_way_each,
    prepare=prepare_translation,
    moves_pixels=True,
)
def translation(src, n, y, x, down, aside, height, width):
    """The image moved along both axes, each way at random, by a share of its shorter side: a camera aimed elsewhere.

    What comes in from beyond the edge is black.
    Source: Laugros 2022 (thesis 2022GRALT016), figures 3.2 and 4.3.
    """
    v, u = clamped(y - down[n], height[n]), clamped(x - aside[n], width[n])
    inside = v == y - down[n] and u == x - aside[n]
    return seen(src[n, v, u, 0], inside), seen(src[n, v, u, 1], inside), seen(src[n, v, u, 2], inside)


@corruption(
    Rotation, form="pixel", identity={"angle": 0.0}, draws=either_way, prepare=prepare_rotation, moves_pixels=True
)
def rotation(src, n, y, x, cosine, sine, middle_y, middle_x, height, width):
    """The image turned about its centre, either way at random, bilinear: a camera that is held aslant.

    What comes in from beyond the edge is black.
    Source: Laugros 2022 (thesis 2022GRALT016), figures 3.2 and 4.3.
    """
    dy, dx = np.float32(y) - middle_y[n], np.float32(x) - middle_x[n]
    v = cosine[n] * dy - sine[n] * dx + middle_y[n]
    u = sine[n] * dy + cosine[n] * dx + middle_x[n]
    return sampled(src, n, v, u, height[n], width[n])


@corruption(Shear, form="pixel", identity={"slope": 0.0}, draws=either_way, prepare=prepare_shear, moves_pixels=True)
def shear(src, n, y, x, slopes, middle_y, middle_x, height, width):
    """Every row moved aside in proportion to its distance from the middle one, either way at random, bilinear: a
    scene seen aslant, or one that moves while the shutter rolls.

    What comes in from beyond the edge is black.
    Source: Laugros 2022 (thesis 2022GRALT016), figures 3.2 and 4.3.
    """
    u = np.float32(x) + slopes[n] * (np.float32(y) - middle_y[n])
    return sampled(src, n, np.float32(y), u, height[n], width[n])


@corruption(Flip, form="pixel", identity={}, prepare=prepare_flip, moves_pixels=True)
def flip(src, n, y, x, height, width):
    """Left and right exchanged: a mirror.

    It has one severity; any below it is the same.
    Source: Laugros 2022 (thesis 2022GRALT016), figures 3.2 and 4.3.
    """
    u = width[n] - 1 - x
    return src[n, y, u, 0], src[n, y, u, 1], src[n, y, u, 2]
