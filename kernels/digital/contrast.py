"""contrast: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..registry import corruption


class Params(NamedTuple):
    """Parameters of one severity."""

    factor: float  # by which the distance from the mean is multiplied


SIZE_224 = [0.4, 0.3, 0.2, 0.1, 0.05]


@corruption(Params, {224: SIZE_224, 299: SIZE_224, 64: SIZE_224, 32: [0.75, 0.5, 0.4, 0.3, 0.15]}, identity=[1.0])
def contrast(ops: Any, src: Any, dst: Any, p: Params, d: Any) -> None:
    """(u - mean) factor + mean with the mean of each channel of the image: flat light.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    curves = ops.contrast_curves(ops.channel_sums(src), src.shape[1] * src.shape[2], np.float32(p.factor))
    ops.lookup_channels(src, dst, curves)
