"""One value added to all of an image, to one channel or to one part, and colour taken away."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..primitives.directions import DIRECTIONS, cosines, sines
from ..primitives.lookup import byte_table
from ..primitives.pixelwise import to_byte
from ..registry import corruption

HALF, ONE, FULL = np.float32(0.5), np.float32(1.0), np.float32(255.0)
RED, GREEN, BLUE = np.float32(0.299), np.float32(0.587), np.float32(0.114)
SUBPIXEL = 1024  # parts of a pixel, in which the line of backlight is placed
NEAR, FAR = 0.25, 0.75  # between which shares of the sides that line's point lies


class Shift(NamedTuple):
    """Parameters of brightness_shift, color_distortion and backlight."""

    amount: float  # added or subtracted, image on 0..1


class GrayScale(NamedTuple):
    """Parameters of gray_scale."""

    mix: float  # weight of the grey image, 0 to 1


def brighter_or_darker(p: Shift, height: int, width: int) -> dict[str, Draw]:
    """0 to subtract, 1 to add."""
    return {"added": integers(0, 2, on_host=True)}


def one_channel(p: Any, height: int, width: int) -> dict[str, Draw]:
    """Which channel."""
    return {"channel": integers(0, 3, on_host=True)}


def a_line(p: Shift, height: int, width: int) -> dict[str, Draw]:
    """A point of the line as a share (y, x) of the image, and in which direction the lit part lies from it."""
    return {
        "point": uniform(NEAR, FAR, 2, on_host=True),
        "direction": integers(0, DIRECTIONS, on_host=True),
    }


def prepare_line(p: Shift, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The lit part is where down y + aside x reaches `least`; whole numbers, so that every device agrees."""
    down = np.rint(SUBPIXEL * sines()[d.direction]).astype(np.int64)
    aside = np.rint(SUBPIXEL * cosines()[d.direction]).astype(np.int64)
    point = (d.point * (height, width)).astype(np.int64)
    return {"down": down, "aside": aside, "least": down * point[:, 0] + aside * point[:, 1]}


@corruption(Shift, form="curve", identity={"amount": 0.0}, draws=brighter_or_darker)
def brightness_shift(p: Shift, d: Any) -> np.ndarray:
    """One value added everywhere or subtracted everywhere, clipped: an exposure that is too long or too short.

    Source: Laugros 2022 (thesis 2022GRALT016), figures 3.2 and 4.3.
    """
    return byte_table(np.arange(256) + (2 * d.added - 1) * 255.0 * p.amount)


@corruption(Shift, form="curve", identity={"amount": 0.0}, draws=one_channel)
def color_distortion(p: Shift, d: Any) -> np.ndarray:
    """One value added to one random channel, clipped: a wrong white balance.

    Source: Laugros 2022 (thesis 2022GRALT016), figures 3.2 and 4.3.
    """
    added = 255.0 * p.amount * (np.arange(3) == d.channel)
    return byte_table(np.arange(256) + added[:, None])


@corruption(Shift, form="pixel", identity={"amount": 0.0}, draws=a_line, prepare=prepare_line)
def backlight(src, n, y, x, down, aside, least, amount):
    """One value added on one side of a random straight line and subtracted on the other, clipped: light from behind.

    Where the two parts lie is not published: the line passes a random point of the middle half in any direction.
    Source: Laugros 2022 (thesis 2022GRALT016), figures 3.2 and 4.3.
    """
    shift = FULL * amount
    if down[n] * y + aside[n] * x < least[n]:
        shift = -shift
    return (
        to_byte(np.float32(src[n, y, x, 0]) + shift),
        to_byte(np.float32(src[n, y, x, 1]) + shift),
        to_byte(np.float32(src[n, y, x, 2]) + shift),
    )


@corruption(GrayScale, form="pixel", identity={"mix": 0.0})
def gray_scale(src, n, y, x, mix):
    """A mix of the image and its grey self (.299 R + .587 G + .114 B), rounded: colour that fades.

    Source: Laugros 2022 (thesis 2022GRALT016), figures 3.2 and 4.3.
    """
    r, g, b = np.float32(src[n, y, x, 0]), np.float32(src[n, y, x, 1]), np.float32(src[n, y, x, 2])
    grey = mix * (RED * r + GREEN * g + BLUE * b) + HALF
    rest = ONE - mix
    return to_byte(rest * r + grey), to_byte(rest * g + grey), to_byte(rest * b + grey)
