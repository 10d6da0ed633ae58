"""turned_line_blur: see the function."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..jit import scalar
from ..primitives.pixelwise import nearest_byte
from ..primitives.sampling import fold101
from ..registry import corruption


class Line(NamedTuple):
    """Parameters of turned_line_blur."""

    side: int  # pixels of the line
    limit: float  # degrees, by which it is turned either way at most


def draws(p: Line, height: int, width: int) -> dict[str, Draw]:
    """The angle in degrees."""
    return {"angle": uniform(-p.limit, p.limit, on_host=True)}


def line(side: int, angle: float) -> np.ndarray:
    """(side, side): a row of ones through the middle, turned counter-clockwise, by how much of each pixel's square
    between it and the next the row's samples fill; summing to 1.
    """
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    middle, along = (side - 1) / 2, np.arange(side) - (side - 1) / 2
    x = cosine * along - sine * along[:, None] + middle
    y = sine * along + cosine * along[:, None] + middle
    weights = np.maximum(1 - np.abs(y - (side - 1) // 2), 0) * np.clip(np.minimum(x + 1, side - x), 0, 1)
    total: np.ndarray = weights / math.fsum(weights.ravel().tolist())
    return total


def as_taps(kernels: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """The pixels of square kernels that are not 0 (N, K, 2) with their weights (N, K), and how many there are."""
    most = max((kernel.size for kernel in kernels), default=1)
    offsets, weights = np.zeros((len(kernels), most, 2), np.int64), np.zeros((len(kernels), most), np.float32)
    taps = np.zeros(len(kernels), np.int64)
    for n, kernel in enumerate(kernels):
        used = np.argwhere(kernel > 0)
        taps[n] = len(used)
        offsets[n, : len(used)] = used - len(kernel) // 2
        weights[n, : len(used)] = kernel[used[:, 0], used[:, 1]]
    return {"offsets": offsets, "weights": weights, "taps": taps}


def prepare(p: Line, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The pixels of each line with their weights, and how many there are."""
    return as_taps([line(max(p.side, 1), float(angle)) for angle in d.angle])


@scalar
def weighted(src, n, y, x, offsets, weights, taps):
    """A weighted sum of pixels about a place, rounded, reflected beyond the edge."""
    height, width = src.shape[1], src.shape[2]
    r, g, b = np.float32(0.0), np.float32(0.0), np.float32(0.0)
    for k in range(taps[n]):
        v, u, w = y + offsets[n, k, 0], x + offsets[n, k, 1], weights[n, k]
        if v < 0 or u < 0 or v >= height or u >= width:
            v, u = fold101(v, height), fold101(u, width)
        r += w * np.float32(src[n, v, u, 0])
        g += w * np.float32(src[n, v, u, 1])
        b += w * np.float32(src[n, v, u, 2])
    return nearest_byte(r), nearest_byte(g), nearest_byte(b)


# A line of 15 pixels, turned, weighs some 40: that limits it, to 10 ms an image of 224 x 224 on one core.
@corruption(Line, form="pixel", identity={"side": 1}, within={"side": (1, 4096)}, draws=draws, prepare=prepare)
def turned_line_blur(src, n, y, x, offsets, weights, taps):
    """A weighted mean along a straight line at a random angle, rounded, reflected beyond the edge: a camera or a page
    that shakes.

    Source: Chen et al. 2024 (RoDLA, arXiv:2403.14442), vibration.
    """
    return weighted(src, n, y, x, offsets, weights, taps)
