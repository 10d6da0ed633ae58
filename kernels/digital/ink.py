"""Ink that spreads or is held back by less than a pixel: the lightest or darkest level nearby, between pixels."""

import math
from typing import NamedTuple

import numpy as np

from ..jit import scalar
from ..primitives.hues import lifted_byte
from ..registry import corruption

ZERO, HALF, TWO = np.float32(0.0), np.float32(0.5), np.float32(2.0)
STEEP, FLAT = (np.float32(f(math.pi / 8)) for f in (math.cos, math.sin))
EVEN = np.float32(math.sqrt(0.5))


class Reach(NamedTuple):
    """Parameters of ink_holdout and ink_bleeding."""

    reach: float  # pixels, at most .5


@scalar
def at(down, aside, both, v, u):
    """A level between four pixels less that of the first, by those of the others, v below it and u aside."""
    return v * down + u * aside + v * u * both


@scalar
def lowest(middle, beside, other, corner, reach):
    """The lowest level of a quarter of a disk less its middle's: on its two sides and at three points of its rim."""
    down, aside = np.float32(beside) - middle, np.float32(other) - middle
    both = np.float32(corner) - np.float32(beside) - aside
    steep, flat, even = STEEP * reach, FLAT * reach, EVEN * reach
    straight = min(ZERO, min(reach * down, reach * aside))
    aslant = min(at(down, aside, both, steep, flat), at(down, aside, both, flat, steep))
    return min(straight, min(aslant, at(down, aside, both, even, even)))


@scalar
def held(src, n, y, x, c, reach):
    """The lowest level of a disk about a pixel."""
    height, width = src.shape[1], src.shape[2]
    up, low, left, right = max(y - 1, 0), min(y + 1, height - 1), max(x - 1, 0), min(x + 1, width - 1)
    middle = np.float32(src[n, y, x, c])
    upper = min(
        lowest(middle, src[n, up, x, c], src[n, y, left, c], src[n, up, left, c], reach),
        lowest(middle, src[n, up, x, c], src[n, y, right, c], src[n, up, right, c], reach),
    )
    lower = min(
        lowest(middle, src[n, low, x, c], src[n, y, left, c], src[n, low, left, c], reach),
        lowest(middle, src[n, low, x, c], src[n, y, right, c], src[n, low, right, c], reach),
    )
    return lifted_byte(middle + min(upper, lower))


@scalar
def bled(src, n, y, x, c, reach):
    """The highest level at the four ends of a cross to the lower right of a pixel."""
    low, right = min(y + 1, src.shape[1] - 1), min(x + 1, src.shape[2] - 1)
    middle = np.float32(src[n, y, x, c])
    down, aside = np.float32(src[n, low, x, c]) - middle, np.float32(src[n, y, right, c]) - middle
    both = np.float32(src[n, low, right, c]) - np.float32(src[n, low, x, c]) - aside
    near = max(reach * down, reach * aside)
    far = max(at(down, aside, both, reach, TWO * reach), at(down, aside, both, TWO * reach, reach))
    return lifted_byte(middle + max(near, far))


@corruption(Reach, form="pixel", identity={"reach": 0.0}, within={"reach": (0.0, 0.5)})
def ink_holdout(src, n, y, x, reach):
    """The lowest level within a fraction of a pixel, bilinear between pixels, the outermost repeated: strokes that grow
    thicker where ink runs.

    The published name says the contrary of what is seen of dark strokes on a light page.
    Source: Chen et al. 2024 (RoDLA, arXiv:2403.14442), ink-holdout.
    Differs from the published script in that the disk has no steps of a tenth of a pixel, and is about the pixel's
    middle alone, not about four places beside it: .2 levels in the mean on photographs, of 1 to 5 that it changes.
    """
    r = min(reach, HALF)
    return held(src, n, y, x, 0, r), held(src, n, y, x, 1, r), held(src, n, y, x, 2, r)


@corruption(Reach, form="pixel", identity={"reach": 0.0}, within={"reach": (0.0, 0.5)})
def ink_bleeding(src, n, y, x, reach):
    """The highest level on a cross of a fraction of a pixel that lies to the lower right, bilinear between pixels, the
    outermost repeated: strokes that grow thinner, and are moved by as much.

    The published name says the contrary of what is seen of dark strokes on a light page.
    Source: Chen et al. 2024 (RoDLA, arXiv:2403.14442), ink-bleeding.
    Differs from the published script in that it is about the pixel's middle alone, not about four places beside it.
    """
    r = min(reach, HALF)
    return bled(src, n, y, x, 0, r), bled(src, n, y, x, 1, r), bled(src, n, y, x, 2, r)
