"""The alias table read slowly: one word, one column, keep or take the alias. Shared by the four pointwise noises."""

import numpy as np


def apply(x: np.ndarray, table: np.ndarray, words: np.ndarray) -> np.ndarray:
    """x (H, W, 3) uint8 and words (H, W, 3) uint32 to (H, W, 3) uint8."""
    out = np.empty_like(x)
    for at in np.ndindex(x.shape):
        word = int(words[at])
        column, fraction = word >> 24, word & 0xFFFFFF
        entry = int(table[256 * int(x[at]) + column])
        out[at] = column if fraction < entry >> 8 else entry & 255
    return out
