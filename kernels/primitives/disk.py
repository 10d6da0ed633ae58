"""A disk of equal weights, softened: its sum in integers, from row to row by what enters and what leaves; then a few
weighted neighbours.

A disk of radius 10 has 317 elements. Summed one by one, and its softened rim by weights, it took 1.7 ms for a 224 x 224
x 3 image; that one row differs from the next by 42 elements made the sum .13 ms, and all of it .15 to 1.24 ms at the
five severities (one core, AMD EPYC). At the two strongest the disk touches the edge of its grid, which leaves 12 and 40
sets of four neighbours with weights of their own. With all sums in registers (see `lanes`) the five take .6, .7, .6,
.6 and .5 of that time (an Intel Xeon of model 207). Those of equal weight, which are in 5 and 16 groups, are added as
int16 and weighted together: .85 of the time at the strongest (AMD EPYC, AVX2).
"""

from typing import NamedTuple

import numpy as np

from ..jit import cpu, floored, part, scalar
from ..lanes import LANES, TWO, halves, load, load_spread, load_words, spread, store
from .borders import border_index, pad_rows
from .pixelwise import to_byte

FOUR = np.float32(4.0)
TOGETHER = 32
"""Sets of four neighbours whose bytes, less those of the centre, int16 holds when they are added."""
NEGLIGIBLE = 1e-9
"""Weights below this are left out: at the published radii they move a pixel by less than 3e-6 levels, where float32
resolves 1e-5.
"""


class Quads(NamedTuple):
    """Neighbours in fours: at (y, x) the four (+-y, +-x); at (y, 0) the four (+-y, 0) and (0, +-y). Those of a group
    have one weight.
    """

    offsets: np.ndarray  # (K, 2) int32, y > 0 and x >= 0
    ends: np.ndarray  # (G,) int32: the first of `offsets` beyond each group
    weights: np.ndarray  # (G,) float32
    rows: np.ndarray  # int64: the y that there are, in order
    reach: int  # how far the neighbours lie from the centre


class SoftDisk(NamedTuple):
    """A correlation of bytes: (disk, then `soft` on its sums) + `rest`, the two with the centre's weight implied."""

    heights: np.ndarray  # (r + 1,) int32: the disk's column at distance x reaches from -heights[x] to heights[x]
    size: np.int32  # elements of the disk
    soft: Quads  # on sums over the disk
    rest: Quads  # on bytes
    surplus: np.float32  # the weight of the disk's elements, before they are softened, less 1 / size
    excess: np.float32  # the sum of the whole kernel less 1


def quads(quarter: np.ndarray, together: int = 1) -> Quads:
    """The neighbours' weights, given at (|y|, |x|) and but for rounding equal with the two exchanged; up to `together`
    of equal weight in a group.
    """
    quarter = (quarter + quarter.T) / 2
    found = [(y, x) for y, x in np.ndindex(*quarter.shape) if y and abs(quarter[y, x]) > NEGLIGIBLE]
    weights = np.array([quarter[place] for place in found], np.float32)
    groups: list[list[int]] = []
    for k in np.lexsort((weights, -np.abs(weights))).tolist() if together > 1 else range(len(found)):
        if groups and weights[groups[-1][0]] == weights[k] and len(groups[-1]) < together:
            groups[-1].append(k)
        else:
            groups.append([k])
    order = [k for group in groups for k in group]
    offsets = np.array(found, np.int32).reshape(-1, 2)[order]
    return Quads(
        offsets,
        np.cumsum([len(group) for group in groups], dtype=np.int32),
        weights[[group[0] for group in groups]],
        np.unique(offsets[:, 0]).astype(np.int64),
        int(offsets.max(initial=0)),
    )


@scalar
def softened_level(start, far, partial, size, surplus, excess):
    """The level made of a pixel, of what the sum over the disk lies beyond `size` times the pixel, and of what the
    neighbours add. What is rounded is the change of a pixel, not its value: where a mean of bytes is a whole number,
    float32 still tells whether the kernel's float64 entries put it a hair above or below, which is what decides the
    published byte.
    """
    mean = far / size
    levels = floored(mean)  # apart, because a small change vanishes when added to a large one
    change = (mean - levels) + (surplus * far + partial + excess * start)
    return start + levels + floored(change)


@scalar
def softened(centre, whole, partial, size, surplus, excess):
    """The same as a byte, of a byte and of the sum over the disk."""
    far = np.float32(np.int32(whole - size * np.int32(centre)))
    return to_byte(softened_level(np.float32(centre), far, partial, np.float32(size), surplus, excess))


@part
def _add(acc, line):
    for e in range(acc.size):
        acc[e] += np.int32(line[e])


@part
def _plus(out, line, step):
    for e in range(out.size):
        out[e] = line[e] + np.int32(step[e])


@part
def _sums(padded, heights, index, reach, channels, out):
    """out (H, W C) int32: the sum over the disk at each place."""
    height, size = out.shape
    out[0] = 0
    for k in range(heights.size):
        for dy in range(-heights[k], heights[k] + 1):
            line = padded[index[reach + dy]]
            _add(out[0], line[(reach - k) * channels :])
            if k:
                _add(out[0], line[(reach + k) * channels :])
    step = np.empty((size + TWO - 1) // TWO * TWO, np.int16)  # 255 times the disk's diameter: for radii up to 63
    starts = np.empty((heights.size, 4), np.int64)
    for y in range(height - 1):
        for k in range(heights.size):
            enters = index[reach + y + 1 + heights[k]] * padded.shape[1]
            leaves = index[reach + y - heights[k]] * padded.shape[1]
            left, right = (reach - k) * channels, (reach + k) * channels
            starts[k, 0], starts[k, 1], starts[k, 2], starts[k, 3] = (
                enters + left,
                enters + right,
                leaves + left,
                leaves + right,
            )
        for e in range(0, size, TWO):
            change = load_words(padded, starts[0, 0] + e) - load_words(padded, starts[0, 2] + e)
            for k in range(1, heights.size):
                change += load_words(padded, starts[k, 0] + e) + load_words(padded, starts[k, 1] + e)
                change -= load_words(padded, starts[k, 2] + e) + load_words(padded, starts[k, 3] + e)
            store(step, e, change)
        _plus(out[y + 1], out[y], step)


@part
def _add_pairs(y, padded, index, reach, stride, offsets, pairs):
    """Row dy of `pairs` = the rows dy above and below row y, added, for each dy that is needed; row 0, row y itself.
    Each serves all neighbours in those rows, so that two numbers are loaded for most weights, not four: at severity 5
    defocus_blur takes .44 to .50 of the time before, where it took .49 to .55 with four.
    """
    here, across = index[y + reach] * stride, pairs.shape[1]
    for e in range(0, stride, LANES):
        store(pairs, e, load(padded, here + e))
    made = 0
    for k in range(offsets.shape[0]):  # in the order of dy, as `quads` finds them
        dy = offsets[k, 0]
        if dy == made:
            continue
        made = dy
        up, low = index[y + reach - dy] * stride, index[y + reach + dy] * stride
        for e in range(0, stride, LANES):
            store(pairs, dy * across + e, load(padded, up + e) + load(padded, low + e))


@part
def _pull_quads(partial, middle, channels, offsets, weights, pairs):
    """partial += weight (four neighbours - 4 centre) for each weight. The whole numbers, bytes or sums over disks of
    radii up to 63, and four of them stay below 2^24: float32 holds them exactly, in whatever order they are added.
    """
    four, row = spread(FOUR), pairs.shape[1]
    for e in range(0, partial.size, TWO):
        a, b, at = load(partial, e), load(partial, e + LANES), middle + e
        a_centre, b_centre = four * load(pairs, at), four * load(pairs, at + LANES)
        for k in range(weights.size):
            weight, dy, dx = load_spread(weights, k), np.int64(offsets[k, 0]), np.int64(offsets[k, 1])
            there = dy * row + at
            if dx:
                p, q = there - dx * channels, there + dx * channels
                a += weight * (load(pairs, p) + load(pairs, q) - a_centre)
                b += weight * (load(pairs, p + LANES) + load(pairs, q + LANES) - b_centre)
            else:
                p, q = at - dy * channels, at + dy * channels
                a += weight * (load(pairs, there) + load(pairs, p) + load(pairs, q) - a_centre)
                p, q = p + LANES, q + LANES
                b += weight * (load(pairs, there + LANES) + load(pairs, p) + load(pairs, q) - b_centre)
        store(partial, e, a)
        store(partial, e + LANES, b)


@part
def _add_word_pairs(y, padded, index, reach, rows, pairs):
    """As `_add_pairs`, of bytes as int16, for each of the distances `rows`."""
    stride, across = padded.shape[1], pairs.shape[1]
    for e in range(0, stride, TWO):
        store(pairs, e, load_words(padded, index[y + reach] * stride + e))
    for k in range(rows.size):
        up, low = index[y + reach - rows[k]] * stride, index[y + reach + rows[k]] * stride
        for e in range(0, stride, TWO):
            store(pairs, rows[k] * across + e, load_words(padded, up + e) + load_words(padded, low + e))


@part
def _steps(offsets, ends, across, channels, empty):
    """Where what each group adds lies in the pairs, two places a step, and the first step beyond each group; and as
    int16, 32 times each, how many neighbours a group has. A row that is 0 begins at `empty`.
    """
    steps, stops = np.empty((2 * offsets.shape[0], 2), np.int64), np.empty(ends.size, np.int64)
    counts, made, k = np.empty(TWO * ends.size, np.int16), 0, 0
    for g in range(ends.size):
        counts[TWO * g : TWO * (g + 1)] = np.int16(4 * (ends[g] - k))
        while k < ends[g]:
            dy, dx = np.int64(offsets[k, 0]), np.int64(offsets[k, 1])
            if dx:
                steps[made, 0], steps[made, 1] = dy * across - dx * channels, dy * across + dx * channels
            else:
                steps[made, 0], steps[made, 1] = dy * across, empty
                made += 1
                steps[made, 0], steps[made, 1] = -dy * channels, dy * channels
            made += 1
            k += 1
        stops[g] = made
    return steps, stops, counts


@part
def _pull_groups(partial, middle, steps, stops, counts, weights, pairs):
    """partial += weight (neighbours - as many times the centre), for each group, of bytes."""
    nothing = load_words(np.zeros(TWO, np.int16), 0)
    for e in range(0, partial.size, TWO):
        a, b, at, begin = load(partial, e), load(partial, e + LANES), middle + e, 0
        centre = load_words(pairs, at)
        for g in range(weights.size):
            change = nothing
            for k in range(begin, stops[g]):
                change += load_words(pairs, at + steps[k, 0]) + load_words(pairs, at + steps[k, 1])
            begin = stops[g]
            left, right = halves(change - centre * load_words(counts, TWO * g))
            weight = load_spread(weights, g)
            a += weight * left
            b += weight * right
        store(partial, e, a)
        store(partial, e + LANES, b)


@part
def _soften(row, levels, level, sums, total, partial, size, surplus, excess):
    """The bytes of a row, of its levels from `level` on and its sums from `total` on."""
    count, surpluses, excesses = spread(np.float32(size)), spread(surplus), spread(excess)
    rest = np.empty(LANES, np.float32)
    for e in range(0, row.size, LANES):
        start = load(levels, level + e)
        far = load(sums, total + e) - count * start
        made = softened_level(start, far, load(partial, e), count, surpluses, excesses)
        if e + LANES <= row.size:
            store(row, e, made)
            continue
        store(rest, 0, made)
        for i in range(row.size - e):
            row[e + i] = to_byte(rest[i])


@cpu
def _correlate(src, dst, heights, size, reach, rows, columns, soft, rest, surplus, excess):
    soft_offsets, soft_weights, beyond, soft_rows, soft_columns = soft
    offsets, ends, weights, distances = rest
    height, width, channels = src.shape[1], src.shape[2], src.shape[3]
    stride, wide_stride, line = (width + 2 * reach) * channels, (width + 2 * beyond) * channels, width * channels
    # With memory beyond the end, for what is read there.
    padded, sums = np.empty(height * stride + TWO, np.uint8), np.empty(height * line + TWO, np.int32)
    wide = np.empty((height * wide_stride if beyond else 0) + TWO, np.float32)
    padded[padded.size - TWO :], sums[sums.size - TWO :], wide[wide.size - TWO :] = 0, 0, np.float32(0.0)
    lines, far = padded[: height * stride].reshape(height, stride), sums[: height * line].reshape(height, line)
    partial, past = np.empty((line + TWO - 1) // TWO * TWO, np.float32), LANES + TWO
    pairs = np.zeros((beyond + 1, wide_stride + past), np.float32)
    farthest = distances[-1] if distances.size else 0
    word_pairs = np.zeros((farthest + 2, stride + past), np.int16)  # the last row stays 0
    steps, stops, counts = _steps(offsets, ends, stride + past, channels, (farthest + 1) * (stride + past))
    for n in range(src.shape[0]):
        pad_rows(src[n], lines, columns, reach)
        _sums(lines, heights, rows, reach, channels, far)
        if beyond:
            around = wide[: height * wide_stride].reshape(height, wide_stride)
            pad_rows(far.reshape(height, width, channels), around, soft_columns, beyond)
        result = dst[n].reshape(height, line)
        for y in range(height):
            partial[:] = np.float32(0.0)
            if soft_weights.size:
                _add_pairs(y, wide, soft_rows, beyond, wide_stride, soft_offsets, pairs)
                _pull_quads(partial, beyond * channels, channels, soft_offsets, soft_weights, pairs)
            if weights.size:
                _add_word_pairs(y, lines, rows, reach, distances, word_pairs)
                _pull_groups(partial, reach * channels, steps, stops, counts, weights, word_pairs)
            level = y * stride + reach * channels
            _soften(result[y], lines, level, far, y * line, partial, size, surplus, excess)


def correlate_disk_cpu(src: np.ndarray, dst: np.ndarray, disk: SoftDisk) -> None:
    """dst = src (N, H, W, C) uint8 correlated with the disk, reflect-101 at the edges, truncated.

    The sums continue beyond the edges as the image does, since the disk is symmetric.
    """
    soft, rest = disk.soft, disk.rest
    reach = max(len(disk.heights) - 1, rest.reach)
    rows, columns, soft_rows, soft_columns = (
        border_index(length, past, past, "reflect101") for past in (reach, soft.reach) for length in src.shape[1:3]
    )
    _correlate(
        *(src, dst, disk.heights, disk.size, reach, rows, columns),
        (soft.offsets, soft.weights, soft.reach, soft_rows, soft_columns),
        (rest.offsets, rest.ends, rest.weights, rest.rows),
        *(disk.surplus, disk.excess),
    )
