"""glass_blur: see the function."""

from typing import Any, NamedTuple

from ..draws import Draw, integers
from ..primitives.separable import gaussian_radius, gaussian_weights
from ..registry import corruption


class Params(NamedTuple):
    """Parameters of one severity."""

    sigma: float  # pixels, of both Gaussians
    delta: int  # pixels, reach of the shuffle
    passes: int  # of the shuffle


def draws(p: Params, height: int, width: int) -> dict[str, Draw]:
    """(dx, dy) for every pixel and pass; the upper end is excluded, as in the published script."""
    return {"offsets": integers(-p.delta, p.delta, p.passes, height, width, 2)}


@corruption(
    Params,
    {
        224: [(0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2)],
        299: [(0.8, 1, 3), (1.0, 3, 1), (1.1, 2, 4), (1.2, 4, 2), (1.6, 5, 2)],
        64: [(0.1, 1, 1), (0.5, 1, 1), (0.6, 1, 2), (0.7, 2, 1), (0.9, 2, 2)],
        32: [(0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)],
    },
    identity=[0.0, 0, 0],
    draws=draws,
    monotone=False,
)
def glass_blur(ops: Any, src: Any, dst: Any, p: Params, d: Any) -> None:
    """Gaussian blur, then `passes` raster-order shuffles over [-delta, delta), then the blur again: frosted glass.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    half = gaussian_weights(p.sigma, gaussian_radius(p.sigma))
    shuffled = ops.empty(src.shape, src.dtype)
    ops.separable_bytes(src, shuffled, half, "nearest")
    if p.delta and p.passes:
        shuffled = ops.shuffle(shuffled, d.offsets, p.delta)
    ops.separable_bytes(shuffled, dst, half, "nearest")
