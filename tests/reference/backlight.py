"""One value added on one side of a line and subtracted on the other. Source: Laugros 2022 (thesis 2022GRALT016)."""

import math

import numpy as np

from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"point": rng.uniform(0.25, 0.75, size=2), "direction": rng.randint(360)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    y, u = int(d["point"][0] * height), int(d["point"][1] * width)
    angle = math.radians(int(d["direction"]))
    # The direction in 1/1024: which side a pixel beside the line is on is the corruption's to say.
    down, aside = round(1024 * math.sin(angle)), round(1024 * math.cos(angle))
    lit = down * (rows - y) + aside * (columns - u) >= 0
    return np.clip(x + 255 * p.amount * np.where(lit, 1, -1)[..., None], 0, 255).astype(np.uint8)
