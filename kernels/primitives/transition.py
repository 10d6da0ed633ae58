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
from ..jit import cpu, part, scalar
from ..kept import kept
from ..philox import fill_words, whole_blocks

LEVELS = 256
CHUNK = 1024  # words made at a time, which stay near the processor, as do their places and entries


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


@part
def _places(line, words, places):
    for e in range(line.size):
        places[e] = place(line[e], words[e])


@part
def _entries(places, table, entries):
    for e in range(places.size):
        entries[e] = table[places[e]]


@part
def _taken(entries, words, out):
    for e in range(out.size):
        out[e] = taken(entries[e], words[e])


@cpu
def _transition(src, dst, table, stream, ids, k0, k1):
    """In steps, so that all but the look-up itself is vectorised: for 150,528 words .10 ms in place of .14, beside .08
    for Philox (an Intel Xeon of model 207).
    """
    buffer = np.empty(CHUNK, np.uint32)
    places, entries = np.empty(CHUNK, np.uint32), np.empty(CHUNK, np.uint32)
    for n in range(src.shape[0]):
        for start in range(0, src.shape[1], CHUNK):
            count = min(CHUNK, src.shape[1] - start)
            fill_words(buffer[: whole_blocks(count)], start // 4, stream, ids[n], k0, k1)
            _places(src[n, start : start + count], buffer, places)
            _entries(places[:count], table, entries)
            _taken(entries, buffer, dst[n, start : start + count])


def transition_cpu(src: np.ndarray, dst: np.ndarray, table: np.ndarray, noise: Words) -> None:
    """dst = a random level for every element of src (N, H, W, C) uint8, by `table` and the words of the batch."""
    n = len(src)
    if src.size:
        _transition(src.reshape(n, -1), dst.reshape(n, -1), table, noise.stream, noise.ids, *noise.key)
