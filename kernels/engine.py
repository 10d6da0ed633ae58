"""Running one corruption on one batch: draws and the greyscale rule, the same for every device."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from .draws import Draw, Draws
from .registry import Corruption


def run(
    ops: Any,
    corruption: Corruption,
    params: Any,
    src: Any,
    dst: Any,
    ids: np.ndarray,
    key: tuple[int, int],
    assets: Mapping[str, Any] | None = None,
    draws: Mapping[str, Draw] | None = None,
) -> None:
    """dst = the corruption of src at `params`; both (N, H, W, C) uint8, contiguous, C 1 or 3; ids (N,) int64; see
    `condition_key`. `assets` holds what the corruption is handed besides, also what it needs beside each image: a row
    an image. `draws` are those of this size of image, where they are known already.

    Greyscale counts as three equal channels with the same draws in each, and comes back as the first channel where
    every element has its own draw, else as the luma of the result (which is the value itself where the three channels
    are still equal).
    """
    if src.size == 0:
        return
    _, height, width, channels = src.shape
    spec = corruption.draws(params, height, width) if draws is None else draws
    d = Draws(spec, ids, key, ops.draw)
    wanted = (*corruption.assets, *corruption.needs)
    needed = {name: (assets or {})[name] for name in wanted} if wanted else {}
    if channels == 3:
        corruption.apply(ops, src, dst, params, d, **needed)
        return
    colour = ops.empty((*src.shape[:3], 3), src.dtype)
    result = ops.empty(colour.shape, src.dtype)
    ops.copy(src, colour)
    corruption.apply(ops, colour, result, params, d, **needed)
    if any(draw.shape == (height, width, 3) for draw in spec.values()):
        ops.copy(result[..., :1], dst)
    else:
        ops.luma(result, dst)
