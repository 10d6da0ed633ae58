"""(u + strength plasma) max / (max + strength), with a diamond-square plasma. Source: Hendrycks and Dietterich 2019
(arXiv:1903.12261).
"""

from collections.abc import Iterator

import numpy as np

from .scale import to_bytes, unit
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def side(x: np.ndarray) -> int:
    """The smallest power of two, at least 2, that covers the image; of 1,024 and more, as many halves of it as make 16
    cells a pixel.
    """
    size = 2
    while size < max(x.shape[:2]):
        size *= 2
    while size > 1024 and size**2 > 16 * x.shape[0] * x.shape[1]:
        size //= 2
    return size


def levels(size: int, decay: float) -> Iterator[tuple[int, float]]:
    """(step, wiggle) of each level."""
    step, wiggle = size, 100.0
    while step >= 2:
        yield step, wiggle
        step, wiggle = step // 2, wiggle / decay


def groups(step: int) -> list[tuple[int, int]]:
    """The three sets of cells that a level sets, as (row, column) of their first: squares, then two sets of
    diamonds.
    """
    half = step // 2
    return [(half, half), (0, half), (half, 0)]


def draws(rng: np.random.RandomState, x: np.ndarray, p) -> dict[str, np.ndarray]:
    size = side(x)
    unit_draws = np.zeros((size, size))
    for step, wiggle in levels(size, p.decay):
        for row, column in groups(step):
            count = size // step
            unit_draws[row::step, column::step] = rng.uniform(-wiggle, wiggle, (count, count)) / wiggle
    return {"plasma": unit_draws}


def plasma(unit_draws: np.ndarray, decay: float) -> np.ndarray:
    """(S, S) on 0..1; the map is periodic."""
    m = np.zeros_like(unit_draws, dtype=np.float64)
    for step, wiggle in levels(len(m), decay):
        half = step // 2
        for row, column in groups(step):
            # Squares look at the four corners, diamonds at the four cells straight above, below, left and right.
            near = (
                [(-half, -half), (-half, half), (half, -half), (half, half)]
                if row and column
                else [(-half, 0), (half, 0), (0, -half), (0, half)]
            )
            mean = sum(np.roll(m, (-dy, -dx), (0, 1))[row::step, column::step] for dy, dx in near) / 4
            m[row::step, column::step] = mean + wiggle * (wiggle * unit_draws[row::step, column::step])
    m -= m.min()
    return m / m.max() if m.max() > 0 else m


def apply(x: np.ndarray, p, d: dict) -> np.ndarray:
    u = unit(x)
    whole = plasma(d["plasma"], p.decay)
    repeats = [-(-length // len(whole)) for length in x.shape[:2]]
    haze = np.tile(whole, repeats)[: x.shape[0], : x.shape[1], None]
    return to_bytes((u + p.strength * haze) * u.max() / (u.max() + p.strength))
