"""Brightness, contrast, saturation and hue in random order. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .hsv import to_hsv, to_rgb
from .places import rounded
from .scale import unit
from .tolerance import Tolerance

TOLERANCE = Tolerance(
    2,
    0.02,
    "float32 against float64 at the end of each step: a byte that moves is multiplied by 1.7 in the next, and by how "
    "little colour there is where it turns the hue",
    crossings=0.002,
)
GREY = np.array([0.299, 0.587, 0.114])


def draws(rng, x, p):
    made = {
        name: np.array(rng.uniform(max(0, 1 - most), 1 + most)) for name, most in zip(p._fields[:3], p[:3], strict=True)
    }
    return {**made, "hue": np.array(rng.uniform(-p.hue, p.hue)), "rank": rng.uniform(size=4)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    for step in np.argsort(d["rank"], kind="stable"):
        amount = float(d[p._fields[step]])
        if step == 3:
            hue, saturation, value = to_hsv(unit(x))
            x = rounded(to_rgb((hue + amount) % 1.0, saturation, value) * 255)
        elif step == 2:
            x = rounded(amount * x + (1 - amount) * (x @ GREY)[..., None])
        else:
            around = (1 - amount) * (x @ GREY).mean() if step == 1 else 0.0
            x = np.clip(amount * x + around, 0, 255).astype(np.uint8)
    return x
