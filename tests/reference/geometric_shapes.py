"""Shapes drawn one over the other with Pillow's ImageDraw, as the published script does. Source: Li et al. 2025
(arXiv:2506.16950).
"""

import math

import numpy as np
from PIL import Image, ImageDraw

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    count = max(1, p.shapes)
    return {
        "kind": rng.randint(0, 4, count),
        "y": rng.randint(0, x.shape[0], count),
        "x": rng.randint(0, x.shape[1], count),
        "size": rng.randint(6, 16, count),
        "color": rng.randint(0, 256, (count, 3)),
        "rotation": rng.randint(0, 360, count),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    picture = Image.fromarray(x)
    pen = ImageDraw.Draw(picture)
    for k in range(p.shapes):
        left, top, size = int(d["x"][k]), int(d["y"][k]), int(d["size"][k])
        color = tuple(int(c) for c in d["color"][k])
        kind = ("triangle", "square", "star", "circle")[int(d["kind"][k])]
        box = [(left, top), (left + size, top + size)]
        if kind == "triangle":
            pen.polygon([(left, top), (left + size, top), (left + size / 2, top + size)], fill=color)
        elif kind == "square":
            pen.rectangle(box, fill=color)
        elif kind == "circle":
            pen.ellipse(box, fill=color)
        else:
            corners = []
            for i in range(10):
                angle = math.radians(i * 36 + int(d["rotation"][k]))
                radius = size / 1.2 if i % 2 == 0 else size / 1.2 / 2
                corners.append((left + radius * math.sin(angle), top + radius * math.cos(angle)))
            pen.polygon(corners, fill=color)
    return np.asarray(picture)
