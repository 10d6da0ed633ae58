"""The local pixel shuffle of glass blur, a launch a pass."""

from typing import Any

import numpy as np

from .program import Program, tiles

SHUFFLED = Program("shuffle.cu").kernel("shuffled")


def shuffle(ops: Any, image: Any, offsets: Any, delta: int) -> Any:
    """As `shuffle_cpu`, but for the image, which is not changed."""
    n, height, width = image.shape[:3]
    passes = offsets.shape[1]
    for step in range(passes):
        made = ops.empty(image.shape, np.uint8)
        args = tuple(map(np.int32, (height, width, passes, step, delta)))
        ops.launch(SHUFFLED, (tiles(width, 32), tiles(height, 8), n), (32, 8), image, made, offsets, *args)
        image = made
    return image
