"""OpenCV's bilinear resize of bytes, to the bit: 11-bit weights, and the rounding of its vector units. Host only, once
a texture.
"""

import numpy as np

BITS = 11


def _axis(length: int, target: int, scale: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    place = ((np.arange(target) + 0.5) / scale - 0.5).astype(np.float32)
    low = np.floor(place).astype(np.int64)
    share = place - low.astype(np.float32)
    share[(low < 0) | (low >= length - 1)] = 0.0
    low = np.clip(low, 0, length - 1)
    one = np.float32(1 << BITS)
    return low, np.rint((np.float32(1.0) - share) * one).astype(np.int64), np.rint(share * one).astype(np.int64)


def opencv_bilinear(src: np.ndarray, scale: float) -> np.ndarray:
    """src (H, W, C) uint8 scaled by `scale` on both axes, each side rounded to even like cvRound, without
    anti-aliasing.
    """
    height, width = src.shape[:2]
    y, upper, lower = _axis(height, round(height * scale), scale)
    x, left, right = _axis(width, round(width * scale), scale)
    wide = src.astype(np.int64)
    across = wide[:, x] * left[:, None] + wide[:, np.minimum(x + 1, width - 1)] * right[:, None]
    first, second = across[y] >> 4, across[np.minimum(y + 1, height - 1)] >> 4
    mixed = ((first * upper[:, None, None]) >> 16) + ((second * lower[:, None, None]) >> 16)
    return np.clip((mixed + 2) >> 2, 0, 255).astype(np.uint8)
