"""Medians over a square of pixels."""

from typing import Any

import numpy as np

from ..registry import corruption
from .box import Sides, side_draws


# 16 bits count no more pixels than those of the largest square.
@corruption(Sides, identity={}, within={"low": (1, 255), "high": (1, 255)}, draws=side_draws)
def median_blur(ops: Any, src: Any, dst: Any, p: Sides, d: Any) -> None:
    """The median over a square of random odd side, each channel by itself, edges repeated: noise taken away, and fine
    detail with it.

    Sides are whole: below severity 1 they are the same.
    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (MedianBlur).
    """
    ops.median(src, dst, (p.low + 2 * d.step).astype(np.int32))
