"""blue_noise_sample: see the function."""

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, normal
from ..kept import kept
from ..registry import corruption

REACH = 5  # pixels: there the filter's weights are down to .5 % of the middle one
WAVES = 64  # along each axis, of which the filter is made
NOWHERE = -100.0  # below all noise
BLACK = np.uint8(0)


class Share(NamedTuple):
    """Parameters of blue_noise_sample."""

    share: float  # of the pixels that become black, 0 to 1


def draws(p: Share, height: int, width: int) -> dict[str, Draw]:
    """White noise, of the image and what the filter sees around it."""
    return {"white": normal(0.0, 1.0, height + 2 * REACH, width + 2 * REACH)}


@kept
def blue_filter() -> np.ndarray:
    """(S, S) float32: passes each frequency in proportion to its size, cut off to a square; the sum of squares is 1."""
    half = WAVES // 2
    cosines = [math.cos(2 * math.pi * k / WAVES) for k in range(WAVES)]
    waves = [(u, v, math.hypot(u, v)) for u in range(-half, half) for v in range(-half, half)]
    found = {
        (y, x): math.fsum(size * cosines[u * y % WAVES] * cosines[v * x % WAVES] for u, v, size in waves)
        for y in range(REACH + 1)
        for x in range(y + 1)
    }
    reach = range(-REACH, REACH + 1)
    grid = [[found[max(abs(y), abs(x)), min(abs(y), abs(x))] for x in reach] for y in reach]
    root = math.sqrt(math.fsum(value * value for row in grid for value in row))
    return np.array([[value / root for value in row] for row in grid], np.float32)


def prepare(p: Share, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The filter, the same for all images, and the level of noise below which a pixel is black."""
    limit = NormalDist().inv_cdf(min(p.share, 1 - 1e-9)) if p.share > 0 else NOWHERE
    return {"weights": np.repeat(blue_filter()[None], count, axis=0), "limit": float(limit)}


# 121 weights a pixel: that limits it.
@corruption(Share, form="pixel", identity={"share": 0.0}, draws=draws, prepare=prepare)
def blue_noise_sample(src, n, y, x, white, weights, limit):
    """Pixels are black where blue noise, whose waves are the stronger the shorter they are, is low: single dark pixels
    that keep apart from each other.

    Source: Mintun et al. 2021 (arXiv:2102.11273), appendix C.
    Differs from the published script, which makes the noise of waves of random phase, in that a filter of that spectrum
    is laid over white noise, and cut off at five pixels.
    """
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    noise = np.float32(0.0)
    for i in range(weights.shape[1]):
        for j in range(weights.shape[2]):
            noise += weights[n, i, j] * white[n, y + i, x + j]
    if noise > limit:
        return r, g, b
    return BLACK, BLACK, BLACK
