"""What the levels of bytes become in the tensors that models take: one table of 256 values for each channel.

A table holds the exactly rounded float32 of (x / 255 - mean) / std. Looking it up took .05 ms for a 224 x 224 x 3 image
on one core, where converting and then subtracting and dividing in place took .35 ms. Where a line in float64 gives each
value of the tables to the bit, as nearly every mean and std have one, that is faster still, and memory that is not in
the cache is filled sixteen numbers at a time.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..errors import OptionError
from ..kernels import loaded
from ..runtime.checks import check_numbers


class Levels(NamedTuple):
    """What each level of each channel becomes."""

    tables: np.ndarray
    """(channels, 256): the bits of it, as uint8, uint16 or uint32."""
    line: tuple[np.ndarray, np.ndarray] | None = None
    """The (channels,) float64 that a level is multiplied by, and what is added, for the float32 of the tables; None
    where there are no such numbers.
    """


def write_levels(images: np.ndarray, words: np.ndarray, levels: Levels, channels_last: bool) -> None:
    """Fill words, (N, C, H, W) or with channels last (N, H, W, C) of the tables' type, with what becomes of the images
    (N, H, W, C) uint8; all contiguous.
    """
    planes = loaded("planes")
    if channels_last:
        planes.write_packed(images, words, levels.tables)
    elif levels.line is None or images.shape[3] != 3 or images.shape[1] * images.shape[2] < planes.LANES:
        planes.write_planes(images, words, levels.tables)
    else:
        planes.write_lines(images, words.view(np.float32), *levels.line)


def line_of(tables: np.ndarray, mean: Sequence[float], std: Sequence[float]) -> tuple[np.ndarray, np.ndarray] | None:
    """The line on which normalization lies, where counting along it gives the tables (channels, 256) float32."""
    spread = np.array(std, np.float64)
    scale, shift = (np.broadcast_to(k, len(tables)).copy() for k in (1 / (255 * spread), -np.array(mean) / spread))
    found = (np.arange(256) * scale[:, None] + shift[:, None]).astype(np.float32)
    return (scale, shift) if np.array_equal(found.view(np.uint32), tables.view(np.uint32)) else None


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
