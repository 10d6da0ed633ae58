"""sparse_thumbnail: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..jit import scalar
from ..kept import kept
from ..primitives.pixelwise import PixelFunction, nearest_byte
from ..primitives.sampling import bilinear
from ..registry import corruption


class Smaller(NamedTuple):
    """Parameters of sparse_thumbnail."""

    divisor: float  # of each side


@kept
def places(length: int, target: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each of `target` elements that a line is resized to: between which two of the line's it lies (2, target), and
    how far from the first.
    """
    place = np.clip((np.arange(target) + 0.5) * (length / target) - 0.5, 0.0, length - 1)
    low = np.floor(place).astype(np.int32)
    return np.stack([low, np.minimum(low + 1, length - 1)]).astype(np.int32), (place - low).astype(np.float32)


@scalar
def between(image, n, y0, y1, x0, x1, fy, fx, c):
    """A channel between four pixels, rounded."""
    return nearest_byte(
        bilinear(image[n, y0, x0, c], image[n, y0, x1, c], image[n, y1, x0, c], image[n, y1, x1, c], fy, fx)
    )


@PixelFunction
def resized(places, n, y, x, image, rows, down, columns, aside):
    """An image of another size, of which every pixel lies between four."""
    y0, y1, fy, x0, x1, fx = rows[0, y], rows[1, y], down[y], columns[0, x], columns[1, x], aside[x]
    return (
        between(image, n, y0, y1, x0, x1, fy, fx, 0),
        between(image, n, y0, y1, x0, x1, fy, fx, 1),
        between(image, n, y0, y1, x0, x1, fy, fx, 2),
    )


@corruption(Smaller, identity={"divisor": 1.0})
def sparse_thumbnail(ops: Any, src: Any, dst: Any, p: Smaller, d: Any) -> None:
    """Bilinear resize to int(side / divisor) between the four nearest pixels alone, and back: a thumbnail with jagged
    edges, enlarged.

    thumbnail_resize weighs all pixels that a smaller one covers.
    Source: Chen et al. 2024 (RobustSAM, CVPR), resampling blur; OpenCV's bilinear resize.
    """
    count, height, width = src.shape[:3]
    tall, wide = max(1, int(height / p.divisor)), max(1, int(width / p.divisor))
    grid, small = (ops.empty((count, tall, wide, channels), np.uint8) for channels in (1, 3))  # of grid only the shape
    lines = [(height, tall), (width, wide)], [(tall, height), (wide, width)]
    there, back = ([ops.constant(table) for line in pair for table in places(*line)] for pair in lines)
    ops.pixelwise(resized, grid, small, src, *there)
    ops.pixelwise(resized, src, dst, small, *back)
