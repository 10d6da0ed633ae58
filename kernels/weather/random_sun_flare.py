"""random_sun_flare: see the function."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
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


def draws(p: Flare, height: int, width: int) -> dict[str, Draw]:
    """The sun's place (y, x) in the upper half, the angle of the line of disks in turns, how many there are, and for
    each its opacity, column and radius as shares, and its colour.
    """
    most = max(p.high, 1)
    return {
        "sun": uniform(0.0, 1.0, 2, on_host=True),
        "angle": uniform(0.0, 1.0, on_host=True),
        "count": integers(p.low, p.high + 1, on_host=True),
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
    """The sun (y, x) with the number of disks, and the rings; of each disk its place, squared radius, colour and
    opacity; and the disks' rows, so that only pixels in one of them ask which.
    """
    sun = (d.sun * (height / 2, width)).astype(np.int64)
    column = STEP * (d.along * (-(-width // STEP))).astype(np.int64)
    slope = np.array([math.tan(2.0 * math.pi * angle) for angle in d.angle])
    row = np.trunc(np.clip(sun[:, :1] - slope[:, None] * (column - sun[:, 1:]), -FAR, FAR)).astype(np.int64)
    radius = np.minimum((1 + (d.size * max(height // 100 - 2, 2)).astype(np.int64)) ** 3, FAR)
    there = np.arange(radius.shape[1]) < d.count[:, None]
    along = np.arange(-int(radius.max()), int(radius.max()) + 1)
    rows = np.where(there[:, :, None] & (abs(along) <= radius[:, :, None]), row[:, :, None] + along, height)
    edges = np.repeat(np.stack([column - radius, column + radius], axis=-1), along.size, axis=1)
    return {
        "sun": np.column_stack([sun, d.count]),
        **glow(p.radius),
        "disks": np.dstack([row, column, radius**2, d.colour, d.opacity]),
        **by_row(rows.reshape(count, -1), height, edges=edges),
    }


@corruption(Flare, form="pixel", identity={"radius": 0, "low": 0, "high": 0}, draws=draws, prepare=prepare)
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
