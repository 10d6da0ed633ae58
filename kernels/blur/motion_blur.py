"""motion_blur: see the function."""

from typing import Any, NamedTuple

from ..draws import Draw, uniform
from ..primitives.motion import QUANTUM_LIFT, motion_offsets, motion_weights
from ..registry import corruption


class Params(NamedTuple):
    """Parameters of one severity."""

    radius: int  # pixels; the kernel is 2 radius + 1 long
    sigma: float  # pixels, of the one-sided Gaussian along the motion


def draws(p: Params, height: int, width: int) -> dict[str, Draw]:
    """The direction, in degrees."""
    return {"angle": uniform(-45.0, 45.0, on_host=True)}


@corruption(
    Params,
    {
        224: [(10, 3.0), (15, 5.0), (15, 8.0), (15, 12.0), (20, 15.0)],
        299: [(12, 4.0), (17, 6.0), (17, 9.0), (17, 13.0), (22, 16.0)],
        64: [(10, 1.0), (10, 1.5), (10, 2.0), (10, 2.5), (12, 3.0)],
        32: [(6, 1.0), (6, 1.5), (6, 2.0), (8, 2.0), (9, 2.5)],
    },
    identity=[0, 0.0],
    draws=draws,
)
def motion_blur(ops: Any, src: Any, dst: Any, p: Params, d: Any) -> None:
    """One-sided Gaussian along a random direction at whole-pixel offsets, edges clamped: a camera that moves.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3; the blur is ImageMagick's motion-blur.
    """
    weights = motion_weights(p.radius, p.sigma)
    ops.correlate_offsets(src, dst, motion_offsets(d.angle, len(weights)), weights, QUANTUM_LIFT)
