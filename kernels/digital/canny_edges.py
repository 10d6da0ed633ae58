"""canny_edges: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..jit import scalar
from ..primitives.pixelwise import PixelFunction, nearest_byte
from ..primitives.separable import gaussian_radius, gaussian_weights
from ..registry import corruption

ZERO, ONE, FULL = np.float32(0.0), np.float32(1.0), np.float32(255.0)


class Edges(NamedTuple):
    """Parameters of canny_edges."""

    weight: float  # of the edges, 0 to 1
    sigma: float  # pixels, of a blur before; 0 for none
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


@corruption(Edges, identity={"weight": 0.0}, within={"sigma": (0.0, 10_000.0)})
def canny_edges(ops: Any, src: Any, dst: Any, p: Edges, d: Any) -> None:
    """u (1 - w) + w e, where e is white on the edges that Canny's detector finds in the luma, else black: outlines.

    Source: Mu and Gilmer 2019 (arXiv:1906.02337), section 2; Jung et al. 2020 (imgaug 0.4), Canny.
    Differs from MNIST-C's script in the detector: OpenCV's, whose gradients are sums of absolute values, where that was
    scikit-image's. Differs from imgaug in that edges are white on black, where it draws two random colours, and of the
    luma, where it takes of the three channels the one that changes most.
    """
    grey, edges = ops.empty((*src.shape[:3], 1), np.uint8), ops.empty(src.shape[:3], np.bool_)
    ops.luma(src, grey)
    if p.sigma > 0.0:
        sharp, grey = grey, ops.empty(grey.shape, np.uint8)
        ops.separable_bytes(sharp, grey, gaussian_weights(p.sigma, gaussian_radius(p.sigma)), "nearest")
    ops.canny(grey.reshape(src.shape[:3]), edges, p.low, p.high)
    ops.pixelwise(mixed_with_edges, src, dst, edges, p.weight)
