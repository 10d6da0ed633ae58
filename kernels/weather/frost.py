"""frost: see the function."""

import functools
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..primitives.lookup import byte_table
from ..registry import EXACT, corruption

FILES = 5  # the published script draws among the first five of six textures


class Params(NamedTuple):
    """Parameters of one severity."""

    image_weight: float
    frost_weight: float
    texture_scale: float  # factor by which the textures are reduced first


def draws(p: Params, height: int, width: int) -> dict[str, Draw]:
    """Which texture, and where its crop begins as a share (y, x) of the room there is."""
    return {"texture": integers(0, FILES, on_host=True), "corner": uniform(0.0, 1.0, 2, on_host=True)}


@functools.lru_cache(maxsize=64)
def blend_table(p: Params) -> np.ndarray:
    """(256, 256) uint8: the blend of an image byte and a texture byte, in float64 as the script does it."""
    levels = np.arange(256.0)
    return byte_table(p.image_weight * levels[:, None] + p.frost_weight * levels)


def rows(weights: list[tuple[float, float]], scale: float) -> list[tuple[float, float, float]]:
    """A table of weights with the scale of its textures."""
    return [(*pair, scale) for pair in weights]


SIZE_224 = rows([(1.0, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75)], 1.0)


@corruption(
    Params,
    {
        224: SIZE_224,
        299: SIZE_224,
        64: rows([(1.0, 0.3), (0.9, 0.4), (0.8, 0.45), (0.75, 0.5), (0.7, 0.55)], 0.3),
        32: rows([(1.0, 0.2), (1.0, 0.3), (0.9, 0.4), (0.85, 0.4), (0.75, 0.45)], 0.2),
    },
    identity=[1.0, 0.0, None],
    draws=draws,
    tolerance=EXACT,
    monotone=False,
    assets=("textures",),
)
def frost(ops: Any, src: Any, dst: Any, p: Params, d: Any, textures: Any) -> None:
    """w0 image + w1 texture, a random crop of one of five photographs of ice: a frosted window.

    Two of the five files hold the same picture, so it comes up twice as often; so it is in the benchmark.
    `textures(scale, height, width)` gives the prepared pictures as one buffer with offsets, heights and widths.
    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    height, width = src.shape[1:3]
    atlas, offsets, heights, widths = textures(p.texture_scale, height, width)
    top = (d.corner[:, 0] * (heights[d.texture] - height)).astype(np.int64)
    left = (d.corner[:, 1] * (widths[d.texture] - width)).astype(np.int64)
    stride = 3 * widths[d.texture]
    ops.lookup_with_texture(src, dst, blend_table(p), atlas, offsets[d.texture] + top * stride + 3 * left, stride)
