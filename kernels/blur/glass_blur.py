"""glass_blur: see the function."""

from typing import Any, NamedTuple

from ..draws import Draw, integers
from ..primitives.separable import gaussian_radius, gaussian_weights
from ..registry import corruption


class Glass(NamedTuple):
    """Parameters of glass_blur."""

    sigma: float  # pixels, of both Gaussians
    delta: int  # pixels, reach of the shuffle
    passes: int  # of the shuffle


def draws(p: Glass, height: int, width: int) -> dict[str, Draw]:
    """(dx, dy) for every pixel and pass; the upper end is excluded, as in the published script."""
    return {"offsets": integers(-p.delta, p.delta, p.passes, height, width, 2)}


@corruption(
    Glass,
    identity={"sigma": 0.0, "delta": 0, "passes": 0},
    within={"delta": (0, 10_000), "passes": (0, 1000), "sigma": (0.0, 10_000.0)},
    draws=draws,
    moves_pixels=True,
)
def glass_blur(ops: Any, src: Any, dst: Any, p: Glass, d: Any) -> None:
    """Gaussian blur, then `passes` raster-order shuffles over [-delta, delta), then the blur again: frosted glass.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    half = gaussian_weights(p.sigma, gaussian_radius(p.sigma))
    shuffled = ops.empty(src.shape, src.dtype)
    ops.separable_bytes(src, shuffled, half, "nearest")
    if p.delta and p.passes:
        shuffled = ops.shuffle(shuffled, d.offsets, p.delta)
    ops.separable_bytes(shuffled, dst, half, "nearest")
