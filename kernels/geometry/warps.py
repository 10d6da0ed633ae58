"""Images scaled, turned, moved and seen aslant: a matrix an image, from output to input."""

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..jit import scalar
from ..registry import corruption
from .bilinear import gathered

ONE, ZERO = np.float32(1.0), np.float32(0.0)
NARROWEST = np.float32(1e-6)  # a denominator nearer to 0 is taken for this


class Scale(NamedTuple):
    """Parameters of affines."""

    low: float  # smallest factor of the scene's size
    high: float  # largest


class Turn(NamedTuple):
    """Parameters of rotate."""

    limit: float  # degrees, largest angle either way


class Shift(NamedTuple):
    """Parameters of transpose."""

    limit: float  # largest shift either way, as a share of the side


class Perspective(NamedTuple):
    """Parameters of perspective."""

    low: float  # smallest standard deviation of the corners' shift, as a share of the side
    high: float  # largest


def scale_draws(p: Scale, height: int, width: int) -> dict[str, Draw]:
    """The factor."""
    return {"scale": uniform(p.low, p.high, on_host=True)}


def turn_draws(p: Turn, height: int, width: int) -> dict[str, Draw]:
    """The angle in degrees."""
    return {"angle": uniform(-p.limit, p.limit, on_host=True)}


def shift_draws(p: Shift, height: int, width: int) -> dict[str, Draw]:
    """The shift (y, x) as a share of each side."""
    return {"shift": uniform(-p.limit, p.limit, 2, on_host=True)}


def perspective_draws(p: Perspective, height: int, width: int) -> dict[str, Draw]:
    """The standard deviation, and for each corner (x, y) the share of a half normal law below its shift."""
    return {"scale": uniform(p.low, p.high, on_host=True), "rank": uniform(0.0, 1.0, 4, 2, on_host=True)}


def scale_matrix(p: Scale, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """(N, 3, 3): about the middle of the image."""
    matrix = np.zeros((count, 3, 3))
    matrix[:, 0, 0] = matrix[:, 1, 1] = 1.0 / d.scale
    for axis, length in enumerate((width, height)):
        matrix[:, axis, 2] = (length - 1) / 2 * (1.0 - matrix[:, axis, axis])
    matrix[:, 2, 2] = 1.0
    return {"matrix": matrix}


def turn_matrix(p: Turn, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """(N, 3, 3): counter-clockwise about (width / 2, height / 2) in pixel indices, as the library turned."""
    matrix = np.zeros((count, 3, 3))
    x, y = width / 2, height / 2
    for n, angle in enumerate(d.angle):
        c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        matrix[n] = np.array([[c, -s, x - c * x + s * y], [s, c, y - s * x - c * y], [0.0, 0.0, 1.0]])
    return {"matrix": matrix}


def shift_matrix(p: Shift, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """(N, 3, 3)."""
    matrix = np.tile(np.eye(3), (count, 1, 1))
    matrix[:, :2, 2] = -d.shift[:, ::-1] * (width, height)
    return {"matrix": matrix}


def perspective_matrix(p: Perspective, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """(N, 3, 3): the whole output is the quadrilateral between the moved corners."""
    to_unit = np.array([[1 / width, 0.0, 0.5 / width], [0.0, 1 / height, 0.5 / height], [0.0, 0.0, 1.0]])
    matrix = np.empty((count, 3, 3))
    for n, (scale, ranks) in enumerate(zip(d.scale, d.rank, strict=True)):
        matrix[n] = projection(moved_corners(ranks, scale, 1.0, height, width), to_unit)
        matrix[n, :2] -= 0.5 * matrix[n, 2]  # from edges of pixels to their middles
    return {"matrix": matrix}


def moved_corners(ranks: np.ndarray, scale: float, most: float, height: int, width: int) -> list[tuple[float, float]]:
    """The image's corners (x, y) moved inwards, in order; a shift begins again from 0 at `most` of the side."""
    inwards = [[_half_normal(float(rank)) * scale % most for rank in pair] for pair in ranks]
    return _in_order(
        [
            (width * (1.0 - x if right else x), height * (1.0 - y if low else y))
            for (x, y), (right, low) in zip(inwards, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True)
        ]
    )


def projection(corners: list[tuple[float, float]], to_unit: np.ndarray) -> np.ndarray:
    """(3, 3): from places that `to_unit` takes to the unit square to the quadrilateral between four corners."""
    return _product(_square_to(*corners), to_unit)


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The matrix product, written out: the last bit of a BLAS depends on the processor."""
    product: np.ndarray = (a[:, :, None] * b[None]).sum(axis=1)
    return product


def _half_normal(share: float) -> float:
    """The quantile of |N(0, 1)|, by the standard library: NumPy's last bit depends on the processor."""
    return abs(NormalDist().inv_cdf(0.5 + share / 2))


def _in_order(corners: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Upper left, upper right, lower right, lower left, whatever became of them."""
    by_x = sorted(corners)
    (upper_left, lower_left), (upper_right, lower_right) = (
        sorted(pair, key=lambda corner: corner[1]) for pair in (by_x[:2], by_x[2:])
    )
    return [upper_left, upper_right, lower_right, lower_left]


def _square_to(a: Any, b: Any, c: Any, d: Any) -> np.ndarray:
    """(3, 3): the projective map of the unit square's corners (0, 0), (1, 0), (1, 1), (0, 1) to four points (x, y).

    Three points on one line leave it undefined: the middle of the quadrilateral is then shown everywhere.
    """
    (x1, y1), (x2, y2) = (b[0] - c[0], b[1] - c[1]), (d[0] - c[0], d[1] - c[1])
    x3, y3 = a[0] - b[0] + c[0] - d[0], a[1] - b[1] + c[1] - d[1]
    area = x1 * y2 - x2 * y1
    if area == 0.0:
        return np.array([[0, 0, (a[0] + c[0]) / 2], [0, 0, (a[1] + c[1]) / 2], [0, 0, 1.0]])
    g, h = (x3 * y2 - x2 * y3) / area, (x1 * y3 - x3 * y1) / area
    return np.array(
        [
            [b[0] - a[0] + g * b[0], d[0] - a[0] + h * d[0], a[0]],
            [b[1] - a[1] + g * b[1], d[1] - a[1] + h * d[1], a[1]],
            [g, h, 1.0],
        ]
    )


@scalar
def along(matrix, n, row, y, x):
    """One coordinate of where a place comes from, before the division."""
    return matrix[n, row, 0] * np.float32(x) + matrix[n, row, 1] * np.float32(y) + matrix[n, row, 2]


@scalar
def warped(src, n, y, x, matrix):
    """The pixel where an affine matrix sends the place."""
    return gathered(src, n, along(matrix, n, 1, y, x), along(matrix, n, 0, y, x))


@scalar
def seen_through(src, n, y, x, matrix):
    """The pixel where a projective matrix sends the place."""
    depth = along(matrix, n, 2, y, x)
    if abs(depth) < NARROWEST:
        depth = NARROWEST
    return gathered(src, n, along(matrix, n, 1, y, x) / depth, along(matrix, n, 0, y, x) / depth)


@corruption(
    Scale,
    form="pixel",
    identity={"low": 1.0, "high": 1.0},
    draws=scale_draws,
    prepare=scale_matrix,
    moves_pixels=True,
)
def affines(src, n, y, x, matrix):
    """The image made smaller about its middle by a random factor, bilinear, reflected beyond its edges: a scene
    further away.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (Affines).
    """
    return warped(src, n, y, x, matrix)


@corruption(Turn, form="pixel", identity={"limit": 0.0}, draws=turn_draws, prepare=turn_matrix, moves_pixels=True)
def rotate(src, n, y, x, matrix):
    """The image turned by any angle up to a limit, bilinear, reflected beyond its edges: a camera held at any angle.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (Rotate).
    """
    return warped(src, n, y, x, matrix)


@corruption(Shift, form="pixel", identity={"limit": 0.0}, draws=shift_draws, prepare=shift_matrix, moves_pixels=True)
def transpose(src, n, y, x, matrix):
    """The image moved along both axes by random shares of its sides, bilinear, reflected beyond its edges: a camera
    aimed elsewhere.

    The thesis calls this Transpose; rows and columns are not exchanged.
    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (Transpose).
    """
    return warped(src, n, y, x, matrix)


@corruption(
    Perspective,
    form="pixel",
    identity={"low": 0.0, "high": 0.0},
    draws=perspective_draws,
    prepare=perspective_matrix,
    moves_pixels=True,
)
def perspective(src, n, y, x, matrix):
    """The quadrilateral between four corners that moved inwards by |N(0, scale^2)| of the sides fills the image: a
    plane seen aslant.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (Perspective).
    Differs from the published library in that it is sampled once; that resized its warped copy a second time.
    """
    return seen_through(src, n, y, x, matrix)
