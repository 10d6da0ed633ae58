"""Round marks on what is seen: spots of ink, bubbles, and the black around a round field of view."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..jit import scalar
from ..kept import kept
from ..primitives.spans import by_row
from ..registry import corruption

DARK = np.uint8(0)
RIM, INSIDE = 130, 100  # opacity of a bubble's rim and inside, of 255
RIM_WIDTH = 2  # pixels
FEWEST, SMALLEST = 7, 3  # bubbles, and pixels of their radius
MARGIN = 10  # pixels from the edges of the image to a stain
WHOLE = 1.5
"""From this radius on nothing is hidden: the corners of a square lie at 1.42."""
# The disks of which a stain is made: how far their middles may lie from its middle, and their smallest and largest
# radius, all as shares of its side: a body, lobes around it and droplets.
DISKS = np.array([[0.06, 0.22, 0.34], *[[0.24, 0.1, 0.2]] * 4, *[[0.42, 0.02, 0.07]] * 3])


class Stains(NamedTuple):
    """Parameters of stain_deposit."""

    marks: int  # most of them
    side: int  # pixels, of the square that each fits into


class Bubbles(NamedTuple):
    """Parameters of bubble."""

    radius: int  # pixels, largest radius
    bubbles: int  # most of them


class View(NamedTuple):
    """Parameters of black_corner."""

    radius: float  # of what is seen, by half of the image's shorter side


def stain_draws(p: Stains, height: int, width: int) -> dict[str, Draw]:
    """How many, the place (y, x) of each as a share of the room there is, and each disk's middle and radius as shares
    of their ranges.
    """
    most = max(1, p.marks)
    return {
        "count": integers(min(1, p.marks), p.marks + 1, on_host=True),
        "corner": uniform(0.0, 1.0, most, 2, on_host=True),
        "middle": uniform(-1.0, 1.0, most, len(DISKS), 2, on_host=True),
        "radius": uniform(0.0, 1.0, most, len(DISKS), on_host=True),
    }


def bubble_draws(p: Bubbles, height: int, width: int) -> dict[str, Draw]:
    """How many, and the radius and middle (y, x) of each, the middle as a share of the room there is."""
    most = max(1, p.bubbles)
    return {
        "count": integers(min(FEWEST, p.bubbles), p.bubbles + 1, on_host=True),
        "radius": integers(SMALLEST, max(SMALLEST, p.radius) + 1, most, on_host=True),
        "middle": uniform(0.0, 1.0, most, 2, on_host=True),
    }


def stain_rows(p: Stains, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The disks' rows, and where each begins and ends."""
    size = np.array([height, width])
    margin = np.clip((size - p.side) // 2, 0, MARGIN)
    corner = margin + np.floor(d.corner * (np.maximum(size - p.side - 2 * margin, 0) + 1))
    radius = p.side * (DISKS[:, 1] + d.radius * (DISKS[:, 2] - DISKS[:, 1]))[..., None]
    middle = corner[:, :, None] + p.side * (0.5 + DISKS[:, :1] * d.middle)
    rows = np.floor(middle[..., :1]) + np.arange(-p.side // 2, p.side // 2 + 2)
    half = np.sqrt(np.maximum(radius**2 - (rows + 0.5 - middle[..., :1]) ** 2, 0.0))  # at the middle of each row
    left, right = np.ceil(middle[..., 1:] - half - 0.5), np.floor(middle[..., 1:] + half + 0.5)
    shown = np.arange(rows.shape[1])[:, None, None] < d.count[:, None, None, None]
    rows = np.where(shown & (left < right), rows, height)  # else in no row
    spans = [part.reshape(count, -1).astype(np.int64) for part in (rows, left, right)]
    return by_row(spans[0], height, left=spans[1], right=spans[2])


@kept
def round_half_widths(radius: int) -> np.ndarray:
    """(2 radius + 1,) int64: how far each row of a circle of 2 radius + 1 pixels reaches from its middle column, as
    Pillow draws it: a walk along the circle, each step to that of the three next pixels which lies nearest to it.
    """
    half = np.empty(2 * radius + 1, np.int64)
    x, y = radius, 0
    half[radius] = x
    while y < radius:
        ways = ((x, y + 1), (x - 1, y + 1), (x - 1, y)) if x > 0 else ((x, y + 1),)
        following = min(ways, key=lambda way: abs(way[0] ** 2 + way[1] ** 2 - radius**2))
        if following[1] > y:
            half[radius + following[1]] = half[radius - following[1]] = following[0]
        x, y = following
    return half


def bubble_rows(p: Bubbles, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The rows of every rim and inside in the order in which they are drawn, where each begins and ends, and how opaque
    it is.
    """
    size = np.array([height, width])
    most = max(SMALLEST, p.radius) + RIM_WIDTH
    away = np.arange(-most, most + 1)
    widths = np.full((most + 1, len(away)), -1, np.int64)
    for radius in range(SMALLEST, most + 1):
        widths[radius, most - radius : most + radius + 1] = round_half_widths(radius)
    inner = d.radius[..., None]
    room = size - 2 * inner
    first = np.where(room >= 0, inner, 0)
    middle = first + np.floor(d.middle * (np.where(room >= 0, room, size - 1) + 1)).astype(np.int64)
    half = np.stack([widths[d.radius + RIM_WIDTH], widths[d.radius]], axis=2)  # (N, bubbles, 2, rows)
    rows = middle[..., 0][..., None, None] + away
    shown = np.arange(rows.shape[1])[:, None, None] < d.count[:, None, None, None]
    rows = np.where(shown & (half >= 0), rows, height)  # else in no row
    aside = middle[..., 1][..., None, None]
    opacity = np.array([RIM, INSIDE])[:, None] + 0 * rows
    spans = [part.reshape(count, -1) for part in (rows, aside - half, aside + half + 1, opacity)]
    return by_row(spans[0], height, left=spans[1], right=spans[2], opacity=spans[3])


def view_rows(p: View, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """(H,) int32 each: where what is seen of a row begins and ends."""
    half = min(height, width) // 2
    radius = height + width if p.radius >= WHOLE else int(p.radius * half)
    left, right = np.zeros(height, np.int32), np.zeros(height, np.int32)
    for y in range(height):
        away = y - height // 2
        if abs(away) <= radius:
            reach = math.isqrt(radius**2 - away**2)
            left[y], right[y] = max(width // 2 - reach, 0), min(width // 2 + reach + 1, width)
    return {"left": left, "right": right}


@scalar
def veiled(level, opacity):
    """A byte under white of an opacity of 255, rounded, as Pillow pastes."""
    total = np.int32(level) * (255 - opacity) + 255 * opacity + 128
    return np.uint8((total + (total >> 8)) >> 8)


@corruption(
    Stains,
    form="pixel",
    identity={"marks": 0},
    within={"marks": (0, 10_000), "side": (1, 4096)},
    draws=stain_draws,
    prepare=stain_rows,
)
def stain_deposit(src, n, y, x, first, left, right):
    """Up to a number of black spots with lobes and droplets at random places off the edges: ink or dye that was left on
    a slide.

    Source: Di Salvo et al. 2024 (arXiv:2406.17536), stain deposit.
    Differs from the published set in that each spot has a shape of its own, made of disks, where that has ten drawn
    ones.
    """
    r, g, b, begin, end = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2], first[n, y], first[n, y + 1]
    for k in range(begin, end):  # arrays are read before anything returns: see `within`
        if left[n, k] <= x and x < right[n, k]:
            r, g, b = DARK, DARK, DARK
    return r, g, b


@corruption(
    Bubbles,
    form="pixel",
    identity={"bubbles": 0},
    within={"radius": (0, 2000), "bubbles": (0, 10_000)},
    draws=bubble_draws,
    prepare=bubble_rows,
)
def bubble(src, n, y, x, first, left, right, opacity):
    """Translucent white disks with a denser rim at random places inside of the image, a later one in place of an
    earlier one: air under the cover of a slide.

    Source: Di Salvo et al. 2024 (arXiv:2406.17536), bubble.
    """
    through = 0
    for k in range(first[n, y], first[n, y + 1]):
        if left[n, k] <= x and x < right[n, k]:
            through = opacity[n, k]
    return veiled(src[n, y, x, 0], through), veiled(src[n, y, x, 1], through), veiled(src[n, y, x, 2], through)


@corruption(View, form="pixel", identity={"radius": WHOLE}, prepare=view_rows)
def black_corner(src, n, y, x, left, right):
    """All outside of a circle about the middle is black: the tube of a dermatoscope.

    Source: Di Salvo et al. 2024 (arXiv:2406.17536), black corner.
    """
    r, g, b, begins, ends = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2], left[y], right[y]
    if begins <= x and x < ends:
        return r, g, b
    return DARK, DARK, DARK
