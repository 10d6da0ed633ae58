"""The types, layouts and devices that tensors are given out in."""

import contextlib
import threading

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import corrupt_engine as ce
from benchmarks.gpu.ptx.host import HostDevice
from corrupt_engine.catalogue import CLEAN, Condition
from corrupt_engine.devices import Pending, cuda, find_device
from corrupt_engine.devices.cuda import Cuda
from corrupt_engine.errors import DeviceError, MissingExtraError, OptionError, UnknownNameError
from corrupt_engine.kernels.cuda.ops import Ops
from corrupt_engine.loader.decode.dali import Feed, blank_jpeg
from corrupt_engine.loader.decode.gpu import build_device_pipeline, on_device_geometry
from corrupt_engine.sources import ArraySource
from corrupt_engine.transforms.corrupt import Settings
from corrupt_engine.transforms.geometry import Geometry
from corrupt_engine.transforms.normalize import write_levels
from corrupt_engine.transforms.policies import Grid, Mixture
from corrupt_engine.transforms.tensors import IMAGENET_MEAN, IMAGENET_STD, DeviceToTensor, TensorFormat, taken

from .golden_files import golden_image

IMAGES = np.stack([np.roll(golden_image("inputs/cat_64.png")[:40, :33], k, axis=1) for k in range(5)])
LABELS = [3, 1, 4, 1, 5]


def batches(**options):
    with ce.CorruptLoader(ArraySource(IMAGES, LABELS), "fog", batch_size=3, num_workers=0, **options) as loader:
        return [images for images, _ in loader]


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("dtype", ["float32", torch.float16, "bfloat16"])
def test_types_and_layouts_hold_the_same_numbers(dtype, channels_last):
    for images, plain in zip(batches(dtype=dtype, channels_last=channels_last), batches(), strict=True):
        assert images.dtype == getattr(torch, str(dtype).removeprefix("torch."))
        assert images.is_contiguous(memory_format=torch.channels_last if channels_last else torch.contiguous_format)
        assert (images == plain.to(images.dtype)).all()


def test_bytes_may_come_with_channels_last():
    for images, plain in zip(batches(mean=None, channels_last=True), batches(mean=None), strict=True):
        assert images.dtype == torch.uint8
        assert images.is_contiguous(memory_format=torch.channels_last)
        assert (images == plain).all()


@pytest.mark.parametrize(
    ("mean", "std", "straight"),
    [(IMAGENET_MEAN, IMAGENET_STD, True), (0.0, 1.0, True), ((0.5, 0.1, 0.9), 0.25, True), (33 / 255, 1.0, False)],
)
@pytest.mark.parametrize("size", [(1, 15), (4, 4), (1, 17), (33, 21)])
def test_a_line_counts_what_the_tables_hold(mean, std, straight, size):
    """Along the line where it gives each number of the tables to the bit, else looked up: 33 / 255 less the same in one
    float64 and another is 0 or nearly so.
    """
    output = TensorFormat(mean, std)
    levels = output.levels(3)
    assert (levels.line is not None) == straight
    images = np.random.Generator(np.random.PCG64(3)).integers(0, 256, (2, *size, 3)).astype(np.uint8)
    images[0, 0, :3] = [[0], [33], [255]]
    made = np.zeros((4, 3, *size), np.uint32)
    write_levels(images, made[1:3], levels, channels_last=False)
    wanted = (images / 255.0 - mean) / std
    np.testing.assert_array_equal(made[1:3].view(np.float32), wanted.astype(np.float32).transpose(0, 3, 1, 2))
    assert (made[::3] == 0).all()


def test_numbers_off_the_line_differ():
    """The test above would fail if a line were taken that only nearly gives the tables."""
    levels = TensorFormat(33 / 255, 1.0).levels(3)
    near = levels._replace(line=(np.full(3, 1 / 255), np.full(3, -33 / 255)))
    images, made = np.full((1, 4, 4, 3), 33, np.uint8), np.zeros((2, 1, 3, 4, 4), np.uint32)
    for one, words in zip((levels, near), made, strict=True):
        write_levels(images, words, one, channels_last=False)
    assert (made[0] != made[1]).any()


class OnHost(Cuda):
    """A GPU that is none: its streams are the test's, its kernels run as loops on the host."""

    name = "cpu"
    ops = Ops(HostDevice())

    def normalize(self, images, words, tables, planar):
        self.ops.normalize(images.numpy(), words.numpy().view(tables.dtype), tables, planar)


@pytest.fixture
def streams(monkeypatch):
    """What the streams were asked for, and how often something was uploaded."""
    log = []

    class Stream:
        def __init__(self, device=None):
            self.waits = []

        def wait_event(self, event):
            self.waits.append(event)
            log.append("wait")

    class Event:
        def record(self, stream):
            log.append("record")

    consumer = Stream()
    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: contextlib.nullcontext())
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: consumer)
    monkeypatch.setattr(torch.Tensor, "record_stream", lambda tensor, stream: log.append("kept for the stream"))
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: (log.append("upload"), tensor)[1])
    return log


def made(to_tensor, images, ids, conditions):
    pending = to_tensor(images, ids, conditions)
    assert isinstance(pending, Pending)
    return taken(pending)


def on_device(keep=False, **options):
    return DeviceToTensor(TensorFormat(**options), Settings(seed=2), OnHost(), keep)


@pytest.mark.parametrize(
    "options", [{}, {"dtype": "bfloat16", "channels_last": True}, {"dtype": "float16"}, {"mean": None}]
)
def test_a_device_makes_what_the_host_makes(streams, options):
    ids = np.array([4, 7, 9, 11, 2])
    to_tensor = on_device(**options)
    for condition in (CLEAN, Condition("gaussian_noise", 3), Condition("glass_blur", 2)):
        result = made(to_tensor, IMAGES, ids, [condition] * 5)
        corrupted = (
            IMAGES
            if condition.corruption == "clean"
            else ce.corrupt(IMAGES, condition.corruption, condition.severity, ids=ids, seed=2)
        )
        (expected,) = (
            images
            for images, _ in ce.CorruptLoader(ArraySource(corrupted, LABELS), batch_size=5, num_workers=0, **options)
        )
        assert result.dtype == expected.dtype and result.stride() == expected.stride()
        assert (result == expected).all()
    assert streams.count("upload") == 1, "the images of a batch are uploaded once for all conditions"
    assert streams.count("record") == streams.count("wait") == streams.count("kept for the stream") == 3


def test_each_image_may_have_its_own_condition(streams):
    conditions = [Condition("fog", 2), CLEAN, Condition("fog", 2), Condition("contrast", 5), CLEAN]
    result = made(on_device(mean=None), IMAGES, np.arange(5), conditions)
    for n, condition in enumerate(conditions):
        one = IMAGES[n]
        if condition.corruption != "clean":
            one = ce.corrupt(one, condition.corruption, condition.severity, ids=n, seed=2)
        assert (result[n].permute(1, 2, 0).numpy() == one).all()


def test_images_of_many_conditions_are_sorted_with_one_upload(streams):
    """An index that is no tensor on the device is copied there, and the host waits for the copy."""

    class Seen(TorchDispatchMode):
        def __torch_dispatch__(self, op, types, args=(), kwargs=None):
            used.add(op.overloadpacket.__name__)
            return op(*args, **(kwargs or {}))

    used = set()
    conditions = [Condition("saturate", 1 + n % 3) for n in range(5)]
    with Seen():
        result = made(on_device(mean=None), IMAGES, np.arange(5), conditions)
    assert streams.count("upload") == 2, "the images and their order"
    assert "index_select" in used and not used & {"index", "index_put", "index_put_"}
    for n, condition in enumerate(conditions):
        want = ce.corrupt(IMAGES[n], "saturate", condition.severity, ids=n, seed=2)
        assert (result[n].permute(1, 2, 0).numpy() == want).all()


def test_images_decoded_on_the_device_are_kept_while_they_are_read(streams):
    images = torch.from_numpy(IMAGES)
    to_tensor = on_device(mean=None)
    for _ in range(2):
        taken(to_tensor(images, np.arange(5), [CLEAN] * 5))
    assert streams.count("upload") == 0
    # Once for the stream that corrupts them, and twice for the one that takes the results over.
    assert streams.count("kept for the stream") == 1 + 2


def test_the_next_batch_is_decoded_while_a_device_makes_the_turns_of_this_one(streams, monkeypatch):
    decoded = threading.Event()
    waited = []

    class Source(ArraySource):
        def decode(self, index):
            if index == 3:
                decoded.set()
            return super().decode(index)

    class Waits(OnHost):
        def normalize(self, images, words, tables, planar):
            waited.append(decoded.wait(20))  # in the first turn of the first batch
            super().normalize(images, words, tables, planar)

    monkeypatch.setattr("corrupt_engine.transforms.tensors.find_device", lambda name: Waits())
    monkeypatch.setattr("corrupt_engine.loader.pipeline.find_device", lambda name: Waits())
    grid = Grid((Condition("saturate", 1), Condition("saturate", 2)))
    with ce.CorruptLoader(
        Source(IMAGES, LABELS), grid, batch_size=3, num_workers=1, mean=None, backend="threads"
    ) as loader:
        assert sum(len(images) for images, _ in loader) == 10
    assert waited == [True] * 4


def test_only_the_last_batch_is_kept_unless_all_are_wanted(streams):
    first, second = IMAGES, IMAGES[:2]
    for keep, uploads in ((False, 3), (True, 2)):
        streams.clear()
        to_tensor = on_device(keep, mean=None)
        for images in (first, second, first):
            made(to_tensor, images, np.arange(len(images)), [CLEAN] * len(images))
        assert streams.count("upload") == uploads


def test_a_loader_on_a_device(streams, monkeypatch):
    """The whole way, with a device on the host."""
    expected = batches()
    monkeypatch.setattr("corrupt_engine.transforms.tensors.find_device", lambda name: OnHost())
    for images, plain in zip(batches(), expected, strict=True):
        assert (images == plain).all()
    assert streams.count("upload") == 2
    mixture = Mixture((Condition("fog", 3), Condition("contrast", 2)))
    with ce.CorruptLoader(ArraySource(IMAGES, LABELS), mixture, batch_size=2, num_workers=2) as loader:
        assert sum(len(images) for images, _ in loader) == 5
    for order in ("batch", "condition"):
        streams.clear()
        with ce.sweep(
            ArraySource(IMAGES, LABELS),
            [Condition("fog", 1), Condition("snow", 2)],
            order=order,
            batch_size=3,
            mean=None,
        ) as swept:
            for condition, images, _labels, ids in swept:
                for image, number in zip(images, ids, strict=True):
                    want = ce.corrupt(IMAGES[number], condition.corruption, condition.severity, ids=int(number))
                    assert (image.permute(1, 2, 0).numpy() == want).all()
        assert streams.count("upload") == 2


def test_devices_that_are_not_there(monkeypatch):
    monkeypatch.setattr(cuda, "require_cuda", lambda: None)
    if not torch.cuda.is_available():
        with pytest.raises(DeviceError, match="PyTorch"):
            find_device("cuda")
        assert find_device("auto").name == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 1)
    assert find_device("cuda").name == "cuda:1"
    assert find_device(torch.device("cuda:0")).name == "cuda:0"
    with pytest.raises(DeviceError, match="2 CUDA devices"):
        find_device("cuda:2")
    with pytest.raises(UnknownNameError, match=r"unknown device 'tpu': .*allowed are cpu, cuda, auto"):
        find_device("tpu")


def test_cuda_without_cupy_is_refused_with_the_way_out(monkeypatch):
    cuda.require_cuda.cache_clear()
    monkeypatch.setattr(cuda.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"corrupt-engine\[cuda13\]"):
        ce.CorruptLoader(ArraySource(IMAGES, LABELS), device="cuda")


@pytest.mark.parametrize(
    "geometry",
    [Geometry(256, 224), Geometry((50, 60)), Geometry((299, 299), crop_first=0.875), Geometry(crop=20), Geometry()],
)
@pytest.mark.parametrize("size", [(375, 281), (300, 300), (260, 401)])
def test_the_geometry_on_a_device_is_the_hosts(geometry, size):
    image = np.ascontiguousarray(np.tile(golden_image("inputs/astronaut_224.png"), (2, 2, 1))[: size[0], : size[1]])
    result = on_device_geometry(geometry, Ops(HostDevice()), image[None])
    assert (result[0] == geometry(image)).all()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"decoder": "gpu"}, OptionError, "needs a GPU as device"),
        ({"decoder": "nvjpeg"}, UnknownNameError, "gpu"),
    ],
)
def test_decoding_on_the_gpu_needs_one(options, error, message):
    with pytest.raises(error, match=message):
        ce.CorruptLoader(ArraySource(IMAGES, LABELS), **options)


def test_a_gpu_that_dali_cannot_use_is_a_clear_error():
    pytest.importorskip("nvidia.dali", reason="DALI is for Linux")
    if torch.cuda.is_available():
        pytest.skip("DALI can use this machine's GPU")
    with pytest.raises(DeviceError, match=r"corrupt-engine\[cuda13\].*decoder=\"cpu\""):
        build_device_pipeline(Feed(None, [], blank_jpeg()), 2, 1, Cuda())
