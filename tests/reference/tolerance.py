"""How closely a kernel must follow its oracle. Each oracle states its TOLERANCE, with the reason."""

from typing import NamedTuple


class Tolerance(NamedTuple):
    """How far the bytes may lie from the float64 oracle under the same draws, and why."""

    levels: int  # by which a byte may differ
    share: float  # of the bytes that may differ
    why: str
    crossings: float = 0.0  # share of the bytes that may differ by more, where a threshold decides


EXACT = Tolerance(0, 0.0, "integer arithmetic or float64 tables: nothing is rounded differently")
FLOAT32 = Tolerance(
    1,
    0.005,
    "float32 sums against float64 before truncation: a byte moves where the exact value is within rounding of an "
    "integer",
)
