"""Contrast by other curves than a line."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..primitives.lookup import byte_table
from ..registry import corruption


class Sigmoid(NamedTuple):
    """Parameters of sigmoid_contrast."""

    gain: float  # steepness; the slope in the middle is a quarter of it
    low: float  # lowest level that becomes the middle grey, on 0..1
    high: float  # highest


class Log(NamedTuple):
    """Parameters of log_contrast."""

    gain: float  # of the curve; at 1 white stays white


def middle(p: Sigmoid, height: int, width: int) -> dict[str, Draw]:
    """The level that becomes the middle grey."""
    return {"cutoff": uniform(p.low, p.high, on_host=True)}


@corruption(Sigmoid, form="curve", identity={}, draws=middle)
def sigmoid_contrast(p: Sigmoid, d: Any) -> np.ndarray:
    """1 / (1 + exp(g (c - u))) with a random c: a film whose shadows and lights run together.

    No gain leaves the image as it is: below severity 1 it is the same.
    Source: Jung et al. 2020 (imgaug 0.4), SigmoidContrast.
    """
    return byte_table(np.array([255.0 / (1.0 + math.exp(p.gain * (d.cutoff - k / 255.0))) for k in range(256)]))


@corruption(Log, form="curve", identity={})
def log_contrast(p: Log) -> np.ndarray:
    """g log2(1 + u), clipped: an image stored for an eye that measures ratios.

    No gain leaves the image as it is: below severity 1 it is the same.
    Source: Jung et al. 2020 (imgaug 0.4), LogContrast.
    """
    return byte_table(np.array([255.0 * p.gain * math.log2(1.0 + k / 255.0) for k in range(256)]))
