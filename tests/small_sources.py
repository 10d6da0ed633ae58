"""Eleven tiny pictures, as every kind of source."""

import functools

import numpy as np

from .golden_files import picture

COUNT, SIDE = 11, 16


@functools.cache
def pictures():
    """(COUNT, SIDE, SIDE, 3) uint8, all different."""
    cat = picture("inputs/cat_64.png")
    cut = np.stack([np.roll(cat, (3 * n, 5 * n), axis=(0, 1))[:SIDE, :SIDE] for n in range(COUNT)])
    cut.flags.writeable = False
    return cut


def labels():
    return np.arange(COUNT) % 4


class Pairs:
    """A torch Dataset of one's own: (what `make` does to the picture, its label)."""

    def __init__(self, make=np.array, count=COUNT):
        self.make, self.count = make, count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return self.make(pictures()[index]), int(labels()[index])
