"""What randomness a corruption needs, stated apart from its use: a named `Draw` each, made from the keyed generator or
replayed.

The position of a draw among its corruption's draws is its number in the Philox counter. The few numbers an image that
steer a launch (angles, corners) are made `on_host`, as NumPy arrays whatever the device; fields live on the device,
however small. `words` are not made at all: they are handed on as a `Words` key that a fused kernel expands.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from .jit import brief
from .philox import fill_rows, fill_words, whole_blocks

SMALLEST, LARGEST = -128, 127
"""Of a field of whole numbers, which are int8."""


class Draw(NamedTuple):
    """A law, a shape for one image, and the law's two parameters."""

    law: str
    shape: tuple[int, ...]
    a: float = 0.0
    b: float = 1.0
    on_host: bool = False

    @property
    def size(self) -> int:
        """Elements for one image."""
        return math.prod(self.shape)


def words(*shape: int) -> Draw:
    """Raw 32-bit words, one an element, for a primitive that samples an output law directly."""
    return Draw("words", shape)


def uniform(low: float, high: float, *shape: int, on_host: bool = False) -> Draw:
    """Uniform on [low, high): float32 from 24 bits (float64 from 32 bits on the host). ValueError where low > high."""
    _check_order(low, high)
    return Draw("uniform", shape, low, high, on_host)


def normal(mean: float, std: float, *shape: int) -> Draw:
    """Normal by interpolated quantiles: float32, see `primitives.fields`."""
    return Draw("normal", shape, mean, std)


def integers(low: int, high: int, *shape: int, on_host: bool = False) -> Draw:
    """Uniform integers in [low, high), the upper end excluded: low + floor(word * (high - low) / 2^32); int8 (int64 on
    the host). ValueError where low > high, or they do not fit int8.
    """
    _check_order(low, high)
    if not on_host and (low < SMALLEST or high > LARGEST + 1):
        raise ValueError(
            f"a field of whole numbers from {low} up to {high - 1} cannot be drawn: they are {SMALLEST} to {LARGEST}; "
            "uniform(low, high, ...) cut off to whole numbers has others"
        )
    return Draw("integers", shape, low, high, on_host)


def _check_order(low: float, high: float) -> None:
    if low > high:
        raise ValueError(f"nothing can be drawn from {low} to {high}; the first is to be the smaller one")


class Words(NamedTuple):
    """The key of a `words` draw for a batch: element e of image n is the word at position e of sample ids[n]."""

    stream: int
    ids: np.ndarray
    key: tuple[int, int]

    def array(self, shape: tuple[int, ...]) -> np.ndarray:
        """The words themselves, (N, *shape) uint32: what an oracle reads."""
        size = math.prod(shape)
        out = np.empty((len(self.ids), whole_blocks(size)), np.uint32)
        fill_rows(out, self.stream, self.ids, *self.key)
        return out[:, :size].reshape(-1, *shape)


@brief
def _between(out, low, high, whole, stream, ids, k0, k1):
    """out (N, e) float64 = from `low` to `high` by words of 32 bits, cut off to whole numbers where asked."""
    words = np.empty(whole_blocks(out.shape[1]), np.uint32)
    for n in range(out.shape[0]):
        fill_words(words, 0, stream, ids[n], k0, k1)
        for e in range(out.shape[1]):
            value = low + (high - low) * (np.float64(words[e]) * 2.0**-32)
            out[n, e] = np.floor(value) if whole else value


def host_array(draw: Draw, source: Words) -> np.ndarray:
    """A small draw as NumPy values (N, *shape): float64, or int64 for integers."""
    values, whole = np.empty((len(source.ids), draw.size)), draw.law == "integers"
    _between(values, float(draw.a), float(draw.b), whole, source.stream, source.ids, *source.key)
    return (values.astype(np.int64) if whole else values).reshape(-1, *draw.shape)


class Draws:
    """The draws of one corruption for one batch; each is made when its attribute is first read."""

    def __init__(
        self,
        spec: Mapping[str, Draw],
        ids: np.ndarray,
        key: tuple[int, int],
        device_array: Callable[[Draw, Words], Any],
    ) -> None:
        self._spec = spec
        self._ids, self._key, self._device_array = ids, key, device_array

    def __getattr__(self, name: str) -> Any:
        if name == "_spec":  # of a copy in the making
            raise AttributeError(name)
        for number, (own, draw) in enumerate(self._spec.items()):
            if own == name:
                value = self._made(draw, Words(number, self._ids, self._key))
                setattr(self, name, value)
                return value
        raise AttributeError(name)

    def _made(self, draw: Draw, source: Words) -> Any:
        if draw.law == "words":
            return source
        return host_array(draw, source) if draw.on_host else self._device_array(draw, source)

    def __iter__(self) -> Iterator[str]:
        return iter(self._spec)
