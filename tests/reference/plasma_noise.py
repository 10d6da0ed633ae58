"""Waves folded into each other. Source: Mintun et al. 2021 (arXiv:2102.11273)."""

import numpy as np

from .tolerance import Tolerance

TOLERANCE = Tolerance(
    1,
    0.06,
    "float32 angles: each fold doubles what they are off by, and in long images they are large",
    crossings=0.001,
)


def draws(rng, x, p):
    return {
        "time": rng.uniform(0, 6 * np.pi),
        "folds": rng.randint(4, 7),
        "sharpness": rng.uniform(0.5, 1),
        "size": rng.uniform(0.075, 0.2),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    time, scale = d["time"], d["size"] * min(x.shape[:2])
    v, u = np.mgrid[: x.shape[0], : x.shape[1]] / scale
    frequency, slower, depth = 1.0, 1.0, 1.0
    for _ in range(int(d["folds"])):
        a, b = np.cos(v * frequency + time / slower) / depth, np.sin(u * frequency + time / slower) / depth
        u, v = u + a - 0.3 * b, v + b + 0.3 * a
        frequency, slower, depth = frequency * 1.93, slower * 1.15, depth * (2.25 - d["sharpness"])
    waves = np.stack([np.sin(u - time), np.sin((u + v + np.sin(time)) * 0.5), np.sin(v + time)], axis=-1)
    return np.clip((1 - p.intensity / 255) * x + p.intensity * waves, 0, 255).astype(np.uint8)
