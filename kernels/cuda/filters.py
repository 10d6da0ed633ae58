"""Filters and resamplers: an element gathers what it is made of."""

from typing import Any

import numpy as np

from ..jit import scalar
from ..primitives.dense import gaussian_spans, window_start
from ..primitives.disk import SoftDisk, less_centre, softened
from ..primitives.pillow_resize import PRECISION, axis_weights, columns_first, rounded
from ..primitives.pixelwise import to_byte
from ..primitives.sampling import fold, fold101
from ..primitives.separable import pull, shifted
from ..primitives.zoom import resampled, zoom_tables
from .kernel import points

REFLECT101 = 2
BORDERS = {"nearest": 0, "reflect": 1, "reflect101": REFLECT101}


@scalar
def beyond(i, length, border):
    """The element that a filter sees at position i of a line; border: a value of BORDERS."""
    if i >= 0 and i < length:
        return i
    if border == 0:
        return min(max(i, 0), length - 1)
    return fold(i, length) if border == 1 else fold101(i, length)


@points
def along_row(n, y, e, src, out, half, border):
    """A symmetric filter along the rows; out (N, H, W, C) float32."""
    width, channels = src.shape[2], src.shape[3]
    x = e // channels
    c = e - x * channels
    centre = np.float32(src[n, y, x, c])
    total = np.float32(0.0)
    for k in range(1, half.size):
        left, right = src[n, y, beyond(x - k, width, border), c], src[n, y, beyond(x + k, width, border), c]
        total += pull(half[k], np.float32(left), np.float32(right), centre)
    out[n, y, x, c] = total + centre


@scalar
def down_columns(n, y, e, src, half, border):
    """A symmetric filter along the columns of src (N, H, E) float32."""
    height = src.shape[1]
    centre = src[n, y, e]
    total = np.float32(0.0)
    for k in range(1, half.size):
        total += pull(
            half[k], src[n, beyond(y - k, height, border), e], src[n, beyond(y + k, height, border), e], centre
        )
    return total + centre


@points
def down_to_float(n, y, e, src, out, half, border):
    """The second pass, kept in float32."""
    out[n, y, e] = down_columns(n, y, e, src, half, border)


@points
def down_to_byte(n, y, e, src, dst, half, border):
    """The second pass, truncated."""
    dst[n, y, e] = to_byte(down_columns(n, y, e, src, half, border))


@points
def three_by_three(n, y, e, src, dst, side, corner, border):
    """A filter of radius 1 in one step, its sums in integers."""
    height, width, channels = src.shape[1], src.shape[2], src.shape[3]
    x = e // channels
    c = e - x * channels
    a, b, up, low = (
        beyond(x - 1, width, border),
        beyond(x + 1, width, border),
        beyond(y - 1, height, border),
        beyond(y + 1, height, border),
    )
    four = np.int32(4) * np.int32(src[n, y, x, c])
    sides = (
        np.int32(src[n, up, x, c])
        + np.int32(src[n, low, x, c])
        + np.int32(src[n, y, a, c])
        + np.int32(src[n, y, b, c])
        - four
    )
    corners = (
        np.int32(src[n, up, a, c])
        + np.int32(src[n, up, b, c])
        + np.int32(src[n, low, a, c])
        + np.int32(src[n, low, b, c])
        - four
    )
    dst[n, y, x, c] = shifted(src[n, y, x, c], sides, corners, side, corner)


@points
def at_offsets(n, y, e, src, dst, offsets, weights, lift):
    """A weighted sum at whole-pixel offsets (N, K, 2), edges clamped."""
    height, width, channels = src.shape[1], src.shape[2], src.shape[3]
    x = e // channels
    c = e - x * channels
    total = np.float32(0.0)
    for k in range(weights.size):
        v, u = min(max(y + offsets[n, k, 0], 0), height - 1), min(max(x + offsets[n, k, 1], 0), width - 1)
        total += weights[k] * np.float32(src[n, v, u, c])
    dst[n, y, x, c] = to_byte(total + lift)


@points
def disk_sums(n, y, e, src, sums, heights):
    """The sum over a disk; sums (N, H, W, C) int32."""
    height, width, channels = src.shape[1], src.shape[2], src.shape[3]
    x = e // channels
    c = e - x * channels
    total = np.int32(0)
    for k in range(heights.size):
        left, right = beyond(x - k, width, REFLECT101), beyond(x + k, width, REFLECT101)
        for dy in range(-heights[k], heights[k] + 1):
            v = beyond(y + dy, height, REFLECT101)
            total += np.int32(src[n, v, left, c])
            if k > 0:
                total += np.int32(src[n, v, right, c])
    sums[n, y, x, c] = total


@scalar
def quads_pull(n, y, x, c, src, offsets, weights, total):
    """What neighbours in fours add, one after the other, to `total`."""
    height, width = src.shape[1], src.shape[2]
    centre = src[n, y, x, c]
    for k in range(weights.size):
        dy, dx = offsets[k, 0], offsets[k, 1]
        up, low = beyond(y - dy, height, REFLECT101), beyond(y + dy, height, REFLECT101)
        if dx > 0:
            left, right = beyond(x - dx, width, REFLECT101), beyond(x + dx, width, REFLECT101)
            change = less_centre(
                src[n, up, left, c], src[n, up, right, c], src[n, low, left, c], src[n, low, right, c], centre
            )
        else:
            left, right = beyond(x - dy, width, REFLECT101), beyond(x + dy, width, REFLECT101)
            change = less_centre(src[n, up, x, c], src[n, low, x, c], src[n, y, left, c], src[n, y, right, c], centre)
        total += weights[k] * np.float32(np.int32(change))
    return total


@points
def soft_disk(n, y, e, src, sums, dst, soft_offsets, soft_weights, offsets, weights, size, surplus, excess):
    """The byte made of the sums over the disk and of the neighbours."""
    channels = src.shape[3]
    x = e // channels
    c = e - x * channels
    partial = quads_pull(n, y, x, c, sums, soft_offsets, soft_weights, np.float32(0.0))
    partial = quads_pull(n, y, x, c, src, offsets, weights, partial)
    dst[n, y, x, c] = softened(src[n, y, x, c], sums[n, y, x, c], partial, size, surplus, excess)


@points
def zoomed(n, y, e, src, out, iy, wy, ix, wx):
    """The sum of the zooms whose indices and weights are the rows of iy, wy (F, H) and ix, wx (F, W)."""
    height, width, channels = src.shape[1], src.shape[2], src.shape[3]
    x = e // channels
    c = e - x * channels
    total = np.float32(0.0)
    for f in range(iy.shape[0]):
        v, u = iy[f, y], ix[f, x]
        w, z = min(v + 1, height - 1), min(u + 1, width - 1)
        upper, next_upper = np.float32(src[n, v, u, c]), np.float32(src[n, v, z, c])
        lower, next_lower = np.float32(src[n, w, u, c]), np.float32(src[n, w, z, c])
        total += resampled(upper, next_upper, lower, next_lower, wy[f, y], wx[f, x])
    out[n, y, x, c] = total


@points
def weighed_rows(n, m, x, weights, first, last, src, out):
    """out[n] = weights @ src[n], only where weights are not 0; weights (S, S) of `folded_gaussian`, src (N, H, W)."""
    start = window_start(m, src.shape[1], weights.shape[0])
    row, total = m - start, np.float32(0.0)
    for k in range(first[row], last[row]):
        total += weights[row, k] * src[n, start + k, x]
    out[n, m, x] = total


@points
def weighed_columns(n, y, m, weights, first, last, src, out):
    """out[n] = src[n] @ weights, only where weights are not 0; weights (S, S) with one column an output."""
    start = window_start(m, src.shape[2], weights.shape[0])
    column, total = m - start, np.float32(0.0)
    for k in range(first[column], last[column]):
        total += weights[k, column] * src[n, y, start + k]
    out[n, y, m] = total


@points
def resized_across(n, y, e, src, dst, first, taps, weights):
    """Pillow's pass along the rows."""
    channels = src.shape[3]
    x = e // channels
    c = e - x * channels
    total = np.int32(1 << (PRECISION - 1))
    for k in range(taps[x]):
        total += np.int32(src[n, y, first[x] + k, c]) * weights[x, k]
    dst[n, y, x, c] = rounded(np.int32(total))


@points
def resized_down(n, y, e, src, dst, first, taps, weights):
    """Pillow's pass down the columns; src and dst (N, H, W C)."""
    total = np.int32(1 << (PRECISION - 1))
    for k in range(taps[y]):
        total += np.int32(src[n, first[y] + k, e]) * weights[y, k]
    dst[n, y, e] = rounded(np.int32(total))


def _rows(array: Any) -> Any:
    """(N, H, W, C) as (N, H, W C)."""
    return array.reshape(array.shape[0], array.shape[1], -1)


def _separable(ops: Any, src: Any, out: Any, half: np.ndarray, border: str) -> None:
    between = ops.empty(src.shape, np.float32)
    flat = _rows(between)
    weights, rule = ops.constant(half), BORDERS[border]
    ops.points(along_row, flat.shape, src, between, weights, rule)
    ops.points(down_to_float if out.dtype == np.float32 else down_to_byte, flat.shape, flat, _rows(out), weights, rule)


def separable(ops: Any, src: Any, half: np.ndarray, border: str) -> Any:
    """As `separable_cpu`."""
    out = ops.empty(src.shape, np.float32)
    _separable(ops, src, out, half, border)
    return out


def separable_bytes(ops: Any, src: Any, dst: Any, half: np.ndarray, border: str) -> None:
    """As `separable_bytes_cpu`."""
    if half.size == 2:
        ops.points(three_by_three, _rows(src).shape, src, dst, half[0] * half[1], half[1] * half[1], BORDERS[border])
    else:
        _separable(ops, src, dst, half, border)


def correlate_offsets(ops: Any, src: Any, dst: Any, offsets: np.ndarray, weights: np.ndarray, lift: float) -> None:
    """As `correlate_offsets_cpu`."""
    moves = ops.upload(offsets.astype(np.int32))
    ops.points(at_offsets, _rows(src).shape, src, dst, moves, ops.constant(weights), np.float32(lift))


def correlate_disk(ops: Any, src: Any, dst: Any, disk: SoftDisk) -> None:
    """As `correlate_disk_cpu`."""
    sums = ops.empty(src.shape, np.int32)
    shape = _rows(src).shape
    ops.points(disk_sums, shape, src, sums, ops.constant(disk.heights))
    neighbours = [ops.constant(part) for part in (*disk.soft, *disk.rest)]
    ops.points(soft_disk, shape, src, sums, dst, *neighbours, disk.size, disk.surplus, disk.excess)


def zoom_sum(ops: Any, src: Any, factors: tuple[float, ...]) -> Any:
    """As `zoom_sum_cpu`."""
    out = ops.empty(src.shape, np.float32)
    tables = [ops.constant(part) for length in src.shape[1:3] for part in zoom_tables(length, factors)]
    ops.points(zoomed, _rows(src).shape, src, out, *tables)
    return out


def smooth_fields(ops: Any, fields: Any, sigma: float, truncate: float, border: str) -> Any:
    """As `smooth_fields_cpu`."""
    height, width = fields.shape[-2:]
    flat = fields.reshape(-1, height, width)
    across, out = ops.empty(flat.shape, np.float32), ops.empty(flat.shape, np.float32)
    rows = gaussian_spans(height, sigma, truncate, border, transposed=False)
    columns = gaussian_spans(width, sigma, truncate, border, transposed=True)
    ops.points(weighed_rows, flat.shape, *(ops.constant(part) for part in rows), flat, across)
    ops.points(weighed_columns, flat.shape, *(ops.constant(part) for part in columns), across, out)
    return out.reshape(fields.shape)


def pillow_resize(ops: Any, src: Any, dst: Any, kind: str) -> None:
    """As `pillow_resize_cpu`."""
    (n, height, width, channels), (new_height, new_width) = src.shape, dst.shape[1:3]
    rows, columns = axis_weights(height, new_height, kind), axis_weights(width, new_width, kind)
    down = [ops.constant(part) for part in rows]
    across = [ops.constant(part) for part in columns]
    if columns_first(height, width, new_height, new_width):
        between = ops.empty((n, new_height, width, channels), np.uint8)
        ops.points(resized_down, (n, new_height, width * channels), _rows(src), _rows(between), *down)
        ops.points(resized_across, (n, new_height, new_width * channels), between, dst, *across)
    else:
        between = ops.empty((n, height, new_width, channels), np.uint8)
        ops.points(resized_across, (n, height, new_width * channels), src, between, *across)
        ops.points(resized_down, (n, new_height, new_width * channels), _rows(between), _rows(dst), *down)
