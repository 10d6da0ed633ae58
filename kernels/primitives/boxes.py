"""Means over squares of any side, over `separable`."""

import functools
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np


@functools.lru_cache(maxsize=256)
def box_weights(side: int) -> np.ndarray:
    """(side // 2 + 1,) float32: equal weights at distance 0 .. side // 2; of an even side the outermost are halves, so
    that the box lies about its middle pixel. ValueError for a side of less than a pixel.
    """
    if side < 1:
        raise ValueError(f"a box of side {side}; at least a pixel is needed")
    weights = np.full(side // 2 + 1, 1.0 / side)
    if side % 2 == 0:
        weights[-1] /= 2
    single = weights.astype(np.float32)
    single.flags.writeable = False
    return single


def box_means(ops: Any, src: Any, dst: Any, sides: Sequence[int]) -> None:
    """dst = each image of src (N, H, W, C) uint8 filtered by a box of its own side, rounded, reflect-101 at the edge.

    Neighbours of one side are filtered together.
    """
    for side, members in itertools.groupby(range(len(src)), lambda n: sides[n]):
        part = list(members)
        some = slice(part[0], part[-1] + 1)
        ops.truncate(ops.separable(src[some], box_weights(side), "reflect101"), dst[some], 0.5)
