"""The CUDA kernels' arithmetic, compiled as loops over their threads on the host: the CPU's bytes, in any order of the
threads.
"""

import io

import numpy as np
import pytest
from PIL import Image

from corrupt_engine.kernels import cpu
from corrupt_engine.kernels.cuda.emulation import HostDevice
from corrupt_engine.kernels.cuda.kernel import points, stepwise
from corrupt_engine.kernels.cuda.ops import Ops

from .devices import NAMES, on_cpu, run
from .golden_files import golden_image
from .levels import cases

FORWARDS, BACKWARDS = Ops(HostDevice()), Ops(HostDevice(backwards=True, lanes=64))
PHOTOGRAPHS = np.stack([golden_image("inputs/cat_224.png"), golden_image("inputs/astronaut_224.png")])
BATCHES = {
    "224x224": PHOTOGRAPHS,
    "33x47": np.ascontiguousarray(PHOTOGRAPHS[:, 90:123, 60:107]),
    "5x7 grey": np.ascontiguousarray(PHOTOGRAPHS[:, :5, :7, :1]),
    "1x1": np.ascontiguousarray(PHOTOGRAPHS[:, :1, :1]),
    "1x40": np.ascontiguousarray(PHOTOGRAPHS[:, :1, :40]),
}


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("name", NAMES)
def test_every_corruption_gives_the_bytes_of_the_cpu(name, batch):
    images = BATCHES[batch]
    for severity, table in cases(name):
        expected = on_cpu(name, images, severity, table)
        for ops in (FORWARDS, BACKWARDS):
            assert (run(ops, name, images, severity, table) == expected).all(), f"severity {severity}"


def test_the_input_is_not_written():
    for name in NAMES:
        images = BATCHES["33x47"].copy()
        run(FORWARDS, name, images, 5)
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
        FORWARDS.jpeg(np.ascontiguousarray(image[None]), out, quality)
        assert (out[0] == expected).all()


@pytest.mark.parametrize("target", [(100, 150), (256, 256), (224, 31), (20, 300), (1, 1)])
@pytest.mark.parametrize("kind", ["box", "bilinear"])
def test_the_resize_equals_the_cpus(kind, target):
    src = PHOTOGRAPHS[:, :200, :210]
    src = np.ascontiguousarray(src)
    expected, out = (np.empty((2, *target, 3), np.uint8) for _ in range(2))
    cpu.pillow_resize(src, expected, kind)
    BACKWARDS.pillow_resize(src, out, kind)
    assert (out == expected).all()


@pytest.mark.parametrize("planar", [True, False])
def test_normalizing_is_a_table_lookup(planar):
    tables = np.arange(3 * 256, dtype=np.uint16).reshape(3, 256)
    images = BATCHES["33x47"]
    shape = (2, 3, 33, 47) if planar else images.shape
    out = np.empty(shape, np.uint16)
    FORWARDS.normalize(images, out, tables, planar)
    expected = np.stack([tables[c, images[..., c]] for c in range(3)], axis=-1)
    assert (out == (np.moveaxis(expected, -1, 1) if planar else expected)).all()


@points
def smeared(n, y, x, line):
    """Breaks the law: reads what another thread writes."""
    if x > 0:
        line[n, x] = line[n, x - 1]


@stepwise
def summed(n, s, t, lanes, line):
    """Breaks the law within a step."""
    line[n, 0] = line[n, 0] * 2 + t


def test_a_race_shows_in_the_order_of_the_threads():
    for launch, args in (
        (lambda ops, a: ops.points(smeared, (1, 1, 8), a), 8),
        (lambda ops, a: ops.stepwise(summed, 1, 3, a), 8),
    ):
        results = [np.arange(args, dtype=np.int64)[None] for _ in range(2)]
        launch(FORWARDS, results[0])
        launch(Ops(HostDevice(backwards=True)), results[1])
        assert (results[0] != results[1]).any()


def test_memory_that_is_not_written_shows():
    assert (FORWARDS.empty((4,), np.uint8) == 0xA5).all()


def test_a_float_is_refused():
    with pytest.raises(TypeError, match="float32"):
        FORWARDS.points(smeared, (1, 1, 1), 0.5)
