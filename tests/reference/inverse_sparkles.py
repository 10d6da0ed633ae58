"""White but around one point. Source: Mintun et al. 2021 (arXiv:2102.11273)."""

import numpy as np

from .rays import lit
from .tolerance import Tolerance

TOLERANCE = Tolerance(1, 0.01, "float32 angles decide where between two rays a pixel lies", crossings=0.001)


def draws(rng, x, p):
    return {
        "middle": rng.uniform(0.25, 0.75, 2),
        "rays": rng.randint(50, 200),
        "deviation": rng.normal(size=200),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    radius = 0.25 * min(x.shape[:2])
    lengths = radius + 0.25 * radius * d["deviation"][: int(d["rays"])]
    seen = lit(x.shape, d["middle"] * x.shape[:2], lengths, p.falloff)
    return np.clip(255 + seen * (x - 255.0), 0, 255).astype(np.uint8)
