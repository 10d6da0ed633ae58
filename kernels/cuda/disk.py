"""Correlation with a softened disk: running sums along the rows, the disk's sums, then its softened rim."""

from typing import Any

import numpy as np

from ..primitives.disk import SoftDisk, softened
from .program import Program, tiles

FUNCTIONS = [(softened, "uint8 int32 float32 int32 float32 float32")]
KERNELS = {
    channels: tuple(program.kernel(name) for name in ("running_sums", "disk_sums", "soft_disk"))
    for channels in (1, 3)
    for program in (Program("disk.cu", FUNCTIONS, CHANNELS=channels),)
}


def correlate_disk(ops: Any, src: Any, dst: Any, disk: SoftDisk) -> None:
    """As `correlate_disk_cpu`."""
    n, height, width, channels = src.shape
    running_sums, disk_sums, soft_disk = KERNELS[channels]
    radius = len(disk.heights) - 1
    reach = int(disk.heights.max())
    running = ops.empty((n, height, width + 2 * reach + 1, channels), np.int32)
    sums = ops.empty(src.shape, np.int32)
    h, w = np.int32(height), np.int32(width)
    ops.launch(running_sums, (tiles(height * channels, 128), n), (128,), src, running, h, w, np.int32(reach))
    grid, block = (tiles(width, 32), tiles(height, 8), n), (32, 8)
    heights = ops.constant(disk.heights)
    ops.launch(disk_sums, grid, block, running, sums, heights, h, w, np.int32(radius), np.int32(reach))
    neighbours = [
        part
        for four in (disk.soft, disk.rest)
        for part in (*map(ops.constant, (four.offsets, four.ends, four.weights)), np.int32(four.weights.size))
    ]
    farthest = np.int32(max(disk.soft.reach, disk.rest.reach))
    ops.launch(
        soft_disk, grid, block, src, sums, dst, *neighbours, h, w, farthest, disk.size, disk.surplus, disk.excess
    )
