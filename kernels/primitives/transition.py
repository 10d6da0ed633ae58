"""Pointwise noise as a random transition between grey levels, sampled from alias tables (Walker 1977; Vose 1991).

A noise that treats every element alone is fully described by law[v, k], the probability that level v becomes level k
(truncation and clipping included). Each row of the law becomes 256 columns of an alias table; one 32-bit word chooses
the column with its upper 8 bits and decides between the column's own level and its alias with the lower 24. No
logarithm, no rejection, the same bytes on every device. Thresholds are rounded to 2^-24, so an entry of the law is off
by at most 256 * 2^-25 / 256 = 2^-25.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..draws import Draw, Words, words
from ..jit import cpu, scalar
from ..kept import kept
from ..lanes import LANES, load_whole, shifted_right, spread_whole, store
from ..philox import BESIDE, store_words

LEVELS = 256


@cpu
def alias_table(law):
    """The table (65536,) uint32 of a law (256, 256) float64: entry 256 v + column holds threshold << 8 | alias."""
    table = np.empty(LEVELS * LEVELS, np.uint32)
    scaled = np.empty(LEVELS)
    small, large = np.empty(LEVELS, np.int64), np.empty(LEVELS, np.int64)
    for v in range(LEVELS):
        smalls, larges, total = 0, 0, 0.0
        for k in range(LEVELS):
            total += law[v, k]
        for k in range(LEVELS):
            scaled[k] = law[v, k] * LEVELS / total
            table[LEVELS * v + k] = np.uint32(((1 << 24) - 1) << 8 | k)  # its own alias: whatever the threshold says
            if scaled[k] < 1.0:
                small[smalls] = k
                smalls += 1
            else:
                large[larges] = k
                larges += 1
        while smalls > 0 and larges > 0:
            smalls -= 1
            k, donor = small[smalls], large[larges - 1]
            threshold = min(int(scaled[k] * (1 << 24) + 0.5), (1 << 24) - 1)
            table[LEVELS * v + k] = np.uint32(threshold << 8 | donor)
            scaled[donor] -= 1.0 - scaled[k]
            if scaled[donor] < 1.0:
                larges -= 1
                small[smalls] = donor
                smalls += 1
    return table


def table_law(table: np.ndarray) -> np.ndarray:
    """The law (256, 256) float64 that a table really samples: what the tests compare with the exact one."""
    entries = table.reshape(LEVELS, LEVELS)
    keep, alias = (entries >> 8) / 2.0**24, (entries & 255).astype(np.int64)
    law = keep / LEVELS
    for v in range(LEVELS):
        np.add.at(law[v], alias[v], (1.0 - keep[v]) / LEVELS)
    return law


@cpu
def normal_law(spread):
    """The law of trunc(clip(v + spread[v] * N, 0, 255)) for a standard normal N; spread (256,) in grey levels."""
    law = np.zeros((LEVELS, LEVELS))
    for v in range(LEVELS):
        if spread[v] == 0.0:
            law[v, v] = 1.0
            continue
        above = 1.0  # the probability of reaching level k or more
        for k in range(LEVELS):
            next_above = 0.5 * math.erfc((k + 1 - v) / spread[v] / math.sqrt(2.0)) if k < LEVELS - 1 else 0.0
            law[v, k] = above - next_above
            above = next_above
    return law


def element_words(p: Any, height: int, width: int) -> dict[str, Draw]:
    """The draws of a pointwise noise: one word an element."""
    return {"noise": words(height, width, 3)}


def cached_tables(law: Callable[[Any], np.ndarray]) -> Callable[[Any], np.ndarray]:
    """The function from parameters to the alias table of their law, made once for each."""

    @kept
    def table(p: Any) -> np.ndarray:
        return alias_table(law(p))

    return table


@scalar
def place(level, word):
    """Where in the table the entry of a level stands that one 32-bit word chooses."""
    return np.uint32(np.uint32(np.uint32(level) << np.uint32(8)) | np.uint32(word >> np.uint32(24)))


@scalar
def taken(entry, word):
    """The level that becomes of one, by its entry."""
    keep = np.uint32(word & np.uint32(0xFFFFFF)) < np.uint32(entry >> np.uint32(8))
    return np.uint8(word >> np.uint32(24)) if keep else np.uint8(entry & np.uint32(255))


@scalar
def moved(level, word, table):
    """The level that becomes of `level` under one 32-bit word."""
    return taken(table[place(level, word)], word)


@scalar
def _places(levels, words):
    """`place` of sixteen."""
    columns = shifted_right(words, np.int32(24)) & spread_whole(np.int32(LEVELS - 1))
    return levels * spread_whole(np.int32(LEVELS)) + columns


@scalar
def _taken(entries, words):
    """`taken` of sixteen, in the lowest eight bits."""
    lower = spread_whole(np.int32(0xFFFFFF))
    keep = shifted_right((words & lower) - (shifted_right(entries, np.int32(8)) & lower), np.int32(31))  # all bits
    return entries + ((shifted_right(words, np.int32(24)) - entries) & keep)


@cpu
def _transition(src, dst, table, stream, ids, k0, k1):
    """All but the look-up itself is done for sixteen at a time. The words of 32 elements are made before the last 32
    are looked up, and these before the 32 ahead of them are taken: arithmetic that waits for nothing then runs while
    entries come from the cache, and entries are loaded side by side when they have all been written, for which a
    processor waits. 150,528 elements take .117 ms so (an AMD EPYC of model 17, whose look-ups alone take .084 and
    Philox alone .064), as they do where entries are taken at once, .163 where 1,024 words, places and entries were made
    one after the other; compiled for AVX2 .167 in place of .204 and .217, for any x86-64 .305 in place of .545.
    """
    words, places = np.empty(4 * BESIDE, np.int32), np.empty(2 * BESIDE, np.int32)
    entries, rest = np.empty(2 * BESIDE, np.int32), np.zeros(BESIDE, np.uint8)
    size, most = src.shape[1], -(-src.shape[1] // BESIDE) * BESIDE
    for n in range(src.shape[0]):
        line, out = src[n], dst[n]
        for start in range(0, most + 2 * BESIDE, BESIDE):
            looked_up, begin = start - BESIDE, start - 2 * BESIDE
            if start < most:
                half, word = start % (2 * BESIDE), start % (4 * BESIDE)
                store_words(words, word, start // 4, stream, ids[n], k0, k1)
                if start + BESIDE <= size:
                    first, second = load_whole(line, start), load_whole(line, start + LANES)
                else:
                    for e in range(size - start):
                        rest[e] = line[start + e]
                    first, second = load_whole(rest, 0), load_whole(rest, LANES)
                store(places, half, _places(first, load_whole(words, word)))
                store(places, half + LANES, _places(second, load_whole(words, word + LANES)))
            if 0 <= looked_up < most:
                half = looked_up % (2 * BESIDE)
                for e in range(half, half + BESIDE):
                    entries[np.uint64(e)] = np.int32(table[np.uint64(places[np.uint64(e)])])
            if begin >= 0:
                half, word = begin % (2 * BESIDE), begin % (4 * BESIDE)
                first = _taken(load_whole(entries, half), load_whole(words, word))
                second = _taken(load_whole(entries, half + LANES), load_whole(words, word + LANES))
                if begin + BESIDE <= size:
                    store(out, begin, first)
                    store(out, begin + LANES, second)
                else:
                    store(rest, 0, first)
                    store(rest, LANES, second)
                    for e in range(size - begin):
                        out[begin + e] = rest[e]


def transition_cpu(src: np.ndarray, dst: np.ndarray, table: np.ndarray, noise: Words) -> None:
    """dst = a random level for every element of src (N, H, W, C) uint8, by `table` and the words of the batch."""
    n = len(src)
    if src.size:
        _transition(src.reshape(n, -1), dst.reshape(n, -1), table, noise.stream, noise.ids, *noise.key)
