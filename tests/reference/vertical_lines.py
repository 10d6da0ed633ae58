"""Bent lines drawn with Pillow's ImageDraw, as the published script does. Source: Li et al. 2025 (arXiv:2506.16950)."""

import numpy as np
from PIL import Image, ImageDraw

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    grey = np.asarray(Image.fromarray(x).convert("L")).astype(int)
    canvas = Image.new("RGB", (width, height))
    pen = ImageDraw.Draw(canvas)
    for i in range(p.lines):
        start = i / p.lines * width
        columns = slice(int(start), min(int(start + width / p.lines), width))
        before = (start, 0)
        for y in range(0, height, p.step):
            block, levels = x[y : y + p.step, columns].astype(int), grey[y : y + p.step, columns]
            color = tuple(int(c) for c in block.sum((0, 1)) // levels.size) if levels.size else (0, 0, 0)
            level = levels.sum() // levels.size if levels.size else 0
            point = (start + (1 - level / 255) * -40, y)
            pen.line([before, point], fill=color)
            before = point
    return np.asarray(canvas)
