"""Normal and uniform fields from keyed words.

A normal value is the quantile function, linear between 65,537 knots: the upper 16 bits of the word choose the interval,
the lower 16 the place in it. No logarithm and no cosine, which are slow, and whose last bit differs between libraries.
The outermost knots are set so that the end intervals keep their mean; beyond 4.6 sigma nothing is drawn.
"""

import functools
from statistics import NormalDist

import numpy as np

from ..jit import cpu, part, scalar
from ..philox import fill_words, whole_blocks

KNOTS = 1 << 16
UNIT16, UNIT24 = np.float32(2.0**-16), np.float32(2.0**-24)


@functools.cache
def quantiles() -> np.ndarray:
    """(65537,) float32: the standard normal's quantiles at multiples of 2^-16, made odd about the middle."""
    dist = NormalDist()
    upper = np.array([dist.inv_cdf(k / KNOTS) for k in range(KNOTS // 2 + 1, KNOTS)])
    # The mean of N given that it lies in the last interval is pdf(q) * KNOTS; the end knot makes a straight line match
    # it.
    end = 2.0 * dist.pdf(upper[-1]) * KNOTS - upper[-1]
    half = np.append(upper, end)
    return np.concatenate([-half[::-1], [0.0], half]).astype(np.float32)


@scalar
def normal_value(word, table):
    """The standard normal value of one 32-bit word."""
    knot = word >> np.uint32(16)
    share = np.float32(word & np.uint32(0xFFFF)) * UNIT16
    low = table[knot]
    return low + share * (table[knot + np.uint32(1)] - low)


@scalar
def unit_value(word):
    """The upper 24 bits of a word as float32 in [0, 1)."""
    return np.float32(word >> np.uint32(8)) * UNIT24


@scalar
def integer_value(word, low, span):
    """An integer in [low, low + span): the high half of word * span."""
    return low + np.int64(np.uint64(word) * np.uint64(span) >> np.uint64(32))


CHUNK = 4096  # words made at a time, which stay near the processor until they are used


@part
def _normals(out, words, mean, std, table):
    for e in range(out.size):
        out[e] = mean + std * normal_value(words[e], table)


@part
def _uniforms(out, words, low, span):
    for e in range(out.size):
        out[e] = low + span * unit_value(words[e])


@part
def _integers(out, words, low, span):
    for e in range(out.size):
        out[e] = integer_value(words[e], low, span)


@cpu
def normal_field_cpu(out, mean, std, table, stream, ids, k0, k1):
    """Fill out (N, E) float32 with mean + std * normal."""
    words = np.empty(CHUNK, np.uint32)
    for n in range(out.shape[0]):
        for start in range(0, out.shape[1], CHUNK):
            part = out[n, start : min(start + CHUNK, out.shape[1])]
            fill_words(words[: whole_blocks(part.size)], start // 4, stream, ids[n], k0, k1)
            _normals(part, words, mean, std, table)


@cpu
def uniform_field_cpu(out, low, high, stream, ids, k0, k1):
    """Fill out (N, E) float32 with uniform values in [low, high)."""
    words = np.empty(CHUNK, np.uint32)
    for n in range(out.shape[0]):
        for start in range(0, out.shape[1], CHUNK):
            part = out[n, start : min(start + CHUNK, out.shape[1])]
            fill_words(words[: whole_blocks(part.size)], start // 4, stream, ids[n], k0, k1)
            _uniforms(part, words, low, high - low)


@cpu
def integer_field_cpu(out, low, high, stream, ids, k0, k1):
    """Fill out (N, E) int8 with integers in [low, high)."""
    words = np.empty(CHUNK, np.uint32)
    for n in range(out.shape[0]):
        for start in range(0, out.shape[1], CHUNK):
            part = out[n, start : min(start + CHUNK, out.shape[1])]
            fill_words(words[: whole_blocks(part.size)], start // 4, stream, ids[n], k0, k1)
            _integers(part, words, low, high - low)
