"""A rectangle of one value, and what is outside of one."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..jit import scalar
from ..registry import corruption

DARK = np.uint8(0)


class Square(NamedTuple):
    """Parameters of center_occlusion and obstruction."""

    side: float  # of the square, as a share of the image's shorter side


class Rim(NamedTuple):
    """Parameters of border and black_border."""

    rim: float  # its width, as a share of the image's shorter side


def in_pixels(share: float, height: int, width: int) -> int:
    """A share of the shorter side, rounded half up and at most all of it."""
    shorter = min(height, width)
    return min(int(share * shorter + 0.5), shorter)


def a_value(p: Any, height: int, width: int) -> dict[str, Draw]:
    """The level, the same in all channels."""
    return {"value": integers(0, 256, on_host=True)}


def a_corner_and_a_value(p: Square, height: int, width: int) -> dict[str, Draw]:
    """Where the square begins as a share (y, x) of the room there is, and its level."""
    return {"corner": uniform(0.0, 1.0, 2, on_host=True), **a_value(p, height, width)}


@scalar
def within(y, x, top, left, bottom, right):
    """Whether a place lies in a rectangle; bottom and right are excluded.

    Arrays are read before it is asked: behind a branch Numba counts their references for every pixel, 4 ms an image of
    224 x 224 instead of .05.
    """
    return top <= y and y < bottom and left <= x and x < right


def rectangle(top: Any, left: Any, height: Any, width: Any, count: int) -> dict[str, np.ndarray]:
    """The edges that `within` takes, (count,) int32 each; from one number for all images or from one each."""
    edges = {"top": top, "left": left, "bottom": top + height, "right": left + width}
    return {name: np.array(np.broadcast_to(edge, count), np.int32) for name, edge in edges.items()}


def prepare_middle(p: Square, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The square at the centre."""
    side = in_pixels(p.side, height, width)
    return rectangle((height - side) // 2, (width - side) // 2, side, side, count)


def prepare_square(p: Square, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The square wholly inside of the image, every place equally likely."""
    side = in_pixels(p.side, height, width)
    top, left = (
        (d.corner[:, axis] * (length - side + 1)).astype(np.int64) for axis, length in enumerate((height, width))
    )
    return {**rectangle(top, left, side, side, len(top)), "value": d.value.astype(np.uint8)}


def prepare_inside(p: Rim, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """What the rim leaves free."""
    return {**prepare_kept(p, d, count, height, width), "value": d.value.astype(np.uint8)}


def prepare_kept(p: Rim, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """What the rim leaves free."""
    rim = in_pixels(p.rim, height, width)
    return rectangle(rim, rim, height - 2 * rim, width - 2 * rim, count)


@corruption(Square, form="pixel", identity={"side": 0.0}, prepare=prepare_middle)
def center_occlusion(src, n, y, x, top, left, bottom, right):
    """A black square at the centre, its side a share of the image's shorter one: what matters most is hidden.

    Source: Chun et al. 2020 (arXiv:2003.03879).
    """
    if within(y, x, top[n], left[n], bottom[n], right[n]):
        return DARK, DARK, DARK
    return src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]


@corruption(Square, form="pixel", identity={"side": 0.0}, draws=a_corner_and_a_value, prepare=prepare_square)
def obstruction(src, n, y, x, top, left, bottom, right, value):
    """A square of one random grey level at a random place inside of the image: something in front of the scene.

    Source: Laugros 2022 (thesis 2022GRALT016), figures 3.2 and 4.3.
    """
    r, g, b, level = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2], value[n]
    if within(y, x, top[n], left[n], bottom[n], right[n]):
        return level, level, level
    return r, g, b


@corruption(Rim, form="pixel", identity={"rim": 0.0}, draws=a_value, prepare=prepare_inside)
def border(src, n, y, x, top, left, bottom, right, value):
    """A rim of one random grey level over the edges of the image: a frame, or the bars of another format.

    Source: Laugros 2022 (thesis 2022GRALT016), figures 3.2 and 4.3.
    """
    r, g, b, level = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2], value[n]
    if within(y, x, top[n], left[n], bottom[n], right[n]):
        return r, g, b
    return level, level, level


@corruption(Rim, form="pixel", identity={"rim": 0.0}, prepare=prepare_kept)
def black_border(src, n, y, x, top, left, bottom, right):
    """A black rim over the edges of the image: what an image has that was padded.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (Border).
    """
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    if within(y, x, top[n], left[n], bottom[n], right[n]):
        return r, g, b
    return DARK, DARK, DARK
