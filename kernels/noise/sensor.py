"""A sensor in little light: few photons, counted and then read out with an error of its own."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..jit import cpu, part, scalar
from ..kept import kept
from ..primitives.pixelwise import PixelFunction
from ..primitives.transition import LEVELS
from ..registry import corruption

DARK = np.uint8(0)
STEPS = 4
"""Of the light between two levels: `low_light` has 1,021 laws. Between two of them the law is taken for their mixture;
the worst of its entries is off by 1.3e-5 at 600 photons, and none where an image has both black and white. The table
is 1 MB.
"""
MOST = STEPS * (LEVELS - 1)
LAST = np.float32(MOST - 1)
GUIDES = np.float32(256.0)
"""Places from which the level is searched for. Searched for by halves it took 9 ms an image, without branches 5.
"""
MANY = 4080.0
"""Photons beyond which counts are taken for normal and told apart in sixteenths of a level: one by one they would take
ever more memory. None that was published has so many; the law then leaps by less than .02 in any cell.
"""


class ShotRead(NamedTuple):
    """Parameters of shot_read_noise."""

    photons: float  # expected count of a white element
    sigma: float  # standard deviation of reading out, image on 0..1


class LowLight(NamedTuple):
    """Parameters of low_light."""

    stretch: float  # 1: what is the image's darkest and brightest level becomes 0 and 1; 0: levels stay
    gamma: float  # exponent of the light
    scale: float  # by which it is multiplied then
    photons: float  # expected count of a white element
    sigma: float  # standard deviation of reading out, image on 0..1


@part
def add_normal(law, row, weight, value, sigma):
    """Add `weight` of the law of trunc(255 clip(value + sigma N)) to a row; sigma 0 leaves the value itself."""
    if sigma == 0.0:
        law[row, int(min(value, 1.0) * 255.0 + 1e-9)] += weight  # v / 255 * 255 is v
        return
    above = 1.0  # the probability of reaching level k or more
    for k in range(LEVELS):
        following = 0.5 * math.erfc(((k + 1) / 255.0 - value) / sigma / math.sqrt(2.0)) if k < LEVELS - 1 else 0.0
        law[row, k] += weight * (above - following)
        above = following


@cpu
def shot_read_law(light, photons, sigma):
    """(R, 256) float64: for each light (R,) on 0..1 the law of trunc(255 clip(clip(Poisson(light photons) / photons) +
    sigma N)).
    """
    law = np.zeros((light.size, LEVELS))
    steps = min(photons, MANY)  # in which the counted light is told apart
    top = math.ceil(steps)  # this step and all above are white
    read = np.zeros((top + 1, LEVELS))
    for step in range(top + 1):
        add_normal(read, step, 1.0, min(step / steps, 1.0), sigma)
    for row in range(light.size):
        mean = light[row] * steps
        spread = math.sqrt(mean * (steps / photons))
        if spread == 0.0:
            add_normal(law, row, 1.0, light[row], sigma)
            continue
        reach, total = 14.0 * spread + 40.0, 0.0
        for step in range(max(0, int(mean - reach)), int(mean + reach)):
            if photons > MANY:
                p = 0.5 * (
                    math.erfc((step - 0.5 - mean) / spread / math.sqrt(2.0))
                    - math.erfc((step + 0.5 - mean) / spread / math.sqrt(2.0))
                )
            else:
                p = math.exp(step * math.log(mean) - mean - math.lgamma(step + 1.0))
            total += p
            if p > 1e-13:
                law[row] += p * read[min(step, top)]
        law[row] /= total
    return law


@corruption(ShotRead, form="law", identity={"photons": math.inf, "sigma": 0.0})
def shot_read_noise(p: ShotRead) -> np.ndarray:
    """clip(Poisson(u P) / P) + N(0, sigma^2) for every element: few photons, and the error of reading them out.

    Published as iso_noise, which is another corruption here.
    Source: Kar et al. 2022 (arXiv:2203.01441), section 3.1.
    Differs from the published script in how it samples, not in what: the law of the output byte is drawn directly.
    """
    law: np.ndarray = shot_read_law(np.arange(LEVELS) / 255.0, float(p.photons), float(p.sigma))
    return law


def element_draws(p: LowLight, height: int, width: int) -> dict[str, Draw]:
    """Where in its law each element lies, and which of two neighbouring laws that is."""
    return {"place": uniform(0.0, 1.0, height, width, 3), "nearer": uniform(0.0, 1.0, height, width, 3)}


@kept
def low_light_tables(p: LowLight) -> tuple[np.ndarray, np.ndarray]:
    """(1021, 256) float32, the probability that light k / 1020 becomes a level or one below; and (1021, 256) uint8, the
    level that a place of so many 256ths becomes, from which the search begins.
    """
    light = np.array([p.scale * math.pow(k / MOST, p.gamma) for k in range(MOST + 1)])  # not NumPy's: see `bell`
    reached = np.cumsum(shot_read_law(light, float(p.photons), float(p.sigma)), axis=1).astype(np.float32)
    reached[:, -1] = 2.0  # whatever the rounding: no place lies beyond
    guide = np.stack([np.searchsorted(row, np.arange(256) / GUIDES, side="right") for row in reached])
    return reached, guide.astype(np.uint8)


@PixelFunction
def negative(src, n, y, x):
    """What is left to white."""
    return np.uint8(255 - src[n, y, x, 0]), np.uint8(255 - src[n, y, x, 1]), np.uint8(255 - src[n, y, x, 2])


@scalar
def drawn(level, low, gain, place, nearer, table, guide):
    """The byte that an element becomes: the first whose cumulated probability exceeds its place."""
    light = max((np.float32(level) - low) * gain, np.float32(0.0))
    row = np.int32(min(light, LAST))
    row += np.int32(nearer < light - np.float32(row))
    found = np.int32(guide[row, np.int32(place * GUIDES)])
    while place >= table[row, found]:
        found += 1
    return np.uint8(found)


@PixelFunction
def darkened(src, n, y, x, brightest, deepest, stretch, table, guide, place, nearer):
    """Each channel by the law of its light; `deepest` is 255 less the darkest level."""
    low, high = np.float32(255 - np.int32(deepest[n])), np.float32(brightest[n])
    if low == high:
        low, high = np.float32(0.0), np.float32(255.0)
    low, high = stretch * low, np.float32(255.0) - stretch * (np.float32(255.0) - high)
    gain = np.float32(1020.0) / (high - low)
    return (
        drawn(src[n, y, x, 0], low, gain, place[n, y, x, 0], nearer[n, y, x, 0], table, guide),
        drawn(src[n, y, x, 1], low, gain, place[n, y, x, 1], nearer[n, y, x, 1], table, guide),
        drawn(src[n, y, x, 2], low, gain, place[n, y, x, 2], nearer[n, y, x, 2], table, guide),
    )


@corruption(
    LowLight,
    identity={"stretch": 0.0, "gamma": 1.0, "scale": 1.0, "photons": math.inf, "sigma": 0.0},
    within={"stretch": (0.0, 1.0), "scale": (0.0, 100.0)},
    draws=element_draws,
)
def low_light(ops: Any, src: Any, dst: Any, p: LowLight, d: Any) -> None:
    """t = (u - darkest) / (brightest - darkest) of the whole image, then clip(Poisson(scale t^gamma P) / P) + N(0,
    sigma^2): a scene with too little light for the sensor.

    An image of one level keeps it: it is not stretched.
    Source: Kar et al. 2022 (arXiv:2203.01441), section 3.1; Kong et al. 2023 (arXiv:2310.15171), as dark.
    Differs from the published scripts in how it samples: the law of the output byte is drawn from directly; between
    laws that are a quarter of a level apart it is their mixture.
    """
    inverse = ops.empty(src.shape, np.uint8)
    ops.pixelwise(negative, src, inverse)
    table, guide = (ops.constant(one) for one in low_light_tables(p))
    ops.pixelwise(darkened, src, dst, ops.peak(src), ops.peak(inverse), p.stretch, table, guide, d.place, d.nearer)
