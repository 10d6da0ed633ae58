"""Levels spread over the whole range, channel by channel, and channels exchanged."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers
from ..jit import scalar
from ..primitives.pixelwise import LayerFunction, PixelFunction, nearest_byte, to_byte
from ..registry import corruption

FULL, HALF = np.float32(255.0), np.float32(0.5)
ORDERS = np.array([[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])


class Spread(NamedTuple):
    """Parameters of autocontrast and equalize."""

    weight: float  # of the result, 0 to 1; the rest is the image


class Shuffled(NamedTuple):
    """channel_shuffle has no parameters."""


@LayerFunction
def channel(src, n, y, x, c):
    """One channel."""
    return src[n, y, x, c]


@LayerFunction
def negative(src, n, y, x, c):
    """What one channel lacks to white."""
    return np.uint8(255 - src[n, y, x, c])


@scalar
def stretched(level, darkest, brightest, weight):
    """A level where the darkest becomes 0 and the brightest 255; itself where all are alike."""
    low, high, here = np.float32(255 - np.int32(darkest)), np.float32(brightest), np.float32(level)
    if high <= low:
        return level
    scale = FULL / (high - low)
    target = np.float32(to_byte(here * scale - low * scale))
    return nearest_byte(here + weight * (target - here))


@PixelFunction
def spread(src, n, y, x, d0, d1, d2, b0, b1, b2, weight):
    """Each channel by its own ends."""
    return (
        stretched(src[n, y, x, 0], d0[n], b0[n], weight),
        stretched(src[n, y, x, 1], d1[n], b1[n], weight),
        stretched(src[n, y, x, 2], d2[n], b2[n], weight),
    )


@corruption(Spread, identity={"weight": 0.0})
def autocontrast(ops: Any, src: Any, dst: Any, p: Spread, d: Any) -> None:
    """The darkest level of each channel becomes 0, the brightest 255: a camera that stretches what it sees.

    Pillow's bytes, but where a level lies within float32's rounding of a whole one.
    Source: Cubuk et al. 2019 (arXiv:1805.09501), table 6 (AutoContrast).
    """
    layer, ends = ops.empty((*src.shape[:3], 1), np.uint8), []
    for function in (negative, channel):
        for c in range(3):
            ops.pixelwise(function, src, layer, c)
            ends.append(ops.peak(layer))
    ops.pixelwise(spread, src, dst, *ends, p.weight)


@PixelFunction
def merged(src, n, y, x, r, g, b, weight):
    """Three layers as channels, mixed with the image."""
    return (
        nearest_byte(np.float32(src[n, y, x, 0]) + weight * (np.float32(r[n, y, x]) - np.float32(src[n, y, x, 0]))),
        nearest_byte(np.float32(src[n, y, x, 1]) + weight * (np.float32(g[n, y, x]) - np.float32(src[n, y, x, 1]))),
        nearest_byte(np.float32(src[n, y, x, 2]) + weight * (np.float32(b[n, y, x]) - np.float32(src[n, y, x, 2]))),
    )


@corruption(Spread, identity={"weight": 0.0})
def equalize(ops: Any, src: Any, dst: Any, p: Spread, d: Any) -> None:
    """Each channel's histogram made flat: every level as frequent as another.

    By OpenCV's rule, which sends the lowest level that there is to 0.
    Source: Cubuk et al. 2019 (arXiv:1805.09501), table 6 (Equalize).
    Differs from Pillow's rule, which the paper used and whose steps are whole, by up to some twenty levels.
    """
    layers = []
    for c in range(3):
        layer = ops.empty((*src.shape[:3], 1), np.uint8)
        ops.pixelwise(channel, src, layer, c)
        layers.append(layer.reshape(src.shape[:3]))
        ops.equalize(layers[-1])
    ops.pixelwise(merged, src, dst, *layers, p.weight)


def an_order(p: Shuffled, height: int, width: int) -> dict[str, Draw]:
    """Which of the five orders of the channels that are not the image's."""
    return {"order": integers(1, 6, on_host=True)}


def prepare_order(p: Shuffled, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """(N, 3): where each channel comes from."""
    return {"source": ORDERS[d.order].astype(np.int32)}


@corruption(Shuffled, form="pixel", identity={}, draws=an_order, prepare=prepare_order)
def channel_shuffle(src, n, y, x, source):
    """The three channels in another order: a cable or a decoder that mistakes them.

    Every order but the image's own is equally likely.
    Source: Buslaev et al. 2020 (arXiv:1809.06839), ChannelShuffle.
    """
    return src[n, y, x, source[n, 0]], src[n, y, x, source[n, 1]], src[n, y, x, source[n, 2]]
