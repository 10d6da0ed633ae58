"""Very long, very narrow and very small images: the oracles' bytes, and no more memory than their pixels justify."""

import tracemalloc

import numpy as np
import pytest

import corrupt_engine as ce
from benchmarks.gpu.ptx.host import HostDevice, missing
from corrupt_engine.kernels import cpu
from corrupt_engine.kernels.cuda.ops import Ops
from corrupt_engine.kernels.draws import Draws
from corrupt_engine.kernels.primitives import zoom
from corrupt_engine.kernels.registry import registry
from corrupt_engine.kernels.weather.fog import map_size

from .depths import beside
from .devices import NAMES, on_cpu, run
from .laws import sized
from .levels import params, some_severities
from .test_kernels import COMPARED, apply, check
from .test_oracles import oracle

LONG = [(1, 20_000), (20_000, 1), (3, 20_000), (20_000, 3)]
MOST = 2500
"""Bytes a pixel at the peak; zoom_blur's tables take 1,100 in an image of one row, frost's texture 860. A matrix of
20,000 x 20,000 pixels took 27,000 in elastic_transform, a map of 32,768 x 32,768 72,000 in fog."""


def middle(name):
    """The middle one of a corruption's severities."""
    return some_severities(name)[len(some_severities(name)) // 2]


@pytest.mark.parametrize("name", NAMES)
def test_memory_follows_the_pixels(name):
    for size in [(7, 40), (40, 40)]:
        image = sized(*size)
        # It compiles, which takes memory of its own.
        ce.corrupt(image, name, middle(name), threads=1, **beside(name, image))
    for height, width in LONG:
        image = sized(height, width)
        depth = beside(name, image)
        tracemalloc.start()
        out = ce.corrupt(image, name, middle(name), threads=1, **depth)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert out.shape == image.shape
        assert peak < MOST * height * width, f"{height} x {width}: {peak // (height * width)} bytes a pixel"


@pytest.mark.parametrize("name", COMPARED)
@pytest.mark.parametrize("size", [(1200, 30), (5, 1500)])
def test_the_bytes_are_the_oracles(name, size):
    if name == "glass_blur" and size[0] > 100:
        pytest.skip("its oracle goes through 36,000 pixels in Python, 4 s; nothing in it knows the size")
    image, p, corruption = sized(*size), params(name, middle(name)), registry()[name]
    spec = corruption.draws(p, *size)
    keyed = Draws(spec, np.array([3]), (5, 6), cpu.draw)
    drawn = {key: np.array(getattr(keyed, key)[0]) for key in spec}
    drawn = {key: values.astype(np.int64) if values.dtype == np.int8 else values for key, values in drawn.items()}
    expected = oracle(name).apply(image, p, {**drawn, **beside(name, image)})
    check(apply(corruption, image, p, keyed), expected, oracle(name).TOLERANCE)


@pytest.mark.skipif(bool(missing()), reason=str(missing()))
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(1100, 6), (2, 1300), (2, 2), (1, 3)])
def test_devices_agree(name, size):
    image = np.ascontiguousarray(sized(*size)[None])
    for images in (image, np.ascontiguousarray(image[..., :1])):
        assert (run(Ops(HostDevice()), name, images, middle(name)) == on_cpu(name, images, middle(name))).all()


@pytest.mark.parametrize("size", [(1, 40), (7, 30), (30, 7), (2, 1), (1, 1), (17, 23)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("as_bytes", [False, True])
def test_zooms_are_the_sums_of_what_every_device_makes_of_four_neighbours(size, channels, as_bytes):
    for kind in (np.uint8, np.float32):
        images, factors = np.ascontiguousarray(sized(*size)[None, ..., :channels].astype(kind)), (1.0, 1.01, 1.27)
        (iy, wy), (ix, wx) = (zoom.zoom_tables(length, factors, as_bytes) for length in size)
        value, expected = zoom.resampled_byte if as_bytes else zoom.resampled, np.zeros(images.shape[1:], np.float32)
        for f, y, x, c in np.ndindex(len(factors), *expected.shape):
            v, u = iy[f, y], ix[f, x]
            rows, columns = (v, min(v + 1, size[0] - 1)), (u, min(u + 1, size[1] - 1))
            four = [np.float32(images[0, row, column, c]) for row in rows for column in columns]
            expected[y, x, c] += value(*four, wy[f, y], wx[f, x])
        assert (zoom.zoom_sum_cpu(images, factors, as_bytes)[0] == expected).all()


def test_fogs_map_is_the_published_one_but_in_long_images():
    assert [map_size(*size) for size in ((1, 1), (32, 32), (224, 224), (299, 299), (375, 500))] == [
        2,
        32,
        256,
        512,
        512,
    ]
    assert [map_size(*size) for size in ((1, 1024), (5000, 5000), (2100, 525))] == [1024, 8192, 4096]
    assert [map_size(*size) for size in ((1, 65_000), (65_000, 1), (2100, 100))] == [1024, 1024, 1024]
