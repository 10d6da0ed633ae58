"""Drops on a coarse grid, enlarged and drawn out, under a veil. Source: Dong et al. 2023 (arXiv:2303.11040)."""

import numpy as np

from .elastic_transform import fold101
from .places import rounded
from .veiled_fog import veiled
from .veiled_snow import TOLERANCE, dimmed

__all__ = ["TOLERANCE", "apply", "draws"]


def draws(rng, x, p):
    height, width = (max(1, int(length * (1 - p.size_low))) for length in x.shape[:2])
    return {
        "density": np.array(rng.uniform(p.density_low, p.density_high)),
        "size": np.array(rng.uniform(p.size_low, p.size_high)),
        "uniformity": np.array(rng.uniform(p.uniformity_low, p.uniformity_high)),
        "speed": np.array(rng.uniform(p.speed_low, p.speed_high)),
        "angle": np.array(rng.uniform(-p.angle, p.angle)),
        "gate": rng.uniform(size=(8, 8)),
        "drop": rng.uniform(size=(height, width)),
    }


def cubic(size: int, length: int) -> np.ndarray:
    """(length, size): OpenCV's cubic along one axis, edges repeated."""
    matrix, a = np.zeros((length, size)), -0.75
    for k, place in enumerate((np.arange(length) + 0.5) * size / length - 0.5):
        for i in range(int(np.floor(place)) - 1, int(np.floor(place)) + 3):
            t = abs(i - place)
            near = (a + 2) * t**3 - (a + 3) * t**2 + 1
            matrix[k, min(max(i, 0), size - 1)] += near if t <= 1 else a * (t**3 - 5 * t**2 + 8 * t - 4)
    return matrix


def drawn_out(layer: np.ndarray, length: int, angle: float) -> np.ndarray:
    """The mean along a path, with weights that fall evenly from above."""
    (height, width), turned = layer.shape, np.radians(angle)
    reach = min(0 if length <= 1 else max(int(max(length, 3) // 2 * np.cos(turned)), 1), height - 1)
    total, weights = np.zeros(layer.shape), 0.0
    for row in range(-reach, reach + 1):
        weight = float(reach - row) if reach else 1.0
        column = int(np.clip(np.floor(row * np.tan(turned) + 0.5), 1 - width, width - 1))
        total += weight * layer[fold101(np.arange(height) + row, height)][:, fold101(np.arange(width) + column, width)]
        weights += weight
    return rounded(total / weights)


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    rows, columns = (max(1, int(length * (1 - d["size"]))) for length in (height, width))
    drop = d["drop"][:rows, :columns] / max(d["density"], 1e-12)
    rank = (np.floor(np.minimum(drop, 1 - 1e-9) * 1023.99) + 0.5) / 1024
    shade = np.where(drop < 1, np.round(127.5 + 127.5 * abs(np.cos(np.pi * rank))), 0)
    thinned = 1 - (1 - d["gate"]) ** (1 / max(1 - d["uniformity"], 1e-4))
    gate = np.clip(cubic(8, rows) @ thinned @ cubic(8, columns).T, 0, 1)
    cells = np.clip(shade * gate + 2.0**-10, 0, 255).astype(np.uint8)
    layer = rounded(cubic(rows, height) @ cells @ cubic(columns, width).T)
    length = int(d["speed"] * max(height, width))
    opacity = np.minimum(1.3 * drawn_out(layer, length, d["angle"]) / 255, 1)[..., None]
    wet = ((1 - opacity) * x + opacity * 240).astype(np.uint8)
    return dimmed(veiled(wet, p.veil), p)
