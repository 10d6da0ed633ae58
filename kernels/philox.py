"""Philox4x32-10, the counter-based generator behind every draw (Salmon et al., "Parallel Random Numbers: As Easy as 1,
2, 3", SC 2011).

A word is a pure function of a key and a counter, so any element of any draw of any sample can be made alone, in any
order, on any device:

    key      64 bits   SHA-256 of seed, corruption, severity, trial   (`condition_key`)
    counter  128 bits  [position // 4, draw number, sample id low, sample id high]; the word is output[position % 4]
"""

import hashlib

import numba
import numpy as np

from .jit import cpu, inlined, scalar
from .kept import kept
from .lanes import spread_long, store_fours, upward

# The multipliers and Weyl increments of the paper, table 2 and section 3.2. All arithmetic is on uint64: Numba widens
# uint32 results anyway, and the 32 x 32 -> 64 bit product is what the vector unit offers. Its factors are masked where
# they are multiplied, which LLVM then sees to be that product, and nowhere else but at the end.
M0, M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
W0, W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
LOW, HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
ROUNDS = 10


@scalar
def philox4x32_10(c0, c1, c2, c3, k0, k1):
    """Four 32-bit words for the counter (c0, c1, c2, c3) and the key (k0, k1); all are uint64 below 2^32, or several of
    them side by side (`lanes.LONGS`).
    """
    for _ in range(ROUNDS):
        p0, p1 = M0 * (c0 & LOW), M1 * (c2 & LOW)
        c0, c1, c2, c3 = (p1 >> HALF) ^ c1 ^ k0, p1, (p0 >> HALF) ^ c3 ^ k1, p0
        k0, k1 = k0 + W0, k1 + W1
    return c0 & LOW, c1 & LOW, c2 & LOW, c3 & LOW


# For loops on the host the rounds are inlined before LLVM sees them: as a call, whose tuple comes back through memory,
# they kept the loop from being vectorised, and 150,528 words took .52 ms in place of .06 (on a processor with AVX-512).
_philox = numba.njit(inline="always", error_model="numpy")(philox4x32_10)


@cpu
def fill_words(out, first_block, stream, sample, k0, k1):
    """Fill `out` (n,) uint32, n a multiple of 4, with the words at positions 4 * first_block onward of draw `stream` of
    `sample`.
    """
    if out.size % 4:
        raise ValueError("words are made four at a time: the length must be a multiple of 4")
    low, high = np.uint64(sample) & LOW, np.uint64(sample) >> HALF
    k0, k1, stream = np.uint64(k0), np.uint64(k1), np.uint64(stream)
    for block in range(out.size // 4):
        a, b, c, d = _philox(np.uint64(first_block + block), stream, low, high, k0, k1)
        out[4 * block] = a
        out[4 * block + 1] = b
        out[4 * block + 2] = c
        out[4 * block + 3] = d


BESIDE = 32
"""How many words `store_words` makes."""


@inlined
def store_words(out, index, first_block, stream, sample, k0, k1):
    """out[index] to out[index + 31], of an array of int32, are the words at positions 4 * first_block onward. Nothing
    is checked.
    """
    low, high = spread_long(np.uint64(sample) & LOW), spread_long(np.uint64(sample) >> HALF)
    block, of_draw = upward(np.uint64(first_block)), spread_long(np.uint64(stream))
    store_fours(out, index, *_philox(block, of_draw, low, high, np.uint64(k0), np.uint64(k1)))


@scalar
def whole_blocks(count):
    """The smallest multiple of 4 that holds `count` words."""
    return (count + 3) // 4 * 4


@cpu
def fill_rows(out, stream, ids, k0, k1):
    """Fill row n of `out` (N, e) uint32, e a multiple of 4, with the first words of draw `stream` of sample ids[n]."""
    for n in range(out.shape[0]):
        fill_words(out[n], 0, stream, ids[n], k0, k1)


@kept
def condition_key(seed: int, corruption: str, severity: float, trial: int) -> tuple[int, int]:
    """The 64-bit key of a condition as two uint32: the same on every machine and in every version of Python."""
    text = f"{seed}\n{corruption}\n{float(severity).hex()}\n{trial}"
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little")
