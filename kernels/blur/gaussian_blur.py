"""gaussian_blur: see the function."""

from typing import Any, NamedTuple

from ..primitives.separable import gaussian_radius, gaussian_weights
from ..registry import corruption


class Params(NamedTuple):
    """Parameters of one severity."""

    sigma: float  # pixels


@corruption(
    Params,
    {
        224: [1.0, 2.0, 3.0, 4.0, 6.0],
        299: [1.5, 2.5, 3.5, 4.5, 6.5],
        64: [0.5, 0.75, 1.0, 1.25, 1.5],
        32: [0.4, 0.6, 0.7, 0.8, 1.0],
    },
    identity=[0.0],
)
def gaussian_blur(ops: Any, src: Any, dst: Any, p: Params, d: Any) -> None:
    """Gaussian filter per channel, cut off at int(4 sigma + .5), edges repeated: a soft, round point spread.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), appendix B (validation corruptions).
    """
    ops.separable_bytes(src, dst, gaussian_weights(p.sigma, gaussian_radius(p.sigma)), "nearest")
