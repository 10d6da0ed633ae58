"""Small letters of lines a pixel wide. Source: Di Salvo et al. 2024 (arXiv:2406.17536)."""

import itertools
import math

import numpy as np

from corrupt_engine.kernels.occlusion.characters import STROKES

from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    most, letters = max(1, p.words), max(3, p.letters)
    return {
        "count": np.array(rng.randint(min(1, p.words), p.words + 1)),
        "length": rng.randint(3, letters + 1, most),
        "letter": rng.randint(0, 26, (most, letters)),
        "scale": rng.randint(14, max(14, int(100 * p.scale + 1e-9)) + 1, most),
        "place": rng.uniform(size=(most, 2)),
        "color": rng.randint(0, 256, (most, 3)),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    covered, colors = np.zeros((height, width)), np.zeros(x.shape)
    v, u = np.mgrid[:height, :width] + 0.5
    for word in range(int(d["count"])):
        letters, unit = d["letter"][word][: int(d["length"][word])], d["scale"][word] / 20
        foot = min(10, height) + int(d["place"][word, 0] * (max(height - 20, 0) + 1))
        left = min(10, width) + int(d["place"][word, 1] * (max(width - 8 * len(letters) - 10, 0) + 1))
        for k, letter in enumerate(letters):
            for stroke in STROKES["abcdefghijklmnopqrstuvwxyz"[letter]]:
                points = [(foot + unit * (int(y) - 4), left + unit * (4 * k + int(z))) for z, y in stroke.split()]
                for a, b in itertools.pairwise(points):
                    share = np.clip(1 - distance(v, u, a, b), 0, 1)
                    more = share > covered
                    covered = np.where(more, share, covered)
                    colors = np.where(more[..., None], d["color"][word], colors)
    return np.floor(x + covered[..., None] * (colors - x) + 0.5).astype(np.uint8)


def distance(v, u, a, b):
    """Of each place from the line between two points."""
    length = math.dist(a, b)
    down, aside = ((end - start) / length for start, end in zip(a, b, strict=True))
    along = np.clip((v - a[0]) * down + (u - a[1]) * aside, 0, length)
    return np.hypot(v - a[0] - along * down, u - a[1] - along * aside)
