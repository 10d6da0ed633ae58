"""random_rain: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..primitives.boxes import box_means
from ..primitives.hues import lightness, relit
from ..primitives.pixelwise import PixelFunction
from ..primitives.spans import by_row
from ..registry import corruption

DROP = np.uint8(200)


class Rain(NamedTuple):
    """Parameters of random_rain."""

    drops: float  # for each pixel of the image
    length: int  # rows that a drop falls
    slant: float  # pixels, by which it may move aside either way meanwhile
    side: int  # pixels, of the box blur
    factor: float  # by which the lightness is multiplied


def draws(p: Rain, height: int, width: int) -> dict[str, Draw]:
    """The slant, and where each drop begins (y, x) as a share of the room there is."""
    return {
        "slant": uniform(-p.slant, p.slant, on_host=True),
        "drop": uniform(0.0, 1.0, max(1, drop_count(p, height, width)), 2, on_host=True),
    }


def drop_count(p: Rain, height: int, width: int) -> int:
    """How many drops fall on an image."""
    return int(p.drops * height * width)


def drop_rows(p: Rain, d: Any, height: int, width: int) -> dict[str, Any]:
    """The drops' pixels by row. Each is a straight line of one pixel a row, all with the slant of their image."""
    slant = np.trunc(d.slant).astype(np.int64)[:, None]
    fall = min(p.length, height - 1)
    top = (d.drop[:, :, 0] * (height - fall)).astype(np.int64)
    room = np.maximum(width - slant, 0) + 1
    left = np.minimum(slant, 0) + np.floor(d.drop[:, :, 1] * room).astype(np.int64)
    along = np.arange(fall + 1)
    top[:, drop_count(p, height, width) :] = height  # in no row
    rows = top[:, :, None] + along
    columns = left[:, :, None] + (2 * slant[:, :, None] * along + fall) // max(2 * fall, 1)
    return by_row(rows.reshape(len(rows), -1), height, column=columns.reshape(len(rows), -1).astype(np.int32))


@PixelFunction
def with_drops(src, n, y, x, first, column):
    """Grey where a drop is."""
    for k in range(first[n, y], first[n, y + 1]):
        if column[n, k] == x:
            return DROP, DROP, DROP
    return src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]


@PixelFunction
def dimmed(src, n, y, x, factor):
    """The lightness multiplied."""
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    return relit(r, g, b, lightness(r, g, b) * factor)


@corruption(
    Rain,
    identity={"drops": 0.0, "side": 1, "factor": 1.0},
    within={"side": (1, 10_000), "length": (0, 10_000), "drops": (0.0, 1.0)},
    draws=draws,
)
def random_rain(ops: Any, src: Any, dst: Any, p: Rain, d: Any) -> None:
    """Grey lines of one random slant at random places, a box blur over all, and a lower lightness of HLS: rain.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (RandomRain).
    Differs from the published library in that HLS is not rounded to bytes on the way.
    """
    wet, soft = ops.empty(src.shape, np.uint8), ops.empty(src.shape, np.uint8)
    rows = drop_rows(p, d, *src.shape[1:3])
    ops.pixelwise(with_drops, src, wet, ops.upload(rows["first"]), ops.upload(rows["column"]))
    box_means(ops, wet, soft, [p.side] * len(src))
    ops.pixelwise(dimmed, soft, dst, p.factor)
