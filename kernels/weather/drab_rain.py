"""drab_rain: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw
from ..primitives.boxes import box_means
from ..primitives.lookup import byte_table
from ..registry import corruption
from . import random_rain as rains


class DrabRain(NamedTuple):
    """Parameters of drab_rain."""

    drops: float  # as those of random_rain
    length: int
    slant: float
    side: int
    added: float  # to all levels, image on 0..1


def draws(p: DrabRain, height: int, width: int) -> dict[str, Draw]:
    """Those of random_rain."""
    return rains.draws(rains.Rain(*p[:4], factor=1.0), height, width)


# Some 7 ms an image of 224 x 224 on one core: each pixel asks of every drop that falls in its rows whether it is there.
@corruption(
    DrabRain,
    identity={"drops": 0.0, "side": 1, "added": 0.0},
    within={"side": (1, 10_000), "length": (0, 10_000), "drops": (0.0, 1.0)},
    draws=draws,
)
def drab_rain(ops: Any, src: Any, dst: Any, p: DrabRain, d: Any) -> None:
    """Grey lines of one random slant at random places, a box blur over all, and a value added everywhere, clipped: rain
    under a dark sky.

    Source: Chen et al. 2021 (arXiv:2111.00880), rain.
    """
    wet, soft = ops.empty(src.shape, np.uint8), ops.empty(src.shape, np.uint8)
    rows = rains.drop_rows(rains.Rain(*p[:4], factor=1.0), d, *src.shape[1:3])
    ops.pixelwise(rains.with_drops, src, wet, ops.upload(rows["first"]), ops.upload(rows["column"]))
    box_means(ops, wet, soft, [p.side] * len(src))
    curve = byte_table(np.arange(256) + 255.0 * p.added)
    ops.lookup_channels(soft, dst, np.ascontiguousarray(np.broadcast_to(curve, (len(src), 3, 256))))
