"""w0 image + w1 texture, a random crop of one of five photographs. Source: Hendrycks and Dietterich 2019
(arXiv:1903.12261).
"""

import functools
import importlib.util
from pathlib import Path

import numpy as np
from PIL import Image

from .tolerance import EXACT

TOLERANCE = EXACT

NAMES = ("frost1.png", "frost2.png", "frost3.png", "frost4.jpg", "frost5.jpg")


@functools.cache
def texture(number: int, scale: float) -> np.ndarray:
    """One published texture (H, W, 3), reduced as OpenCV's bilinear resize of bytes does it."""
    folder = Path(importlib.util.find_spec("imagecorruptions").submodule_search_locations[0]) / "frost"
    golden_image = np.asarray(Image.open(folder / NAMES[number]).convert("RGB"))
    return golden_image if scale == 1 else reduced(golden_image, scale)


def reduced(a: np.ndarray, scale: float) -> np.ndarray:
    """Two neighbours an axis with weights in 1/2048, in the integer steps of OpenCV's vector code."""

    def places(length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        at = ((np.arange(round(length * scale)) + 0.5) / scale - 0.5).astype(np.float32)
        low = np.floor(at).astype(int)
        share = at - low.astype(np.float32)
        return low, np.rint((1 - share) * 2048).astype(int), np.rint(share * 2048).astype(int)

    (y, y0, y1), (x, x0, x1) = places(a.shape[0]), places(a.shape[1])
    wide = a.astype(int)
    rows = wide[:, x] * x0[:, None] + wide[:, x + 1] * x1[:, None]
    top, low = (rows[y] >> 4) * y0[:, None, None] >> 16, (rows[y + 1] >> 4) * y1[:, None, None] >> 16
    return (top + low + 2 >> 2).astype(np.uint8)


def covering(a: np.ndarray, height: int, width: int) -> np.ndarray:
    """Enlarged bicubically to 1.1 times the smallest cover where it is smaller than the image (the specification's own
    rule); of more than 16 pixels for each of the image, and 2^20, only the middle.
    """
    if a.shape[0] >= height and a.shape[1] >= width:
        return a
    factor = 1.1 * max(height / a.shape[0], width / a.shape[1])
    size = (max(width, round(a.shape[1] * factor)), max(height, round(a.shape[0] * factor)))
    most = max(2**20, 16 * height * width)
    middle = [size[0], size[1]]
    if size[0] * size[1] > most:
        longer = 1 if width / a.shape[1] > height / a.shape[0] else 0
        middle[longer] = max((width, height)[longer], most // size[1 - longer])
    cut = [n * (1 - kept / whole) / 2 for n, kept, whole in zip(a.shape[1::-1], middle, size, strict=True)]
    box = (cut[0], cut[1], a.shape[1] - cut[0], a.shape[0] - cut[1])
    return np.asarray(Image.fromarray(a).resize(middle, Image.Resampling.BICUBIC, box=box))


def draws(rng: np.random.RandomState, x: np.ndarray, p) -> dict[str, np.ndarray]:
    number = rng.randint(5)
    ice = covering(texture(number, p.texture_scale), *x.shape[:2])
    room = [a - b for a, b in zip(ice.shape[:2], x.shape[:2], strict=True)]
    # The middle of the share of the room that a corner stands for, so that int(share * room) gives it back.
    return {
        "texture": np.array(number),
        "corner": np.array([(rng.randint(0, r) + 0.5) / r if r else 0.0 for r in room]),
    }


def apply(x: np.ndarray, p, d: dict) -> np.ndarray:
    height, width = x.shape[:2]
    ice = covering(texture(int(d["texture"]), p.texture_scale), height, width)
    top, left = int(d["corner"][0] * (ice.shape[0] - height)), int(d["corner"][1] * (ice.shape[1] - width))
    blend = p.image_weight * x.astype(float) + p.frost_weight * ice[top : top + height, left : left + width]
    return np.clip(blend, 0, 255).astype(np.uint8)
