"""page_light: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..jit import scalar
from ..primitives.pixelwise import FULL, FieldFunction, PixelFunction, nearest_byte
from ..registry import corruption

CORNERS = 5
REACH = 3.0  # sigmas
ZERO, ONE = np.float32(0.0), np.float32(1.0)


class Patch(NamedTuple):
    """Parameters of page_light."""

    bright: float  # by which levels are multiplied where it is a light
    dark: float  # and where it is a shadow
    sigma: float  # pixels, of the Gaussian that softens the patch


def draws(p: Patch, height: int, width: int) -> dict[str, Draw]:
    """The corners (y, x) of the patch as shares of the sides, and whether it is a light, 1, or a shadow, 0."""
    return {"corner": uniform(0.0, 1.0, CORNERS, 2, on_host=True), "lit": integers(0, 2, on_host=True)}


@FieldFunction
def within(src, n, y, x, corner):
    """1 in a polygon whose sides may cross, where they enclose a pixel an odd number of times, else 0."""
    inside = 0
    for k in range(corner.shape[1]):
        j = k + 1 if k + 1 < corner.shape[1] else 0
        y0, x0, y1, x1 = corner[n, k, 0], corner[n, k, 1], corner[n, j, 0], corner[n, j, 1]
        side = (y - y0) * (x1 - x0) - (x - x0) * (y1 - y0)
        if (y0 > y) != (y1 > y) and (side > 0 if y1 > y0 else side < 0):
            inside = 1 - inside
    return np.float32(inside)


@scalar
def mixed(level, share, factor):
    """A level and itself times a factor, clipped to a whole level, by the share of the latter."""
    here = np.float32(level)
    return nearest_byte((ONE - share) * here + share * np.floor(min(here * factor, FULL)))


@PixelFunction
def relit(src, n, y, x, patch, factor):
    """The image with its patch."""
    share, times = patch[n, y, x], factor[n]
    return (
        mixed(src[n, y, x, 0], share, times),
        mixed(src[n, y, x, 1], share, times),
        mixed(src[n, y, x, 2], share, times),
    )


@corruption(Patch, identity={"bright": 1.0, "dark": 1.0}, within={"sigma": (0.0, 10_000.0)}, draws=draws)
def page_light(ops: Any, src: Any, dst: Any, p: Patch, d: Any) -> None:
    """A polygon with five random corners, softened, in which levels are multiplied, by a large or a small factor at
    random, clipped: a lamp's glare or a shadow on a page.

    Source: Chen et al. 2024 (RoDLA, arXiv:2403.14442), illumination.
    Differs from the published script in that the polygon is softened by a Gaussian, which Pillow makes of three means.
    """
    count, height, width = src.shape[:3]
    corner = np.floor(d.corner * (height, width)).astype(np.int64)
    patch = ops.empty((count, height, width, 1), np.float32)
    ops.pixelwise(within, src, patch, ops.upload(corner))
    soft = ops.smooth_fields(patch.reshape(count, height, width), p.sigma, REACH, "nearest")
    factor = np.where(d.lit == 1, p.bright, p.dark).astype(np.float32)
    ops.pixelwise(relit, src, dst, soft, ops.upload(factor))
