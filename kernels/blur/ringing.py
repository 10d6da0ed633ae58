"""Edges with waves beside them."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..kept import kept
from ..registry import corruption

ROUNDED = 0.5


class Ringing(NamedTuple):
    """Parameters of ringing."""

    weight: float  # of the filtered image, 0 to 1
    cutoff: float  # radians a pixel, the highest frequency that is kept; pi keeps all that lie on an axis
    radius: int  # pixels; the filter is cut off at the edge of a square of 2 radius + 1


def bessel(x: float) -> float:
    """J1 by its series, which is exact to 1e-12 up to x = 40 and the same on every processor."""
    term = total = x / 2
    for k in range(1, 80):
        term *= -((x / 2) ** 2) / (k * (k + 1))
        total += term
    return total


@kept
def sinc_disk(p: Ringing) -> tuple[np.ndarray, np.ndarray]:
    """The offsets (K, 2) and weights (K,) float32: the filter that passes a disk of frequencies, cut off at the edge of
    a square, mixed with the image itself, summing to 1.
    """
    reach = range(-p.radius, p.radius + 1)
    offsets = np.array([(y, x) for y in reach for x in reach], np.int64)
    far = [math.hypot(y, x) for y, x in offsets.tolist()]
    values = [p.cutoff * bessel(p.cutoff * r) / (2 * math.pi * r) if r else p.cutoff**2 / (4 * math.pi) for r in far]
    weights = p.weight * np.array(values) / math.fsum(values)
    weights[len(far) // 2] += 1.0 - p.weight
    return offsets, weights.astype(np.float32)


@corruption(Ringing, identity={"weight": 0.0}, within={"radius": (0, 500)})
def ringing(ops: Any, src: Any, dst: Any, p: Ringing, d: Any) -> None:
    """A filter of weights c J1(c r) / (2 pi r), which passes frequencies up to c radians a pixel and none above,
    rounded, edges repeated: the waves that sharpening, compression and resizing leave beside edges.

    Source: Wang et al. 2021 (arXiv:2107.10833), section 3.4 (sinc filter).
    """
    offsets, weights = sinc_disk(p)
    ops.correlate_offsets(src, dst, np.repeat(offsets[None], len(src), axis=0), weights, ROUNDED)
