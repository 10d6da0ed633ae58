"""Numbers side by side: each lane has the bytes of the same arithmetic on one number, on every processor."""

import sys

import numpy as np
import pytest
from numba.core.errors import TypingError

import corrupt_engine as ce
from corrupt_engine.catalogue import find_corruption
from corrupt_engine.kernels import cpu as kernels_cpu
from corrupt_engine.kernels.jit import cpu, floored
from corrupt_engine.kernels.lanes import (
    LANES,
    TWO,
    apart,
    backwards,
    colours,
    equal_bytes,
    larger,
    load,
    load_pixel,
    load_spread,
    load_whole,
    load_words,
    shifted_right,
    smaller,
    spread,
    spread_whole,
    store,
    store_all,
    transposed,
    tripled,
    turn,
    turn_bytes,
    where,
)
from corrupt_engine.kernels.primitives.pixelwise import LayerFunction, PixelFunction, pixelwise_cpu, sixteen_pixels

NUMBERS = np.random.Generator(np.random.PCG64(1)).normal(0, 300, (8, LANES)).astype(np.float32)
BYTES = np.random.Generator(np.random.PCG64(2)).integers(0, 256, 200).astype(np.uint8)


@cpu
def _arithmetic(a, b, out):
    x, y = load(a, 0), load(b, 0)
    store(out, 0, x + y)
    store(out, LANES, x - y)
    store(out, 2 * LANES, x * y)
    store(out, 3 * LANES, x / y)
    store(out, 4 * LANES, floored(x))
    store(out, 5 * LANES, larger(x, y))
    x += y
    store(out, 6 * LANES, x)
    store(out, 7 * LANES, load_spread(a, 3))
    store(out, 8 * LANES, smaller(x, y))
    store(out, 9 * LANES, where(y, load(a, 0), spread(np.float32(7.0))))


def test_arithmetic_is_that_of_each_number():
    a, b, made = NUMBERS[0], NUMBERS[1], np.zeros((10, LANES), np.float32)
    _arithmetic(a, b, made)
    wanted = [a + b, a - b, a * b, a / b, np.floor(a), np.maximum(a, b), a + b, np.full(LANES, a[3])]
    wanted += [np.minimum(a + b, b), np.where(b > 0, a, np.float32(7.0))]
    np.testing.assert_array_equal(made, wanted)


@cpu
def _multiplied_and_added(a, b, c, out):
    store(out, 0, load(a, 0) * load(b, 0) + load(c, 0))


def test_a_product_is_rounded_before_it_is_added():
    """A fused multiplication and addition, which processors have, would give other bytes."""
    a = np.full(LANES, 1 + 2.0**-12, np.float32)
    c, made = -(a * a), np.ones(LANES, np.float32)
    _multiplied_and_added(a, a, c, made)
    fused = a.astype(np.float64) ** 2 + c
    assert (fused != 0).all()
    np.testing.assert_array_equal(made, np.zeros(LANES))


@cpu
def _loaded(source, out):
    store(out, 0, load(source, 5))
    store(out, LANES, load_pixel(source, 7))


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int32, np.float32])
def test_whole_numbers_are_loaded_as_float32(kind):
    made = np.zeros(LANES + 4, np.float32)
    _loaded(BYTES.astype(kind), made)
    np.testing.assert_array_equal(made, [*BYTES[5 : 5 + LANES], *BYTES[7:11]])


@cpu
def _words(source, out):
    store(out, 0, load_words(source, 1) - (load_words(source, 2) + load_words(source, 3)))


def test_bytes_are_added_as_int16():
    made, wide = np.zeros(TWO, np.int16), BYTES.astype(np.int16)
    _words(BYTES, made)
    np.testing.assert_array_equal(made, wide[1 : 1 + TWO] - wide[2 : 2 + TWO] - wide[3 : 3 + TWO])
    assert made.min() < -255, "the numbers do not try what bytes cannot hold"


@cpu
def _whole(source, factor, out, low):
    made = load_whole(source, 9) * spread_whole(factor) + load_whole(source, 12)
    store(out, 0, made)
    store(out, LANES, shifted_right(made, np.int32(5)))
    store(low, 1, made)


@pytest.mark.parametrize("kind", [np.uint8, np.int32])
def test_whole_numbers(kind):
    """Products beyond what int16 and float32 hold, some of them negative."""
    made, low = np.zeros(2 * LANES, np.int32), np.zeros(LANES + 2, np.uint8)
    _whole(BYTES.astype(kind), np.int32(-777_777), made, low)
    wanted = BYTES[9 : 9 + LANES].astype(np.int32) * -777_777 + BYTES[12 : 12 + LANES]
    np.testing.assert_array_equal(made, [*wanted, *(wanted >> 5)])
    np.testing.assert_array_equal(low, [0, *(wanted & 255), 0])
    assert wanted.min() < -(2**24) and (wanted % 32 != 0).any()


@cpu
def _equal(source, at, value):
    return equal_bytes(source, at, value)


def test_equal_bytes_are_a_bit_each():
    source = np.random.Generator(np.random.PCG64(6)).integers(0, 4, 80).astype(np.uint8)
    for at, value in ((0, 3), (1, 0), (16, 2), (5, 200)):
        bits = _equal(source, at, np.uint8(value))
        assert [bits >> k & 1 for k in range(64)] == (source[at : at + 64] == value).tolist()


@cpu
def _as_bytes(source, out):
    store(out, 1, load(source, 0))


def test_bytes_are_stored_clipped_and_truncated():
    numbers = np.array([-1e9, -0.5, 0, 0.99, 1, 254.99, 255, 255.5, 1e9, 7.5, 8.5, 100, 3, 2, 1, 0], np.float32)
    made = np.full(LANES + 2, 9, np.uint8)
    _as_bytes(numbers, made)
    np.testing.assert_array_equal(made, [9, *np.clip(numbers, 0, 255).astype(np.uint8), 9])


@cpu
def _laid(source, out):
    store_all(out, 0, LANES, apart(load(source, 0), load(source, LANES), load(source, TWO)))
    store_all(out, 3 * LANES, LANES, tripled(load(source, 0)))
    store(out, 6 * LANES, backwards(load(source, 0)))
    store_all(out, 7 * LANES, LANES, colours(source[1], source[2], source[3]))


def test_lanes_are_laid_elsewhere():
    numbers, made = np.arange(3 * LANES, dtype=np.float32), np.zeros((10, LANES), np.float32)
    _laid(numbers, made)
    np.testing.assert_array_equal(made[:3], numbers.reshape(LANES, 3).T)
    np.testing.assert_array_equal(made[3:6].reshape(-1), np.repeat(numbers[:LANES], 3))
    np.testing.assert_array_equal(made[6], numbers[:LANES][::-1])
    np.testing.assert_array_equal(made[7:].reshape(LANES, 3), [[1, 2, 3]] * LANES)


def test_a_square_is_turned():
    square, made = np.arange(20 * 24, dtype=np.float32).reshape(20, 24), np.zeros((18, 19), np.float32)
    turn(square, 2 * 24 + 3, 24, made, 19 + 2, 19)
    np.testing.assert_array_equal(made[1:17, 2:18], square[2:18, 3:19].T)
    assert made.sum() == square[2:18, 3:19].sum()


@cpu
def _turn_bytes(src, start, stride, further, dst, begin, step, beyond):
    turn_bytes(src, start, stride, further, dst, begin, step, beyond)


def test_squares_of_bytes_are_turned():
    source = np.random.Generator(np.random.PCG64(7)).integers(1, 256, (30, 60)).astype(np.uint8)
    made = np.zeros((40, 50), np.uint8)
    _turn_bytes(source, 2 * 60 + 3, 60, 10 * 60 + 20, made, 50 + 2, 50, 20 * 50 + 30)
    np.testing.assert_array_equal(made[1:17, 2:18], source[2:18, 3:19].T)
    np.testing.assert_array_equal(made[21:37, 32:48], source[12:28, 23:39].T)
    assert (made > 0).sum() == 2 * LANES**2


@cpu
def _spread_double(value, out):
    store(out, 0, spread(value))


@cpu
def _load_strided(source, out):
    store(out, 0, load(source, 0))


@cpu
def _transpose_too_few(source, out):
    store_all(out, 0, LANES, transposed((load(source, 0), load(source, 0))))


def test_what_would_be_read_or_rounded_wrongly_is_refused():
    out = np.zeros(LANES, np.float32)
    with pytest.raises(TypingError):
        _spread_double(0.1, out)
    with pytest.raises(TypingError):
        _load_strided(np.zeros((40, 2), np.float32)[:, 0], out)
    with pytest.raises(TypingError):
        _transpose_too_few(out, out)


SIXTEEN = [("fog", 3), ("snow", 2), ("spatter", 1), ("spatter", 5), ("running_spatter", 5)]
"""Corruptions with a pixel function that the host does sixteen pixels at a time, one a function."""


def ways(name, severity, shape, monkeypatch):
    """The images as they are made, the same with every function pixel by pixel, and the functions of sixteen."""
    images = np.random.Generator(np.random.PCG64(4)).integers(0, 256, shape).astype(np.uint8)
    made = ce.corrupt(images, name, severity, threads=1)
    found = []

    def one_by_one(pixel, src, dst, *arguments):
        if pixel.one_by_one is not pixel.cpu:
            found.append(pixel)
        pixel.cpu, kept = pixel.one_by_one, pixel.cpu
        try:
            pixelwise_cpu(pixel, src, dst, *arguments)
        finally:
            pixel.cpu = kept

    with monkeypatch.context() as patch:
        patch.setattr(kernels_cpu, "pixelwise", one_by_one)
        single = ce.corrupt(images, name, severity, threads=1)
    return made, single, found


@pytest.mark.parametrize(("name", "severity"), SIXTEEN)
@pytest.mark.parametrize("width", [15, 16, 17, 47, 64])
def test_sixteen_pixels_are_those_of_one(name, severity, width, monkeypatch):
    made, single, found = ways(name, severity, (2, 31, width, 3), monkeypatch)
    assert found, f"{name} has no function of sixteen pixels at severity {severity}"
    np.testing.assert_array_equal(made, single)


def test_every_function_of_sixteen_pixels_is_tried(monkeypatch):
    tried = {id(one) for name, severity in SIXTEEN for one in ways(name, severity, (1, 8, 16, 3), monkeypatch)[2]}
    modules = {find_corruption(name).source.__module__ for name in ce.corruptions()}
    known = [
        value
        for module in modules
        for value in vars(sys.modules[module]).values()
        if isinstance(value, (PixelFunction, LayerFunction)) and value.cpu is not value.one_by_one
    ]
    assert tried == {id(one) for one in known}


def test_a_wrong_function_of_sixteen_pixels_is_noticed():
    @PixelFunction
    def pixel(src, n, y, x):
        return src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]

    @pixel.sixteen
    def pixels(src, n, y, x):
        first, second, third = sixteen_pixels(src, n, y, x)
        return first, third, second

    images = np.arange(2 * 3 * 20 * 3, dtype=np.uint8).reshape(2, 3, 20, 3)
    made, single = np.empty_like(images), np.empty_like(images)
    pixelwise_cpu(pixel, images, made)
    pixel.cpu = pixel.one_by_one
    pixelwise_cpu(pixel, images, single)
    assert (single == images).all()
    assert (made[:, :, :16] != single[:, :, :16]).any()
    assert (made[:, :, 16:] == single[:, :, 16:]).all()
