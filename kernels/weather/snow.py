"""snow: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, normal, uniform
from ..jit import scalar
from ..lanes import LANES, apart, backwards, larger, load, spread, tripled
from ..primitives.motion import QUANTUM_LIFT, motion_offsets, motion_weights
from ..primitives.pixelwise import LayerFunction, PixelFunction, sixteen_pixels, to_byte
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


class DimSnow(NamedTuple):
    """Parameters of dim_snow."""

    mean: float  # as those of snow, up to mix
    std: float
    zoom: float
    threshold: float
    radius: int
    sigma: float
    mix: float
    light: float  # by which the whitened image is multiplied


def draws(p: Snow | DimSnow, height: int, width: int) -> dict[str, Draw]:
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


@scalar
def whiteness(red, green, blue, r, g, b, gain, offset):
    """The grey of a pixel by the shares of its channels, brightened."""
    return (red * r + green * g + blue * b) * gain + offset


@scalar
def whitened(here, brighter, mix, rest, light, flake):
    """A level mixed with what is brighter of itself and white, times the light, with the flakes on it."""
    return (mix * here + rest * brighter) * light + flake


@PixelFunction
def snowed(src, n, y, x, flakes, mix, light):
    """The whitened image with the flakes and the flakes turned by half a turn."""
    r, g, b = np.float32(src[n, y, x, 0]), np.float32(src[n, y, x, 1]), np.float32(src[n, y, x, 2])
    white, rest = whiteness(RED, GREEN, BLUE, r, g, b, GREY_GAIN, GREY_OFFSET), ONE - mix
    flake = np.float32(flakes[n, y, x, 0]) + np.float32(flakes[n, flakes.shape[1] - 1 - y, flakes.shape[2] - 1 - x, 0])
    return (
        to_byte(whitened(r, max(r, white), mix, rest, light, flake)),
        to_byte(whitened(g, max(g, white), mix, rest, light, flake)),
        to_byte(whitened(b, max(b, white), mix, rest, light, flake)),
    )


@snowed.sixteen
def snowed_sixteen(src, n, y, x, flakes, mix, light):
    """`snowed` of sixteen pixels: .06 ms in place of .48 at 224 x 224 (an Intel Xeon of model 207)."""
    a, b, c = sixteen_pixels(src, n, y, x)
    r, g, v = apart(a, b, c)
    red, green, blue = spread(RED), spread(GREEN), spread(BLUE)
    whites = tripled(whiteness(red, green, blue, r, g, v, spread(GREY_GAIN), spread(GREY_OFFSET)))
    height, width = flakes.shape[1], flakes.shape[2]
    there = (n * height + height - 1 - y) * width + width - LANES - x
    fallen = tripled(load(flakes, (n * height + y) * width + x) + backwards(load(flakes, there)))
    mixes, rest, lights = spread(mix), spread(ONE - mix), spread(light)
    return (
        whitened(a, larger(a, whites[0]), mixes, rest, lights, fallen[0]),
        whitened(b, larger(b, whites[1]), mixes, rest, lights, fallen[1]),
        whitened(c, larger(c, whites[2]), mixes, rest, lights, fallen[2]),
    )


def snowfall(
    ops: Any, src: Any, dst: Any, p: Snow | DimSnow | DirectionalSnow, layer: Any, angles: np.ndarray, light: float
) -> None:
    """The flakes of a random layer, fallen along each image's angle, over the whitened image times `light`."""
    n, height, width, _ = src.shape
    layer = ops.zoom_sum(layer.reshape(n, height, width, 1), (p.zoom,))
    flakes = ops.empty(layer.shape, np.uint8)
    ops.pixelwise(cut, layer, flakes, p.threshold)
    weights = motion_weights(p.radius, p.sigma)
    falling = ops.empty(flakes.shape, np.uint8)
    ops.correlate_offsets(flakes, falling, motion_offsets(angles, len(weights)), weights, QUANTUM_LIFT)
    ops.pixelwise(snowed, src, dst, falling, p.mix, light)


@corruption(Snow, identity={"mean": 0.0, "threshold": 1.0, "mix": 1.0}, within={"radius": (0, 10_000)}, draws=draws)
def snow(ops: Any, src: Any, dst: Any, p: Snow, d: Any) -> None:
    """Whitened image plus a motion-blurred layer of flakes and the same layer turned by 180 degrees: snowfall.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    snowfall(ops, src, dst, p, d.layer, d.angle, 1.0)


@corruption(
    DimSnow,
    identity={"mean": 0.0, "threshold": 1.0, "mix": 1.0, "light": 1.0},
    within={"radius": (0, 10_000)},
    draws=draws,
)
def dim_snow(ops: Any, src: Any, dst: Any, p: DimSnow, d: Any) -> None:
    """ImageNet-C's snow over an image with less light: snowfall under a grey sky.

    Source: Beemelmanns et al. 2024 (arXiv:2402.11677), snow.
    Differs from the published code in that the layer of flakes is cut from the middle of its zoom, as ImageNet-C's, not
    from a corner, and is truncated to bytes before it falls, not rounded after.
    """
    snowfall(ops, src, dst, p, d.layer, d.angle, p.light)


@corruption(
    DirectionalSnow,
    identity={"mean": 0.0, "threshold": 1.0, "mix": 1.0},
    within={"radius": (0, 10_000)},
    draws=flakes_alone,
)
def directional_snow(ops: Any, src: Any, dst: Any, p: DirectionalSnow, d: Any) -> None:
    """snow that falls in a given direction: the wind turns from frame to frame while the flakes stay the same.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3 (ImageNet-P).
    """
    snowfall(ops, src, dst, p, d.layer, np.full(len(src), p.angle), 1.0)
