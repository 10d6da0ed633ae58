"""What is laid over an image piece by piece, later pieces over earlier ones: coloured shapes, small pictures.

Which piece is seen at a pixel is a matter of their order, so that they are painted one after the other, on the host
whatever the device, as one number a pixel; each device then lays them over its images.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..jit import cpu, part
from ..kept import kept
from ..primitives.pixelwise import PixelFunction
from ..registry import corruption

TRIANGLE, SQUARE, STAR, CIRCLE = range(4)
SMALLEST, LARGEST = 6, 15  # pixels from edge to edge of a shape
DEGREES, POINTS = 360, 10  # a star's corners, outer and inner ones
NOTHING = -1
"""Where nothing is painted; else a colour, 65536 red + 256 green + blue."""

ROUND = np.zeros((LARGEST + 1, LARGEST + 1), np.int32)
"""How many pixels of each row belong to a circle of a size, after the rule of the library that drew the published
images (Pillow): no radius gives them all.
"""
for _half in (
    (3, 5, 7, 7), (4, 6, 8, 8), (3, 7, 7, 9, 9), (4, 6, 8, 10, 10), (5, 7, 9, 11, 11, 11), (4, 8, 10, 10, 12, 12),
    (5, 7, 9, 11, 13, 13, 13), (4, 8, 10, 12, 12, 14, 14), (5, 9, 11, 13, 13, 15, 15, 15),
    (6, 8, 12, 12, 14, 16, 16, 16),
):  # fmt: skip
    _size = max(_half) - 1
    ROUND[_size, : len(_half)], ROUND[_size, _size + 1 - len(_half) : _size + 1] = _half, _half[::-1]


class Shapes(NamedTuple):
    """Parameters of geometric_shapes."""

    shapes: int  # how many


def shape_draws(p: Shapes, height: int, width: int) -> dict[str, Draw]:
    """Of each shape: its kind, its place (y, x), size, colour and rotation in degrees."""
    count = max(1, p.shapes)
    return {
        "kind": integers(0, 4, count, on_host=True),
        "y": integers(0, height, count, on_host=True),
        "x": integers(0, width, count, on_host=True),
        "size": integers(SMALLEST, LARGEST + 1, count, on_host=True),
        "color": integers(0, 256, count, 3, on_host=True),
        "rotation": integers(0, DEGREES, count, on_host=True),
    }


@kept
def directions() -> np.ndarray:
    """(360, 10, 2): sine and cosine of each corner of a star of each rotation, from `math`: NumPy's depend on the
    processor.
    """
    angles = [[math.radians(36.0 * k + degrees) for k in range(POINTS)] for degrees in range(DEGREES)]
    return np.array([[(math.sin(angle), math.cos(angle)) for angle in row] for row in angles])


def star_corners(x: np.ndarray, y: np.ndarray, size: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """(..., 10, 2) int64, (x, y): the corners cut to whole pixels, towards 0."""
    outer = (size / 1.2)[..., None]
    radius = np.where(np.arange(POINTS) % 2 == 0, outer, outer / 2)
    place = np.stack([x, y], axis=-1)[..., None, :]
    return np.trunc(place + radius[..., None] * directions()[rotation]).astype(np.int64)


@cpu
def fill(row, first, last, color):
    """Pixels first to last of a row, as far as it goes."""
    for x in range(max(first, 0), min(last, row.shape[0] - 1) + 1):
        row[x] = color


@cpu
def fill_polygon(ink, corners, color):
    """The polygon of these corners (K, 2), (x, y): its horizontal edges, and in each row from the first to the second,
    the third to the fourth, ... of the places where its other edges cross the row, each rounded inwards.

    An edge that ends in a row above the last one counts twice there. Places are float32, as in Pillow.
    """
    count = len(corners)
    crossing = np.empty(2 * count, np.float32)
    top, bottom = corners[0, 1], corners[0, 1]
    for k in range(count):
        x0, y0 = corners[k]
        x1, y1 = corners[(k + 1) % count]
        top, bottom = min(top, y0), max(bottom, y0)
        if y0 == y1 and y0 >= 0 and y0 < ink.shape[0]:
            fill(ink[y0], min(x0, x1), max(x0, x1), color)
    for y in range(max(top, 0), min(bottom, ink.shape[0] - 1) + 1):
        found = 0
        for k in range(count):
            x0, y0 = corners[k]
            x1, y1 = corners[(k + 1) % count]
            if y0 == y1 or y < min(y0, y1) or y > max(y0, y1):
                continue
            slope = np.float32(x1 - x0) / np.float32(y1 - y0)
            at = np.float32(y - y0) * slope + np.float32(x0)
            for _ in range(2 if y == max(y0, y1) and y < bottom else 1):
                place = found
                while place > 0 and crossing[place - 1] > at:
                    crossing[place] = crossing[place - 1]
                    place -= 1
                crossing[place] = at
                found += 1
        for k in range(1, found, 2):
            # Half a pixel belongs to neither side: up where it begins, down where it ends.
            fill(ink[y], int(np.floor(crossing[k - 1] + np.float32(0.5))), rounded_down(crossing[k]), color)


@part
def rounded_down(value):
    """The nearest whole number, of two the one nearer to 0: -0.5 is 0, so that a corner there is seen."""
    half = np.float32(0.5)
    return int(np.ceil(value - half)) if value >= 0 else -int(np.ceil(-value - half))


@cpu
def paint_shapes(ink, kinds, xs, ys, sizes, colors, stars):
    """All shapes into ink (N, H, W) int32: kinds to colors (N, K), stars (N, K, 10, 2)."""
    for n in range(ink.shape[0]):
        for k in range(kinds.shape[1]):
            x, y, size, color = xs[n, k], ys[n, k], sizes[n, k], colors[n, k]
            if kinds[n, k] == TRIANGLE:
                fill_polygon(ink[n], np.array([[x, y], [x + size, y], [x + size // 2, y + size]]), color)
            elif kinds[n, k] == STAR:
                fill_polygon(ink[n], stars[n, k], color)
            else:
                for row in range(min(size + 1, ink.shape[1] - y)):
                    wide = size + 1 if kinds[n, k] == SQUARE else ROUND[size, row]
                    left = x + (size + 1 - wide) // 2
                    fill(ink[n, y + row], left, left + wide - 1, color)


@PixelFunction
def laid_over(src, n, y, x, ink):
    """What is painted, and the image where nothing is."""
    color = ink[n, y, x]
    if color < 0:
        return src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    return np.uint8((color >> 16) & 255), np.uint8((color >> 8) & 255), np.uint8(color & 255)


@corruption(Shapes, identity={"shapes": 0}, within={"shapes": (0, 100_000)}, draws=shape_draws)
def geometric_shapes(ops: Any, src: Any, dst: Any, p: Shapes, d: Any) -> None:
    """Triangles, squares, stars and circles of 6 to 15 pixels and any colour at random places, one over the other:
    clutter in front of the scene.

    Only stars are turned. Shapes may reach over the right and lower edge, stars over any: a star's place is its middle.
    Differs in the pixels of some stars from the published images: these are Pillow's of 11.3 and later, and up to 11.0
    it gave one in seven a pixel more or less.
    Source: Li et al. 2025 (arXiv:2506.16950), section 3.
    """
    ink = np.full(src.shape[:3], NOTHING, np.int32)
    colors = (d.color[..., 0] << 16) + (d.color[..., 1] << 8) + d.color[..., 2]
    shown = slice(p.shapes)
    parts = (d.kind, d.x, d.y, d.size, colors, star_corners(d.x, d.y, d.size, d.rotation))
    paint_shapes(ink, *(np.ascontiguousarray(part[:, shown]) for part in parts))
    ops.pixelwise(laid_over, src, dst, ops.upload(ink))


class Stickers(NamedTuple):
    """Parameters of stickers."""

    stickers: int  # how many
    side: int  # of each, in pixels


def sticker_draws(p: Stickers, height: int, width: int) -> dict[str, Draw]:
    """Of each sticker: which tile as a share of the bank, and its place (y, x), not among the last rows and columns."""
    count = max(1, p.stickers)
    return {
        "tile": uniform(0.0, 1.0, count, on_host=True),
        "y": integers(0, max(1, height - p.side), count, on_host=True),
        "x": integers(0, max(1, width - p.side), count, on_host=True),
    }


@cpu
def paint_tiles(ink, tiles, ys, xs, bank):
    """Tiles of the bank (B, S, S, 3) uint8 into ink (N, H, W) int32, as far as it goes: tiles, ys, xs (N, K)."""
    side = bank.shape[1]
    for n in range(ink.shape[0]):
        for k in range(tiles.shape[1]):
            tile, top, left = bank[tiles[n, k]], ys[n, k], xs[n, k]
            for y in range(min(side, ink.shape[1] - top)):
                for x in range(min(side, ink.shape[2] - left)):
                    ink[n, top + y, left + x] = (
                        (np.int32(tile[y, x, 0]) << 16) | (np.int32(tile[y, x, 1]) << 8) | np.int32(tile[y, x, 2])
                    )


@corruption(Stickers, identity={"stickers": 0}, within={"side": (1, 512)}, draws=sticker_draws, assets=("tiles",))
def stickers(ops: Any, src: Any, dst: Any, p: Stickers, d: Any, tiles: Any) -> None:
    """Small pictures out of a bank at random places, one over the other: stickers on the scene.

    `tiles(side)` gives the bank. Which pictures the published images have is not known: theirs are 100,000 photographs.
    Source: Li et al. 2025 (arXiv:2506.16950), section 3.
    """
    bank = tiles(p.side)
    chosen = (d.tile * len(bank)).astype(np.int64)
    ink = np.full(src.shape[:3], NOTHING, np.int32)
    which, top, left = (np.ascontiguousarray(part[:, : p.stickers]) for part in (chosen, d.y, d.x))
    paint_tiles(ink, which, top, left, bank)
    ops.pixelwise(laid_over, src, dst, ops.upload(ink))
