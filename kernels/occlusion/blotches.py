"""blotches: see the function."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..primitives.pixelwise import PixelFunction
from ..registry import corruption

REACH = 4.0  # sigmas
RANGE = 4.0  # standard deviations of the smoothed noise either way that become 0 and 1
BLACK, WHITE, HALF = np.uint8(0), np.uint8(255), np.float32(0.5)


class Blotches(NamedTuple):
    """Parameters of blotches."""

    density: float  # black ones for each pixel of the image, and as many white ones
    radius: float  # pixels, which they do not reach
    sigma: float  # pixels, of the Gaussian that roughens and rounds them


def blotch_count(p: Blotches, height: int, width: int) -> int:
    """How many of each kind: one at least, but without density."""
    return max(int(p.density > 0), int(p.density * height * width))


def draws(p: Blotches, height: int, width: int) -> dict[str, Draw]:
    """The middles (y, x) of the white and of the black ones as shares of the sides, and a noise for each kind."""
    count = max(1, blotch_count(p, height, width))
    return {
        "middle": uniform(0.0, 1.0, 2, count, 2, on_host=True),
        "noise": uniform(0.0, 1.0, 2, height, width),
    }


def disks(p: Blotches, d: Any, height: int, width: int) -> np.ndarray:
    """(N, 2, H, W) float32: 1 nearer to a middle than the radius, else 0; white ones first."""
    reach = math.ceil(p.radius)
    around = [(y, x) for y in range(-reach, reach + 1) for x in range(-reach, reach + 1) if y * y + x * x < p.radius**2]
    middle = np.floor(d.middle[:, :, : blotch_count(p, height, width)] * (height, width)).astype(np.int64)
    found = np.zeros((len(middle), 2, height, width), np.float32)
    image, kind = np.arange(len(middle))[:, None, None], np.arange(2)[:, None]
    for down, aside in around:
        y, x = middle[..., 0] + down, middle[..., 1] + aside
        seen = (y >= 0) & (x >= 0) & (y < height) & (x < width)
        n, k = np.broadcast_to(image, y.shape)[seen], np.broadcast_to(kind, y.shape)[seen]
        found[n, k, y[seen], x[seen]] = 1.0
    return found


@PixelFunction
def blotted(src, n, y, x, disk, noise, low, gain):
    """Black in a black blotch, white in a white one, which lies under it."""
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    white = disk[n, 0, y, x] * (noise[n, 0, y, x] - low) * gain
    black = disk[n, 1, y, x] * (noise[n, 1, y, x] - low) * gain
    if max(white, black) > HALF:
        level = BLACK if black > HALF else WHITE
        return level, level, level
    return r, g, b


@corruption(
    Blotches, identity={"density": 0.0}, within={"sigma": (0.0, 10_000.0), "radius": (0.0, 1000.0)}, draws=draws
)
def blotches(ops: Any, src: Any, dst: Any, p: Blotches, d: Any) -> None:
    """Black and white blotches at random places, rough at their rims and full of holes: dirt on a page and ink that has
    come off.

    A blotch is where a softened disk times smooth noise on 0..1 exceeds a half.
    Source: Chen et al. 2024 (RoDLA, arXiv:2403.14442), speckle.
    Differs from the published script in that four standard deviations of the noise either way become 0 and 1, not the
    least and the most of each image, and that a small image has a blotch, too.
    """
    height, width = src.shape[1:3]
    disk = ops.smooth_fields(ops.upload(disks(p, d, height, width)), p.sigma, REACH, "reflect")
    noise = ops.smooth_fields(d.noise, p.sigma, REACH, "reflect")
    spread = RANGE * math.sqrt(1 / 12) / (2 * math.sqrt(math.pi) * max(p.sigma, 0.5))
    ops.pixelwise(blotted, src, dst, disk, noise, 0.5 - spread, 0.5 / spread)
