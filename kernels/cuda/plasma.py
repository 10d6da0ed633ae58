"""The plasma of fog, made by one block an image."""

from typing import Any

import numpy as np

from ..primitives.plasma import displaced, plasma_powers, stretched
from .program import Program, check_elements

PLASMA = Program(
    "plasma.cu",
    [(displaced, "float32 float32 float32 float32 float32 float32"), (stretched, "float32 float32 float32")],
).kernel("plasma")


def plasma(ops: Any, unit: Any, decay: float) -> None:
    """As `plasma_cpu`."""
    n, size = unit.shape[:2]
    check_elements(f"a plasma of {size} x {size}", size * size)
    powers = ops.constant(plasma_powers(size, decay))
    ops.launch(PLASMA, (n,), (1024,), unit, powers, np.int32(size), np.int32(size.bit_length() - 1))
