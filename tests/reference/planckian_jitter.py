"""Red and blue by a black body's share of them. Source: Zini et al. 2022 (arXiv:2202.07993).

albumentations 2.0.8 gives the same bytes.
"""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT
TABLE = """
6743 4029 13, 6281 4241 1665, 5919 4372 2513, 5623 4457 3154, 5376 4515 3672, 5163 4555 4103, 4979 4584 4468,
4816 4604 4782, 4672 4619 5053, 4542 4630 5289, 4426 4638 5497, 4320 4644 5681, 4223 4648 5844, 4135 4651 5990,
4054 4653 6121, 3980 4654 6239, 3911 4655 6346, 3847 4656 6444, 3787 4656 6532, 3732 4656 6613, 3680 4655 6688,
3632 4655 6756, 3586 4655 6820, 3544 4654 6878, 3503 4653 6933
"""


def draws(rng, x, p):
    return {"kelvin": np.array(rng.uniform(p.low, p.high))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    light = np.array([row.split() for row in TABLE.split(",")], float)
    r, g, b = (np.interp(d["kelvin"], np.arange(3000, 15001, 500), light[:, c]) for c in range(3))
    return np.clip(x * np.array([r / g, 1.0, b / g]), 0, 255).astype(np.uint8)
