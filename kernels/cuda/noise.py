"""Everything that is made of keyed words: noise by transition tables, and fields of draws."""

from typing import Any

import numpy as np

from ..draws import Draw, Words
from ..philox import HALF, LOW, philox4x32_10
from ..primitives.fields import integer_value, normal_value, quantiles, unit_value
from ..primitives.transition import moved
from .kernel import points


@points
def transition_block(n, y, x, src, dst, table, ids, stream, k0, k1):
    """The four elements of image n whose words are Philox block x; src and dst (N, E)."""
    sample = np.uint64(ids[n])
    a, b, c, d = philox4x32_10(np.uint64(x), stream, sample & LOW, sample >> HALF, k0, k1)
    e, size = 4 * x, src.shape[1]
    dst[n, e] = moved(src[n, e], np.uint32(a), table)
    if e + 1 < size:
        dst[n, e + 1] = moved(src[n, e + 1], np.uint32(b), table)
    if e + 2 < size:
        dst[n, e + 2] = moved(src[n, e + 2], np.uint32(c), table)
    if e + 3 < size:
        dst[n, e + 3] = moved(src[n, e + 3], np.uint32(d), table)


@points
def normal_block(n, y, x, out, mean, std, table, ids, stream, k0, k1):
    """Four normal values of row n of out (N, E)."""
    sample = np.uint64(ids[n])
    a, b, c, d = philox4x32_10(np.uint64(x), stream, sample & LOW, sample >> HALF, k0, k1)
    e, size = 4 * x, out.shape[1]
    out[n, e] = mean + std * normal_value(np.uint32(a), table)
    if e + 1 < size:
        out[n, e + 1] = mean + std * normal_value(np.uint32(b), table)
    if e + 2 < size:
        out[n, e + 2] = mean + std * normal_value(np.uint32(c), table)
    if e + 3 < size:
        out[n, e + 3] = mean + std * normal_value(np.uint32(d), table)


@points
def uniform_block(n, y, x, out, low, span, ids, stream, k0, k1):
    """Four uniform values of row n of out (N, E)."""
    sample = np.uint64(ids[n])
    a, b, c, d = philox4x32_10(np.uint64(x), stream, sample & LOW, sample >> HALF, k0, k1)
    e, size = 4 * x, out.shape[1]
    out[n, e] = low + span * unit_value(np.uint32(a))
    if e + 1 < size:
        out[n, e + 1] = low + span * unit_value(np.uint32(b))
    if e + 2 < size:
        out[n, e + 2] = low + span * unit_value(np.uint32(c))
    if e + 3 < size:
        out[n, e + 3] = low + span * unit_value(np.uint32(d))


@points
def integer_block(n, y, x, out, low, span, ids, stream, k0, k1):
    """Four integers of row n of out (N, E)."""
    sample = np.uint64(ids[n])
    a, b, c, d = philox4x32_10(np.uint64(x), stream, sample & LOW, sample >> HALF, k0, k1)
    e, size = 4 * x, out.shape[1]
    out[n, e] = integer_value(np.uint32(a), low, span)
    if e + 1 < size:
        out[n, e + 1] = integer_value(np.uint32(b), low, span)
    if e + 2 < size:
        out[n, e + 2] = integer_value(np.uint32(c), low, span)
    if e + 3 < size:
        out[n, e + 3] = integer_value(np.uint32(d), low, span)


def _key(ops: Any, source: Words) -> tuple[Any, ...]:
    return ops.upload(source.ids), np.uint64(source.stream), np.uint64(source.key[0]), np.uint64(source.key[1])


def transition(ops: Any, src: Any, dst: Any, table: np.ndarray, noise: Words) -> None:
    """As `transition_cpu`."""
    n, size = len(src), src[0].size
    ops.points(
        transition_block,
        (n, 1, -(-size // 4)),
        src.reshape(n, size),
        dst.reshape(n, size),
        ops.constant(table),
        *_key(ops, noise),
    )


def draw(ops: Any, spec: Draw, source: Words) -> Any:
    """A large draw for a batch: (N, *shape), float32, or int8 for integers."""
    n = len(source.ids)
    out = ops.empty((n, spec.size), np.int8 if spec.law == "integers" else np.float32)
    space, key = (n, 1, -(-spec.size // 4)), _key(ops, source)
    if spec.law == "normal":
        ops.points(normal_block, space, out, np.float32(spec.a), np.float32(spec.b), ops.constant(quantiles()), *key)
    elif spec.law == "uniform":
        low = np.float32(spec.a)
        ops.points(uniform_block, space, out, low, np.float32(spec.b) - low, *key)
    else:
        ops.points(integer_block, space, out, int(spec.a), int(spec.b) - int(spec.a), *key)
    return out.reshape(n, *spec.shape)
