"""downscale: see the function."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..registry import corruption


class Downscale(NamedTuple):
    """Parameters of downscale."""

    factor: float  # of each side


def there_and_back(length: int, factor: float) -> np.ndarray:
    """(length,) int64: the position of the line that is shown at each position after both steps."""
    small = max(1, round(length * factor))
    chosen = np.minimum(np.floor(np.arange(small) / factor).astype(np.int64), length - 1)
    return chosen[np.arange(length) * small // length]


def prepare(p: Downscale, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """Rows (H,) and columns (W,), the same for all images."""
    return {"rows": there_and_back(height, p.factor), "columns": there_and_back(width, p.factor)}


@corruption(Downscale, form="pixel", identity={"factor": 1.0}, within={"factor": (0.0, 10.0)}, prepare=prepare)
def downscale(src, n, y, x, rows, columns):
    """Nearest pixel at round(side * factor) and back: too few pixels, without any filter.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (Downscale).
    """
    return src[n, rows[y], columns[x], 0], src[n, rows[y], columns[x], 1], src[n, rows[y], columns[x], 2]
