"""A smoothed texture on H, S and V in bytes, and sparkles.

Source: Buslaev et al. 2020 (albumentations 2.0.8), RandomSnow.
"""

import numpy as np
from scipy.ndimage import gaussian_filter

from .hsv import to_hsv, to_rgb
from .places import rounded
from .scale import unit
from .tolerance import Tolerance

TOLERANCE = Tolerance(
    8,
    0.006,
    "H, S and V are cut off to bytes: where float32 takes one to the next, a channel moves by up to a byte of it; and "
    "the texture is smoothed once, not twice",
)


def draws(rng, x, p):
    return {"texture": rng.normal(0.5, 0.3, x.shape[:2]), "luck": rng.uniform(size=x.shape[:2])}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    hue, saturation, value = to_hsv(unit(x))
    h, s, v = np.floor(hue * 180 + 0.5), np.floor(saturation * 255 + 0.5), value * 255
    texture = d["texture"].astype(float)
    for _ in range(2):
        texture = gaussian_filter(texture, 1.0, mode="mirror", truncate=4)
    rows = np.arange(x.shape[0]) / max(x.shape[0] - 1, 1)
    layer = 255 * p.point * texture * (1 - p.fade * rows[:, None])
    lighter = np.minimum(v * (1 + p.light * p.point), 255)
    h, s, v = (
        np.clip(np.floor(p.weight * (part + layer) + (1 - p.weight) * p.point * tint + 1e-6), 0, 255)
        for part, tint in ((h, 0.6), (s, 0.75), (lighter, 1.0))
    )
    out = rounded(255 * to_rgb(h / 180 % 1, s / 255, v / 255))
    out[d["luck"] < np.float32(p.sparkles)] = 255
    return out
