"""random_shadow: see the function."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..primitives.hues import lightness, relit
from ..primitives.spans import by_row
from ..registry import corruption


class Shadows(NamedTuple):
    """Parameters of random_shadow."""

    low: int  # fewest shadows
    high: int  # most
    corners: int  # of each
    factor: float  # by which the lightness is multiplied in their shade


def draws(p: Shadows, height: int, width: int) -> dict[str, Draw]:
    """How many, and the corners (y, x) of each as shares of the image."""
    return {
        "count": integers(p.low, p.high + 1, on_host=True),
        "corner": uniform(0.0, 1.0, p.high, p.corners, 2, on_host=True),
    }


def prepare(p: Shadows, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The stretches of each row that lie in the shade: between every other two crossings of a polygon's sides with the
    row's middle line, both ends included.
    """
    corner = np.floor(d.corner * (height + 1, width + 1))  # whole pixels, from 0 to the side itself
    y0, x0 = np.moveaxis(corner, -1, 0)
    y1, x1 = np.roll(y0, -1, axis=2), np.roll(x0, -1, axis=2)
    row = np.arange(height)[:, None, None, None]
    crosses = (np.minimum(y0, y1) <= row) & (row < np.maximum(y0, y1))  # (H, N, shadows, sides)
    place = x0 + (row - y0) * (x1 - x0) / np.where(y1 == y0, 1.0, y1 - y0)
    place = np.sort(np.where(crosses, place, np.inf), axis=-1)[..., : p.corners // 2 * 2]
    left, right = place[..., ::2], place[..., 1::2]
    there = np.isfinite(right) & (np.arange(p.high)[:, None] < d.count[:, None, None])
    rows = np.where(there, row, height)
    edges = [
        np.moveaxis(np.where(there, edge, 0.0), 1, 0).reshape(count, -1).astype(np.int32)
        for edge in (np.ceil(left - 0.5), np.floor(right + 0.5) + 1)
    ]
    return by_row(np.moveaxis(rows, 1, 0).reshape(count, -1), height, left=edges[0], right=edges[1])


@corruption(
    Shadows,
    form="pixel",
    identity={"factor": 1.0},
    within={"low": (0, 10_000), "high": (0, 10_000), "corners": (0, 1000)},
    draws=draws,
    prepare=prepare,
)
def random_shadow(src, n, y, x, first, left, right, factor):
    """The lightness of HLS multiplied inside of a few polygons with random corners: hard shadows across the scene.

    The sides of a polygon may cross; what they enclose an odd number of times is in the shade, once if several
    polygons cover it.
    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (RandomShadow).
    Differs from the published library in that HLS is not rounded to bytes on the way.
    """
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    for k in range(first[n, y], first[n, y + 1]):
        if left[n, k] <= x and x < right[n, k]:
            return relit(r, g, b, lightness(r, g, b) * factor)
    return r, g, b
