"""mosaic: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..jit import cpu, scalar
from ..kept import kept
from ..primitives.pillow_resize import PRECISION, axis_weights
from ..primitives.pixelwise import PixelFunction
from ..registry import corruption

ENOUGH, FINEST = 4.0, 6
"""The cube of colours is halved along each axis until a cell has so few tiles to choose from, at most so often. For a
bank of 100,000 that takes 3.4 s once, and the search .3 to 1.3 ms an image; shell by shell around a colour it took 9 to
130.
"""


class Tiles(NamedTuple):
    """Parameters of mosaic."""

    side: int  # of a tile, in pixels


class Cells(NamedTuple):
    """A bank's tiles by their mean colour: the sums (B, 3) float32 of their bytes; the tiles that can be nearest to a
    colour of cell c are order[first[c]] up to order[first[c + 1]]; there are 2^halved cells along each axis.
    """

    sums: np.ndarray
    first: np.ndarray
    order: np.ndarray
    halved: int


@cpu
def bounds(sum_of, low, high):
    """The least and the largest squared distance, along an axis, of a tile's sum to colours from low to high."""
    near = max(low - sum_of, max(sum_of - high, 0.0))
    far = max(abs(low - sum_of), abs(sum_of - high))
    return near * near, far * far


@cpu
def choose(sums, area, halved, first, order, new_first, new_order):
    """The tiles of each cell out of those of the cell twice as wide: all that are not farther from all of its colours
    than some other tile is. Counted, and written where new_order has room.
    """
    along, wide = 1 << halved, 256 >> halved
    total = 0
    for cell in range(along * along * along):
        place = cell // (along * along), cell // along % along, cell % along
        half = along // 2
        parent = (place[0] // 2 * half + place[1] // 2) * half + place[2] // 2
        least = np.inf
        for at in range(first[parent], first[parent + 1]):
            far = 0.0
            for axis in range(3):
                low = place[axis] * wide * area
                far += bounds(sums[order[at], axis], low, low + (wide - 1) * area)[1]
            least = min(least, far)
        least = 1.0 + least * 1.0001  # float32 on the device
        new_first[cell] = total
        for at in range(first[parent], first[parent + 1]):
            near = 0.0
            for axis in range(3):
                low = place[axis] * wide * area
                near += bounds(sums[order[at], axis], low, low + (wide - 1) * area)[0]
            if near <= least:
                if total < new_order.size:
                    new_order[total] = order[at]
                total += 1
    new_first[along * along * along] = total
    return total


_sorted: dict[int, tuple[np.ndarray, Cells]] = {}


def sorted_by_color(bank: np.ndarray) -> Cells:
    """The bank's cells; those of the few banks that were used last are kept, each with its bank."""
    found = _sorted.get(id(bank))
    if found is not None and found[0] is bank:
        return found[1]
    sums = bank.astype(np.int32).sum((1, 2)).astype(np.float64)
    first, order, halved = np.array([0, len(bank)], np.int32), np.arange(len(bank), dtype=np.int32), 0
    while halved < FINEST and len(order) > ENOUGH * 8**halved:
        halved += 1
        new_first, nothing = np.empty(8**halved + 1, np.int32), np.empty(0, np.int32)
        count = choose(sums, float(bank.shape[1] ** 2), halved, first, order, new_first, nothing)
        new_order = np.empty(count, np.int32)
        choose(sums, float(bank.shape[1] ** 2), halved, first, order, new_first, new_order)
        first, order = new_first, new_order
    while len(_sorted) >= 8:
        _sorted.pop(next(iter(_sorted)))
    made = Cells(sums.astype(np.float32), first, order, halved)
    _sorted[id(bank)] = bank, made
    return made


@kept
def weights(length: int, target: int) -> tuple[np.ndarray, ...]:
    """First element, number of elements and weights of each result of an axis, in 32 bits."""
    axis = axis_weights(length, target, "bicubic")
    return axis.first.astype(np.int32), axis.taps.astype(np.int32), np.ascontiguousarray(axis.weights)


@scalar
def clipped(total):
    """A fixed-point sum as a byte; weights are negative too."""
    return np.uint8(min(max((total + np.int64(1 << (PRECISION - 1))) >> np.int64(PRECISION), 0), 255))


@PixelFunction
def across(dst, n, y, x, src, first, taps, shares):
    """The pass along the rows."""
    r, g, b = np.int64(0), np.int64(0), np.int64(0)
    for k in range(taps[x]):
        share, u = np.int64(shares[x, k]), first[x] + k
        r, g, b = r + src[n, y, u, 0] * share, g + src[n, y, u, 1] * share, b + src[n, y, u, 2] * share
    return clipped(r), clipped(g), clipped(b)


@PixelFunction
def down(dst, n, y, x, src, first, taps, shares):
    """The pass along the columns."""
    r, g, b = np.int64(0), np.int64(0), np.int64(0)
    for k in range(taps[y]):
        share, v = np.int64(shares[y, k]), first[y] + k
        r, g, b = r + src[n, v, x, 0] * share, g + src[n, v, x, 1] * share, b + src[n, v, x, 2] * share
    return clipped(r), clipped(g), clipped(b)


@PixelFunction
def nearest(small, n, y, x, sums, first, order, halved, area):
    """The number of the tile whose mean colour is nearest, in three bytes; of several the first."""
    red, green, blue = np.int32(small[n, y, x, 0]), np.int32(small[n, y, x, 1]), np.int32(small[n, y, x, 2])
    width = np.int32(8) - halved
    cell = ((((red >> width) << halved) + (green >> width)) << halved) + (blue >> width)
    best, chosen = np.float32(-1.0), np.int32(0)
    for at in range(first[cell], first[cell + 1]):
        tile = order[at]
        r = sums[tile, 0] - np.float32(red) * area
        g = sums[tile, 1] - np.float32(green) * area
        b = sums[tile, 2] - np.float32(blue) * area
        away = r * r + g * g + b * b
        if best < np.float32(0.0) or away < best:
            best, chosen = away, tile
    return np.uint8(chosen & 255), np.uint8((chosen >> 8) & 255), np.uint8((chosen >> 16) & 255)


@PixelFunction
def tiled(src, n, y, x, chosen, bank, side, above, before):
    """The pixel of its tile."""
    v, u = (y + above) // side, (x + before) // side
    tile = int(chosen[n, v, u, 0]) + 256 * int(chosen[n, v, u, 1]) + 65536 * int(chosen[n, v, u, 2])
    row, column = (y + above) % side, (x + before) % side
    return bank[tile, row, column, 0], bank[tile, row, column, 1], bank[tile, row, column, 2]


@corruption(Tiles, identity={}, within={"side": (1, 512)}, assets=("tiles",))
def mosaic(ops: Any, src: Any, dst: Any, p: Tiles, d: Any, tiles: Any) -> None:
    """Every square of the image replaced by the picture of a bank whose mean colour is nearest to the square's: a
    mosaic of photographs.

    The square's colour is its pixel of the bicubically reduced image. Where the sides are no multiples of the tile's
    the mosaic is as much larger, and cut off alike on both sides. `tiles(side)` gives the bank. Below severity 1 it is
    the same.
    Source: Li et al. 2025 (arXiv:2506.16950), section 3.
    """
    bank = tiles(p.side)
    n, height, width = src.shape[:3]
    rows, columns = -(-height // p.side), -(-width // p.side)
    flat, small = ops.empty((n, height, columns, 3), np.uint8), ops.empty((n, rows, columns, 3), np.uint8)
    chosen = ops.empty(small.shape, np.uint8)
    places = ops.empty((*flat.shape[:3], 1), np.uint8)  # says how many results there are
    ops.pixelwise(across, places, flat, src, *map(ops.upload, weights(width, columns)))
    ops.pixelwise(down, chosen, small, flat, *map(ops.upload, weights(height, rows)))
    cells = sorted_by_color(bank)
    found = [ops.constant(part) for part in (cells.sums, cells.first, cells.order)]
    ops.pixelwise(nearest, small, chosen, *found, np.int32(cells.halved), float(p.side**2))
    above, before = (rows * p.side - height) // 2, (columns * p.side - width) // 2
    ops.pixelwise(tiled, src, dst, chosen, ops.constant(bank), np.int32(p.side), np.int32(above), np.int32(before))
