"""Weather of ImageNet-C under a grey veil."""

from typing import Any, NamedTuple

import numpy as np

from ..jit import scalar
from ..kept import kept
from ..primitives.hues import largest
from ..primitives.lookup import byte_table
from ..primitives.pixelwise import PixelFunction, nearest_byte
from ..registry import corruption
from . import fog as fogs
from . import snow as snows

GREY = 128.0
ZERO = np.float32(0.0)
VALUES = 256.0  # what the share of the brightest value is taken of, as published


class VeiledFog(NamedTuple):
    """Parameters of veiled_fog."""

    strength: float  # as those of fog
    decay: float
    veil: float  # weight of the grey, 0 to 1


class VeiledSnow(NamedTuple):
    """Parameters of veiled_snow."""

    mean: float  # as those of snow, up to mix
    std: float
    zoom: float
    threshold: float
    radius: int
    sigma: float
    mix: float
    veil: float  # weight of the grey, 0 to 1
    peak: float  # what the brightest V of HSV becomes, on 0..1
    dusk: float  # weight of that, 0 to 1


@kept
def veil_table(veil: float) -> np.ndarray:
    """(256,) uint8: a mix with grey."""
    return byte_table(veil * GREY + (1.0 - veil) * np.arange(256.0))


def behind_veil(ops: Any, src: Any, dst: Any, veil: float) -> None:
    """dst = src mixed with grey."""
    ops.lookup_channels(src, dst, np.ascontiguousarray(np.broadcast_to(veil_table(veil), (len(src), 3, 256))))


@scalar
def scaled(level, top, target):
    """A channel of a pixel whose largest, `top`, becomes `target`."""
    return nearest_byte(np.float32(level) * target / top)


@PixelFunction
def dimmed(src, n, y, x, brightest, peak, dusk):
    """V of HSV scaled so that the brightest of the image becomes `peak`, whole levels, hue and saturation kept."""
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    top = largest(r, g, b)
    if top == ZERO:
        return r, g, b
    target = top + dusk * (np.floor(top * peak / np.float32(brightest[n])) - top)
    return scaled(r, top, target), scaled(g, top, target), scaled(b, top, target)


@corruption(VeiledFog, identity={"strength": 0.0, "veil": 0.0}, draws=fogs.draws)
def veiled_fog(ops: Any, src: Any, dst: Any, p: VeiledFog, d: Any) -> None:
    """ImageNet-C's fog, then u (1 - w) + w grey: thick fog by day.

    Source: Dong et al. 2023 (arXiv:2303.11040), fog.
    """
    foggy = ops.empty(src.shape, np.uint8)
    fogs.fog(ops, src, foggy, fogs.Fog(p.strength, p.decay), d)
    behind_veil(ops, foggy, dst, p.veil)


@corruption(
    VeiledSnow,
    identity={"mean": 0.0, "threshold": 1.0, "mix": 1.0, "veil": 0.0, "dusk": 0.0},
    within={"radius": (0, 10_000)},
    draws=snows.draws,
)
def veiled_snow(ops: Any, src: Any, dst: Any, p: VeiledSnow, d: Any) -> None:
    """ImageNet-C's snow, then u (1 - w) + w grey, then V of HSV scaled to a lower peak: snowfall at dusk.

    Source: Dong et al. 2023 (arXiv:2303.11040), snow.
    Differs from the published code in that hue and saturation are not rounded to bytes on the way.
    """
    snowy, grey = ops.empty(src.shape, np.uint8), ops.empty(src.shape, np.uint8)
    snows.snowfall(ops, src, snowy, snows.Snow(*p[:7]), d.layer, d.angle, 1.0)
    behind_veil(ops, snowy, grey, p.veil)
    ops.pixelwise(dimmed, grey, dst, ops.peak(grey), VALUES * p.peak, p.dusk)
