"""Corruptions that mix channels or turn their hue."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..jit import scalar
from ..primitives.hues import FULL, HALF, ONE, ZERO, hue_of, largest, missing, smallest, wrapped
from ..primitives.pixelwise import PixelFunction, nearest_byte, to_byte
from ..registry import corruption

RED, GREEN, BLUE = np.float32(0.299), np.float32(0.587), np.float32(0.114)
BRIGHTNESS, CONTRAST, SATURATION, HUE, NOTHING = range(5)
SIXTHS = 6.0  # of the colour circle
SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]], np.float32)
RED_OF_RED, GREEN_OF_RED, BLUE_OF_RED = SEPIA[0]
RED_OF_GREEN, GREEN_OF_GREEN, BLUE_OF_GREEN = SEPIA[1]
RED_OF_BLUE, GREEN_OF_BLUE, BLUE_OF_BLUE = SEPIA[2]


class Jitter(NamedTuple):
    """Parameters of color_jitter: the largest change either way."""

    brightness: float  # of the factor 1
    contrast: float  # of the factor 1
    saturation: float  # of the factor 1
    hue: float  # in turns of the colour circle


class Shifts(NamedTuple):
    """Parameters of hue_saturation_value: the largest change either way."""

    hue: float  # degrees
    saturation: float  # S of HSV on 0..255
    value: float  # V of HSV on 0..255


class Weight(NamedTuple):
    """Parameters of to_sepia."""

    weight: float  # of the sepia image, 0 to 1


def jitter_draws(p: Jitter, height: int, width: int) -> dict[str, Draw]:
    """The three factors, the turn of the hue, and what the order of the four steps is sorted by."""
    around = {
        name: uniform(max(0.0, 1.0 - most), 1.0 + most, on_host=True)
        for name, most in zip(p._fields[:3], p[:3], strict=True)
    }
    return {**around, "hue": uniform(-p.hue, p.hue, on_host=True), "rank": uniform(0.0, 1.0, 4, on_host=True)}


def shift_draws(p: Shifts, height: int, width: int) -> dict[str, Draw]:
    """The three changes."""
    return {name: uniform(-most, most, on_host=True) for name, most in zip(p._fields, p, strict=True)}


def prepare_shifts(p: Shifts, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The turn in sixths of the circle, and what is added to S and V."""
    return {"turn": d.hue / 60.0, "added": np.stack([d.saturation / 255.0, d.value], axis=1)}


@scalar
def grey(r, g, b):
    """The luma as float32."""
    return RED * np.float32(r) + GREEN * np.float32(g) + BLUE * np.float32(b)


@scalar
def in_hsv(r, g, b, turn, saturation, value):
    """Turn, saturation (0..1) and value (0..255) added to hue, S and V, the last two clipped: three bytes."""
    top = largest(r, g, b)
    spread = top - smallest(r, g, b)
    hue = wrapped(hue_of(r, g, b) + turn)
    before = spread / top if top > ZERO else ZERO
    s = min(max(before + saturation, ZERO), ONE)
    v = min(max(top + value, ZERO), FULL)
    return (
        nearest_byte(v - v * s * missing(hue, np.float32(5.0))),
        nearest_byte(v - v * s * missing(hue, np.float32(3.0))),
        nearest_byte(v - v * s * missing(hue, ONE)),
    )


@scalar
def added(gain, level, other):
    """gain * level + other as a byte, truncated."""
    return to_byte(gain * np.float32(level) + other)


@PixelFunction
def toned(src, n, y, x, steps, amounts, sums, share):
    """Brightness, contrast and saturation in the image's order with their amounts; `sums` of the channels are those
    before them, for the mean of the grey image, in which a pixel has a `share`.
    """
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    for k in range(steps.shape[1]):
        step, amount = steps[n, k], amounts[n, k]
        if step != NOTHING:
            other = ZERO
            if step == SATURATION:
                other = (ONE - amount) * grey(r, g, b) + HALF
            elif step == CONTRAST:
                other = (ONE - amount) * (share * grey(sums[n, 0], sums[n, 1], sums[n, 2]))
            r, g, b = added(amount, r, other), added(amount, g, other), added(amount, b, other)
    return r, g, b


@PixelFunction
def turned(src, n, y, x, turn):
    """Another hue."""
    return in_hsv(src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2], turn[n], ZERO, ZERO)


@corruption(
    Jitter,
    identity={"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0},
    draws=jitter_draws,
)
def color_jitter(ops: Any, src: Any, dst: Any, p: Jitter, d: Any) -> None:
    """Brightness u f, contrast about the mean grey, saturation about each pixel's grey, each with a random factor, and
    a random turn of the hue, one after the other in random order: another camera's colours.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (ColorJitter).
    Differs from the published library in that hue and saturation are not rounded to bytes within a step.
    """
    order = np.argsort(d.rank, axis=1, kind="stable")
    amounts = np.take_along_axis(np.stack([d.brightness, d.contrast, d.saturation, d.hue], axis=1), order, axis=1)
    amount, share = ops.upload(amounts.astype(np.float32)), 1.0 / (src.shape[1] * src.shape[2])
    # The hue is turned apart, and contrast needs the mean of the image as it then is: so four stretches of the others.
    after_hue, late = (np.maximum.accumulate(order == step, axis=1) for step in (HUE, CONTRAST))
    early, behind = ops.empty(src.shape, src.dtype), ops.empty(src.shape, src.dtype)

    def tone(image: Any, out: Any, stretch: np.ndarray) -> None:
        steps = np.where(stretch & (order != HUE), order, NOTHING).astype(np.int32)
        ops.pixelwise(toned, image, out, ops.upload(steps), amount, ops.channel_sums(image), share)

    tone(src, early, ~after_hue & ~late)
    tone(early, behind, ~after_hue & late)
    ops.pixelwise(turned, behind, early, ops.upload((SIXTHS * d.hue).astype(np.float32)))
    tone(early, behind, after_hue & ~late)
    tone(behind, dst, after_hue & late)


@corruption(
    Shifts,
    form="pixel",
    identity={"hue": 0.0, "saturation": 0.0, "value": 0.0},
    draws=shift_draws,
    prepare=prepare_shifts,
)
def hue_saturation_value(src, n, y, x, turn, added):
    """A random value added to each of hue, S and V of HSV, S and V clipped: a wrong white balance and exposure.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (HueSaturationValue).
    Differs from the published library in that hue and saturation are not rounded to bytes on the way.
    """
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    return in_hsv(r, g, b, turn[n], added[n, 0], added[n, 1])


@corruption(Weight, form="pixel", identity={"weight": 0.0})
def to_sepia(src, n, y, x, weight):
    """Each channel a fixed mix of the three, clipped: a photograph toned brown.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (ToSepia).
    """
    r, g, b = np.float32(src[n, y, x, 0]), np.float32(src[n, y, x, 1]), np.float32(src[n, y, x, 2])
    rest = ONE - weight
    return (
        nearest_byte(rest * r + weight * min(RED_OF_RED * r + GREEN_OF_RED * g + BLUE_OF_RED * b, FULL)),
        nearest_byte(rest * g + weight * min(RED_OF_GREEN * r + GREEN_OF_GREEN * g + BLUE_OF_GREEN * b, FULL)),
        nearest_byte(rest * b + weight * min(RED_OF_BLUE * r + GREEN_OF_BLUE * g + BLUE_OF_BLUE * b, FULL)),
    )
