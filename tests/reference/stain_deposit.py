"""Black spots made of disks. Source: Di Salvo et al. 2024 (arXiv:2406.17536)."""

import numpy as np

from .tolerance import Tolerance

TOLERANCE = Tolerance(0, 0.0, "whether a place lies in a disk, in float64 as there")
DISKS = [(0.06, 0.22, 0.34)] + 4 * [(0.24, 0.1, 0.2)] + 3 * [(0.42, 0.02, 0.07)]  # away, smallest and largest radius


def draws(rng, x, p):
    most = max(1, p.marks)
    return {
        "count": np.array(rng.randint(min(1, p.marks), p.marks + 1)),
        "corner": rng.uniform(size=(most, 2)),
        "middle": rng.uniform(-1, 1, size=(most, len(DISKS), 2)),
        "radius": rng.uniform(size=(most, len(DISKS))),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    out = x.copy()
    v, u = np.mgrid[: x.shape[0], : x.shape[1]] + 0.5
    for mark in range(int(d["count"])):
        corner = []
        for axis, size in enumerate(x.shape[:2]):
            margin = min(max((size - p.side) // 2, 0), 10)
            room = max(size - p.side - 2 * margin, 0) + 1
            corner.append(margin + int(d["corner"][mark, axis] * room))
        for disk, (away, least, most) in enumerate(DISKS):
            y, z = (corner[a] + p.side * (0.5 + away * d["middle"][mark, disk, a]) for a in (0, 1))
            radius = p.side * (least + d["radius"][mark, disk] * (most - least))
            out[(v - y) ** 2 + (u - z) ** 2 < radius**2] = 0
    return out
