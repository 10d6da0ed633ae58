"""Square patches laid over an image one after the other: of one colour, or copied from near by.

Later ones lie over earlier ones, so that where a pixel comes from is followed on the host, as one number a pixel.
"""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..jit import cpu
from ..primitives.borders import copy_line
from ..primitives.pixelwise import PixelFunction
from ..registry import corruption
from .pasted import NOTHING, laid_over


class Blocks(NamedTuple):
    """Parameters of color_blocks."""

    blocks: int  # how many
    side: int  # pixels


class Copies(NamedTuple):
    """Parameters of patch_copies."""

    patches: int  # how many
    side: int  # pixels
    reach: int  # pixels, within which a patch is moved, half of them either way


def block_draws(p: Blocks, height: int, width: int) -> dict[str, Draw]:
    """The corner (y, x) of each block as a share of the room there is, and its colour."""
    count = max(1, p.blocks)
    return {
        "corner": uniform(0.0, 1.0, count, 2, on_host=True),
        "color": integers(0, 256, count, 3, on_host=True),
    }


def copy_draws(p: Copies, height: int, width: int) -> dict[str, Draw]:
    """The corner (y, x) that each patch comes from as a share of the room there is, and by how much it is moved as a
    share of the reach.
    """
    count = max(1, p.patches)
    return {
        "corner": uniform(0.0, 1.0, count, 2, on_host=True),
        "move": uniform(-0.5, 0.5, count, 2, on_host=True),
    }


@cpu
def paint_blocks(ink, tops, lefts, side, colors):
    """Blocks into ink (N, H, W) int32, in their order."""
    for n in range(ink.shape[0]):
        for k in range(tops.shape[1]):
            for v in range(tops[n, k], min(tops[n, k] + side, ink.shape[1])):
                for u in range(lefts[n, k], min(lefts[n, k] + side, ink.shape[2])):
                    ink[n, v, u] = colors[n, k]


@cpu
def copy_patches(source, tops, lefts, downs, asides, side):
    """Patches of source (N, H, W) int32 copied to where they are moved, in their order."""
    patch = np.empty((side, side), np.int32)
    for n in range(source.shape[0]):
        for k in range(tops.shape[1]):
            top, left = tops[n, k], lefts[n, k]
            for v in range(side):
                copy_line(source[n, top + v, left : left + side], patch[v])
            to_y, to_x = top + downs[n, k], left + asides[n, k]
            for v in range(max(to_y, 0), min(to_y + side, source.shape[1])):
                for u in range(max(to_x, 0), min(to_x + side, source.shape[2])):
                    source[n, v, u] = patch[v - to_y, u - to_x]


@PixelFunction
def fetched(src, n, y, x, rows, columns):
    """The pixel that comes here."""
    v, u = rows[n, y, x], columns[n, y, x]
    return src[n, v, u, 0], src[n, v, u, 1], src[n, v, u, 2]


@corruption(Blocks, identity={"blocks": 0}, within={"blocks": (0, 10_000)}, draws=block_draws)
def color_blocks(ops: Any, src: Any, dst: Any, p: Blocks, d: Any) -> None:
    """Squares of random colours at random places, one over the other: blocks that a decoder lost.

    Source: Lin et al. 2019 (KADID-10k, QoMEX), color block.
    """
    height, width = src.shape[1:3]
    room = np.maximum(np.array([height, width]) - p.side, 0)
    corner = np.floor(d.corner[:, : p.blocks] * room).astype(np.int64)
    ink = np.full(src.shape[:3], NOTHING, np.int32)
    colors = ((d.color[..., 0] << 16) + (d.color[..., 1] << 8) + d.color[..., 2])[:, : p.blocks]
    tops, lefts = (np.ascontiguousarray(corner[..., axis]) for axis in (0, 1))
    paint_blocks(ink, tops, lefts, p.side, np.ascontiguousarray(colors))
    ops.pixelwise(laid_over, src, dst, ops.upload(ink))


@corruption(Copies, identity={"patches": 0}, within={"reach": (0, 10_000)}, draws=copy_draws, moves_pixels=True)
def patch_copies(ops: Any, src: Any, dst: Any, p: Copies, d: Any) -> None:
    """Square patches copied to a place near by, one after the other: texture where it does not belong.

    Patches come from at least half the reach off the edge, where the image has room for it.
    Source: Lin et al. 2019 (KADID-10k, QoMEX), non-eccentricity patch.
    """
    n, height, width, _ = src.shape
    side = min(p.side, height, width)
    room = np.array([height, width]) - side
    rim = np.minimum(p.reach, room // 2)
    corner = rim + np.floor(d.corner[:, : p.patches] * (room - 2 * rim) + 0.5).astype(np.int64)
    move = np.floor(d.move[:, : p.patches] * p.reach + 0.5).astype(np.int64)
    source = np.tile(np.arange(height * width, dtype=np.int32).reshape(1, height, width), (n, 1, 1))
    tops, lefts, downs, asides = (np.ascontiguousarray(a[..., k]) for a in (corner, move) for k in (0, 1))
    copy_patches(source, tops, lefts, downs, asides, side)
    rows, columns = (ops.upload(np.ascontiguousarray(part)) for part in np.divmod(source, np.int32(width)))
    ops.pixelwise(fetched, src, dst, rows, columns)
