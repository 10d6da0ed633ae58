"""Means over a square or along a line of pixels."""

import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..jit import scalar
from ..primitives.boxes import box_means
from ..primitives.pixelwise import nearest_byte
from ..primitives.sampling import fold101
from ..registry import corruption


class Sides(NamedTuple):
    """Parameters of blur and line_blur."""

    low: int  # pixels, smallest side of the square, odd
    high: int  # pixels, largest


class Share(NamedTuple):
    """Parameters of sideways_blur."""

    share: float  # length of the line as a share of the width


def side_draws(p: Sides, height: int, width: int) -> dict[str, Draw]:
    """Which of the odd sides; ValueError where there is none."""
    if not 1 <= p.low <= p.high:
        raise ValueError(f"no side is from {p.low} to {p.high}; 1 <= low <= high is needed")
    return {"step": integers(0, (p.high - p.low) // 2 + 1, on_host=True)}


def line_draws(p: Sides, height: int, width: int) -> dict[str, Draw]:
    """Which of the odd sides, and for each which two of its pixels the line joins."""
    sides = range(p.low, p.high + 1, 2)
    pairs = {f"ends{side}": integers(0, side**2 * (side**2 - 1), on_host=True) for side in sides}
    return {**side_draws(p, height, width), **pairs}


@functools.lru_cache(maxsize=65536)
def line_offsets(side: int, pair: int) -> np.ndarray:
    """(K, 2) int64: the pixels (dy, dx) of the straight line between two different ones of a square, as `pair` numbers
    them, from its middle.
    """
    first, second = pair % side**2, pair // side**2
    ends = np.array([divmod(first, side), divmod(second + (second >= first), side)]) - side // 2
    steps = np.abs(ends[1] - ends[0]).max()
    along = np.arange(steps + 1)[:, None]
    return ends[0] + (2 * (ends[1] - ends[0]) * along + steps) // (2 * steps)


def line_pixels(p: Sides, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The pixels of each line (N, high, 2), and how many there are."""
    offsets, taps = np.zeros((count, p.high, 2), np.int64), np.empty(count, np.int64)
    for n in range(count):
        side = p.low + 2 * int(d.step[n])
        found = line_offsets(side, int(getattr(d, f"ends{side}")[n]))
        taps[n] = len(found)
        offsets[n, : len(found)] = found
    return {"offsets": offsets, "taps": taps}


def ramp_draws(p: Share, height: int, width: int) -> dict[str, Draw]:
    """Where the weights begin, from 0 to 1; they end at 1 less that."""
    return {"start": uniform(0.0, 1.0, on_host=True)}


def ramps(p: Share, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """(N, K): weights that change evenly along the line and sum to 1, of an odd number of pixels, at least 3."""
    taps = max(int(p.share * width), 3) | 1
    along = np.arange(taps) / (taps - 1)
    return {"weights": (d.start[:, None] + along * (1.0 - 2.0 * d.start[:, None])) * (2.0 / taps)}


@scalar
def mean_byte(total, taps):
    """A sum of bytes by their number, rounded half up."""
    return np.uint8((2 * total + taps) // (2 * taps))


@corruption(Sides, identity={}, within={"low": (1, 10_000), "high": (1, 10_000)}, draws=side_draws)
def blur(ops: Any, src: Any, dst: Any, p: Sides, d: Any) -> None:
    """The mean over a square of random odd side, rounded, reflected beyond the edge: out of focus, crudely.

    Sides are whole: below severity 1 they are the same.
    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (Blur).
    """
    box_means(ops, src, dst, (p.low + 2 * d.step).tolist())


@corruption(
    Sides,
    form="pixel",
    identity={},
    within={"low": (1, 10_000), "high": (1, 10_000)},
    draws=line_draws,
    prepare=line_pixels,
)
def line_blur(src, n, y, x, offsets, taps):
    """The mean along the straight line between two random pixels of a square of random odd side, rounded, reflected
    beyond the edge: a camera that moves.

    The thesis calls this MotionBlur; motion_blur is ImageNet-C's, a Gaussian along the motion. Sides are whole: below
    severity 1 they are the same.
    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (MotionBlur).
    """
    height, width = src.shape[1], src.shape[2]
    r, g, b = np.int32(0), np.int32(0), np.int32(0)
    for k in range(taps[n]):
        v, u = y + offsets[n, k, 0], x + offsets[n, k, 1]
        if v < 0 or u < 0 or v >= height or u >= width:
            v, u = fold101(v, height), fold101(u, width)
        r += np.int32(src[n, v, u, 0])
        g += np.int32(src[n, v, u, 1])
        b += np.int32(src[n, v, u, 2])
    return mean_byte(r, taps[n]), mean_byte(g, taps[n]), mean_byte(b, taps[n])


@corruption(
    Share, form="pixel", identity={"share": 0.0}, within={"share": (0.0, 10.0)}, draws=ramp_draws, prepare=ramps
)
def sideways_blur(src, n, y, x, weights):
    """A weighted mean along a level line, the weights rising or falling evenly, rounded, reflected beyond the edge: a
    camera that turns aside.

    A line has at least three pixels, also below severity 1.
    Source: Dong et al. 2023 (arXiv:2303.11040), motion blur left and right.
    Differs from the published library in that the weights are not rounded to 255ths.
    """
    r, g, b = np.float32(0.0), np.float32(0.0), np.float32(0.0)
    reach, width = weights.shape[1] // 2, src.shape[2]
    for k in range(weights.shape[1]):
        u = x + k - reach
        if u < 0 or u >= width:
            u = fold101(u, width)
        w = weights[n, k]
        r += w * np.float32(src[n, y, u, 0])
        g += w * np.float32(src[n, y, u, 1])
        b += w * np.float32(src[n, y, u, 2])
    return nearest_byte(r), nearest_byte(g), nearest_byte(b)
