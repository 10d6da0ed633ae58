"""The types, layouts and devices that tensors are given out in."""

import contextlib

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine import cuda, device_finishing, output
from corrupt_engine.assignment import Mixture
from corrupt_engine.catalogue import CLEAN, Condition
from corrupt_engine.dali_decoding import Feed, blank_jpeg
from corrupt_engine.device_decoding import build_device_pipeline, on_device_geometry
from corrupt_engine.device_finishing import DeviceFinisher, Pending
from corrupt_engine.errors import DeviceError, MissingExtraError, OptionError, UnknownNameError
from corrupt_engine.finishing import taken
from corrupt_engine.geometry import Geometry
from corrupt_engine.kernels.cuda.emulation import HostDevice
from corrupt_engine.kernels.cuda.ops import Ops
from corrupt_engine.output import Output, check_device
from corrupt_engine.recipe import Batch, Settings
from corrupt_engine.sources import ArraySource

from .golden_files import picture

IMAGES = np.stack([np.roll(picture("inputs/cat_64.png")[:40, :33], k, axis=1) for k in range(5)])
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


@pytest.fixture
def streams(monkeypatch):
    """DeviceFinisher on the host: streams that only count, kernels that run as loops."""
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
    ops = Ops(HostDevice())

    def normalise(pictures, words, tables, planar):
        ops.normalise(pictures.numpy(), words.numpy().view(tables.dtype), tables, planar)

    monkeypatch.setattr(device_finishing, "normalise_on_device", normalise)
    return log


def finished(finisher, batch, conditions):
    pending = finisher.finish(batch, conditions, Settings(seed=2))
    assert isinstance(pending, Pending)
    return taken(pending)


@pytest.mark.parametrize("options", [{}, {"dtype": "bfloat16", "channels_last": True}, {"dtype": "float16"}, {"mean": None}])
def test_a_device_finishes_as_the_host_does(streams, options):
    ids = np.array([4, 7, 9, 11, 2])
    batch = Batch(IMAGES, LABELS, ids)
    finisher = DeviceFinisher(Output(**options))
    for condition in (CLEAN, Condition("gaussian_noise", 3), Condition("glass_blur", 2)):
        result = finished(finisher, batch, [condition] * 5)
        corrupted = (
            IMAGES if condition.corruption == "clean" else ce.corrupt(IMAGES, condition.corruption, condition.severity, ids=ids, seed=2)
        )
        (expected,) = (images for images, _ in ce.CorruptLoader(ArraySource(corrupted, LABELS), batch_size=5, num_workers=0, **options))
        assert result.dtype == expected.dtype and result.stride() == expected.stride()
        assert (result == expected).all()
    assert streams.count("upload") == 1, "the pictures of a batch are uploaded once for all conditions"
    assert streams.count("record") == streams.count("wait") == streams.count("kept for the stream") == 3


def test_each_picture_may_have_its_own_condition(streams):
    ids = np.arange(5)
    conditions = [Condition("fog", 2), CLEAN, Condition("fog", 2), Condition("contrast", 5), CLEAN]
    result = finished(DeviceFinisher(Output(mean=None)), Batch(IMAGES, LABELS, ids), conditions)
    for n, condition in enumerate(conditions):
        one = IMAGES[n]
        if condition.corruption != "clean":
            one = ce.corrupt(one, condition.corruption, condition.severity, ids=n, seed=2)
        assert (result[n].permute(1, 2, 0).numpy() == one).all()


def test_only_the_last_batch_is_kept_unless_all_are_wanted(streams):
    first, second = Batch(IMAGES, LABELS, np.arange(5)), Batch(IMAGES[:2], LABELS[:2], np.arange(2))
    for keep, uploads in ((False, 3), (True, 2)):
        streams.clear()
        finisher = DeviceFinisher(Output(mean=None), keep)
        for batch in (first, second, first):
            finished(finisher, batch, [CLEAN] * len(batch.ids))
        assert streams.count("upload") == uploads


def test_a_loader_on_a_device(streams, monkeypatch):
    """The whole way, with a device's finisher on the host."""
    monkeypatch.setattr(output, "check_device", lambda device: "cpu")
    from corrupt_engine import finishing, iteration, sweeping

    def make(chosen, threads, buffers, keep=False):
        return DeviceFinisher(chosen, keep)

    expected = batches()
    for module in (finishing, iteration, sweeping):
        monkeypatch.setattr(module, "make_finisher", make)
    for images, plain in zip(batches(), expected, strict=True):
        assert (images == plain).all()
    mixture = Mixture((Condition("fog", 3), Condition("contrast", 2)))
    with ce.CorruptLoader(ArraySource(IMAGES, LABELS), mixture, batch_size=2, num_workers=2) as loader:
        assert sum(len(images) for images, _ in loader) == 5
    for order in ("batch", "condition"):
        streams.clear()
        with ce.sweep(
            ArraySource(IMAGES, LABELS), [Condition("fog", 1), Condition("snow", 2)], order=order, batch_size=3, mean=None
        ) as swept:
            for condition, images, _labels, ids in swept:
                for image, number in zip(images, ids, strict=True):
                    want = ce.corrupt(IMAGES[number], condition.corruption, condition.severity, ids=int(number))
                    assert (image.permute(1, 2, 0).numpy() == want).all()
        assert streams.count("upload") == 2


def test_devices_that_are_not_there(monkeypatch):
    monkeypatch.setattr(output, "require_cuda", lambda: None)
    if not torch.cuda.is_available():
        with pytest.raises(DeviceError, match="PyTorch"):
            check_device("cuda")
        assert check_device("auto") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 1)
    assert check_device("cuda") == "cuda:1"
    assert check_device(torch.device("cuda:0")) == "cuda:0"
    with pytest.raises(DeviceError, match="2 CUDA devices"):
        check_device("cuda:2")


def test_cuda_without_cupy_is_refused_with_the_way_out(monkeypatch):
    cuda.require_cuda.cache_clear()
    monkeypatch.setattr(cuda.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"corrupt-engine\[cuda13\]"):
        ce.CorruptLoader(ArraySource(IMAGES, LABELS), device="cuda")


@pytest.mark.parametrize(
    "geometry", [Geometry(256, 224), Geometry((50, 60)), Geometry((299, 299), crop_first=0.875), Geometry(crop=20), Geometry()]
)
@pytest.mark.parametrize("size", [(375, 281), (300, 300), (260, 401)])
def test_the_geometry_on_a_device_is_the_hosts(geometry, size):
    image = np.ascontiguousarray(np.tile(picture("inputs/astronaut_224.png"), (2, 2, 1))[: size[0], : size[1]])
    result = on_device_geometry(geometry, Ops(HostDevice()), image[None])
    assert (result[0] == geometry(image)).all()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"decoder": "gpu"}, OptionError, 'device="cuda"'),
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
        build_device_pipeline(Feed(None, [], blank_jpeg()), 2, 1, 0)
