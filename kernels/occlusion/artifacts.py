"""artifacts: see the function."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..primitives.directions import DIRECTIONS, cosines, sines
from ..primitives.spans import by_row
from ..registry import corruption


class Artifacts(NamedTuple):
    """Parameters of artifacts."""

    segments: int  # how many
    length: float  # of each, as a share of the image's shorter side
    dot: float  # side of its square dots, likewise, and as much from one to the next; at least a pixel


def draws(p: Artifacts, height: int, width: int) -> dict[str, Draw]:
    """The middle of each segment as a share (y, x) of the image, its direction and its level."""
    count = max(1, p.segments)
    return {
        "middle": uniform(0.0, 1.0, count, 2, on_host=True),
        "direction": integers(0, DIRECTIONS, count, on_host=True),
        "value": integers(0, 256, count, on_host=True),
    }


def prepare(p: Artifacts, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The rows of every dot: where each begins and ends, and its level."""
    shorter = min(height, width)
    size = max(1, int(p.dot * shorter + 0.5))
    dots = max(2, int(p.length * shorter / (2 * size) + 0.5))
    along = (np.arange(dots) - (dots - 1) / 2) * (2 * size)
    towards = np.stack([sines()[d.direction], cosines()[d.direction]], axis=-1)
    middle = (d.middle * (height, width))[:, :, None] + along[:, None] * towards[:, :, None]
    corner = np.floor(middle - (size - 1) / 2).astype(np.int64)  # (N, segments, dots, 2)
    rows = corner[..., :1] + np.arange(size)
    rows[:, p.segments :] = height  # in no row
    left, value = corner[..., 1:], d.value[:, :, None, None]
    spans = np.stack(np.broadcast_arrays(left, left + size, value, rows)[:3], axis=-1)
    return by_row(rows.reshape(count, -1), height, spans=spans.reshape(count, -1, 3))


@corruption(
    Artifacts,
    form="pixel",
    identity={"segments": 0},
    within={"segments": (0, 10_000), "length": (0.0, 100.0), "dot": (0.0, 10.0)},
    draws=draws,
    prepare=prepare,
)
def artifacts(src, n, y, x, first, spans):
    """Small dotted line segments, each of one random grey level, at random places: dirt, scratches and faults of
    transmission.

    A segment is two or more square dots as far apart as they are wide, in any direction; later ones lie over earlier
    ones.
    Source: Laugros 2022 (thesis 2022GRALT016), figures 3.2 and 4.3.
    """
    last = -1
    for k in range(first[n, y], first[n, y + 1]):
        if spans[n, k, 0] <= x and x < spans[n, k, 1]:
            last = k
    if last >= 0:
        value = np.uint8(spans[n, last, 2])
        return value, value, value
    return src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
