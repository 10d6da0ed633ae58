"""random_fog: see the function."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..primitives.boxes import box_means
from ..primitives.hues import FULL, ONE
from ..primitives.pixelwise import PixelFunction, nearest_byte
from ..primitives.spans import by_row
from ..registry import corruption


class Haze(NamedTuple):
    """Parameters of random_fog."""

    low: float  # smallest fog coefficient, 0 to 1
    high: float  # largest
    alpha: float  # opacity of a disk of haze for each unit of the coefficient


MOST_RINGS = 32
"""Each ring has more disks than the one before: a column of 20,000 pixels would have 12.5 million."""


def reach(width: int, coefficient: float) -> int:
    """Pixels across a disk of haze."""
    return max(1, int(width // 3 * coefficient))


def rings(height: int, width: int, size: int) -> list[tuple[int, int, int]]:
    """(disks, y, x) of each ring: the disks lie from y to height - y - size, from x to width - x - size."""
    found: list[tuple[int, int, int]] = []
    y, x = height // 2 - size, width // 2 - 2 * size
    while (x > -size or y > -size) and len(found) < MOST_RINGS:
        found.append((max(1, size // 10) * (len(found) + 1), y, x))
        y -= max(1, 3 * size * height // (height + width))
        x -= max(1, 3 * size * width // (height + width))
    return found


def draws(p: Haze, height: int, width: int) -> dict[str, Draw]:
    """The coefficient, and the place (y, x) of each disk as a share of its ring's room."""
    sizes = range(reach(width, p.low), reach(width, p.high) + 1)
    most = max(sum(disks for disks, _, _ in rings(height, width, size)) for size in sizes)
    return {
        "coefficient": uniform(p.low, p.high, on_host=True),
        "place": uniform(0.0, 1.0, max(1, most), 2, on_host=True),
    }


def disk_rows(d: Any, height: int, width: int) -> dict[str, Any]:
    """The rows of every disk by image row: where each begins and ends."""
    parts = []
    for coefficient, places in zip(d.coefficient, d.place, strict=True):
        size = reach(width, float(coefficient))
        radius = size // 2
        around = [(y, x) for disks, y, x in rings(height, width, size) for _ in range(disks)]
        corner = np.array(around, np.int64).reshape(-1, 2)
        room = np.array([height, width]) - 2 * corner - size
        middle = corner + np.floor(places[: len(corner)] * (room + 1)).astype(np.int64) + radius
        half = np.array([math.isqrt(radius**2 - dy**2) for dy in range(radius + 1)])
        # The disk's own rows, or those of the image where they are fewer: a wide one has disks of a third of its width.
        few = 2 * radius < height
        rows = middle[:, :1] + np.arange(-radius, radius + 1) if few else np.arange(height) + 0 * middle[:, :1]
        away = np.abs(rows - middle[:, :1])
        disk, place = np.nonzero((rows >= 0) & (rows < height) & (away <= radius))
        centre, reached = middle[disk, 1], half[away[disk, place]]
        parts.append(np.stack([rows[disk, place], centre - reached, centre + reached + 1]))
    table = np.full((len(parts), 3, max(part.shape[1] for part in parts)), height, np.int64)  # in no row
    for n, part in enumerate(parts):
        table[n, :, : part.shape[1]] = part
    edges = table.astype(np.int32)
    return by_row(table[:, 0], height, left=edges[:, 1], right=edges[:, 2])


@PixelFunction
def hazed(src, n, y, x, first, left, right, opacity):
    """White through as many layers as disks lie over the pixel."""
    clear = ONE
    for k in range(first[n, y], first[n, y + 1]):
        if left[n, k] <= x and x < right[n, k]:
            clear = clear * (ONE - opacity[n])
    white = FULL * (ONE - clear)
    return (
        nearest_byte(clear * np.float32(src[n, y, x, 0]) + white),
        nearest_byte(clear * np.float32(src[n, y, x, 1]) + white),
        nearest_byte(clear * np.float32(src[n, y, x, 2]) + white),
    )


@corruption(Haze, identity={"alpha": 0.0}, within={"low": (0.0, 10.0), "high": (0.0, 10.0)}, draws=draws)
def random_fog(ops: Any, src: Any, dst: Any, p: Haze, d: Any) -> None:
    """Translucent white disks at random places, in rings that grow from the middle, then a box blur: patches of fog.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (RandomFog).
    Differs from the published library in that the layers are rounded once, not each, a box of even side lies about its
    middle pixel instead of half a pixel beside it, each ring has a disk also where the image is less than 38 pixels
    wide, and there are at most 32 rings, which an image fifty times as tall as wide has.
    """
    height, width = src.shape[1:3]
    rows = {name: ops.upload(values) for name, values in disk_rows(d, height, width).items()}
    opacity = ops.upload((p.alpha * d.coefficient).astype(np.float32))
    thick = ops.empty(src.shape, np.uint8)
    ops.pixelwise(hazed, src, thick, rows["first"], rows["left"], rows["right"], opacity)
    box_means(ops, thick, dst, [max(reach(width, float(c)), 10) // 10 for c in d.coefficient])
