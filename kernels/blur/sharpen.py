"""Filters of three by three with random weights."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..jit import scalar
from ..primitives.bytes3x3 import after, before
from ..primitives.pixelwise import nearest_byte
from ..registry import corruption

SAME = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.float64)
EDGES = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], np.float64)
SLOPE = np.array([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]], np.float64)
LAPLACE = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float64)
CORNER = np.array([[-1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float64)


class Sharpen(NamedTuple):
    """Parameters of sharpen."""

    alpha_low: float  # smallest weight of the edges
    alpha_high: float  # largest
    lightness_low: float  # smallest weight of the image beside its edges
    lightness_high: float  # largest


class Emboss(NamedTuple):
    """Parameters of emboss."""

    alpha: float  # weight of the relief, 0 to 1
    strength_low: float  # smallest height of the relief
    strength_high: float  # largest


class Edge(NamedTuple):
    """Parameters of edge_detect."""

    alpha: float  # weight of the edges, 0 to 1


def sharpen_draws(p: Sharpen, height: int, width: int) -> dict[str, Draw]:
    """Both weights."""
    return {
        "alpha": uniform(p.alpha_low, p.alpha_high, on_host=True),
        "lightness": uniform(p.lightness_low, p.lightness_high, on_host=True),
    }


def emboss_draws(p: Emboss, height: int, width: int) -> dict[str, Draw]:
    """The height of the relief."""
    return {"strength": uniform(p.strength_low, p.strength_high, on_host=True)}


def sharpening(p: Sharpen, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """(N, 3, 3)."""
    alpha, lightness = d.alpha[:, None, None], d.lightness[:, None, None]
    return {"weights": (1.0 - alpha) * SAME + alpha * (EDGES + lightness * SAME)}


def embossing(p: Emboss, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """(N, 3, 3)."""
    return {"weights": (1.0 - p.alpha) * SAME + p.alpha * (CORNER + d.strength[:, None, None] * SLOPE)}


def edge_detecting(p: Edge, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """(N, 3, 3), equal ones."""
    return {"weights": np.tile((1.0 - p.alpha) * SAME + p.alpha * LAPLACE, (count, 1, 1))}


@scalar
def row_of(src, n, y, a, x, b, c, weights, k):
    """Three neighbours of a row by row k of the weights."""
    left = weights[n, k, 0] * np.float32(src[n, y, a, c])
    return left + weights[n, k, 1] * np.float32(src[n, y, x, c]) + weights[n, k, 2] * np.float32(src[n, y, b, c])


@scalar
def filtered(src, n, y, x, weights):
    """The pixel under a 3 x 3 filter, rounded, reflected beyond the edge: three bytes."""
    up, low = before(y, src.shape[1]), after(y, src.shape[1])
    a, b = before(x, src.shape[2]), after(x, src.shape[2])
    return (
        nearest_byte(
            row_of(src, n, up, a, x, b, 0, weights, 0)
            + row_of(src, n, y, a, x, b, 0, weights, 1)
            + row_of(src, n, low, a, x, b, 0, weights, 2)
        ),
        nearest_byte(
            row_of(src, n, up, a, x, b, 1, weights, 0)
            + row_of(src, n, y, a, x, b, 1, weights, 1)
            + row_of(src, n, low, a, x, b, 1, weights, 2)
        ),
        nearest_byte(
            row_of(src, n, up, a, x, b, 2, weights, 0)
            + row_of(src, n, y, a, x, b, 2, weights, 1)
            + row_of(src, n, low, a, x, b, 2, weights, 2)
        ),
    )


@corruption(
    Sharpen,
    form="pixel",
    identity={"alpha_low": 0.0, "alpha_high": 0.0},
    draws=sharpen_draws,
    prepare=sharpening,
)
def sharpen(src, n, y, x, weights):
    """u (1 - a) + a (edges + l u), edges being eight times a pixel less its neighbours, a and l random: a camera's
    sharpening.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (Sharpen).
    """
    return filtered(src, n, y, x, weights)


@corruption(Emboss, form="pixel", identity={"alpha": 0.0}, draws=emboss_draws, prepare=embossing)
def emboss(src, n, y, x, weights):
    """u (1 - alpha) + alpha times u with its slope towards the lower right added, of random strength: a relief lit
    from one corner.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (Emboss).
    """
    return filtered(src, n, y, x, weights)


@corruption(Edge, form="pixel", identity={"alpha": 0.0}, prepare=edge_detecting)
def edge_detect(src, n, y, x, weights):
    """u (1 - alpha) + alpha times the sum of its four neighbours less four times itself: an image of its edges.

    Source: Jung et al. 2020 (imgaug 0.4), EdgeDetect.
    """
    return filtered(src, n, y, x, weights)
