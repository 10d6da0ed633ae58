"""From bytes, channels last, to the planes that models take: one table of 256 values for each channel.

A table holds the exactly rounded float32 of (x / 255 - mean) / std. Looking it up took .05 ms for a 224 x 224 x 3 image
on one core, where converting and then subtracting and dividing in place took .35 ms.
"""

import contextlib
from collections.abc import Sequence
from typing import Any

import numba
import numpy as np

from ..errors import OptionError
from ..kernels.jit import OPTIONS
from ..runtime.checks import check_numbers


def _compiled(func: Any) -> Any:
    # Not kernels.jit.cpu: its stamp covers the kernels' files, so that a change in this one would go unnoticed.
    compiled = numba.njit(nogil=True, error_model="numpy", **OPTIONS)(func)
    with contextlib.suppress(RuntimeError):  # Numba's word for "no cache folder is writable"
        compiled.enable_caching()
    return compiled


@_compiled
def write_planes(src, dst, tables):  # type: ignore[no-untyped-def]  # noqa: ANN001
    """dst (N, C, H, W) = tables (C, 256) at the bytes of src (N, H, W, C); both contiguous."""
    count, height, width, channels = src.shape
    images, planes = src.reshape(count, height * width * channels), dst.reshape(count, channels, height * width)
    for n in range(count):
        flat = images[n]
        for c in range(channels):
            table, plane = tables[c], planes[n, c]
            for i in range(height * width):
                plane[i] = table[flat[channels * i + c]]


@_compiled
def write_packed(src, dst, tables):  # type: ignore[no-untyped-def]  # noqa: ANN001
    """dst (N, H, W, C) = tables (C, 256) at the bytes of src (N, H, W, C); both contiguous."""
    channels = src.shape[3]
    flat, packed = src.reshape(-1), dst.reshape(-1)
    for i in range(flat.size // channels):
        for c in range(channels):
            packed[channels * i + c] = tables[c, flat[channels * i + c]]


def normalization_tables(
    mean: Sequence[float] | float | None, std: Sequence[float] | float, channels: int
) -> np.ndarray:
    """(channels, 256) float32, or uint8 that changes nothing where the mean is None; OptionError where they do not fit
    the channels.
    """
    levels = np.arange(256)
    if mean is None:
        return np.tile(levels.astype(np.uint8), (channels, 1))
    centre, spread = (
        np.array(check_numbers(name, value)).reshape(-1, 1) for name, value in (("mean", mean), ("std", std))
    )
    for name, value in (("mean", centre), ("std", spread)):
        if len(value) not in (1, channels):
            raise OptionError(f"{name} has {len(value)} values for images of {channels} channel(s)")
        if not np.isfinite(value).all() or (name == "std" and (value == 0).any()):
            raise OptionError(f"{name} {value.ravel().tolist()} must be finite{' and not 0' if name == 'std' else ''}")
    if (centre > 1).any():
        raise OptionError(
            f"mean {centre.ravel().tolist()} is above 1, and images are scaled to 0..1 before it is taken from them; "
            "divide mean and std of levels 0 to 255 by 255"
        )
    tables: np.ndarray = np.broadcast_to((levels / 255.0 - centre) / spread, (channels, 256)).astype(np.float32)
    return tables
