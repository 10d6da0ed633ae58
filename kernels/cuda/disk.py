"""Correlation with a softened disk: running sums along the rows, the disk's sums, then its softened rim."""

from typing import Any

import numpy as np

from ..primitives.disk import SoftDisk, softened
from .program import Program, tiles

PROGRAM = Program("disk.cu", [(softened, "uint8 int32 float32 int32 float32 float32")])
RUNNING_SUMS, DISK_SUMS, SOFT_DISK = (PROGRAM.kernel(name) for name in ("running_sums", "disk_sums", "soft_disk"))


def correlate_disk(ops: Any, src: Any, dst: Any, disk: SoftDisk) -> None:
    """As `correlate_disk_cpu`."""
    n, height, width, channels = src.shape
    radius = len(disk.heights) - 1
    reach = int(disk.heights.max())
    running = ops.empty((n, height, channels, width + 2 * reach + 1), np.int32)
    sums = ops.empty(src.shape, np.int32)
    h, w, c = np.int32(height), np.int32(width), np.int32(channels)
    ops.launch(RUNNING_SUMS, (tiles(height * channels, 128), n), (128,), src, running, h, w, c, np.int32(reach))
    grid, block = (tiles(width * channels, 32), tiles(height, 8), n), (32, 8)
    heights = ops.constant(disk.heights)
    ops.launch(DISK_SUMS, grid, block, running, sums, heights, h, w, c, np.int32(radius), np.int32(reach))
    neighbours = [
        part
        for offsets, weights in (disk.soft, disk.rest)
        for part in (ops.constant(offsets), ops.constant(weights), np.int32(weights.size))
    ]
    args = (h, w, c, np.int32(max(disk.soft.reach, disk.rest.reach)), disk.size, disk.surplus, disk.excess)
    ops.launch(SOFT_DISK, grid, block, src, sums, dst, *neighbours, *args)
