"""RGB bytes with another lightness of HLS, by way of hue and saturation in float64."""

import numpy as np

from .hsv import to_hsv, to_rgb
from .scale import unit
from .tolerance import Tolerance

RELIT = Tolerance(1, 0.005, "float32 against float64 before rounding: a byte moves where the exact value is at a half")
LIFT = 2.0**-10  # halves are common, after a factor of .5 or .7: so much is added, and none is left to the last bit


def lightness(x: np.ndarray) -> np.ndarray:
    """(H, W) on 0..1."""
    return (unit(x).max(-1) + unit(x).min(-1)) / 2


def relit(x: np.ndarray, light: np.ndarray, turn: np.ndarray | float = 0.0) -> np.ndarray:
    """x (H, W, 3) uint8 as RGB on 0..1 with the lightness `light` (H, W), its hue turned by a share of the circle."""
    before = lightness(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        saturation = np.nan_to_num((unit(x).max(-1) - unit(x).min(-1)) / (1 - np.abs(2 * before - 1)), posinf=0.0)
        value = light + saturation * np.minimum(light, 1 - light)
        of_value = np.where(value > 0, 2 * (1 - light / value), 0.0)
    return to_rgb((to_hsv(unit(x))[0] + turn) % 1.0, of_value, value)


def relit_bytes(x: np.ndarray, light: np.ndarray) -> np.ndarray:
    """The same as bytes, halves rounded up."""
    return np.floor(relit(x, light) * 255 + 0.5 + LIFT).clip(0, 255).astype(np.uint8)
