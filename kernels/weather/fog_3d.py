"""fog_3d: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..jit import scalar
from ..primitives.elementary import falling
from ..primitives.pixelwise import PixelFunction, to_byte
from ..registry import corruption


class Fog3D(NamedTuple):
    """Parameters of fog_3d."""

    density: float  # extinction per unit of depth


@scalar
def behind(level, air, passed):
    """A channel of which a part `passed` the fog; the rest is air."""
    return to_byte(air + passed * (np.float32(level) - air))


@PixelFunction
def through_fog(src, n, y, x, depth, sums, share, density):
    """The pixel behind as much fog as there is in front of it; `share` makes the mean level of an image's sums."""
    air = share * np.float32(sums[n, 0] + sums[n, 1] + sums[n, 2])
    passed = falling(density * depth[n, y, x])
    return (
        behind(src[n, y, x, 0], air, passed),
        behind(src[n, y, x, 1], air, passed),
        behind(src[n, y, x, 2], air, passed),
    )


@corruption(Fog3D, identity={"density": 0.0}, needs=("depth",))
def fog_3d(ops: Any, src: Any, dst: Any, p: Fog3D, d: Any, depth: np.ndarray) -> None:
    """u t + m (1 - t) with t = exp(-density depth) and m the mean level of the image, a grey: fog of equal density,
    which hides what is far.

    `depth` is that of each pixel, (N, H, W). The published densities are for metres / 15.625 indoors; and for
    photographs for min(512 / v, 0.5), v the 16-bit inverse depth that a network (MiDaS) gave.
    Source: Kar et al. 2022 (arXiv:2203.01441), section 3.1.
    Differs from the published code in that the mean is that of the image, not of the batch in which it comes (of one
    image, where nothing else is asked).
    """
    share = 1.0 / (3 * src.shape[1] * src.shape[2])
    ops.pixelwise(through_fog, src, dst, ops.upload(depth), ops.channel_sums(src), share, p.density)
