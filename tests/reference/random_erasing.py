"""A rectangle of noise. Source: Zhong et al. 2017 (arXiv:1708.04896)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {
        "ratio": np.array(rng.uniform(p.aspect, 1 / p.aspect)),
        "corner": rng.uniform(size=2),
        "noise": rng.uniform(0, 256, x.shape).astype(np.float32).clip(0, 255.9),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    (height, width), result = x.shape[:2], x.copy()
    tall = min(int((p.area * height * width * d["ratio"]) ** 0.5 + 0.5), height)
    wide = min(int((p.area * height * width / d["ratio"]) ** 0.5 + 0.5), width)
    top, left = int(d["corner"][0] * (height - tall + 1)), int(d["corner"][1] * (width - wide + 1))
    result[top : top + tall, left : left + wide] = d["noise"][top : top + tall, left : left + wide].astype(np.uint8)
    return result
