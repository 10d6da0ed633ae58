"""defocus_blur: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..kept import kept
from ..primitives.bell import bell
from ..primitives.borders import border_index
from ..primitives.disk import TOGETHER, SoftDisk, quads
from ..registry import corruption


class Disk(NamedTuple):
    """Parameters of defocus_blur."""

    radius: float  # pixels, of the disk
    alias_sigma: float  # pixels, of the Gaussian that softens the disk's rim


@kept
def disk(p: Disk) -> SoftDisk:
    """A disk of sum 1 (in float32), smoothed on its own grid.

    The smoothing reflects at the edge of the grid (reflect-101), so at radius 8 and 10, where the disk touches that
    edge, the sum exceeds 1: the slight brightening belongs to the benchmark. What the edge changes is the `rest`.
    """
    reach, taps = (8, 1) if p.radius <= 8 else (int(p.radius), 2)
    axis = np.arange(-reach, reach + 1)
    inside = axis[:, None] ** 2 + axis**2 <= p.radius**2
    count = int(inside.sum())
    weight = float(np.float32(1) / np.float32(count))
    line = bell(np.arange(-taps, taps + 1), p.alias_sigma)
    line /= line.sum()
    index = border_index(axis.size, taps, taps, "reflect101")
    kernel = np.pad(smoothed(inside[index][:, index], line), taps)
    rest = kernel - smoothed(np.pad(inside, 2 * taps), line)
    columns = inside.sum(axis=0)[reach:]
    return SoftDisk(
        heights=((columns[columns > 0] - 1) // 2).astype(np.int32),
        size=np.int32(count),
        soft=quads(weight * np.outer(line, line)[taps:, taps:]),
        rest=quads(weight * rest[reach + taps :, reach + taps :], TOGETHER),
        surplus=np.float32(weight - 1.0 / count),
        excess=np.float32(weight * kernel.sum() - 1.0),
    )


def smoothed(grid: np.ndarray, line: np.ndarray) -> np.ndarray:
    """The grid correlated with `line` along both axes where it covers the line: smaller by the line's length less 1."""
    rows = np.apply_along_axis(np.convolve, 0, grid.astype(np.float64), line, "valid")
    both: np.ndarray = np.apply_along_axis(np.convolve, 1, rows, line, "valid")
    return both


# Sums of a larger disk change by more from row to row than the 16 bits hold that they are added in.
@corruption(Disk, identity={"radius": 0.0}, within={"radius": (0.0, 63.0)})
def defocus_blur(ops: Any, src: Any, dst: Any, p: Disk, d: Any) -> None:
    """Correlation with an anti-aliased disk, reflect-101 at the edges: a lens out of focus.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    ops.correlate_disk(src, dst, disk(p))
