"""edge_zoom_blur: see the function."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..jit import scalar
from ..kept import kept
from ..primitives.pixelwise import nearest_byte
from ..primitives.sampling import bilinear
from ..registry import corruption
from .linear import Zoom


@kept
def places(length: int, zoom: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Between which two elements of a line each place of its zoom lies, and how far from the first: (length,) each.

    The zoom is of the middle ceil(length / zoom) elements, edges on edges, the outermost repeated beyond.
    """
    crop = min(math.ceil(length / zoom), length)
    zoomed = max(int(crop * zoom), length)
    place = (np.arange(length) + (zoomed - length) // 2 + 0.5) * (crop / zoomed) - 0.5
    place = np.clip(place, 0.0, crop - 1)
    low, top = np.floor(place).astype(np.int32), (length - crop) // 2
    return low + top, np.minimum(low + 1, crop - 1) + top, (place - low).astype(np.float32)


def zooms(p: Zoom, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """For each axis the places of every zoom, (N, zooms, length), the same for all images."""
    factors = np.arange(p.start, p.stop, p.step).tolist()
    found = {}
    for axis, length in (("rows", height), ("columns", width)):
        tables = zip(*(places(length, factor) for factor in factors), strict=True) if factors else NONE
        for name, table in zip(("low", "high", "share"), tables, strict=True):
            one = np.reshape(table, (1, len(factors), length))
            found[f"{name}_{axis}"] = np.repeat(one, count, axis=0).astype(np.float32 if name == "share" else np.int32)
    return found


NONE: tuple[list[float], ...] = ([], [], [])


@scalar
def between(src, n, y0, y1, x0, x1, fy, fx, c):
    """A channel between four pixels."""
    return bilinear(src[n, y0, x0, c], src[n, y0, x1, c], src[n, y1, x0, c], src[n, y1, x1, c], fy, fx)


@corruption(
    Zoom,
    form="pixel",
    identity={"start": 1.0, "stop": 1.0, "step": 0.01},
    within={"start": (0.01, 100.0), "stop": (0.01, 100.0), "step": (0.001, 100.0)},
    prepare=zooms,
)
def edge_zoom_blur(src, n, y, x, low_rows, high_rows, share_rows, low_columns, high_columns, share_columns):
    """Mean of the image and its centred zooms by every factor of arange(start, stop, step), rounded, edges on edges as
    resizers have them: moving towards the scene.

    zoom_blur puts the middles of the outermost pixels on each other, and truncates.
    Source: Buslaev et al. 2020 (albumentations 2.0.8), ZoomBlur.
    """
    r, g, b = np.float32(src[n, y, x, 0]), np.float32(src[n, y, x, 1]), np.float32(src[n, y, x, 2])
    for k in range(low_rows.shape[1]):
        y0, y1, fy = low_rows[n, k, y], high_rows[n, k, y], share_rows[n, k, y]
        x0, x1, fx = low_columns[n, k, x], high_columns[n, k, x], share_columns[n, k, x]
        r += between(src, n, y0, y1, x0, x1, fy, fx, 0)
        g += between(src, n, y0, y1, x0, x1, fy, fx, 1)
        b += between(src, n, y0, y1, x0, x1, fy, fx, 2)
    count = np.float32(low_rows.shape[1] + 1)
    return nearest_byte(r / count), nearest_byte(g / count), nearest_byte(b / count)
