"""A plane wave added. Source: Mintun et al. 2021 (arXiv:2102.11273)."""

import numpy as np

from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {
        "high": rng.uniform(-np.pi, np.pi),
        "other": rng.uniform(-1, 1),
        "across": rng.randint(2),
        "phase": rng.uniform(0, 2 * np.pi),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    pair = [float(d["high"]), float(d["other"] * np.abs(d["high"]))]
    along_x, along_y = pair if d["across"] else pair[::-1]
    rows, columns = np.mgrid[: x.shape[0], : x.shape[1]]
    wave = p.intensity * np.sin(columns * along_x + rows * along_y + d["phase"])
    return np.clip(x + wave[..., None], 0, 255).astype(np.uint8)
