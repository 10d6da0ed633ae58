"""Shapes painted one over the other, after Pillow's ImageDraw, which drew the published images (`tests/test_laion_c.py`
holds them to it). Source: Li et al. 2025 (arXiv:2506.16950).
"""

import math

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT

CIRCLES = {  # pixels of each row
    6: "3577753", 7: "46888864", 8: "377999773", 9: "468aaaa864", 10: "579bbbbb975", 11: "48aaccccaa84",
    12: "579bdddddb975", 13: "48acceeeecca84", 14: "59bddfffffddb95", 15: "68cceggggggecc86",
}  # fmt: skip


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
    out = x.copy()
    for k in range(p.shapes):
        left, top, size = int(d["x"][k]), int(d["y"][k]), int(d["size"][k])
        kind = ("triangle", "square", "star", "circle")[int(d["kind"][k])]
        if kind == "square":
            spans = [(top + row, left, left + size) for row in range(size + 1)]
        elif kind == "circle":
            wide = [int(digit, 17) for digit in CIRCLES[size]]
            spans = [(top + r, left + (size + 1 - w) // 2, left + (size - 1 + w) // 2) for r, w in enumerate(wide)]
        elif kind == "triangle":
            spans = polygon([(left, top), (left + size, top), (int(left + size / 2), top + size)])
        else:
            turns = [math.radians(i * 36 + int(d["rotation"][k])) for i in range(10)]
            radii = [size / 1.2 if i % 2 == 0 else size / 1.2 / 2 for i in range(10)]
            spans = polygon(
                [(int(left + r * math.sin(a)), int(top + r * math.cos(a))) for r, a in zip(radii, turns, strict=True)]
            )
        for row, first, last in spans:
            if 0 <= row < out.shape[0] and last >= 0:
                out[row, max(first, 0) : last + 1] = d["color"][k]
    return out


def polygon(corners):
    """(row, first, last) of the polygon's pixels."""
    edges = [(a, b) for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)]
    spans = [(a[1], min(a[0], b[0]), max(a[0], b[0])) for a, b in edges if a[1] == b[1]]
    lowest = max(y for _, y in corners)
    for row in range(min(y for _, y in corners), lowest + 1):
        places = []
        for (x0, y0), (x1, y1) in edges:
            if y0 != y1 and min(y0, y1) <= row <= max(y0, y1):
                slope = np.float32(x1 - x0) / np.float32(y1 - y0)
                place = np.float32(row - y0) * slope + np.float32(x0)
                places += [place, place] if row == max(y0, y1) < lowest else [place]
        places.sort()
        spans += [(row, up(a), down(b)) for a, b in zip(places[::2], places[1::2], strict=True)]
    return spans


def up(place):
    """Rounded, a half away from 0."""
    return math.floor(place + 0.5) if place >= 0 else -math.floor(0.5 - place)


def down(place):
    """Rounded, a half towards 0."""
    return math.ceil(place - 0.5) if place >= 0 else -math.ceil(-place - 0.5)
