"""snow: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, normal, uniform
from ..primitives.motion import QUANTUM_LIFT, motion_offsets, motion_weights
from ..primitives.pixelwise import LayerFunction, PixelFunction, to_byte
from ..registry import corruption

ONE = np.float32(1.0)
RED, GREEN, BLUE = np.float32(0.299), np.float32(0.587), np.float32(0.114)
GREY_GAIN, GREY_OFFSET = np.float32(1.5), np.float32(127.5)  # 1.5 grey + .5, on 0..255


class Params(NamedTuple):
    """Parameters of one severity."""

    mean: float  # of the flake layer, on 0..1
    std: float  # of the flake layer
    zoom: float  # how much the layer is enlarged
    threshold: float  # layer values below it are no flake
    radius: int  # pixels, of the motion blur
    sigma: float  # pixels, of the motion blur
    mix: float  # weight of the image; the rest goes to its whitened copy


def draws(p: Params, height: int, width: int) -> dict[str, Draw]:
    """The flakes, and the direction in which they fall, in degrees."""
    return {"layer": normal(p.mean, p.std, height, width), "angle": uniform(-135.0, -45.0, on_host=True)}


@LayerFunction
def cut(layer, n, y, x, threshold):
    """The layer's value as a byte, 0 below the threshold."""
    value = layer[n, y, x, 0]
    return to_byte(np.float32(255.0) * value if value >= threshold else np.float32(0.0))


@PixelFunction
def snowed(src, n, y, x, flakes, mix):
    """The whitened image with the flakes and the flakes turned by half a turn."""
    r, g, b = np.float32(src[n, y, x, 0]), np.float32(src[n, y, x, 1]), np.float32(src[n, y, x, 2])
    white = (RED * r + GREEN * g + BLUE * b) * GREY_GAIN + GREY_OFFSET
    flake = np.float32(flakes[n, y, x, 0]) + np.float32(flakes[n, flakes.shape[1] - 1 - y, flakes.shape[2] - 1 - x, 0])
    rest = ONE - mix
    return (
        to_byte(mix * r + rest * max(r, white) + flake),
        to_byte(mix * g + rest * max(g, white) + flake),
        to_byte(mix * b + rest * max(b, white) + flake),
    )


SIZE_224 = [
    (0.1, 0.3, 3.0, 0.5, 10, 4.0, 0.8),
    (0.2, 0.3, 2.0, 0.5, 12, 4.0, 0.7),
    (0.55, 0.3, 4.0, 0.9, 12, 8.0, 0.7),
    (0.55, 0.3, 4.5, 0.85, 12, 8.0, 0.65),
    (0.55, 0.3, 2.5, 0.85, 12, 12.0, 0.55),
]
SIZE_64 = [
    (0.1, 0.2, 1.0, 0.6, 8, 3.0, 0.8),
    (0.1, 0.2, 1.0, 0.5, 10, 4.0, 0.8),
    (0.15, 0.3, 1.75, 0.55, 10, 4.0, 0.7),
    (0.25, 0.3, 2.25, 0.6, 12, 6.0, 0.65),
    (0.3, 0.3, 1.25, 0.65, 14, 12.0, 0.6),
]
SIZE_32 = [(*row[:-1], mix) for row, mix in zip(SIZE_64, (0.95, 0.9, 0.9, 0.85, 0.8), strict=True)]


@corruption(
    Params,
    {224: SIZE_224, 299: SIZE_224, 64: SIZE_64, 32: SIZE_32},
    identity=[0.0, None, None, 1.0, None, None, 1.0],
    draws=draws,
    monotone=False,
)
def snow(ops: Any, src: Any, dst: Any, p: Params, d: Any) -> None:
    """Whitened image plus a motion-blurred layer of flakes and the same layer turned by 180 degrees: snowfall.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    n, height, width, _ = src.shape
    layer = ops.zoom_sum(d.layer.reshape(n, height, width, 1), (p.zoom,))
    flakes = ops.empty(layer.shape, np.uint8)
    ops.pixelwise(cut, layer, flakes, p.threshold)
    weights = motion_weights(p.radius, p.sigma)
    falling = ops.empty(flakes.shape, np.uint8)
    ops.correlate_offsets(flakes, falling, motion_offsets(d.angle, len(weights)), weights, QUANTUM_LIFT)
    ops.pixelwise(snowed, src, dst, falling, p.mix)
