"""spatter: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, normal
from ..lanes import colours, load, spread, tripled, where
from ..primitives.pixelwise import FieldFunction, LayerFunction, PixelFunction, sixteen_pixels, to_byte
from ..primitives.separable import gaussian_radius, gaussian_weights
from ..registry import corruption

ZERO, ONE, FULL = np.float32(0.0), np.float32(1.0), np.float32(255.0)
CANNY_LOW, CANNY_HIGH, FURTHEST = 50, 150, 20.0
EMBOSS = np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], np.int32)
# A mean of nine distances a + 1.4 b + 2.1969 c that is not whole lies 1.1e-5 or more from whole; its float32 sum was
# off by up to 3.1e-6 in 400,000 tries, none of which this lift left on the wrong side.
MEAN_LIFT = np.float32(4e-6)
TRACE = np.float32(1e-9)  # of water, far below a grey level; thirty runs leave numbers that are too small for float32
MUD_CUT = np.float32(0.8)
WATER_RED, WATER_GREEN, WATER_BLUE = np.float32(175.0), np.float32(238.0), np.float32(238.0)
MUD_RED, MUD_GREEN, MUD_BLUE = np.float32(63.0), np.float32(42.0), np.float32(20.0)


class Spatter(NamedTuple):
    """Parameters of spatter."""

    mean: float  # of the layer, on 0..1
    std: float  # of the layer
    sigma: float  # pixels, smoothness of the layer
    threshold: float  # layer values below it are no liquid
    strength: float  # of the water; for mud the sigma in pixels of its rim
    mud: int  # 0 water, 1 mud


class RunningSpatter(NamedTuple):
    """Parameters of running_spatter."""

    mean: float  # of the layer, on 0..1
    std: float  # of the layer
    sigma: float  # pixels, smoothness of the layer
    threshold: float  # layer values below it are no liquid
    strength: float  # of the water
    runs: int  # how often the water has run down
    below: float  # what a pixel takes from the one below it in a run,
    here: float  # from itself,
    above: float  # from the one above,
    far: float  # and from the one above that


def draws(p: Spatter | RunningSpatter, height: int, width: int) -> dict[str, Draw]:
    """The layer before smoothing."""
    return {"layer": normal(p.mean, p.std, height, width)}


@LayerFunction
def liquid_byte(layer, n, y, x, threshold):
    """The layer as a byte, 0 below the threshold; a value above 1 wraps, as the script's cast does."""
    value = layer[n, y, x, 0]
    return np.uint8(np.int32(FULL * value) & 255) if value >= threshold else np.uint8(0)


@LayerFunction
def is_liquid(layer, n, y, x, threshold):
    """1 above the threshold, else 0."""
    return np.uint8(1) if layer[n, y, x, 0] > threshold else np.uint8(0)


@FieldFunction
def kept_liquid(layer, n, y, x, threshold):
    """The layer, 0 below the threshold."""
    value = layer[n, y, x, 0]
    return value if value >= threshold else ZERO


@FieldFunction
def run_down(layer, n, y, x, below, here, above, far):
    """A pixel mixed with its neighbours in the column; nothing comes from beyond the edges."""
    last = layer.shape[1] - 1
    mixed = (
        below * (layer[n, min(y + 1, last), x, 0] if y < last else ZERO)
        + here * layer[n, y, x, 0]
        + above * (layer[n, max(y - 1, 0), x, 0] if y > 0 else ZERO)
        + far * (layer[n, max(y - 2, 0), x, 0] if y > 1 else ZERO)
    )
    return mixed if mixed > TRACE else ZERO


@run_down.sixteen
def run_down_sixteen(layer, n, y, x, below, here, above, far):
    """`run_down` of sixteen pixels."""
    width, zero = layer.shape[2], spread(ZERO)
    place = (n * layer.shape[1] + y) * width + x
    mixed = (
        spread(below) * (load(layer, place + width) if y < layer.shape[1] - 1 else zero)
        + spread(here) * load(layer, place)
        + spread(above) * (load(layer, place - width) if y > 0 else zero)
        + spread(far) * (load(layer, place - 2 * width) if y > 1 else zero)
    )
    return where(mixed - spread(TRACE), mixed, zero)


@PixelFunction
def wetted(src, n, y, x, liquid, relief, peak, strength):
    """Pale turquoise added in proportion to liquid * relief, scaled so that the largest of the image is `strength`."""
    if peak[n] == 0:
        return src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    m = strength * (np.float32(liquid[n, y, x, 0]) * np.float32(relief[n, y, x]) / np.float32(peak[n]))
    return (
        to_byte(np.float32(src[n, y, x, 0]) + m * WATER_RED),
        to_byte(np.float32(src[n, y, x, 1]) + m * WATER_GREEN),
        to_byte(np.float32(src[n, y, x, 2]) + m * WATER_BLUE),
    )


@wetted.sixteen
def wetted_sixteen(src, n, y, x, liquid, relief, peak, strength):
    """`wetted` of sixteen pixels."""
    a, b, c = sixteen_pixels(src, n, y, x)
    if peak[n] == 0:
        return a, b, c
    place, paint = (n * src.shape[1] + y) * src.shape[2] + x, colours(WATER_RED, WATER_GREEN, WATER_BLUE)
    wet = spread(strength) * (load(liquid, place) * load(relief, place) / spread(np.float32(peak[n])))
    m = tripled(wet)
    return a + m[0] * paint[0], b + m[1] * paint[1], c + m[2] * paint[2]


@PixelFunction
def muddied(src, n, y, x, cover):
    """Brown in place of the image where the smoothed cover reaches .8."""
    m = cover[n, y, x, 0]
    if m < MUD_CUT:
        m = ZERO
    rest = ONE - m
    return (
        to_byte(np.float32(src[n, y, x, 0]) * rest + m * MUD_RED),
        to_byte(np.float32(src[n, y, x, 1]) * rest + m * MUD_GREEN),
        to_byte(np.float32(src[n, y, x, 2]) * rest + m * MUD_BLUE),
    )


@muddied.sixteen
def muddied_sixteen(src, n, y, x, cover):
    """`muddied` of sixteen pixels."""
    a, b, c = sixteen_pixels(src, n, y, x)
    there, zero, one = load(cover, (n * src.shape[1] + y) * src.shape[2] + x), spread(ZERO), spread(ONE)
    m = tripled(where(spread(MUD_CUT) - there, zero, there))
    red, green, blue = colours(MUD_RED, MUD_GREEN, MUD_BLUE)
    return a * (one - m[0]) + m[0] * red, b * (one - m[1]) + m[1] * green, c * (one - m[2]) + m[2] * blue


def wet(ops: Any, src: Any, dst: Any, liquid: Any, strength: float) -> None:
    """Light the water of a layer of bytes (N, H, W, 1) by the embossed distance to its edges."""
    drops = liquid.reshape(liquid.shape[:3])
    edges, distance = ops.empty(drops.shape, np.bool_), ops.empty(drops.shape, np.float32)
    ops.canny(drops, edges, CANNY_LOW, CANNY_HIGH)
    ops.chamfer(edges, distance, np.float32(FURTHEST))
    near, relief = ops.empty(drops.shape, np.uint8), ops.empty(drops.shape, np.uint8)
    ops.box3(distance, near, MEAN_LIFT)
    ops.equalize(near)
    ops.correlate3(near, relief, EMBOSS)
    ops.box3(relief, near, np.float32(0.5))
    ops.pixelwise(wetted, src, dst, liquid, near, ops.peak_product(drops, near), strength)


@corruption(
    Spatter,
    identity={"strength": 0.0, "mud": 0},
    within={"sigma": (0.0, 10_000.0), "strength": (0.0, 10_000.0)},
    draws=draws,
)
def spatter(ops: Any, src: Any, dst: Any, p: Spatter, d: Any) -> None:
    """Drops of water (severities 1 to 3) or mud (4 and 5) from a smoothed, thresholded random layer: a splashed lens.

    Water is lit by the embossed distance to the drops' edges. Where the script would divide by a zero maximum, the
    image stays.
    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), appendix B (validation corruptions).
    """
    n, height, width, _ = src.shape
    layer = ops.separable(
        d.layer.reshape(n, height, width, 1), gaussian_weights(p.sigma, gaussian_radius(p.sigma)), "nearest"
    )
    liquid = ops.empty(layer.shape, np.uint8)
    if p.mud:
        ops.pixelwise(is_liquid, layer, liquid, p.threshold)
        cover = ops.separable(liquid, gaussian_weights(p.strength, gaussian_radius(p.strength)), "nearest")
        ops.pixelwise(muddied, src, dst, cover)
        return
    ops.pixelwise(liquid_byte, layer, liquid, p.threshold)
    wet(ops, src, dst, liquid, p.strength)


@corruption(
    RunningSpatter,
    identity={"strength": 0.0},
    within={"runs": (0, 10_000), "sigma": (0.0, 10_000.0), "strength": (0.0, 10_000.0)},
    draws=draws,
)
def running_spatter(ops: Any, src: Any, dst: Any, p: RunningSpatter, d: Any) -> None:
    """The water of spatter after it has run down a number of times: each time a column is mixed with what is above.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3 (ImageNet-P, validation sequences).
    """
    n, height, width, _ = src.shape
    layer = ops.separable(
        d.layer.reshape(n, height, width, 1), gaussian_weights(p.sigma, gaussian_radius(p.sigma)), "nearest"
    )
    liquid, run, drops = ops.empty(layer.shape, np.float32), layer, ops.empty(layer.shape, np.uint8)
    ops.pixelwise(kept_liquid, layer, liquid, p.threshold)
    for _ in range(p.runs):
        ops.pixelwise(run_down, liquid, run, p.below, p.here, p.above, p.far)
        liquid, run = run, liquid
    ops.pixelwise(liquid_byte, liquid, drops, 0.0)
    wet(ops, src, dst, drops, p.strength)
