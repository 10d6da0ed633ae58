"""The sun in the lens: rings of glow around it, and translucent disks on a line through it."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..forms import from_pixel
from ..primitives.hues import FULL, ONE
from ..primitives.pixelwise import nearest_byte
from ..primitives.spans import by_row
from ..registry import corruption

ALPHA_LOW, ALPHA_HIGH = 0.05, 0.2  # opacity of a disk
PALEST = 205  # of a disk's channels
RING = 10  # pixels between the rings around the sun
STEP = 10  # pixels between the columns in which a disk may lie
FAR = 30000  # pixels
BIN = 64  # squared pixels; the ring of a place is looked up by its bin


class Flare(NamedTuple):
    """Parameters of random_sun_flare."""

    radius: int  # pixels, of the glow around the sun
    low: int  # fewest disks
    high: int  # most


class Sun(NamedTuple):
    """Parameters of sun_glare."""

    radius: int  # pixels, of the glow around the sun
    flares: int  # translucent disks
    top: float  # highest place of the sun, as a share of the height
    bottom: float  # lowest
    left: float  # leftmost, as a share of the width
    right: float  # rightmost


def draws(p: Flare, height: int, width: int) -> dict[str, Draw]:
    """The sun's place (y, x) in the upper half, the angle of the line of disks in turns, how many there are, and for
    each its opacity, column and radius as shares, and its colour.
    """
    return {
        "sun": uniform(0.0, 1.0, 2, on_host=True),
        "angle": uniform(0.0, 1.0, on_host=True),
        "count": integers(p.low, p.high + 1, on_host=True),
        **disk_draws(p.high),
    }


def sun_draws(p: Sun, height: int, width: int) -> dict[str, Draw]:
    """The sun's place (y, x) as shares of where it may be, and the disks."""
    return {"sun": uniform(0.0, 1.0, 2, on_host=True), **disk_draws(p.flares)}


def disk_draws(count: int) -> dict[str, Draw]:
    """For each disk its opacity, column and radius as shares, and its colour."""
    most = max(count, 1)
    return {
        "opacity": uniform(ALPHA_LOW, ALPHA_HIGH, most, on_host=True),
        "along": uniform(0.0, 1.0, most, on_host=True),
        "size": uniform(0.0, 1.0, most, on_host=True),
        "colour": integers(PALEST, 256, most, 3, on_host=True),
    }


def glow(radius: int) -> dict[str, Any]:
    """`rings` (K, 2): the squared radius of each, and what of the image it leaves with all wider ones over it; `bins`,
    the smallest ring of a place in each bin; `reach`, the squared radius of the widest.
    """
    count = max(radius // RING, 1)
    opacity = np.array([((count - 1 - k) / max(count - 1, 1)) ** 3 for k in range(count)])
    squares = np.array([int(1 + (radius - 1) * k / max(count - 1, 1)) ** 2 for k in range(count)])
    through = np.cumprod((1.0 - opacity)[::-1])[::-1]
    bins = np.searchsorted(squares, np.arange(0, squares[-1] + 1, BIN))
    return {"rings": np.stack([squares, through], axis=1), "bins": bins, "reach": float(squares[-1])}


def prepare(p: Flare, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """A sun in the upper half and its disks in any direction."""
    sun = (d.sun * (height / 2, width)).astype(np.int64)
    slope = np.array([math.tan(2.0 * math.pi * angle) for angle in d.angle])
    return prepared(p.radius, sun, slope, d.count, d, height, width)


def prepare_sun(p: Sun, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """A sun in its part of the image; its disks lie on the line to the middle, mirrored."""
    low, high = np.array([p.top, p.left]), np.array([p.bottom, p.right])
    place = (low + d.sun * (high - low)) * (height, width)
    down, aside = height / 2 - place[:, 0], width / 2 - place[:, 1]
    slope = down / np.where(aside == 0.0, 1.0 / FAR, aside)
    return prepared(p.radius, place.astype(np.int64), slope, np.full(count, p.flares), d, height, width)


def prepared(
    reach: int, sun: np.ndarray, slope: np.ndarray, counts: np.ndarray, d: Any, height: int, width: int
) -> Mapping[str, Any]:
    """The sun (y, x) with the number of disks, and the rings; of each disk its place, squared radius, colour and
    opacity; and the disks' rows, so that only pixels in one of them ask which.
    """
    column = STEP * (d.along * (-(-width // STEP))).astype(np.int64)
    row = np.trunc(np.clip(sun[:, :1] - slope[:, None] * (column - sun[:, 1:]), -FAR, FAR)).astype(np.int64)
    radius = np.minimum((1 + (d.size * max(height // 100 - 2, 2)).astype(np.int64)) ** 3, FAR)
    there = np.arange(radius.shape[1]) < counts[:, None]
    along = np.arange(-int(radius.max()), int(radius.max()) + 1)
    rows = np.where(there[:, :, None] & (abs(along) <= radius[:, :, None]), row[:, :, None] + along, height)
    edges = np.repeat(np.stack([column - radius, column + radius], axis=-1), along.size, axis=1)
    return {
        "sun": np.column_stack([sun, counts]),
        **glow(reach),
        "disks": np.dstack([row, column, radius**2, d.colour, d.opacity]),
        **by_row(rows.reshape(len(sun), -1), height, edges=edges),
    }


@corruption(
    Flare,
    form="pixel",
    identity={"radius": 0, "low": 0, "high": 0},
    within={"radius": (0, 10_000), "low": (0, 10_000), "high": (0, 10_000)},
    draws=draws,
    prepare=prepare,
)
def random_sun_flare(src, n, y, x, sun, rings, bins, reach, disks, first, edges):
    """A white glow of twenty rings around a random place in the upper half, and small translucent disks on a line
    through it: the sun in the lens.

    A disk shines on under the later ones.
    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (RandomSunFlare).
    Differs from the published library in that the layers are rounded once, not each.
    """
    r, g, b = np.float32(src[n, y, x, 0]), np.float32(src[n, y, x, 1]), np.float32(src[n, y, x, 2])
    near = 0
    for k in range(first[n, y], first[n, y + 1]):
        if edges[n, k, 0] <= x and x <= edges[n, k, 1]:
            near = 1
    over = -1  # the disk that lies on top
    for k in range(sun[n, 2] * near):
        down, aside = np.float32(y) - disks[n, k, 0], np.float32(x) - disks[n, k, 1]
        if down * down + aside * aside <= disks[n, k, 2]:
            over = k
        if over >= 0:
            a = disks[n, k, 6]
            r += a * (disks[n, over, 3] - r)
            g += a * (disks[n, over, 4] - g)
            b += a * (disks[n, over, 5] - b)
    down, aside = np.float32(y - sun[n, 0]), np.float32(x - sun[n, 1])
    square = down * down + aside * aside
    if square <= reach:
        ring = bins[np.int32(square) // BIN]
        while square > rings[ring, 0]:
            ring += 1
        clear = rings[ring, 1]
        white = FULL * (ONE - clear)
        r, g, b = clear * r + white, clear * g + white, clear * b + white
    return nearest_byte(r), nearest_byte(g), nearest_byte(b)


under_a_sun = from_pixel(random_sun_flare, prepare_sun)  # a shared scalar function took 5.5 ms instead of 3.2


@corruption(
    Sun, identity={"radius": 0, "flares": 0}, within={"radius": (0, 10_000), "flares": (0, 10_000)}, draws=sun_draws
)
def sun_glare(ops: Any, src: Any, dst: Any, p: Sun, d: Any) -> None:
    """A white glow of rings around a random place in a part of the image, and translucent disks on the line from it
    that the middle of the image gives: a low sun ahead.

    Published as strong sunlight. As the published code has it, that line is mirrored: it passes the middle as far above
    as the sun is, not through it.
    Source: Dong et al. 2023 (arXiv:2303.11040), strong sunlight.
    Differs from the published code in that the layers are rounded once, not each.
    """
    under_a_sun(ops, src, dst, p, d)
