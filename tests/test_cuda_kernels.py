"""The CUDA kernels as NVRTC compiles them, their PTX run on the host: the CPU's bytes, in any order of the threads."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from benchmarks.gpu.ptx import nvrtc
from benchmarks.gpu.ptx.host import BACKWARDS, FORWARDS, SHUFFLED, HostDevice, LaunchError, missing
from corrupt_engine.kernels import cpu
from corrupt_engine.kernels.cuda import smooth
from corrupt_engine.kernels.cuda.ops import Ops
from corrupt_engine.kernels.cuda.program import KERNELS, OPTIONS
from corrupt_engine.kernels.kept import tables

from .devices import NAMES, on_cpu, run
from .golden_files import photographs
from .levels import cases, levels

pytestmark = pytest.mark.skipif(bool(missing()), reason=str(missing()))
OPS = {way: Ops(HostDevice(way)) for way in (FORWARDS, BACKWARDS, SHUFFLED)}
NEWER = Ops(HostDevice(SHUFFLED, target=100))
PHOTOGRAPHS = photographs()
BATCHES = {
    "224x224": PHOTOGRAPHS,
    "33x47": np.ascontiguousarray(PHOTOGRAPHS[:, 90:123, 60:107]),
    "64x64 grey": np.ascontiguousarray(PHOTOGRAPHS[:, 90:154, 60:124, :1]),
    "5x7 grey": np.ascontiguousarray(PHOTOGRAPHS[:, :5, :7, :1]),
    "1x1": np.ascontiguousarray(PHOTOGRAPHS[:, :1, :1]),
    "1x9": np.ascontiguousarray(PHOTOGRAPHS[:, :1, :9]),
    "40x1": np.ascontiguousarray(PHOTOGRAPHS[:, :40, :1]),
}


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("name", NAMES)
def test_every_corruption_gives_the_bytes_of_the_cpu(name, batch):
    images = BATCHES[batch]
    for severity, table in cases(name):
        expected = on_cpu(name, images, severity, table)
        # In one order where the image is large: the small ones take every path that it takes.
        for way in [SHUFFLED] if batch == "224x224" else OPS:
            assert (run(OPS[way], name, images, severity, table) == expected).all(), f"severity {severity}, order {way}"


@pytest.mark.parametrize("name", NAMES)
def test_every_corruption_gives_the_bytes_of_the_cpu_on_newer_devices(name):
    """From compute capability 10.0 on NVRTC has another optimizer, which makes other PTX."""
    images = BATCHES["33x47"]
    for severity, table in cases(name):
        expected = on_cpu(name, images, severity, table)
        assert (run(NEWER, name, images, severity, table) == expected).all(), f"severity {severity}"


def test_every_quotient_is_one():
    """With -ftz=true, which CuPy sets, newer optimizers make a product with the reciprocal of x / constant."""
    for program in {kernel.program for kernel in KERNELS}:
        for target in (90, 100):
            counts = {
                nvrtc.compiled(program.source, OPTIONS, target, (flush,)).count("div.rn")
                for flush in ("-ftz=true", "-ftz=false")
            }
            assert len(counts) == 1, program


def test_the_input_is_not_written():
    for name in NAMES:
        images = BATCHES["33x47"].copy()
        run(OPS[FORWARDS], name, images, levels(name).most)
        assert (images == BATCHES["33x47"]).all()


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (8, 3), (1, 1), (40, 5)])
@pytest.mark.parametrize("quality", [1, 10, 50, 85, 100])
def test_jpeg_equals_pillow(quality, size):
    for mode in ("RGB", "L"):
        image = PHOTOGRAPHS[1, 60 : 60 + size[0], 40 : 40 + size[1]]
        image = image if mode == "RGB" else image[..., :1]
        buffer = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(image).squeeze(2) if mode == "L" else image).save(
            buffer, "JPEG", quality=quality
        )
        expected = np.asarray(Image.open(buffer)).reshape(image.shape)
        out = np.empty((1, *image.shape), np.uint8)
        OPS[FORWARDS].jpeg(np.ascontiguousarray(image[None]), out, quality)
        assert (out[0] == expected).all()


@pytest.mark.parametrize("target", [(100, 150), (256, 256), (224, 31), (20, 300), (1, 1)])
@pytest.mark.parametrize("kind", ["box", "bilinear"])
def test_the_resize_equals_the_cpus(kind, target):
    src = PHOTOGRAPHS[:, :200, :210]
    src = np.ascontiguousarray(src)
    expected, out = (np.empty((2, *target, 3), np.uint8) for _ in range(2))
    cpu.pillow_resize(src, expected, kind)
    OPS[BACKWARDS].pillow_resize(src, out, kind)
    assert (out == expected).all()


@pytest.mark.parametrize("planar", [True, False])
def test_normalizing_is_a_table_lookup(planar):
    tables = np.arange(3 * 256, dtype=np.uint16).reshape(3, 256)
    images = BATCHES["33x47"]
    shape = (2, 3, 33, 47) if planar else images.shape
    out = np.empty(shape, np.uint16)
    OPS[FORWARDS].normalize(images, out, tables, planar)
    expected = np.stack([tables[c, images[..., c]] for c in range(3)], axis=-1)
    assert (out == (np.moveaxis(expected, -1, 1) if planar else expected)).all()


BARRIERS = [
    (kernel.program.file, number)
    for kernel in {kernel.program.file: kernel for kernel in KERNELS}.values()
    for number in range(kernel.program.source.count("__syncthreads"))
]


def of_corruption(name):
    """A corruption on images of several blocks of threads, with an incomplete one along each axis."""
    return lambda ops: run(ops, name, np.ascontiguousarray(PHOTOGRAPHS[:, 60:125, 60:130]), 3)


def of_canny(ops):
    """An edge that is strong in its middle row only, and weak above and below: found from there in both directions."""
    image = np.full((1, 65, 70), 100, np.uint8)
    image[:, :, 35:], image[:, 32, 35:] = 120, 140
    edges = ops.empty(image.shape, np.bool_)
    ops.canny(image, edges, 50, 150)
    return edges


def of_chamfer(ops):
    edges = np.zeros((1, 65, 70), np.bool_)
    edges[0, 60, 5] = True
    distance = ops.empty(edges.shape, np.float32)
    ops.chamfer(edges, distance, np.float32(1000.0))
    return distance


USERS = {
    "reduction.cu": [of_corruption(name) for name in ("contrast", "fog", "spatter")],
    "plasma.cu": [of_corruption("fog")],
    "edges.cu": [of_canny, of_chamfer],
    "bytes3x3.cu": [of_corruption("spatter")],
    "jpeg.cu": [of_corruption("jpeg_compression")],
}
"""What runs the kernels with barriers of each file."""


def differs(make, way):
    """Whether the CPU's bytes do not come out in this order, or the launch is refused."""
    try:
        return not (make(Ops(HostDevice(way))) == make(cpu)).all()
    except LaunchError:
        return True


@pytest.mark.parametrize(("file", "number"), BARRIERS)
def test_a_kernel_without_one_of_its_barriers_is_caught(file, number, monkeypatch):
    for program in {kernel.program for kernel in KERNELS if kernel.program.file == file}:
        begin, end = list(re.finditer(r"__syncthreads(?:_or|\(\))", program.source))[number].span()
        monkeypatch.setitem(program.__dict__, "source", program.source[:begin] + program.source[end:])
    ways = (*OPS, *range(SHUFFLED + 1, SHUFFLED + 5))
    assert any(differs(make, way) for make in USERS[file] for way in ways)


@pytest.mark.parametrize("way", OPS)
@pytest.mark.parametrize("make", [of_canny, of_chamfer])
def test_edges_give_the_bytes_of_the_cpu(make, way):
    assert (make(OPS[way]) == make(cpu)).all()


@pytest.mark.parametrize("way", OPS)
def test_lines_too_long_for_a_whole_matrix_give_the_same_bytes(way, monkeypatch):
    images = BATCHES["33x47"]
    monkeypatch.setattr(smooth, "WHOLE", 8)
    tables.clear()
    launched = []
    launch = Ops.launch
    monkeypatch.setattr(Ops, "launch", lambda ops, kernel, *rest: (launched.append(kernel), launch(ops, kernel, *rest)))
    try:
        for severity in (3, 5):  # whose filters are shorter than these lines
            made = run(OPS[way], "elastic_transform", images, severity)
            assert (made == on_cpu("elastic_transform", images, severity)).all()
    finally:
        tables.clear()
    assert smooth.WINDOWS in launched


def test_memory_that_is_not_written_shows():
    assert (OPS[FORWARDS].empty((4,), np.uint8) == 0xA5).all()
