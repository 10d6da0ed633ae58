"""particle_fog: see the function."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..kept import kept
from ..primitives.pixelwise import PixelFunction
from ..primitives.separable import gaussian_weights
from ..registry import corruption

REGIONS, SHRINK = 10, 0.9  # within which particles lie, each smaller than the one before
PARTICLES = 10  # times the intensity, for each square of the smallest side
ROUNDED = 0.5
NONE = np.zeros((0, 2), np.int64)


class Particles(NamedTuple):
    """Parameters of particle_fog."""

    intensity: float  # 0 to 1: how large particles are, and how many
    alpha: float  # opacity of a particle for each unit of the intensity


def regions(p: Particles, height: int, width: int) -> list[tuple[int, int, int]]:
    """(particles, height, width) of each region about the middle."""
    least = max(1, int(width // 3 * p.intensity))
    found: list[tuple[int, int, int]] = []
    tall, wide = height, width
    while wide > least and tall > least and len(found) < REGIONS:
        found.append((int(tall * wide / (least * least) * p.intensity * PARTICLES), tall, wide))
        tall, wide = int(tall * SHRINK), int(wide * SHRINK)
    return found


def draws(p: Particles, height: int, width: int) -> dict[str, Draw]:
    """The place (y, x) of each particle as a share of its region's room, and which of the radii it has."""
    count = max(1, sum(particles for particles, _, _ in regions(p, height, width)))
    return {
        "place": uniform(0.0, 1.0, count, 2, on_host=True),
        "size": uniform(0.0, 1.0, count, on_host=True),
    }


def particle_layers(p: Particles, d: Any, height: int, width: int) -> np.ndarray:
    """(N, H, W) uint8: how many particles lie over each pixel; beyond 255 more of them change nothing."""
    count, room = len(d.place), regions(p, height, width)
    sides = np.repeat([region[1:] for region in room], [region[0] for region in room], axis=0) if room else NONE
    middle = np.array([(height - 1) // 2, (width - 1) // 2]) - sides // 2
    middle = middle + np.floor(d.place[:, : len(sides)] * (2 * (sides // 2) + 1)).astype(np.int64)
    most = max(2, int(min(height, width) * 0.1 * p.intensity))
    least = max(1, most // 2)
    radius = least + np.floor(d.size[:, : len(sides)] * (most - least)).astype(np.int64)[:, :, None]
    table = np.array([[math.isqrt(max(r * r - dy * dy, 0)) for dy in range(most)] for r in range(most)])
    away = np.arange(1 - most, most)
    rows = middle[:, :, :1] + away
    seen = (rows >= 0) & (rows < height) & (abs(away) <= radius)
    half, column = table[radius, abs(away)], middle[:, :, 1:]
    start = (np.arange(count)[:, None, None] * height + rows) * (width + 1)
    size = count * height * (width + 1)
    begun, ended = (
        np.bincount((start + np.clip(edge, 0, width))[seen], minlength=size)
        for edge in (column - half, column + half + 1)
    )
    layers = np.cumsum((begun - ended).reshape(count, height, width + 1), axis=2)[:, :, :width]
    found: np.ndarray = np.minimum(layers, 255).astype(np.uint8)
    return found


@kept
def layered(opacity: float) -> np.ndarray:
    """(256, 256) uint8: what a level (second) becomes under so many layers of white (first), each rounded.

    A layer raises a level by one at least or leaves it for ever, so that 255 of them are as many as one likes.
    """
    table = np.empty((256, 256), np.float32)
    table[0] = np.arange(256)
    share, white = np.float32(opacity), np.float32(255.0)
    for k in range(1, 256):
        table[k] = np.rint(white * share + table[k - 1] * (np.float32(1.0) - share))
    return table.astype(np.uint8)


@PixelFunction
def fogged(src, n, y, x, layers, table):
    """White through as many layers as particles lie over the pixel."""
    k = layers[n, y, x]
    return table[k, src[n, y, x, 0]], table[k, src[n, y, x, 1]], table[k, src[n, y, x, 2]]


@corruption(Particles, identity={"alpha": 0.0}, within={"intensity": (0.0, 10.0)}, draws=draws)
def particle_fog(ops: Any, src: Any, dst: Any, p: Particles, d: Any) -> None:
    """Translucent white disks at random places, denser towards the middle, each layer rounded, then a Gaussian blur in
    a window of a thirtieth of the shorter side: fog of drops.

    Layers that are rounded one by one stop short of white: where a level would rise by less than a half, it stays.
    Source: Buslaev et al. 2020 (albumentations 2.0.8), RandomFog.
    Differs from the library by a pixel at the rim of a disk.
    """
    height, width = src.shape[1:3]
    layers, fog = ops.upload(particle_layers(p, d, height, width)), ops.empty(src.shape, np.uint8)
    ops.pixelwise(fogged, src, fog, layers, ops.constant(layered(p.alpha * p.intensity)))
    side = max(3, min(height, width) // 30) | 1
    sigma = 0.3 * (side // 2 - 1) + 0.8 if p.alpha else 0.0  # OpenCV's for a window
    ops.truncate(ops.separable(fog, gaussian_weights(sigma, side // 2), "reflect101"), dst, ROUNDED)
