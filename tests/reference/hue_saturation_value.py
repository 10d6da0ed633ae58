"""Values added to hue, S and V. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .hsv import to_hsv, to_rgb
from .places import rounded
from .scale import unit
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {name: np.array(rng.uniform(-most, most)) for name, most in zip(p._fields, p, strict=True)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    hue, saturation, value = to_hsv(unit(x))
    saturation = np.clip(saturation + d["saturation"] / 255, 0, 1)
    return rounded(to_rgb((hue + d["hue"] / 360) % 1.0, saturation, np.clip(value + d["value"] / 255, 0, 1)) * 255)
