"""vertical_lines: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..jit import scalar
from ..kept import kept
from ..primitives.lookup import luma_level
from ..primitives.pixelwise import LayerFunction, PixelFunction
from ..registry import corruption

REACH = 40  # pixels to the left, of a line where the image is black
DARK = np.uint8(0)


class Lines(NamedTuple):
    """Parameters of vertical_lines."""

    lines: int  # across the image
    step: int  # rows from one bend of a line to the next


class Columns(NamedTuple):
    """Of each line the columns that it stands for, [left, right), and (lines, 256) uint8 how far to the left of its
    first column it is where they have a grey level; (width,) the last line that can come to a column.
    """

    left: np.ndarray
    right: np.ndarray
    away: np.ndarray
    last: np.ndarray


@kept
def columns(p: Lines, width: int) -> Columns:
    """Those of all images of a width, in float64 as the published script has them."""
    x = np.arange(p.lines) / p.lines * width
    left = x.astype(np.int32)
    right = np.minimum((x + width / p.lines).astype(np.int32), width).astype(np.int32)
    shift = (1 - np.arange(256) / 255) * -REACH
    away = left[:, None] - (x[:, None] + shift).astype(np.int64)
    last = np.searchsorted(left, np.arange(width) + REACH + 1, side="right") - 1
    return Columns(left, right, away.astype(np.uint8), last.astype(np.int32))


@scalar
def block_sums(src, n, y, i, left, right, step):
    """The sums of red, green, blue and luma over a line's columns and `step` rows, and how many pixels these are."""
    red, green, blue, grey, count = 0, 0, 0, 0, 0
    for v in range(y * step, min(y * step + step, src.shape[1])):
        for u in range(left[i], right[i]):
            r, g, b = src[n, v, u, 0], src[n, v, u, 1], src[n, v, u, 2]
            red, green, blue, grey = red + r, green + g, blue + b, grey + luma_level(r, g, b)
            count += 1
    return red, green, blue, grey, count


@PixelFunction
def block_color(blocks, n, y, i, src, left, right, step):
    """The mean colour of a block, rounded down; black where a line has no column of its own."""
    red, green, blue, _, count = block_sums(src, n, y, i, left, right, step)
    if count == 0:
        return DARK, DARK, DARK
    return np.uint8(red // count), np.uint8(green // count), np.uint8(blue // count)


@LayerFunction
def block_away(blocks, n, y, i, src, left, right, step, away):
    """How far to the left of its first column a line is at a block."""
    _, _, _, grey, count = block_sums(src, n, y, i, left, right, step)
    return away[i, grey // count if count > 0 else 0]


@scalar
def crosses(x, y, x0, y0, x1, y1):
    """Whether the line from (x0, y0) to (x1, y1), with both, has the pixel (x, y), y0 <= y <= y1: Bresenham's rule in
    closed form.
    """
    across, down = x1 - x0, y1 - y0
    along = x - x0
    if across < 0:
        across, along = -across, -along
    if along < 0 or along > across:
        return False
    if across > down:
        rest = 2 * down * along + across - 2 * across * (y - y0)
        return rest >= 0 and rest < 2 * across
    rest = 2 * across * (y - y0) + down - 2 * down * along
    return down == 0 or (rest >= 0 and rest < 2 * down)


@PixelFunction
def drawn(src, n, y, x, colors, away, left, last, ends, step):
    """The colour of the last stretch of the last line that comes here."""
    blocks = colors.shape[1]
    here = ends[y]  # the block at whose first row the upper stretch ends
    upper = min(here, blocks - 1)
    above = max(upper - 1, 0)
    lower = min(upper + 1, blocks - 1) if upper * step == y else upper
    i, found = last[x], -1
    while found < 0 and i >= 0 and left[i] >= x:
        place = left[i]
        aside = place - x
        first, middle, final = away[n, above, i, 0], away[n, upper, i, 0], away[n, lower, i, 0]
        # What is left of a line's three places, or right of them, is passed over: most lines are.
        if aside <= max(first, max(middle, final)) and (y == 0 or aside >= min(first, min(middle, final))):
            bend = place - np.int32(middle)
            if lower > upper and crosses(x, y, bend, y, place - np.int32(final), lower * step):
                found = lower
            elif here < blocks:
                begin = place - np.int32(first) if here > 0 else place
                if crosses(x, y, begin, above * step, bend, here * step):
                    found = upper
        i -= 1
    if found < 0:
        return DARK, DARK, DARK
    return colors[n, found, i + 1, 0], colors[n, found, i + 1, 1], colors[n, found, i + 1, 2]


@corruption(Lines, identity={}, within={"lines": (0, 10_000)}, moves_pixels=True)
def vertical_lines(ops: Any, src: Any, dst: Any, p: Lines, d: Any) -> None:
    """The image drawn anew on black by bent vertical lines: each has the mean colour of its columns and some rows, and
    stands the further to the left, up to 40 pixels, the darker these are. A sketch of contours.

    A line's next stretch begins where the last one ended, and later lines lie over earlier ones, each a pixel wide.
    Below severity 1 it is the same.
    About 4 ms an image of 224 x 224: of each pixel's 41 lines the last one that comes there is searched.
    Source: Li et al. 2025 (arXiv:2506.16950), section 3.
    """
    made = columns(p, src.shape[2])
    left, right, away, last = (ops.upload(part) for part in made)
    shape = (len(src), -(-src.shape[1] // p.step), p.lines)
    colors, shifts = ops.empty((*shape, 3), np.uint8), ops.empty((*shape, 1), np.uint8)
    # Over the blocks, not the pixels: either array of them says how many there are.
    ops.pixelwise(block_color, shifts, colors, src, left, right, np.int32(p.step))
    ops.pixelwise(block_away, colors, shifts, src, left, right, np.int32(p.step), away)
    # Divided here: on a device such a division is a call, for which the registers are put away.
    ends = ops.upload((np.arange(src.shape[1], dtype=np.int32) + p.step - 1) // p.step)
    ops.pixelwise(drawn, src, dst, colors, shifts, left, last, ends, np.int32(p.step))
