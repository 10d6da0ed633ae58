"""Short stretches of pixels, sorted by row on the host: a pixel function then looks at those of its own row alone."""

from typing import Any

import numpy as np


def by_row(rows: np.ndarray, height: int, **columns: np.ndarray) -> dict[str, Any]:
    """What a pixel function reads of spans: those of row y of image n are first[n, y] up to first[n, y + 1].

    Args:
        rows: (N, K) int64, the row of each span; those outside of 0 .. height - 1 are in no row.
        height: of the images.
        columns: (N, K, ...) by name, what else there is of each span.

    Returns:
        `first` (N, height + 1) int32, and the columns, the spans of a row in the order in which they were given.
    """
    order = np.argsort(rows, axis=1, kind="stable")
    image = np.arange(len(rows))[:, None]
    edges = np.arange(height + 1)
    first = np.empty((len(rows), height + 1), np.int32)
    for n, line in enumerate(rows[image, order]):
        first[n] = np.searchsorted(line, edges)
    return {"first": first, **{name: column[image, order] for name, column in columns.items()}}
