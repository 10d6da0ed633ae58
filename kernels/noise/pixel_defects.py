"""Defects of single pixels of a sensor: a few places, all channels."""

from bisect import bisect_right, insort
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..jit import scalar
from ..primitives.spans import by_row
from ..registry import corruption

DARK, FULL = np.uint8(0), np.uint8(255)


class Defects(NamedTuple):
    """Parameters of dead_pixel, hot_pixel and stuck_pixel."""

    pixels: int  # how many are defective, at most all


def places(p: Defects, height: int, width: int) -> dict[str, Draw]:
    """Where, as shares of the places that are left."""
    return {"place": uniform(0.0, 1.0, max(1, p.pixels), on_host=True)}


def places_and_levels(p: Defects, height: int, width: int) -> dict[str, Draw]:
    """Where, and the levels at which each pixel's channels are stuck."""
    return {**places(p, height, width), "level": integers(0, 256, max(1, p.pixels), 3, on_host=True)}


def chosen(shares: np.ndarray, wanted: int, size: int) -> np.ndarray:
    """(N, K) int64: `wanted` different places of 0 .. size - 1 in each image, every choice equally likely; `size` in
    what is left of the K columns.

    The k-th is drawn from the size - k places that are left, and counted on past those that are taken.
    """
    found = np.full(shares.shape, size, np.int64)
    count = min(wanted, size)
    for n, row in enumerate((shares[:, :count] * (size - np.arange(count))).astype(np.int64).tolist()):
        taken: list[int] = []
        for k, among_free in enumerate(row):
            place = among_free
            while (further := among_free + bisect_right(taken, place)) > place:
                place = further
            insort(taken, place)
            found[n, k] = place
    return found


def prepare_places(p: Defects, d: Any, count: int, height: int, width: int, **levels: np.ndarray) -> Mapping[str, Any]:
    """The defects by row, with their columns, and with their levels where those are given."""
    place = chosen(d.place, p.pixels, height * width)
    return by_row(place // width, height, column=place % width, **levels)


def prepare_levels(p: Defects, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The same with their levels."""
    return prepare_places(p, d, count, height, width, levels=d.level.astype(np.uint8))


@scalar
def defect_at(first, column, n, y, x):
    """Which of the defects lies at a place, at most one of them; -1 for none."""
    found = -1
    for k in range(first[n, y], first[n, y + 1]):
        if column[n, k] == x:
            found = k
    return found


@corruption(
    Defects, form="pixel", identity={"pixels": 0}, within={"pixels": (0, 10_000)}, draws=places, prepare=prepare_places
)
def dead_pixel(src, n, y, x, first, column):
    """A few pixels at random places are black in all channels: photosites that give no signal.

    The places are different ones.
    Source: Cavey, Dolan and Stock 2020 (arXiv:2004.03452).
    """
    if defect_at(first, column, n, y, x) >= 0:
        return DARK, DARK, DARK
    return src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]


@corruption(
    Defects, form="pixel", identity={"pixels": 0}, within={"pixels": (0, 10_000)}, draws=places, prepare=prepare_places
)
def hot_pixel(src, n, y, x, first, column):
    """A few pixels at random places are white in all channels: photosites that are always saturated.

    The places are different ones.
    Source: Cavey, Dolan and Stock 2020 (arXiv:2004.03452).
    """
    if defect_at(first, column, n, y, x) >= 0:
        return FULL, FULL, FULL
    return src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]


@corruption(
    Defects,
    form="pixel",
    identity={"pixels": 0},
    within={"pixels": (0, 10_000)},
    draws=places_and_levels,
    prepare=prepare_levels,
)
def stuck_pixel(src, n, y, x, first, column, levels):
    """A few pixels at random places have a random level in each channel: photosites that do not follow the light.

    The places are different ones; of U(0, 1) each of the 256 levels is equally likely.
    Source: Cavey, Dolan and Stock 2020 (arXiv:2004.03452).
    """
    k = defect_at(first, column, n, y, x)
    if k >= 0:
        return levels[n, k, 0], levels[n, k, 1], levels[n, k, 2]
    return src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
