"""added_rain: see the function."""

import functools
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..jit import scalar
from ..primitives.boxes import box_means
from ..primitives.hues import lifted_byte
from ..primitives.pixelwise import FULL, PixelFunction
from ..registry import corruption

DROP = np.uint8(200)


class Rain(NamedTuple):
    """Parameters of added_rain."""

    drops: float  # for each row of the image
    length: float  # that a drop falls, as a share of the rows
    slant: float  # pixels, by which it may move aside either way meanwhile
    side: int  # pixels, of the box blur of the drops
    factor: float  # by which the light is multiplied


def drop_count(p: Rain, height: int) -> int:
    """How many drops fall on an image."""
    return int(p.drops * height)


def draws(p: Rain, height: int, width: int) -> dict[str, Draw]:
    """The slant, and where each drop begins (y, x) as a share of the room there is."""
    return {
        "slant": uniform(-p.slant, p.slant, on_host=True),
        "drop": uniform(0.0, 1.0, max(1, drop_count(p, height)), 2, on_host=True),
    }


@functools.lru_cache(maxsize=256)
def stairs(fall: int, aside: int) -> np.ndarray:
    """(|aside| + 1, 3) int64: of a line that goes along one axis at a time, as OpenCV draws it, in each column the
    first row, the one after the last, and the column, all from the line's upper end.
    """
    down, across = fall, abs(aside)
    long, short = max(down, across), min(down, across)
    runs, y, x, error = [[0, 1, 0]], 0, 0, 0
    for _ in range(down + across):
        if (error >= 0) == (down >= across):
            y += 1
            runs[-1][1] = y + 1
        else:
            x += 1
            runs.append([y, y + 1, x])
        error += -2 * short if error >= 0 else 2 * long
    line = np.array(runs, np.int64)
    if aside < 0:  # drawn from the lower end, which is then the left one
        line = np.stack([fall + 1 - line[:, 1], fall + 1 - line[:, 0], aside + line[:, 2]], axis=1)
    line.flags.writeable = False
    return line


def drop_light(p: Rain, d: Any, height: int, width: int) -> np.ndarray:
    """(N, H, W, 1) uint8: grey where a drop is, else black."""
    images, drops, fall = len(d.drop), drop_count(p, height), min(max(1, int(p.length * height)), height - 1)
    top = (d.drop[:, :drops, 0] * (height - fall)).astype(np.int64)
    left = (d.drop[:, :drops, 1] * width).astype(np.int64)
    aside = np.trunc(left + d.slant[:, None]).astype(np.int64) - left
    change = np.zeros((images * (height + 1) * width), np.int64)  # in how many drops a pixel is more than the one above
    for one in np.unique(aside):
        image, drop = np.nonzero(aside == one)
        for first, end, column in stairs(fall, int(one)):
            x = left[image, drop] + column
            seen = (x >= 0) & (x < width)
            place = image[seen] * (height + 1) + top[image, drop][seen]
            for edge, sign in ((first, 1), (end, -1)):
                change += sign * np.bincount((place + edge) * width + x[seen], minlength=change.size)
    covered = np.cumsum(change.reshape(images, height + 1, width), axis=1)[:, :height, :, None] > 0
    return np.where(covered, DROP, np.uint8(0))


@scalar
def lit(level, light, factor):
    """A level with the light of a drop, clipped, then less."""
    return lifted_byte(min(np.float32(level) + light, FULL) * factor)


@PixelFunction
def rained(src, n, y, x, drops, factor):
    """The image under the drops, darker."""
    light = np.float32(drops[n, y, x, 0])
    return lit(src[n, y, x, 0], light, factor), lit(src[n, y, x, 1], light, factor), lit(src[n, y, x, 2], light, factor)


@corruption(
    Rain,
    identity={"drops": 0.0, "factor": 1.0},
    within={"slant": (0.0, 10_000.0), "side": (1, 10_000), "drops": (0.0, 1000.0)},
    draws=draws,
)
def added_rain(ops: Any, src: Any, dst: Any, p: Rain, d: Any) -> None:
    """Lines of one random slant at random places, softened by a box blur and added to the image, then all multiplied by
    a factor: rain in which light is scattered.

    Source: Buslaev et al. 2020 (albumentations 2.0.8), RandomRain.
    Differs from the library where a drop leaves the image at its side, and by a level where a half is rounded.
    """
    drops, soft = ops.upload(drop_light(p, d, *src.shape[1:3])), ops.empty((*src.shape[:3], 1), np.uint8)
    box_means(ops, drops, soft, [p.side] * len(src))
    ops.pixelwise(rained, src, dst, soft, p.factor)
