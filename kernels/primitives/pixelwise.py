"""Corruptions that are one pixel function: written once as a scalar function, looped here for the host."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..jit import cpu, inlined, scalar
from ..lanes import LANES, TWO, load, store

ZERO, HALF, FULL = np.float32(0.0), np.float32(0.5), np.float32(255.0)


@scalar
def to_byte(value):
    """A float32 grey level clipped to 0..255 and truncated, as the published scripts store it."""
    return np.uint8(min(max(value, ZERO), FULL))


@scalar
def nearest_byte(value):
    """A float32 grey level clipped to 0..255 and rounded half up."""
    return to_byte(value + HALF)


@scalar
def with_added(src, n, y, x, added):
    """The pixel with so many grey levels added to every channel, as `to_byte` makes them bytes."""
    return (
        to_byte(np.float32(src[n, y, x, 0]) + added),
        to_byte(np.float32(src[n, y, x, 1]) + added),
        to_byte(np.float32(src[n, y, x, 2]) + added),
    )


@inlined
def _put_pixel(dst, n, y, x, value):
    dst[n, y, x, 0], dst[n, y, x, 1], dst[n, y, x, 2] = value


@inlined
def _put_pixels(image, place, values):
    store(image, 3 * place, values[0])
    store(image, 3 * place + LANES, values[1])
    store(image, 3 * place + TWO, values[2])


@inlined
def _put_level(dst, n, y, x, value):
    dst[n, y, x, 0] = value


@inlined
def _put_levels(image, place, values):
    store(image, place, values)


class _Function:
    """f(src, n, y, x, *args) -> what `put` writes of a pixel, with the loop that applies it to a batch on the host."""

    put: Callable[..., None]
    put_sixteen: Callable[..., None]

    def __init__(self, func: Callable[..., Any]) -> None:
        func, put = inlined(func), self.put
        self.scalar = func
        self.__doc__ = func.__doc__

        @cpu
        def loop(src, dst, args):
            for n in range(src.shape[0]):
                for y in range(src.shape[1]):
                    for x in range(src.shape[2]):
                        put(dst, n, y, x, func(src, n, y, x, *args))

        self.cpu = self.one_by_one = loop

    def sixteen(self, many: Callable[..., Any]) -> Callable[..., Any]:
        """A decorator for many(src, n, y, x, *args) -> the same for the pixels x to x + 15 of a row: three times
        sixteen numbers, red, green, blue of each, or sixteen of one channel; as bytes clipped and truncated where they
        are stored. The host then takes it as far as it goes.

        LLVM does not vectorise loops over pixels of three bytes that look up other arrays: see `lanes`. Those of one
        channel it does, unless they read other rows: it then asks whether the arrays, those rows further in both
        directions, overlap, and of two that lie behind each other makes pixel after pixel. That took 4.5 times as long,
        now and then.
        """
        one, many, put, put_sixteen = self.scalar, inlined(many), self.put, self.put_sixteen

        @cpu
        def loop(src, dst, args):
            height, width = src.shape[1], src.shape[2]
            for n in range(src.shape[0]):
                result = dst[n]
                for y in range(height):
                    for x in range(0, width // LANES * LANES, LANES):
                        put_sixteen(result, y * width + x, many(src, n, y, x, *args))
                    for x in range(width // LANES * LANES, width):
                        put(dst, n, y, x, one(src, n, y, x, *args))

        self.cpu = loop
        return many


class PixelFunction(_Function):
    """f(src, n, y, x, *args) -> (r, g, b) bytes, with the loop that applies it to a batch on each device."""

    form = "pixels"
    put, put_sixteen = staticmethod(_put_pixel), staticmethod(_put_pixels)


@scalar
def sixteen_pixels(src, n, y, x):
    """The channels of the pixels x to x + 15 of a row, as they lie: three times sixteen."""
    place = 3 * ((n * src.shape[1] + y) * src.shape[2] + x)
    return load(src, place), load(src, place + LANES), load(src, place + TWO)


class LayerFunction(_Function):
    """f(src, n, y, x, *args) -> byte, for results of one channel."""

    form = "layers"
    put, put_sixteen = staticmethod(_put_level), staticmethod(_put_levels)


class FieldFunction(LayerFunction):
    """f(src, n, y, x, *args) -> float32, for results of one channel that are no bytes yet."""

    form = "fields"


def pixelwise_cpu(pixel: PixelFunction | LayerFunction, src: np.ndarray, dst: np.ndarray, *args: Any) -> None:
    """dst = pixel(src, ...) for every pixel; floats among args become float32."""
    loop: Any = pixel.cpu
    loop(src, dst, tuple(np.float32(a) if isinstance(a, float) else a for a in args))
