"""canny_edges: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..primitives.pixelwise import PixelFunction
from ..primitives.separable import gaussian_radius, gaussian_weights
from ..registry import corruption


class Edges(NamedTuple):
    """Parameters of canny_edges."""

    sigma: float  # pixels, of the blur before
    low: int  # grey levels; a gradient below it is no edge
    high: int  # above it is one, and so is what is between and touches one


@PixelFunction
def outlined(src, n, y, x, edges):
    """White on an edge, else black."""
    level = np.uint8(255 * np.int32(edges[n, y, x]))
    return level, level, level


@corruption(Edges, identity={})
def canny_edges(ops: Any, src: Any, dst: Any, p: Edges, d: Any) -> None:
    """Canny's edges of the grey image after a Gaussian blur, white on black: outlines alone.

    Below severity 1 it is the same.
    Source: Mu and Gilmer 2019 (arXiv:1906.02337), section 2.
    Differs from the published script in the edge detector: OpenCV's, whose gradients are sums of absolute values, where
    that was scikit-image's.
    """
    grey, soft = ops.empty((*src.shape[:3], 1), np.uint8), ops.empty((*src.shape[:3], 1), np.uint8)
    ops.luma(src, grey)
    ops.separable_bytes(grey, soft, gaussian_weights(p.sigma, gaussian_radius(p.sigma)), "nearest")
    edges = ops.empty(src.shape[:3], np.bool_)
    ops.canny(soft.reshape(src.shape[:3]), edges, p.low, p.high)
    ops.pixelwise(outlined, src, dst, edges)
