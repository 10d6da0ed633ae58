"""Noise of hue and lightness. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .hls import lightness, relit
from .tolerance import Tolerance

TOLERANCE = Tolerance(
    1,
    0.02,
    "float32 against float64 before truncation, through HLS and back: .7 % of the bytes; a count of photons at a half "
    "may be the next one",
    crossings=0.001,
)


def draws(rng, x, p):
    return {
        "color": np.array(rng.uniform(p.color_low, p.color_high)),
        "intensity": np.array(rng.uniform(p.intensity_low, p.intensity_high)),
        "hue": rng.normal(size=x.shape[:2]),
        "light": rng.normal(size=x.shape[:2]),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    mean = np.floor(255 * lightness(x) + 1e-9).std() * d["intensity"]
    z, before = d["light"].astype(float), lightness(x)
    count = np.maximum(np.floor(mean + np.sqrt(mean) * z + (z**2 - 1) / 6 + 0.5), 0) * (mean > 1e-4)
    light = np.minimum(before + count / 255 * (1 - before), 1)
    return np.clip(relit(x, light, d["color"] * d["intensity"] * d["hue"]) * 255 + 1e-6, 0, 255).astype(np.uint8)
