"""Nothing but edges."""

from typing import Any, NamedTuple

import numpy as np

from ..jit import scalar
from ..primitives.pixelwise import PixelFunction, nearest_byte
from ..registry import corruption

ONE, FULL, ZERO = np.float32(1.0), np.float32(255.0), np.float32(0.0)


class Edges(NamedTuple):
    """Parameters of edge_image."""

    weight: float  # of the edges, 0 to 1
    low: int  # |dx| + |dy| of Sobel's filters above which an edge goes on
    high: int  # and above which it begins


@scalar
def towards(level, aim, weight):
    """A level on its way to another."""
    return nearest_byte((ONE - weight) * np.float32(level) + weight * aim)


@PixelFunction
def mixed_with_edges(src, n, y, x, edges, weight):
    """The image and white edges on black, by their weights."""
    aim = FULL if edges[n, y, x] else ZERO
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    return towards(r, aim, weight), towards(g, aim, weight), towards(b, aim, weight)


@corruption(Edges, identity={"weight": 0.0})
def edge_image(ops: Any, src: Any, dst: Any, p: Edges, d: Any) -> None:
    """u (1 - w) + w e, where e is white on the edges that Canny's detector finds in the luma, black elsewhere: a
    drawing of outlines.

    Source: Jung et al. 2020 (imgaug 0.4), Canny; Qiu et al. 2025 (MLLM-IC).
    Differs from the library in that edges are always white on black, where it draws two random colours, and that they
    are those of the luma, where it takes of the three channels the one that changes most.
    """
    n, height, width, _ = src.shape
    grey, edges = ops.empty((n, height, width, 1), np.uint8), ops.empty((n, height, width), np.bool_)
    ops.luma(src, grey)
    ops.canny(grey.reshape(n, height, width), edges, p.low, p.high)
    ops.pixelwise(mixed_with_edges, src, dst, edges, p.weight)
