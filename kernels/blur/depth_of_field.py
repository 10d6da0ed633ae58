"""depth_of_field: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..primitives.pixelwise import PixelFunction, to_byte
from ..primitives.separable import gaussian_weights
from ..registry import corruption

LAYERS = 8  # of equally many pixels each
OUTSIDE = 1e-4  # by which the first and the last border lie beyond what there is
SHARP = 0.1  # pixels; a blur below this is none
WINDOW = 3  # sides of the window in sigmas


class Lens(NamedTuple):
    """Parameters of depth_of_field."""

    aperture: float  # pixels of sigma for what lies infinitely farther than the focus
    focus: int  # which of the nine borders between the layers is in focus, from 0, the nearest


ZERO, ONE = np.float32(0.0), np.float32(1.0)


def borders(depth: np.ndarray) -> np.ndarray:
    """(N, 9) float64: the eighths of the depths of each image, the outer ones moved outwards."""
    flat = depth.reshape(len(depth), -1)
    steps = np.arange(LAYERS + 1) * (flat.shape[1] - 1)
    below, between = steps // LAYERS, steps % LAYERS / LAYERS
    above = np.minimum(below + 1, flat.shape[1] - 1)
    ordered = np.sort(flat, axis=1).astype(np.float64)  # .3 ms for 224 x 224; np.partition took 1.3
    found = ordered[:, below] + between * (ordered[:, above] - ordered[:, below])
    found[:, 0] -= OUTSIDE
    found[:, -1] += OUTSIDE
    return np.ascontiguousarray(found)  # chosen columns lie one after the other in memory


def sigmas(at: np.ndarray, p: Lens, longer: int) -> list[float]:
    """The blur of what lies at each of the borders (9,) of an image, whose longer side is given: 0 for none."""
    focus = at[p.focus]
    found = [p.aperture * abs(float(there - focus)) / float(there) if there > 0.0 else 0.0 for there in at]
    return [0.0 if sigma < SHARP else min(sigma, longer / 2) for sigma in found]


@PixelFunction
def between_two(src, n, y, x, pictures, depth, at, widths):
    """The two pictures of the layer that the pixel lies in, by how near it is to the border of each."""
    there = depth[n, y, x]
    k = 0
    while k < 7 and there > at[n, k + 1]:
        k += 1
    share = min(max((there - at[n, k]) * widths[n, k], ZERO), ONE)
    nearer, farther = ONE - share * share, ONE - (ONE - share) * (ONE - share)
    weight = farther / (nearer + farther)
    r, g, b = pictures[k, y, x, 0], pictures[k, y, x, 1], pictures[k, y, x, 2]
    return (
        to_byte(r + weight * (pictures[k + 1, y, x, 0] - r)),
        to_byte(g + weight * (pictures[k + 1, y, x, 1] - g)),
        to_byte(b + weight * (pictures[k + 1, y, x, 2] - b)),
    )


@corruption(Lens, identity={"aperture": 0.0}, needs=("depth",))
def depth_of_field(ops: Any, src: Any, dst: Any, p: Lens, d: Any, depth: np.ndarray) -> None:
    """Gaussian blur of sigma = aperture |q - f| / q for each eighth q of the depths, f the one in focus; a pixel is a
    mix of the two blurred images between whose q it lies, by 1 - distance^2: a lens of wide aperture, focused near or
    far.

    `depth` is that of each pixel, (N, H, W), in any unit. Edges are repeated; windows are three sigmas wide.
    What is at no depth at all is sharp. Nine pictures are blurred an image, which takes 6 to 16 ms at 224 x 224.
    Source: Kar et al. 2022 (arXiv:2203.01441), section 3.1; near_focus and far_focus.
    Differs from the published code in that sigma is at most half of the longer side, where that code's windows become
    many times as large as the image.
    """
    height, width = src.shape[1:3]
    eighths = borders(depth)
    maps = ops.upload(depth)
    at = eighths.astype(np.float32)
    spans = at[:, 1:].astype(np.float64) - at[:, :-1]
    widths = np.divide(1.0, spans, out=np.zeros_like(spans), where=spans > 0.0).astype(np.float32)
    pictures = ops.empty((LAYERS + 1, height, width, 3), np.float32)
    for n in range(len(src)):
        own = src[n : n + 1]
        for k, sigma in enumerate(sigmas(eighths[n], p, max(height, width))):
            radius = int(WINDOW * sigma) // 2
            blurred = ops.separable(own, gaussian_weights(sigma, radius), "nearest") if radius else own
            ops.copy(blurred, pictures[k : k + 1])
        rows = (maps[n : n + 1], ops.upload(at[n : n + 1]), ops.upload(widths[n : n + 1]))
        ops.pixelwise(between_two, own, dst[n : n + 1], pictures, *rows)
