"""glitched: see the function."""

import random
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..kept import kept
from ..registry import corruption

DARK = np.uint8(0)
SEED = 1  # the published images were all made with it
CHANNELS = 3


class Glitch(NamedTuple):
    """Parameters of glitched."""

    level: float  # 2 * level shifts of rows, by up to level^2 % of the width; a channel by up to 2 * level pixels


class Rows(NamedTuple):
    """What is seen in each row: (H,) int32 how far its pixels come from the left, and of the displaced channel from
    which row and how far; in how many rows of two there is something (1, or 2 where no row is black).
    """

    shift: np.ndarray
    row: np.ndarray
    aside: np.ndarray
    channel: int
    lit: int


@kept
def rows(p: Glitch, height: int, width: int) -> Rows:
    """The shifts of all images of a size: CPython's Mersenne Twister from the seeds of the published images.

    Of images of fewer than four rows the shifted bands have one row (the library fails on them).
    """
    shift, lines = np.zeros(height, np.int32), np.arange(height, dtype=np.int32)
    most, count = int(p.level**2 / 100 * width), int(p.level * 2)
    for number in range(count):
        generator = random.Random(SEED + number)
        by = generator.randint(-most, most)
        if by != 0:
            first = generator.randint(0, height)
            band = generator.randint(1, max(1, height // 4))
            shift[first : first + band] = by
    if not count:
        return Rows(shift, lines, np.zeros(height, np.int32), 0, 2)
    generator = random.Random(SEED)
    channel = generator.randint(0, CHANNELS - 1)
    across, down = generator.randint(-count, count), generator.randint(-count, count)
    aside = np.zeros(height, np.int32)
    aside[down % height] = across % width
    return Rows(shift % width, (lines - down) % height, aside, channel, 1)


def prepare(p: Glitch, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The rows, the same for all images of a size."""
    return rows(p, height, width)._asdict()


@corruption(Glitch, form="pixel", identity={"level": 0.0}, prepare=prepare, moves_pixels=True)
def glitched(src, n, y, x, shift, row, aside, channel, lit):
    """Bands of rows shifted sideways and wrapped, one colour channel displaced, every second row black: a torn signal.

    Which bands and how far is fixed by a constant seed, as in the published images, so it is the same for all images
    of a size. The displaced channel is that of the image, without the shifts, and of its own shift sideways only the
    row in which it begins has any (so does the library that made them).
    Source: Li et al. 2025 (arXiv:2506.16950), section 3, with glitch-this 1.0.3 (MIT).
    """
    if lit == 1 and y % 2 == 0:
        return DARK, DARK, DARK
    width = src.shape[2]
    u, w = x - shift[y], x - aside[y]
    u, w = u + width if u < 0 else u, w + width if w < 0 else w
    r, g, b, moved = src[n, y, u, 0], src[n, y, u, 1], src[n, y, u, 2], src[n, row[y], w, channel]
    if lit != 1:
        return r, g, b
    return moved if channel == 0 else r, moved if channel == 1 else g, moved if channel == 2 else b
