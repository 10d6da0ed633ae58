"""Noise by transition tables: a thread makes four elements of one Philox block."""

from typing import Any

import numpy as np

from ..draws import Words
from ..primitives.transition import moved
from .program import Program, tiles

TRANSITION = Program("transition.cu", [(moved, "uint8 uint32 uint32[]")]).kernel("transition")


def key(source: Words) -> tuple[np.uint32, np.uint32, np.uint32]:
    """The draw's number and its key, as the kernels take them."""
    return np.uint32(source.stream), np.uint32(source.key[0]), np.uint32(source.key[1])


def transition(ops: Any, src: Any, dst: Any, table: np.ndarray, noise: Words) -> None:
    """As `transition_cpu`."""
    n, size = len(src), src[0].size
    grid = (tiles(size, 1024), n)
    ops.launch(
        TRANSITION, grid, (256,), src, dst, ops.constant(table), ops.upload(noise.ids), np.int32(size), *key(noise)
    )
