"""Tone curves that are polynomials through given points, and a constant added."""

from typing import NamedTuple

import numpy as np

from ..registry import corruption

LEVELS = np.arange(256) / 255.0
KNOT = 0.2  # how far the outer points of tone_cubic lie from the middle


class Middle(NamedTuple):
    """Parameters of tone_parabola."""

    middle: float  # what .5 becomes


class Upper(NamedTuple):
    """Parameters of tone_cubic."""

    upper: float  # what .7 becomes; .3 becomes 1 less that


class Added(NamedTuple):
    """Parameters of mean_shift."""

    added: float  # to the image on 0..1


def rounded(values: np.ndarray) -> np.ndarray:
    """On 0..1, clipped, to the nearest byte."""
    found: np.ndarray = np.floor(255.0 * np.clip(values, 0.0, 1.0) + 0.5)
    return found


@corruption(Middle, form="curve", identity={"middle": 0.5})
def tone_parabola(p: Middle) -> np.ndarray:
    """The parabola through (0, 0), (.5, middle) and (1, 1): mid-tones too dark or too bright, black and white kept.

    Source: Lin et al. 2019 (KADID-10k, QoMEX), darken.
    """
    bend = 2.0 - 4.0 * p.middle
    return rounded(bend * LEVELS * LEVELS + (1.0 - bend) * LEVELS)


@corruption(Upper, form="curve", identity={"upper": 0.7})
def tone_cubic(p: Upper) -> np.ndarray:
    """The cubic through (0, 0), (.3, 1 - upper), (.5, .5), (.7, upper) and (1, 1): contrast that is lost or exaggerated
    around middle grey.

    Source: Lin et al. 2019 (KADID-10k, QoMEX), contrast change.
    """
    t = LEVELS - 0.5
    cube = (0.5 + KNOT - p.upper) / (KNOT * 0.25 - KNOT**3)
    return rounded(0.5 + (1.0 - 0.25 * cube) * t + cube * t**3)


@corruption(Added, form="curve", identity={"added": 0.0})
def mean_shift(p: Added) -> np.ndarray:
    """A constant added everywhere, clipped: an exposure that is off.

    Source: Lin et al. 2019 (KADID-10k, QoMEX), mean shift.
    """
    return rounded(LEVELS + p.added)
