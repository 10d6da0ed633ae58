"""pixelate: see the function."""

from typing import Any, NamedTuple

from ..registry import EXACT, corruption


class Params(NamedTuple):
    """Parameters of one severity."""

    factor: float  # of each side


@corruption(
    Params,
    {
        224: [0.6, 0.5, 0.4, 0.3, 0.25],
        299: [0.5, 0.4, 0.3, 0.25, 0.2],
        64: [0.9, 0.8, 0.7, 0.6, 0.5],
        32: [0.95, 0.9, 0.85, 0.75, 0.65],
    },
    identity=[1.0],
    tolerance=EXACT,
)
def pixelate(ops: Any, src: Any, dst: Any, p: Params, d: Any) -> None:
    """Box resize to int(side * factor) and back, byte-equal with Pillow: too few pixels, enlarged.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    n, height, width, channels = src.shape
    small = ops.empty((n, max(1, int(height * p.factor)), max(1, int(width * p.factor)), channels), src.dtype)
    ops.pillow_resize(src, small, "box")
    ops.pillow_resize(small, dst, "box")
