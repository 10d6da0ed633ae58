"""What the oracles of lights with rays share. Source: Mintun et al. 2021 (arXiv:2102.11273)."""

import numpy as np


def lit(shape, place, lengths: np.ndarray, exponent: float) -> np.ndarray:
    """(H, W, 1): how bright a light at a place (y, x) is, whose rays have these lengths."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    dy, dx = rows - place[0], columns - place[1]
    turns = (np.arctan2(dx, dy) + np.pi) / (2 * np.pi) * len(lengths)
    first = turns.astype(int)
    share = turns - first
    here, beside = lengths[first % len(lengths)], lengths[(first + 1) % len(lengths)]
    falloff = ((here + share * (beside - here)) ** 2 / (dy**2 + dx**2 + 1e-4)) ** exponent
    return np.clip((1 - (share - 0.5) ** 2) * falloff, 0, 1)[..., None]
