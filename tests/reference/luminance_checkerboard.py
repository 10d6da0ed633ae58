"""Cells lightened and darkened by turns. Source: Li et al. 2025 (arXiv:2506.16950)."""

import numpy as np

from .tolerance import Tolerance

TOLERANCE = Tolerance(0, 0.0, "float32, operation by operation as the published script has it")


def draws(rng, x, p):
    rows, columns = (-(-length // 14) for length in x.shape[:2])
    return {"amount": rng.uniform(p.low, p.high, (rows, columns))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    out = x.astype(np.float32) / np.float32(255)
    for i in range(0, x.shape[0], 14):
        for j in range(0, x.shape[1], 14):
            sign = 1 if (i // 14 + j // 14) % 2 == 0 else -1
            cell = out[i : i + 14, j : j + 14]
            cell[...] = np.clip(cell + np.float32(sign * d["amount"][i // 14, j // 14] / 255), 0, 1)
    return (out * np.float32(255)).astype(np.uint8)
