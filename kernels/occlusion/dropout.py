"""Black holes at random places."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..primitives.spans import by_row
from ..registry import corruption
from .boxes import in_pixels

DARK = np.uint8(0)


class Cutout(NamedTuple):
    """Parameters of cutout."""

    side: float  # of the square, as a share of the image's shorter side


class Holes(NamedTuple):
    """Parameters of coarse_dropout."""

    low: int  # fewest holes
    high: int  # most
    side: float  # of each, as a share of the image's shorter side


def cutout_draws(p: Cutout, height: int, width: int) -> dict[str, Draw]:
    """The middle of the square (y, x), any pixel of the image."""
    return {"middle": uniform(0.0, 1.0, 2, on_host=True)}


def hole_draws(p: Holes, height: int, width: int) -> dict[str, Draw]:
    """How many, and the corner (y, x) of each as a share of the room there is."""
    return {
        "count": integers(p.low, p.high + 1, on_host=True),
        "corner": uniform(0.0, 1.0, max(p.high, 1), 2, on_host=True),
    }


def cutout_edges(p: Cutout, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The first row and column of each square; the image's edges cut it off."""
    middle = (d.middle * (height, width)).astype(np.int64)
    side = in_pixels(p.side, height, width)
    return {"corner": middle - side // 2, "pixels": side}


def hole_rows(p: Holes, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The holes' rows, and where each begins and ends."""
    side = max(1, in_pixels(p.side, height, width))
    corner = (d.corner * (height - side + 1, width - side + 1)).astype(np.int64)
    rows = corner[:, :, :1] + np.arange(side)
    rows[np.arange(rows.shape[1]) >= d.count[:, None]] = height  # in no row
    left = np.repeat(corner[:, :, 1], side, axis=1)
    return by_row(rows.reshape(count, -1), height, left=left, right=left + side)


@corruption(Cutout, form="pixel", identity={"side": 0.0}, draws=cutout_draws, prepare=cutout_edges)
def cutout(src, n, y, x, corner, pixels):
    """A black square around a random pixel, cut off by the edges of the image: something close in front of the scene.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (Cutout); DeVries and Taylor 2017 (arXiv:1708.04552).
    """
    down, aside = y - corner[n, 0], x - corner[n, 1]
    if down >= 0 and aside >= 0 and down < pixels and aside < pixels:
        return DARK, DARK, DARK
    return src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]


@corruption(
    Holes,
    form="pixel",
    identity={"low": 0, "high": 0},
    within={"low": (0, 10_000), "high": (0, 10_000)},
    draws=hole_draws,
    prepare=hole_rows,
)
def coarse_dropout(src, n, y, x, first, left, right):
    """A random number of small black squares inside of the image: blocks lost in transmission.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (CoarseDropout).
    """
    for k in range(first[n, y], first[n, y + 1]):
        if left[n, k] <= x and x < right[n, k]:
            return DARK, DARK, DARK
    return src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
