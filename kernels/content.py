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
from .lanes import load_uint64

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


@scalar
def finished(total, height, width, channels):
    """A sample id, uint64 below 2^63: the sum of an image with its shape mixed in, all uint64."""
    sized = mixed(total ^ mixed(height << S32 | width))
    return mixed(sized + channels) >> ONE


@cpu
def image_ids(rows, height, width, channels, out):
    """out (N,) int64 = the sample ids of images of this shape, whose bytes are rows (N, m) uint8, contiguous.

    From the bytes to the id in one call: as steps of NumPy's, what is not the sum took .1 ms after other work, a fifth
    of a noise.
    """
    size = rows.shape[1]
    for n in range(rows.shape[0]):
        begin, total, place = n * size, np.uint64(0), np.uint64(0)
        for j in range(size // 8):
            place += STEP
            total += mixed(load_uint64(rows, begin + 8 * j) + place)
        if size % 8:
            last = np.uint64(0)
            for k in range(size - 1, size // 8 * 8 - 1, -1):
                last = last << np.uint64(8) | np.uint64(rows[n, k])
            total += mixed(last + place + STEP)
        out[n] = np.int64(finished(total, np.uint64(height), np.uint64(width), np.uint64(channels)))


def sums_of(images: Any, xp: Any = np) -> Any:
    """The sums (N,) uint64 over the words of images (N, H, W, C) uint8, contiguous, by array operations of `xp`,
    NumPy's or CuPy's.
    """
    rows = images.reshape(len(images), -1)
    count = rows.shape[1]
    padded = xp.zeros((len(rows), (count + 7) // 8 * 8), np.uint8)
    padded[:, :count] = rows
    words = padded.view(np.dtype("<u8"))
    places = xp.arange(1, words.shape[1] + 1, dtype=np.uint64) * STEP
    return mixed(words + places).sum(axis=1, dtype=np.uint64)


def ids_of(sums: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """The sample ids (N,) int64 of images of shape (H, W, C) with these sums: by NumPy, what `image_ids` is held to,
    and what another device ends with.
    """
    height, width, channels = np.array(shape, np.uint64)[:, None]  # arrays, whose overflow is no warning
    ids: np.ndarray = finished(sums, height, width, channels).astype(np.int64)
    return ids
