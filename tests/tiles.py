"""The bank of tiles that the tests stick on: 48 pictures of 16 x 16, of whole-number arithmetic alone."""

import os
from pathlib import Path

import numpy as np
from PIL import Image

PLACE = Path(__file__).with_name("tiles.npy")
"""Committed, so that measurements and the digests' processes have it too. Written by `python -m tests.tiles`."""


def use():
    """Name it where nobody has named a bank."""
    os.environ.setdefault("CORRUPT_ENGINE_TILES", str(PLACE))


def pictures():
    """(48, 16, 16, 3) uint8: two colours each, in stripes, rings and ramps."""
    rows, columns = np.mgrid[0:16, 0:16]
    found = []
    for n in range(48):
        pattern = [(rows + columns) // (1 + n % 3) % 2, rows * columns // 16 % 2, columns // 4 % 2, rows // 8][n % 4]
        dark, light = (np.array([(n * k * step + 31 * k) % 256 for k in (5, 7, 11)]) for step in (3, 17))
        found.append(np.where(pattern[..., None] == 0, dark, light) * (200 + rows[..., None]) // 215)
    return np.array(found).astype(np.uint8)


def bank(side):
    """What a corruption is handed of it."""
    tiles = np.load(PLACE)
    if side == tiles.shape[1]:
        return tiles
    return np.stack([np.asarray(Image.fromarray(t).resize((side, side), Image.Resampling.BILINEAR)) for t in tiles])


if __name__ == "__main__":
    np.save(PLACE, pictures())
