"""Five lights with rays. Source: Mintun et al. 2021 (arXiv:2102.11273)."""

import numpy as np

from .rays import lit
from .tolerance import Tolerance

TOLERANCE = Tolerance(1, 0.01, "float32 angles decide where between two rays a pixel lies", crossings=0.001)


def draws(rng, x, p):
    return {
        "middle": rng.uniform(size=(5, 2)),
        "rays": rng.randint(50, 200, 5),
        "deviation": rng.normal(size=(5, 200)),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    out = x.astype(float)
    radius = p.radius * min(x.shape[:2])
    for middle, rays, deviation in zip(d["middle"], d["rays"], d["deviation"], strict=True):
        lengths = np.maximum(radius + 0.25 * radius * deviation[: int(rays)], 1)
        out += lit(x.shape, middle * x.shape[:2], lengths, 1.0) * (255 - out)
    return np.clip(out, 0, 255).astype(np.uint8)
