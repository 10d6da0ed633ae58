"""One number or a few for each image. Sums are integers, so the order of adding cannot matter."""

import numpy as np

from ..jit import cpu


@cpu
def channel_sums_cpu(src):
    """(N, C) int64: the sum of each channel of src (N, H, W, C) uint8."""
    sums = np.zeros((src.shape[0], src.shape[3]), np.int64)
    for n in range(src.shape[0]):
        for y in range(src.shape[1]):
            r, g, b = np.uint32(0), np.uint32(0), np.uint32(0)
            for x in range(src.shape[2]):
                r += np.uint32(src[n, y, x, 0])
                g += np.uint32(src[n, y, x, 1])
                b += np.uint32(src[n, y, x, 2])
            sums[n, 0] += r
            sums[n, 1] += g
            sums[n, 2] += b
    return sums


@cpu
def peak_product_cpu(a, b):
    """(N,) int64: the largest a * b of each image; a and b (N, H, W) uint8."""
    peaks = np.zeros(a.shape[0], np.int64)
    for n in range(a.shape[0]):
        for y in range(a.shape[1]):
            for x in range(a.shape[2]):
                peaks[n] = max(peaks[n], np.int64(a[n, y, x]) * np.int64(b[n, y, x]))
    return peaks


@cpu
def peak_cpu(src):
    """(N,) uint8: the largest element of each image."""
    peaks = np.zeros(src.shape[0], np.uint8)
    for n in range(src.shape[0]):
        flat = src[n].reshape(-1)
        peak = np.uint8(0)
        for e in range(flat.size):
            peak = max(peak, flat[e])
        peaks[n] = peak
    return peaks
