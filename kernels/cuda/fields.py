"""Fields of draws: a thread makes four values of one Philox block."""

from typing import Any

import numpy as np

from ..draws import Draw, Words
from ..primitives.fields import integer_value, normal_value, quantiles, unit_value
from .program import Program, tiles
from .transition import key

PROGRAM = Program(
    "fields.cu", [(normal_value, "uint32 float32[]"), (unit_value, "uint32"), (integer_value, "uint32 int int")]
)
NORMAL, UNIFORM, INTEGERS = (PROGRAM.kernel(name) for name in ("normal_field", "uniform_field", "integer_field"))


def draw(ops: Any, spec: Draw, source: Words) -> Any:
    """A large draw for a batch: (N, *shape), float32, or int8 for integers."""
    n = len(source.ids)
    out = ops.empty((n, spec.size), np.int8 if spec.law == "integers" else np.float32)
    if spec.law == "integers":
        law: tuple[Any, ...]
        kernel, law = INTEGERS, (np.int32(spec.a), np.int32(int(spec.b) - int(spec.a)))
    elif spec.law == "uniform":
        kernel, law = UNIFORM, (np.float32(spec.a), np.float32(spec.b) - np.float32(spec.a))
    else:
        kernel, law = NORMAL, (np.float32(spec.a), np.float32(spec.b), ops.constant(quantiles()))
    grid = (tiles(spec.size, 1024), n)
    ops.launch(kernel, grid, (256,), out, ops.upload(source.ids), np.int32(spec.size), *key(source), *law)
    return out.reshape(n, *spec.shape)
