"""random_grid_shuffle: see the function."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..registry import corruption


class Tiles(NamedTuple):
    """Parameters of random_grid_shuffle."""

    grid: int  # tiles along each axis


def draws(p: Tiles, height: int, width: int) -> dict[str, Draw]:
    """What the tiles are sorted by."""
    return {"rank": uniform(0.0, 1.0, p.grid * p.grid, on_host=True)}


def prepare(p: Tiles, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The tile of each row (H,) and column (W,), and how far off (y, x) lies what is seen in each tile, (N, tiles along
    y, tiles along x, 2). An axis of fewer pixels has as many tiles as pixels; what is left over at its end is one more
    tile, which stays.
    """
    down, across = min(p.grid, height), min(p.grid, width)
    tall, wide = height // down, width // across
    order = np.argsort(d.rank[:, : down * across], axis=1, kind="stable")
    seen = np.stack([order // across * tall, order % across * wide], axis=-1).reshape(count, down, across, 2)
    place = np.stack(np.meshgrid(np.arange(down) * tall, np.arange(across) * wide, indexing="ij"), axis=-1)
    offset = np.zeros((count, down + 1, across + 1, 2), np.int64)
    offset[:, :down, :across] = seen - place
    rows, columns = np.minimum(np.arange(height) // tall, down), np.minimum(np.arange(width) // wide, across)
    return {"rows": rows, "columns": columns, "offset": offset}


@corruption(
    Tiles, form="pixel", identity={}, within={"grid": (1, 4096)}, draws=draws, prepare=prepare, moves_pixels=True
)
def random_grid_shuffle(src, n, y, x, rows, columns, offset):
    """The image cut into a grid of equal tiles that change places at random: parts without their arrangement.

    What the grid leaves over at the lower and right edge stays. A grid is whole: below severity 1 it is the same.
    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (RandomGridShuffle).
    """
    row, column = rows[y], columns[x]
    v, u = y + offset[n, row, column, 0], x + offset[n, row, column, 1]
    return src[n, v, u, 0], src[n, v, u, 1], src[n, v, u, 2]
