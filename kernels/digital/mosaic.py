"""mosaic: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..jit import scalar
from ..kept import kept
from ..primitives.pillow_resize import PRECISION, axis_weights
from ..primitives.pixelwise import PixelFunction
from ..registry import corruption

A_CELL = 0.5
"""Tiles for each cell of the cube of colours, most of which no tile has: the search among 1,024 tiles for the 56 x 56
squares of an image took 1.3 ms so, 1.4 with one and 4.0 with four.
"""
MOST_CELLS = 64  # along an axis of the cube of colours


class Tiles(NamedTuple):
    """Parameters of mosaic."""

    side: int  # of a tile, in pixels


class Cells(NamedTuple):
    """A bank's tiles by their mean colour: the sums (B, 3) float32 of their bytes, the tiles of cell c of the cube are
    order[first[c]] up to order[first[c + 1]], each axis has `along` cells.
    """

    sums: np.ndarray
    first: np.ndarray
    order: np.ndarray
    along: int


_sorted: dict[int, tuple[np.ndarray, Cells]] = {}


def sorted_by_color(bank: np.ndarray) -> Cells:
    """The bank's cells; those of the few banks that were used last are kept, each with its bank."""
    found = _sorted.get(id(bank))
    if found is not None and found[0] is bank:
        return found[1]
    sums = bank.astype(np.int32).sum((1, 2))
    along = int(np.clip(round((len(bank) / A_CELL) ** (1 / 3)), 1, MOST_CELLS))
    place = sums * along // (256 * bank.shape[1] ** 2)
    cell = (place[:, 0] * along + place[:, 1]) * along + place[:, 2]
    order = np.argsort(cell, kind="stable").astype(np.int32)
    first = np.searchsorted(cell[order], np.arange(along**3 + 1)).astype(np.int32)
    while len(_sorted) >= 8:
        _sorted.pop(next(iter(_sorted)))
    made = Cells(sums.astype(np.float32), first, order, along)
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
def nearest(small, n, y, x, sums, first, order, along, area):
    """The number of the tile whose mean colour is nearest, in three bytes; of several the first.

    Cells are looked through in shells around the colour's own, until no tile of the next shell can be nearer.
    """
    r, g, b = int(small[n, y, x, 0]), int(small[n, y, x, 1]), int(small[n, y, x, 2])
    red, green, blue = np.float32(r) * area, np.float32(g) * area, np.float32(b) * area
    i, j, k = r * along // 256, g * along // 256, b * along // 256
    wide = np.float32(256.0) * area / np.float32(along)
    best, chosen, shell, reach = np.float32(-1.0), 0, 0, np.float32(0.0)
    while shell < along and (best < np.float32(0.0) or reach * reach <= best * np.float32(1.001)):
        for u in range(max(i - shell, 0), min(i + shell, along - 1) + 1):
            for v in range(max(j - shell, 0), min(j + shell, along - 1) + 1):
                inner = i - shell < u and u < i + shell and j - shell < v and v < j + shell
                for w in range(max(k - shell, 0), min(k + shell, along - 1) + 1):
                    if inner and k - shell < w and w < k + shell:
                        continue
                    cell = (u * along + v) * along + w
                    for at in range(first[cell], first[cell + 1]):
                        tile = order[at]
                        a, c, e = sums[tile, 0] - red, sums[tile, 1] - green, sums[tile, 2] - blue
                        away = a * a + c * c + e * e
                        if best < np.float32(0.0) or away < best or (away == best and tile < chosen):
                            best, chosen = away, tile
        reach = np.float32(shell) * wide
        shell += 1
    return np.uint8(chosen & 255), np.uint8((chosen >> 8) & 255), np.uint8((chosen >> 16) & 255)


@PixelFunction
def tiled(src, n, y, x, chosen, bank, side, above, before):
    """The pixel of its tile."""
    v, u = (y + above) // side, (x + before) // side
    tile = int(chosen[n, v, u, 0]) + 256 * int(chosen[n, v, u, 1]) + 65536 * int(chosen[n, v, u, 2])
    row, column = (y + above) % side, (x + before) % side
    return bank[tile, row, column, 0], bank[tile, row, column, 1], bank[tile, row, column, 2]


@corruption(Tiles, identity={}, assets=("tiles",))
def mosaic(ops: Any, src: Any, dst: Any, p: Tiles, d: Any, tiles: Any) -> None:
    """Every square of the image replaced by the picture of a bank whose mean colour is nearest to the square's: a
    mosaic of photographs.

    The square's colour is its pixel of the bicubically reduced image. Where the sides are no multiples of the tile's
    the mosaic is as much larger, and cut off alike on both sides. `tiles(side)` gives the bank. Below severity 1 it is
    the same. An image in colours that the bank lacks takes longer, up to 60 ms with 100,000 grey tiles.
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
    ops.pixelwise(nearest, small, chosen, *found, np.int32(cells.along), float(p.side**2))
    above, before = (rows * p.side - height) // 2, (columns * p.side - width) // 2
    ops.pixelwise(tiled, src, dst, chosen, ops.constant(bank), np.int32(p.side), np.int32(above), np.int32(before))
