"""frost: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..jit import brief
from ..kept import kept
from ..primitives.lookup import byte_table
from ..registry import corruption

FILES = 5  # the published script draws among the first five of six textures


class Frost(NamedTuple):
    """Parameters of frost."""

    image_weight: float
    frost_weight: float
    texture_scale: float  # factor by which the textures are reduced first


def draws(p: Frost, height: int, width: int) -> dict[str, Draw]:
    """Which texture, and where its crop begins as a share (y, x) of the room there is."""
    return {"texture": integers(0, FILES, on_host=True), "corner": uniform(0.0, 1.0, 2, on_host=True)}


@kept
def blend_table(p: Frost) -> np.ndarray:
    """(256, 256) uint8: the blend of an image byte and a texture byte, in float64 as the script does it."""
    levels = np.arange(256.0)
    return byte_table(p.image_weight * levels[:, None] + p.frost_weight * levels)


@brief
def crops(texture, corner, offsets, heights, widths, height, width):
    """Where in the atlas the crop of each image begins, and how far its rows lie apart: (N,) int64 both."""
    start, stride = np.empty(texture.size, np.int64), np.empty(texture.size, np.int64)
    for n in range(texture.size):
        t = texture[n]
        top = np.int64(corner[n, 0] * (heights[t] - height))
        left = np.int64(corner[n, 1] * (widths[t] - width))
        stride[n] = 3 * widths[t]
        start[n] = offsets[t] + top * stride[n] + 3 * left
    return start, stride


@corruption(
    Frost,
    identity={"image_weight": 1.0, "frost_weight": 0.0},
    within={"texture_scale": (0.01, 4.0)},
    draws=draws,
    assets=("textures",),
)
def frost(ops: Any, src: Any, dst: Any, p: Frost, d: Any, textures: Any) -> None:
    """w0 image + w1 texture, a random crop of one of five photographs of ice: a frosted window.

    Two of the five files hold the same image, so it comes up twice as often; so it is in the benchmark.
    `textures(scale, height, width, drawn)` gives the prepared images as one buffer with offsets, heights and widths.
    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    height, width = src.shape[1:3]
    atlas, offsets, heights, widths = textures(p.texture_scale, height, width, d.texture)
    start, stride = crops(d.texture, d.corner, offsets, heights, widths, height, width)
    ops.lookup_with_texture(src, dst, blend_table(p), atlas, start, stride)
