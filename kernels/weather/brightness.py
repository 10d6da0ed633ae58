"""brightness: see the function."""

import functools
from typing import Any, NamedTuple

import numpy as np

from ..primitives.lookup import byte_table
from ..registry import Tolerance, corruption


class Params(NamedTuple):
    """Parameters of one severity."""

    added: float  # to V of HSV, on 0..1


@functools.lru_cache(maxsize=64)
def scale_table(p: Params) -> np.ndarray:
    """(256, 256) uint8: what becomes of a channel c in a pixel whose largest channel is V, entry [V, c].

    Hue and saturation kept and V moved to V' means that every channel is scaled by V'/V; black becomes grey of V'.
    """
    value, channel = np.arange(256.0)[:, None] / 255.0, np.arange(256.0) / 255.0
    raised = np.minimum(value + p.added, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = raised * (1.0 - np.where(value > 0, (value - channel) / value, 0.0))
    return byte_table(scaled * 255.0)


SIZE_224 = [0.1, 0.2, 0.3, 0.4, 0.5]


@corruption(
    Params,
    {224: SIZE_224, 299: SIZE_224, 64: SIZE_224, 32: [0.05, 0.1, 0.15, 0.2, 0.3]},
    identity=[0.0],
    tolerance=Tolerance(
        1, 0.01, "where V + added is a whole level, the rounding noise of HSV in float64 decides between it and the one below"
    ),
)
def brightness(ops: Any, src: Any, dst: Any, p: Params, d: Any) -> None:
    """V + added in HSV, clipped: more daylight.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    ops.lookup_by_largest(src, dst, scale_table(p))
