"""What a filter sees beyond the edge, as index lists: position i of the padded line is element index[i] of the line."""

import numpy as np

from ..jit import cpu, part
from ..kept import kept


@kept
def border_index(length: int, before: int, after: int, mode: str) -> np.ndarray:
    """(before + length + after,) int64 indices into a line of `length` elements.

    mode: "nearest" aaa|abc|ccc, "reflect" cba|abc|cba (half-sample), "reflect101" cb|abc|ba (whole-sample).
    """
    index = np.arange(-before, length + after)
    if mode == "nearest" or length == 1:
        index = np.clip(index, 0, length - 1)
    elif mode == "reflect":
        index = index % (2 * length)
        index = np.minimum(index, 2 * length - 1 - index)
    elif mode == "reflect101":
        index = index % (2 * length - 2)
        index = np.minimum(index, 2 * length - 2 - index)
    else:
        raise ValueError(f"border mode {mode!r} is not one of nearest, reflect, reflect101")
    index.flags.writeable = False
    return index


@part
def copy_line(line, out):
    """out = line, both (m,). Written as out[:] = line, Numba compiles the message of another shape, for 3 s."""
    for e in range(out.size):
        out[e] = line[e]


@part
def pad_line(line, out, index, before, channels):
    """out = a line of pixels (W C,) with what a filter sees beyond its ends; `before` of the indices lie in front of
    it.

    Only the ends go through the index: copied pixel by pixel, an image of 224 x 224 x 3 took .15 ms, so it takes .02.
    """
    size = line.size
    middle = out[before * channels : before * channels + size]
    for e in range(middle.size):  # from 0 on: written at an offset, bytes were not vectorised, .12 ms instead of .01
        middle[e] = line[e]
    for k in range(before):
        for c in range(channels):
            out[k * channels + c] = line[index[k] * channels + c]
    for k in range(before + size // channels, index.size):
        for c in range(channels):
            out[k * channels + c] = line[index[k] * channels + c]


@cpu
def pad_rows(src, out, index, before):
    """Every line of an image (H, W, C) padded into out (H, index.size C)."""
    for y in range(src.shape[0]):
        pad_line(src[y].reshape(src.shape[1] * src.shape[2]), out[y], index, before, src.shape[2])
