"""A number made of an image's own bytes: what stands for its sample id where no index is known.

Every eight bytes, as a little-endian word with zeros behind the last, are mixed with their place, and the results are
added modulo 2^64; the shape is mixed in at the end. A sum may be taken in any order, so that it is the same on every
device. Two different images agree by chance once in 2^63.

The mixing is the finalizer of SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators",
OOPSLA 2014; its constants are variant 13 of Stafford).
"""

from typing import Any

import numpy as np

from .jit import cpu, scalar

STEP = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
S30, S27, S31, S32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)
ONE = np.uint64(1)


@scalar
def mixed(z):
    """A word whose bits each depend on all bits of z, uint64; one to one."""
    z = (z ^ (z >> S30)) * FIRST
    z = (z ^ (z >> S27)) * SECOND
    return z ^ (z >> S31)


@cpu
def sum_words(words, out):
    """out (N,) uint64 = the sums over words (N, m) uint64."""
    for n in range(words.shape[0]):
        row = words[n]
        total = np.uint64(0)
        place = np.uint64(0)
        for j in range(row.size):
            place += STEP
            total += mixed(row[j] + place)
        out[n] = total


def words_of(images: Any, xp: Any = np) -> Any:
    """Images (N, H, W, C) uint8, contiguous, as words (N, m) uint64; the same memory where that holds whole words."""
    rows = images.reshape(len(images), -1)
    count = rows.shape[1]
    address = rows.ctypes.data if isinstance(rows, np.ndarray) else rows.data.ptr
    if count % 8 or address % 8:
        padded = xp.zeros((len(rows), (count + 7) // 8 * 8), np.uint8)
        padded[:, :count] = rows
        rows = padded
    return rows.view(np.dtype("<u8"))


def finished(sums: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Sample ids (N,) int64 from 0 up: the sums (N,) uint64 with the shape (H, W, C) mixed in."""
    height, width, channels = shape
    size = np.array([height], np.uint64) << S32 | np.uint64(width)  # an array, whose overflow is no warning
    sized = mixed(sums ^ mixed(size))
    ids: np.ndarray = (mixed(sized + np.uint64(channels)) >> ONE).astype(np.int64)
    return ids


def sums_of(images: Any, xp: Any = np) -> Any:
    """The sums (N,) uint64 over images (N, H, W, C) uint8 by array operations of `xp`, NumPy's or CuPy's: what
    `sum_words` is held to, and what a device uses.
    """
    words = words_of(images, xp)
    places = xp.arange(1, words.shape[1] + 1, dtype=np.uint64) * STEP
    return mixed(words + places).sum(axis=1, dtype=np.uint64)
