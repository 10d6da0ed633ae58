"""veiled_rain: see the function."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..jit import scalar
from ..kept import kept
from ..primitives.pixelwise import LayerFunction, PixelFunction, nearest_byte, to_byte
from ..primitives.sampling import fold101
from ..registry import corruption
from .veiled import VALUES, behind_veil, dimmed

ZERO, ONE, FULL = np.float32(0.0), np.float32(1.0), np.float32(255.0)
BENT = -0.75  # the parameter of OpenCV's cubic
LIFT = np.float32(2.0**-10)  # of what is truncated: the weights of a cubic sum to 1 but for rounding
GATE = 8  # rows and columns of the grid that thins the drops out
VISIBLE = np.float32(1.3)  # by which the opacity of the drops is raised
DROP = np.float32(240.0)
SHADES = 1024
SCARCE = 1e-30  # a density of 0, by which a value is divided


class VeiledRain(NamedTuple):
    """Parameters of veiled_rain."""

    density_low: float  # smallest probability that a cell of the grid of drops has one
    density_high: float  # largest
    size_low: float  # by how much of 1 the grid is smaller than the image, at least
    size_high: float  # at most
    uniformity_low: float  # how even the drops' opacity is over the image, 0 to 1, at least
    uniformity_high: float  # at most
    speed_low: float  # length of a drop's path as a share of the longer side, at least
    speed_high: float  # at most
    angle: float  # degrees, largest angle of the path either way
    veil: float  # weight of the grey, 0 to 1
    peak: float  # what the brightest V of HSV becomes, on 0..1
    dusk: float  # weight of that, 0 to 1


def draws(p: VeiledRain, height: int, width: int) -> dict[str, Draw]:
    """What each image has one of; the 8 x 8 values that thin out; and a value for each cell of the grid of drops."""
    most = [reduced(length, p.size_low) for length in (height, width)]
    return {
        "density": uniform(p.density_low, p.density_high, on_host=True),
        "size": uniform(p.size_low, p.size_high, on_host=True),
        "uniformity": uniform(p.uniformity_low, p.uniformity_high, on_host=True),
        "speed": uniform(p.speed_low, p.speed_high, on_host=True),
        "angle": uniform(-p.angle, p.angle, on_host=True),
        "gate": uniform(0.0, 1.0, GATE, GATE, on_host=True),
        "drop": uniform(0.0, 1.0, *most),
    }


def reduced(length: int, size: float) -> int:
    """Cells of the grid of drops along a side."""
    return max(1, int(length * (1.0 - size)))


SHADE = np.array(
    [round(127.5 + 127.5 * abs(math.cos(math.pi * (k + 0.5) / SHADES))) for k in range(SHADES)], np.float32
)
"""How bright a drop is, by its rank: |B - .5| + .5 of an arcsine law B, on 0..255."""


def thinning(d: Any) -> np.ndarray:
    """(N, 8, 8): the law Beta(1, 1 - uniformity)."""
    power = [1.0 / max(1.0 - float(evenness), 1e-4) for evenness in d.uniformity]
    return np.array(
        [
            [1.0 - math.pow(1.0 - float(value), exponent) for value in values.ravel()]
            for values, exponent in zip(d.gate, power, strict=True)
        ]
    ).reshape(-1, GATE, GATE)


@kept
def falling(rows: int) -> np.ndarray:
    """(rows,) float32: weights that fall evenly to 0, of sum 1; one alone is 1."""
    weights = np.arange(rows - 1, -1, -1) * (2.0 / max(rows * (rows - 1), 1))
    return weights.astype(np.float32) if rows > 1 else np.ones(1, np.float32)


def paths(d: Any, height: int, width: int) -> list[np.ndarray]:
    """Of each image (1, rows, 2) int64: the pixels (dy, dx) of a path that is a row high or three and more."""
    found = []
    for speed, angle in zip(d.speed, d.angle, strict=True):
        length, turned = int(speed * max(height, width)), math.radians(float(angle))
        reach = 0 if length <= 1 else max(int((max(length, 3) // 2) * math.cos(turned)), 1)
        reach = min(reach, height - 1)  # in images over ten times as wide as high
        rows = np.arange(-reach, reach + 1)
        aside = np.floor(rows * math.tan(turned) + 0.5).astype(np.int64)
        found.append(np.stack([rows, np.clip(aside, 1 - width, width - 1)], axis=1)[None])  # or as high as wide
    return found


def cubic_taps(source: Any, target: Any, length: int) -> tuple[np.ndarray, np.ndarray]:
    """(N, length, 4) int32 and float32: the cells of a line of `source` (N, 1) cells, and their weights, between which
    the places of a line of `target` (N, 1) lie; OpenCV's cubic, edges repeated.
    """
    place = (np.arange(length) + 0.5) * source / target - 0.5
    low = np.floor(place)
    t = place - low
    away = np.stack([1.0 + t, t, 1.0 - t, 2.0 - t], axis=-1)
    near = ((BENT + 2.0) * away - (BENT + 3.0)) * away * away + 1.0
    far = ((BENT * away - 5.0 * BENT) * away + 8.0 * BENT) * away - 4.0 * BENT
    cell = np.clip(low[..., None] + np.arange(-1, 3), 0, np.asarray(source)[..., None] - 1)
    return cell.astype(np.int32), np.where(away <= 1.0, near, far).astype(np.float32)


@LayerFunction
def drops(cells, n, y, x, drop, density, thinned, sizes, rows, down, columns, aside, shades):
    """The opacity of a cell's drop, 0 where there is none."""
    there = np.int32(y < sizes[n, 0]) & np.int32(x < sizes[n, 1]) & np.int32(drop[n, y, x] < density[n])
    total = ZERO
    for i in range(4 * there):  # no branch: behind one, counting references took 5 ms an image
        line = ZERO
        for j in range(4):
            line += aside[n, x, j] * thinned[n, rows[n, y, i], columns[n, x, j]]
        total += down[n, y, i] * line
    rank = min(drop[n, y, x] / density[n], ONE)
    shade = np.float32(there) * shades[np.int32(rank * np.float32(1023.99))]
    return to_byte(shade * min(max(total, ZERO), ONE) + LIFT)


@LayerFunction
def enlarged(pixels, n, y, x, cells, rows, down, columns, aside):
    """The grid of drops made as large as the image, cubic, rounded."""
    x0, x1, x2, x3 = columns[n, x, 0], columns[n, x, 1], columns[n, x, 2], columns[n, x, 3]
    w0, w1, w2, w3 = aside[n, x, 0], aside[n, x, 1], aside[n, x, 2], aside[n, x, 3]
    total = ZERO
    for i in range(4):
        row = rows[n, y, i]
        line = w0 * np.float32(cells[n, row, x0, 0]) + w1 * np.float32(cells[n, row, x1, 0])
        line += w2 * np.float32(cells[n, row, x2, 0]) + w3 * np.float32(cells[n, row, x3, 0])
        total += down[n, y, i] * line
    return nearest_byte(total)


@LayerFunction
def framed(frame, n, y, x, layer, rim, side):
    """The layer with what is reflected beyond its edges."""
    v, u = y - rim, x - side
    if v < 0 or u < 0 or v >= layer.shape[1] or u >= layer.shape[2]:
        v, u = fold101(v, layer.shape[1]), fold101(u, layer.shape[2])
    return layer[n, v, u, 0]


@scalar
def under(level, opacity):
    """A level under a drop."""
    return to_byte((ONE - opacity) * np.float32(level) + opacity * DROP)


@PixelFunction
def rained(src, n, y, x, fallen, rim, side):
    """The image under the drops."""
    opacity = min(VISIBLE * (np.float32(fallen[n, y + rim, x + side, 0]) / FULL), ONE)
    return under(src[n, y, x, 0], opacity), under(src[n, y, x, 1], opacity), under(src[n, y, x, 2], opacity)


@corruption(
    VeiledRain,
    identity={"density_low": 0.0, "density_high": 0.0, "veil": 0.0, "dusk": 0.0},
    draws=draws,
)
def veiled_rain(ops: Any, src: Any, dst: Any, p: VeiledRain, d: Any) -> None:
    """Drops on a coarse grid, thinned out here and there, enlarged and drawn out along a steep path, laid over the
    image as light grey; then u (1 - w) + w grey, and V of HSV scaled to a lower peak: rain on a dull day.

    Source: Dong et al. 2023 (arXiv:2303.11040), rain; the drops are those of the library imgaug.
    Differs from the published code in that a path is drawn over whole pixels, one a row, not as a turned image of a
    line, the grey of the drops is always 240, which it is there but for images with hardly any drops in their first
    row, and hue and saturation are not rounded to bytes on the way.
    """
    n, height, width, _ = src.shape
    sizes = np.array([[reduced(length, float(size)) for length in (height, width)] for size in d.size], np.int32)
    tall, wide = sizes[:, :1], sizes[:, 1:]
    density, thinned = (
        ops.upload(values.astype(np.float32)) for values in (np.maximum(d.density, SCARCE), thinning(d))
    )
    gate = [*cubic_taps(GATE, tall, d.drop.shape[1]), *cubic_taps(GATE, wide, d.drop.shape[2])]
    blank, cells = (ops.empty((*d.drop.shape, 1), np.uint8) for _ in range(2))
    sampled = (ops.upload(taps) for taps in gate)
    ops.pixelwise(drops, blank, cells, d.drop, density, thinned, ops.upload(sizes), *sampled, ops.constant(SHADE))

    whole, layer = (ops.empty((n, height, width, 1), np.uint8) for _ in range(2))
    sampled = (ops.upload(taps) for taps in (*cubic_taps(tall, height, height), *cubic_taps(wide, width, width)))
    ops.pixelwise(enlarged, whole, layer, cells, *sampled)

    ways = paths(d, height, width)
    rim, side = (max(int(np.abs(way[..., axis]).max()) for way in ways) for axis in (0, 1))
    empty, frame, fallen = (ops.empty((n, height + 2 * rim, width + 2 * side, 1), np.uint8) for _ in range(3))
    ops.pixelwise(framed, empty, frame, layer, rim, side)
    for k, way in enumerate(ways):
        one = slice(k, k + 1)
        ops.correlate_offsets(frame[one], fallen[one], way, falling(way.shape[1]), 0.5)

    wet, grey = ops.empty(src.shape, np.uint8), ops.empty(src.shape, np.uint8)
    ops.pixelwise(rained, src, wet, fallen, rim, side)
    behind_veil(ops, wet, grey, p.veil)
    ops.pixelwise(dimmed, grey, dst, ops.peak(grey), VALUES * p.peak, p.dusk)
