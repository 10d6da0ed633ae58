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


class Snow(NamedTuple):
    """Parameters of snow."""

    mean: float  # of the flake layer, on 0..1
    std: float  # of the flake layer
    zoom: float  # how much the layer is enlarged
    threshold: float  # layer values below it are no flake
    radius: int  # pixels, of the motion blur
    sigma: float  # pixels, of the motion blur
    mix: float  # weight of the image; the rest goes to its whitened copy


class DirectionalSnow(NamedTuple):
    """Parameters of directional_snow."""

    mean: float  # of the flake layer, on 0..1
    std: float  # of the flake layer
    zoom: float  # how much the layer is enlarged
    threshold: float  # layer values below it are no flake
    radius: int  # pixels, of the motion blur
    sigma: float  # pixels, of the motion blur
    mix: float  # weight of the image; the rest goes to its whitened copy
    angle: float  # degrees, in which the flakes fall


def draws(p: Snow, height: int, width: int) -> dict[str, Draw]:
    """The flakes, and the direction in which they fall, in degrees."""
    return {"layer": normal(p.mean, p.std, height, width), "angle": uniform(-135.0, -45.0, on_host=True)}


def flakes_alone(p: DirectionalSnow, height: int, width: int) -> dict[str, Draw]:
    """The flakes."""
    return {"layer": normal(p.mean, p.std, height, width)}


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


def fall(ops: Any, src: Any, dst: Any, p: Snow | DirectionalSnow, layer: Any, angles: np.ndarray) -> None:
    """Draw the flakes of a random layer along each image's angle over the whitened image."""
    n, height, width, _ = src.shape
    layer = ops.zoom_sum(layer.reshape(n, height, width, 1), (p.zoom,))
    flakes = ops.empty(layer.shape, np.uint8)
    ops.pixelwise(cut, layer, flakes, p.threshold)
    weights = motion_weights(p.radius, p.sigma)
    falling = ops.empty(flakes.shape, np.uint8)
    ops.correlate_offsets(flakes, falling, motion_offsets(angles, len(weights)), weights, QUANTUM_LIFT)
    ops.pixelwise(snowed, src, dst, falling, p.mix)


@corruption(Snow, identity={"mean": 0.0, "threshold": 1.0, "mix": 1.0}, draws=draws)
def snow(ops: Any, src: Any, dst: Any, p: Snow, d: Any) -> None:
    """Whitened image plus a motion-blurred layer of flakes and the same layer turned by 180 degrees: snowfall.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    fall(ops, src, dst, p, d.layer, d.angle)


@corruption(DirectionalSnow, identity={"mean": 0.0, "threshold": 1.0, "mix": 1.0}, draws=flakes_alone)
def directional_snow(ops: Any, src: Any, dst: Any, p: DirectionalSnow, d: Any) -> None:
    """snow that falls in a given direction: the wind turns from frame to frame while the flakes stay the same.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3 (ImageNet-P).
    """
    fall(ops, src, dst, p, d.layer, np.full(len(src), p.angle))
