"""zoom_blur: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..registry import corruption


class Params(NamedTuple):
    """Parameters of one severity."""

    start: float  # smallest zoom factor
    stop: float  # end of the range of factors, excluded up to rounding
    step: float  # between factors


SIZE_224 = [(1.0, 1.11, 0.01), (1.0, 1.16, 0.01), (1.0, 1.21, 0.02), (1.0, 1.26, 0.02), (1.0, 1.31, 0.03)]
SIZE_64 = [(1.0, 1.06, 0.01), (1.0, 1.11, 0.01), (1.0, 1.16, 0.01), (1.0, 1.21, 0.01), (1.0, 1.26, 0.01)]


@corruption(Params, {224: SIZE_224, 299: SIZE_224, 64: SIZE_64, 32: SIZE_64}, identity=[1.0, 1.0, None])
def zoom_blur(ops: Any, src: Any, dst: Any, p: Params, d: Any) -> None:
    """Mean of the image and its centred zooms by every factor of arange(start, stop, step): moving towards the scene.

    The factor 1 is among them, so the original counts twice. Factors are as NumPy's arange computes them.
    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    factors = np.arange(p.start, p.stop, p.step)
    ops.truncate(ops.zoom_sum(src, (1.0, *factors.tolist())), dst, gain=1.0 / (len(factors) + 1))
