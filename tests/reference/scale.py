"""What the oracles of noise share: the image on 0..1, and the way back to bytes."""

import numpy as np


def unit(x: np.ndarray) -> np.ndarray:
    """Bytes as float64 on 0..1."""
    return x / 255.0


def to_bytes(u: np.ndarray) -> np.ndarray:
    """Float64 on 0..1 clipped, scaled and truncated, as the published scripts store images."""
    return (np.clip(u, 0, 1) * 255).astype(np.uint8)
