"""Curves that every pixel goes through, the same for all images or drawn for each."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..primitives.lookup import byte_table
from ..registry import corruption
from .shifts import one_channel

LEVELS = np.arange(256)


class Posterize(NamedTuple):
    """Parameters of posterize."""

    bits: int  # kept in each channel


class Solarize(NamedTuple):
    """Parameters of solarize."""

    threshold: int  # grey level from which on levels are inverted
    weight: float  # of the negative there, 0 to 1


class Weight(NamedTuple):
    """Parameters of invert."""

    weight: float  # of the negative, 0 to 1


class Dropped(NamedTuple):
    """Parameters of channel_dropout."""

    kept: float  # of the channel that is dropped, 0 to 1


class Limit(NamedTuple):
    """Parameters of random_brightness and random_contrast."""

    limit: float  # largest change either way, image on 0..1


class Levels(NamedTuple):
    """Parameters of rgb_shift."""

    limit: float  # grey levels, largest shift either way


class Gamma(NamedTuple):
    """Parameters of random_gamma."""

    low: float  # smallest exponent
    high: float  # largest


class Exponent(NamedTuple):
    """Parameters of gamma_correction."""

    gamma: float  # of the levels on 0..1


def either_way(p: Limit, height: int, width: int) -> dict[str, Draw]:
    """The change."""
    return {"change": uniform(-p.limit, p.limit, on_host=True)}


def each_channel(p: Levels, height: int, width: int) -> dict[str, Draw]:
    """The shift of each channel in grey levels."""
    return {"shift": uniform(-p.limit, p.limit, 3, on_host=True)}


def exponent(p: Gamma, height: int, width: int) -> dict[str, Draw]:
    """The exponent."""
    return {"gamma": uniform(p.low, p.high, on_host=True)}


def negative(weight: float) -> np.ndarray:
    """(256,) uint8: u (1 - weight) + (1 - u) weight, rounded half up."""
    return byte_table(LEVELS + weight * (255 - 2 * LEVELS) + 0.5)


@corruption(Posterize, form="curve", identity={"bits": 8})
def posterize(p: Posterize) -> np.ndarray:
    """Only the upper bits of each channel are kept: too small a palette.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (Posterize).
    """
    return LEVELS >> (8 - p.bits) << (8 - p.bits)


@corruption(Solarize, form="curve", identity={"weight": 0.0})
def solarize(p: Solarize) -> np.ndarray:
    """Levels from a threshold on become 255 less them, at weight 1: film that was exposed too much.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (Solarize).
    """
    return np.where(p.threshold <= LEVELS, negative(p.weight), LEVELS)


@corruption(Weight, form="curve", identity={"weight": 0.0})
def invert(p: Weight) -> np.ndarray:
    """u (1 - weight) + (1 - u) weight, the negative at weight 1: inverted colours.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (InvertImg).
    """
    return negative(p.weight)


@corruption(Dropped, form="curve", identity={"kept": 1.0}, draws=one_channel)
def channel_dropout(p: Dropped, d: Any) -> np.ndarray:
    """One random channel becomes 0: a sensor that lacks one colour.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (ChannelDropout).
    """
    gain = np.where(np.arange(3) == d.channel, p.kept, 1.0)
    return byte_table(gain[:, None] * LEVELS)


@corruption(Levels, form="curve", identity={"limit": 0.0}, draws=each_channel)
def rgb_shift(p: Levels, d: Any) -> np.ndarray:
    """A random value added to each channel, another for each, clipped: a wrong white balance.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (RGBShift).
    """
    return byte_table(LEVELS + d.shift[:, None])


@corruption(Limit, form="curve", identity={"limit": 0.0}, draws=either_way)
def random_brightness(p: Limit, d: Any) -> np.ndarray:
    """u + c with a random c of up to `limit` either way, clipped: an exposure that is too long or too short.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (RandomBrightness).
    """
    return byte_table(LEVELS + 255.0 * d.change)


@corruption(Limit, form="curve", identity={"limit": 0.0}, draws=either_way)
def random_contrast(p: Limit, d: Any) -> np.ndarray:
    """u (1 + c) with a random c of up to `limit` either way, clipped: light that is too strong or too weak. Where c is
    below -1 the image is black.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (RandomContrast).
    """
    return byte_table(LEVELS * (1.0 + d.change))


@corruption(Gamma, form="curve", identity={"low": 1.0, "high": 1.0}, draws=exponent)
def random_gamma(p: Gamma, d: Any) -> np.ndarray:
    """u^gamma with a random exponent: a display with a wrong tone curve.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (RandomGamma).
    """
    gamma = float(d.gamma)
    return byte_table(np.array([255.0 * math.pow(v / 255.0, gamma) for v in range(256)]))  # not NumPy's: see `bell`


@corruption(Exponent, form="curve", identity={"gamma": 1.0})
def gamma_correction(p: Exponent) -> np.ndarray:
    """u^gamma, cut off at the next level below 255.999 u^gamma: a display with a wrong tone curve.

    Source: Di Salvo et al. 2024 (arXiv:2406.17536), gamma correction; torchvision's adjust_gamma of Pillow's images.
    """
    return byte_table(np.array([255.999 * math.pow(v / 255.0, p.gamma) for v in range(256)]))  # not NumPy's: see `bell`
