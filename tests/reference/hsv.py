"""RGB on 0..1 to hue, saturation, value and back, in float64."""

import numpy as np


def to_hsv(u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hue on 0..1 (0 where there is no saturation), saturation, value."""
    value, spread = u.max(-1), u.max(-1) - u.min(-1)
    r, g, b = np.moveaxis(u, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        saturation = np.where(spread == 0, 0.0, spread / value)
        hue = np.where(r == value, (g - b) / spread, 0.0)
        hue = np.where(g == value, 2.0 + (b - r) / spread, hue)
        hue = np.where(b == value, 4.0 + (r - g) / spread, hue)
    return np.where(spread == 0, 0.0, (hue / 6.0) % 1.0), saturation, value


def to_rgb(hue: np.ndarray, saturation: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Back to (..., 3)."""
    sector = np.floor(hue * 6)
    f = hue * 6 - sector
    p, q, t = value * (1 - saturation), value * (1 - f * saturation), value * (1 - (1 - f) * saturation)
    cases = [(value, t, p), (q, value, p), (p, value, t), (p, q, value), (t, p, value), (value, p, q)]
    number = sector.astype(int) % 6
    return np.stack([np.choose(number, [case[c] for case in cases]) for c in range(3)], axis=-1)
