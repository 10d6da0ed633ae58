"""elastic_transform: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..kept import kept
from ..primitives.sampling import fixed_affine
from ..registry import corruption

TRUNCATE = 3.0  # where the published script cuts the field's Gaussian off, in sigmas


class Elastic(NamedTuple):
    """Parameters of elastic_transform."""

    alpha: float  # pixels, strength of the field
    sigma: float  # pixels, smoothness of the field
    jitter: float  # pixels, of the affine warp's three points


def draws(p: Elastic, height: int, width: int) -> dict[str, Draw]:
    """Shifts of the three points (x, y), and the field before smoothing: dx, dy."""
    return {"jitter": uniform(-p.jitter, p.jitter, 3, 2, on_host=True), "field": uniform(-1.0, 1.0, 2, height, width)}


def warp_matrices(jitter: np.ndarray, height: int, width: int) -> np.ndarray:
    """(N, 2, 3) int64: the affine warp of each image, from output to input, in fixed point; jitter (N, 3, 2) pixels."""
    side = min(height, width) // 3
    points = around_centre(height, width, side)
    if not side:  # three points in one: no warp is defined, the pixels stay
        return fixed_affine(points, np.zeros_like(jitter))
    return fixed_affine(points, (points.astype(np.float32) + jitter.astype(np.float32)).astype(np.float64))


@kept
def around_centre(height: int, width: int, side: int) -> np.ndarray:
    """(3, 2) float64: the points (x, y) that the warp moves."""
    x, y = width // 2, height // 2
    return np.array([(x + side, y + side), (x + side, y - side), (x - side, y - side)], np.float64)


@corruption(
    Elastic, identity={"alpha": 0.0, "jitter": 0.0}, within={"sigma": (0.0, 10_000.0)}, draws=draws, moves_pixels=True
)
def elastic_transform(ops: Any, src: Any, dst: Any, p: Elastic, d: Any) -> None:
    """A random affine warp, then bilinear sampling along a smoothed random field: a stretched sheet.

    The warp moves in OpenCV's steps of 1/32 pixel, as the published copies did.
    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3; Simard et al. 2003 for the field.
    """
    height, width = src.shape[1:3]
    warped = ops.empty(src.shape, np.float32)
    ops.warp(src, warped, warp_matrices(d.jitter, height, width))
    if p.sigma == 0.0 or p.alpha == 0.0:
        ops.truncate(warped, dst)
        return
    ops.displace(warped, dst, ops.smooth_fields(d.field, p.sigma, TRUNCATE, "reflect"), np.float32(p.alpha))
