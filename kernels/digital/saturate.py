"""saturate: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..primitives.pixelwise import PixelFunction, to_byte
from ..registry import Tolerance, corruption

ZERO, ONE = np.float32(0.0), np.float32(1.0)


class Params(NamedTuple):
    """Parameters of one severity."""

    multiply: float  # S of HSV by this
    add: float  # then add this, on 0..1


@PixelFunction
def saturated(src, n, y, x, multiply, add):
    """Each channel's distance below the largest scales with S; grey has hue 0, so an added S tints it red."""
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    value = np.float32(max(r, max(g, b)))
    spread = value - np.float32(min(r, min(g, b)))
    if spread == ZERO:
        level = to_byte(value * (ONE - min(max(add, ZERO), ONE)))
        return r, level, level
    target = min(max(spread / value * multiply + add, ZERO), ONE)
    gain = value * target / spread
    return (
        to_byte(value - (value - np.float32(r)) * gain),
        to_byte(value - (value - np.float32(g)) * gain),
        to_byte(value - (value - np.float32(b)) * gain),
    )


SIZE_224 = [(0.3, 0.0), (0.1, 0.0), (2.0, 0.0), (5.0, 0.1), (20.0, 0.2)]


@corruption(
    Params,
    {
        224: SIZE_224,
        299: SIZE_224,
        64: [*SIZE_224[:4], (30.0, 0.2)],
        32: [(0.3, 0.0), (0.1, 0.0), (1.5, 0.0), (2.0, 0.1), (2.5, 0.2)],
    },
    identity=[1.0, 0.0],
    tolerance=Tolerance(
        1, 1.0, "the largest channel keeps its value exactly, so rounding noise decides; float64 forms differ among themselves on 4 to 6 %"
    ),
    monotone=False,
)
def saturate(ops: Any, src: Any, dst: Any, p: Params, d: Any) -> None:
    """S multiply + add in HSV, clipped: washed-out or garish colour.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), appendix B (validation corruptions).
    """
    ops.pixelwise(saturated, src, dst, p.multiply, p.add)
