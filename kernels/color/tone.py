"""Tone and colour curves."""

from typing import Any, NamedTuple

import numpy as np

from ..kept import kept
from ..primitives.lookup import byte_table
from ..primitives.pixelwise import to_byte
from ..registry import corruption

ZERO, ONE = np.float32(0.0), np.float32(1.0)


class Brightness(NamedTuple):
    """Parameters of brightness."""

    added: float  # to V of HSV, on 0..1


class Contrast(NamedTuple):
    """Parameters of contrast."""

    factor: float  # by which the distance from the mean is multiplied


class Saturation(NamedTuple):
    """Parameters of saturate."""

    multiply: float  # S of HSV by this
    add: float  # then add this, on 0..1


@kept
def brightness_table(p: Brightness) -> np.ndarray:
    """(256, 256) uint8: what becomes of a channel c in a pixel whose largest channel is V, entry [V, c].

    Hue and saturation kept and V moved to V' means that every channel is scaled by V'/V; black becomes grey of V'.
    """
    value, channel = np.arange(256.0)[:, None] / 255.0, np.arange(256.0) / 255.0
    raised = np.minimum(value + p.added, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = raised * (1.0 - np.where(value > 0, (value - channel) / value, 0.0))
    return byte_table(scaled * 255.0)


@corruption(Brightness, identity={"added": 0.0})
def brightness(ops: Any, src: Any, dst: Any, p: Brightness, d: Any) -> None:
    """V + added in HSV, clipped: more daylight.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    ops.lookup_by_largest(src, dst, brightness_table(p))


@corruption(Contrast, identity={"factor": 1.0})
def contrast(ops: Any, src: Any, dst: Any, p: Contrast, d: Any) -> None:
    """(u - mean) factor + mean with the mean of each channel of the image: flat light.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    curves = ops.contrast_curves(ops.channel_sums(src), src.shape[1] * src.shape[2], np.float32(p.factor))
    ops.lookup_channels(src, dst, curves)


@corruption(Saturation, form="pixel", identity={"multiply": 1.0, "add": 0.0})
def saturate(src, n, y, x, multiply, add):
    """S multiply + add in HSV, clipped: washed-out or garish colour.

    Each channel's distance below the largest scales with S; grey has hue 0, so an added S tints it red.
    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), appendix B (validation corruptions).
    """
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    value = np.float32(max(r, max(g, b)))
    spread = value - np.float32(min(r, min(g, b)))
    if spread == ZERO:
        level = to_byte(value * (ONE - min(max(add, ZERO), ONE)))
        return r, level, level
    target = min(max(spread / value * multiply + add, ZERO), ONE)
    gain = value * target / spread
    return (
        to_byte(value - (value - np.float32(r)) * gain),
        to_byte(value - (value - np.float32(g)) * gain),
        to_byte(value - (value - np.float32(b)) * gain),
    )
