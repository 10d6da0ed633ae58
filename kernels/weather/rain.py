"""rain: see the function."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..jit import scalar
from ..primitives.boxes import box_means
from ..primitives.pixelwise import LayerFunction, PixelFunction, to_byte
from ..primitives.spans import by_row
from ..registry import corruption

SLANT = 10  # columns on one side that are left free for the slant that a drop is not drawn with
DROP, REST = np.float32(220.0), np.float32(35.0)  # opacity of a drop on 0..255, and what it lets through
ONE, FULL = np.float32(1.0), np.float32(255.0)


class Rain(NamedTuple):
    """Parameters of rain."""

    area: float  # pixels for each drop
    length: int  # pixels
    factor: float  # by which the distance from the mean is multiplied


def draws(p: Rain, height: int, width: int) -> dict[str, Draw]:
    """The slant, and where each drop begins (y, x) as a share of the room there is."""
    return {
        "slant": integers(-SLANT, SLANT, on_host=True),
        "drop": uniform(0.0, 1.0, max(1, drop_count(p, height, width)), 2, on_host=True),
    }


def drop_count(p: Rain, height: int, width: int) -> int:
    """How many drops fall on an image."""
    return int(height * width // p.area)


def drop_columns(p: Rain, d: Any, height: int, width: int) -> dict[str, Any]:
    """The drops by column: the upper part of each lies in the one where it begins, the rest in the one before."""
    slant = d.slant[:, None]
    fall = min(p.length, height - 1)
    top = (d.drop[:, :, 0] * (height - fall)).astype(np.int64)
    room = np.maximum(width - slant, 1)
    column = np.minimum(slant, 0) + np.floor(d.drop[:, :, 1] * room).astype(np.int64)
    column[:, drop_count(p, height, width) :] = -1  # in no column
    middle, bottom = top + max((fall + 1) // 2, 1), top + fall + 1
    return by_row(
        np.concatenate([column, column - 1], axis=1),
        width,
        top=np.concatenate([top, middle], axis=1).astype(np.int32),
        bottom=np.concatenate([middle, bottom], axis=1).astype(np.int32),
    )


@LayerFunction
def covered(src, n, y, x, first, top, bottom):
    """1 where a drop is, else 0."""
    found = np.int32(0)
    for k in range(first[n, x], first[n, x + 1]):
        found |= np.int32(top[n, k] <= y) & np.int32(y < bottom[n, k])
    return np.uint8(found)


@scalar
def brighter(level, light):
    """A level with what a drop adds, the less the brighter it is."""
    return to_byte(np.float32(level) + np.floor((ONE - np.float32(level) / FULL) * light))


@PixelFunction
def with_drops(src, n, y, x, drops, sums, count):
    """The image brighter where a drop is, the less the brighter the whole image is."""
    mean = np.float32(sums[n, 0] + sums[n, 1] + sums[n, 2]) / np.float32(count)
    light = DROP * np.float32(drops[n, y, x, 0]) * (ONE - mean / FULL)
    return brighter(src[n, y, x, 0], light), brighter(src[n, y, x, 1], light), brighter(src[n, y, x, 2], light)


@scalar
def chosen(dry, soft, drop):
    """The soft level in a drop, else the dry one; without a branch, behind which Numba counts references."""
    return np.uint8(np.int32(dry) + np.int32(drop) * (np.int32(soft) - np.int32(dry)))


@PixelFunction
def softened(src, n, y, x, drops, soft):
    """The soft image where a drop is, the dry one elsewhere."""
    drop = drops[n, y, x, 0]
    return (
        chosen(src[n, y, x, 0], soft[n, y, x, 0], drop),
        chosen(src[n, y, x, 1], soft[n, y, x, 1], drop),
        chosen(src[n, y, x, 2], soft[n, y, x, 2], drop),
    )


@scalar
def flatter(dry, soft, total, softer, share, factor):
    """A drop over what it lets through, moved towards the mean of the channel."""
    mean = (DROP * np.float32(softer) + REST * np.float32(total)) * share
    level = (DROP * np.float32(soft) + REST * np.float32(dry)) / FULL
    return to_byte((level - mean) * factor + mean)


@PixelFunction
def dulled(src, n, y, x, soft, sums, softer, share, factor):
    """The dry and the soft image mixed, with less contrast; `share` is what an element counts in the mean of both."""
    return (
        flatter(src[n, y, x, 0], soft[n, y, x, 0], sums[n, 0], softer[n, 0], share, factor),
        flatter(src[n, y, x, 1], soft[n, y, x, 1], sums[n, 1], softer[n, 1], share, factor),
        flatter(src[n, y, x, 2], soft[n, y, x, 2], sums[n, 2], softer[n, 2], share, factor),
    )


@corruption(
    Rain,
    identity={"area": math.inf, "factor": 1.0},
    within={"area": (0.01, math.inf), "length": (0, 10_000)},
    draws=draws,
)
def rain(ops: Any, src: Any, dst: Any, p: Rain, d: Any) -> None:
    """Upright lines at random places that add light and are softened by a 3 x 3 mean, then less contrast: rain.

    A drop lies one column farther left in its lower half, whatever the slant that was drawn: that only says which
    columns are left free.
    Source: Yi et al. 2021 (arXiv:2110.06513), section 3.
    Differs from the published script where a drop begins in the first column: its upper half stays.
    """
    count = src.shape[1] * src.shape[2]
    columns = {name: ops.upload(values) for name, values in drop_columns(p, d, *src.shape[1:3]).items()}
    drops = ops.empty((*src.shape[:3], 1), np.uint8)
    wet, soft, mixed = (ops.empty(src.shape, np.uint8) for _ in range(3))
    ops.pixelwise(covered, src, drops, columns["first"], columns["top"], columns["bottom"])
    sums = ops.channel_sums(src)
    ops.pixelwise(with_drops, src, wet, drops, sums, 3 * count)
    box_means(ops, wet, soft, [3] * len(src))
    ops.pixelwise(softened, src, mixed, drops, soft)
    ops.pixelwise(dulled, src, dst, mixed, sums, ops.channel_sums(mixed), 1.0 / (255.0 * count), p.factor)
