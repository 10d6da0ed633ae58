"""What talks to CuPy, over a stand-in in host memory: launches, uploads, streams, splitting, errors."""

import importlib
import importlib.machinery
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import corrupt_engine as ce
from benchmarks.gpu.ptx.host import missing
from corrupt_engine.devices import cuda as ce_cuda
from corrupt_engine.errors import DeviceError, ImageError, MissingExtraError
from corrupt_engine.kernels.kept import ENTRY
from corrupt_engine.kernels.registry import registry
from corrupt_engine.transforms.corrupt import Settings

from .depths import beside
from .devices import NAMES
from .fake_cupy import Fake, ndarray
from .golden_files import golden_image
from .levels import some_severities

pytestmark = pytest.mark.skipif(bool(missing()), reason=str(missing()))
IMAGES = np.ascontiguousarray(
    np.stack([golden_image("inputs/cat_64.png"), golden_image("inputs/cat_64.png")[::-1]])[:, :40, :33]
)
MODULE = "corrupt_engine.kernels.cuda.device"


@pytest.fixture
def machine(monkeypatch):
    """A function that puts a fake CuPy in place of the real one and returns it."""

    def install(**options):
        fake = Fake(**options)
        fake.__spec__ = importlib.machinery.ModuleSpec("cupy", None)
        monkeypatch.setitem(sys.modules, "cupy", fake)
        monkeypatch.delitem(sys.modules, MODULE, raising=False)
        ce_cuda.require_cuda.cache_clear()
        return fake

    yield lambda **options: (install(**options), importlib.import_module(MODULE))[0]
    ce_cuda.require_cuda.cache_clear()
    sys.modules.pop(MODULE, None)


@pytest.mark.parametrize("name", NAMES)
def test_cupy_arrays(machine, name):
    fake = machine()
    for images in (
        IMAGES,
        IMAGES[:1, ..., :1],
        IMAGES[0],
        IMAGES[0, ..., 0],
        IMAGES[:, ::-1, ::2],
        IMAGES[:, :1, :1],
        IMAGES[:, :3, :2],
    ):
        ids = [7, 2**40][: len(images)] if images.ndim == 4 else 7
        key = {"severity": some_severities(name)[-1], "ids": ids, "as_stored": True, **beside(name, images)}
        result = ce.corrupt(ndarray(images), name, **key)
        assert isinstance(result, ndarray)
        assert (result.host == ce.corrupt(images, name, **key)).all()
    assert "synchronize device" not in fake.log


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 7, 1), (8, 8, 3), (33, 47, 3)])
def test_ids_from_the_content(machine, monkeypatch, shape):
    machine()
    monkeypatch.setattr(ce_cuda, "IMAGES_HASHED", 2)
    images = np.random.default_rng(3).integers(0, 256, (3, *shape), np.uint8)
    assert ce.content_ids(ndarray(images)).tolist() == ce.content_ids(images).tolist()
    if shape[0] > 8:
        made = ce.corrupt(ndarray(images), "gaussian_noise", 3)
        assert (made.host == ce.corrupt(images, "gaussian_noise", 3)).all()


def test_no_waiting_once_the_tables_are_there(machine):
    fake = machine()
    for name in NAMES:
        ce.corrupt(ndarray(IMAGES), name, 1, seed=1, **beside(name, IMAGES))  # some tables are chosen by a draw
    fake.log.clear()
    for name in NAMES:
        ce.corrupt(ndarray(IMAGES), name, 1, seed=1, **beside(name, IMAGES))
    waits = [entry for entry in fake.log if entry in ("synchronize", "synchronize device", "free")]
    assert not waits


def test_the_dali_node_groups_samples_on_the_device(machine):
    from corrupt_engine.transforms.dali import _Node

    fake = machine()
    names = list(ce.corruptions())
    work = _Node(None, None, 0, Settings(seed=1), threads=1)
    images = [IMAGES[0], IMAGES[1, :20, :21], IMAGES[1], IMAGES[0], IMAGES[0]]
    numbers = [names.index("saturate")] * 4 + [-1]
    levels, ids = [2.0, 2.0, 2.0, 3.0, 1.0], [4, 5, 6, 7, 8]
    per_sample = ([ndarray(np.array([value])) for value in values] for values in (ids, numbers, levels))
    results = work([ndarray(image) for image in images], *per_sample)
    assert fake.log.count("pixel_saturate") == 3
    assert fake.log.count("read back") == 3
    for result, image, level, number in zip(results[:4], images, levels, ids, strict=False):
        assert (result.host == ce.corrupt(image, "saturate", level, seed=1, ids=number)).all()
    assert (results[4].host == images[4]).all()


def test_an_empty_batch_and_severity_zero(machine):
    machine()
    assert ce.corrupt(ndarray(IMAGES[:0]), "fog").shape == (0, 40, 33, 3)
    assert (ce.corrupt(ndarray(IMAGES), "fog", severity=0).host == IMAGES).all()


def test_a_list_of_sizes_is_one_launch_a_size(machine):
    fake = machine()
    images = [IMAGES[0], IMAGES[1], IMAGES[0, :20, :21], IMAGES[0, :20, :21, 0], IMAGES[0, :20, :21]]
    ids = [4, 5, 6, 7, 8]
    mixed = [*map(ndarray, images), IMAGES[0]]
    result = ce.corrupt(mixed, "saturate", ids=[*ids, 9])
    assert sum(entry == "pixel_saturate" for entry in fake.log) == 3
    for got, image, number in zip(result, images, ids, strict=False):
        assert (got.host == ce.corrupt(image, "saturate", ids=number)).all()
    assert (result[-1] == ce.corrupt(IMAGES[0], "saturate", ids=9)).all()


def test_too_little_memory_splits_the_batch(machine):
    fake = machine(most_images=1)
    result = fake.asarray(np.zeros_like(IMAGES))
    batch = ndarray(IMAGES)
    seen = []

    def run(src, dst, ids):
        seen.append(list(ids))
        fake.empty(src.shape, np.uint8)
        dst[...] = src

    ce_cuda.in_halves(run, batch, result, np.array([3, 4]))
    assert seen == [[3, 4], [3], [4]]
    assert (result.host == IMAGES).all()
    assert "free" in fake.log


def test_the_split_keeps_the_bytes(machine, monkeypatch):
    fake = machine(most_images=2)
    images = np.concatenate([IMAGES] * 3)
    monkeypatch.setattr(ce_cuda, "empty_like", lambda a: ndarray(np.zeros_like(a.host)))
    result = ce.corrupt(ndarray(images), "glass_blur", severity=4)
    assert (result.host == ce.corrupt(images, "glass_blur", severity=4)).all()
    assert fake.log.count("free") >= 1


def test_memory_for_not_even_one_image(machine, monkeypatch):
    fake = machine()
    monkeypatch.setattr(ce_cuda, "empty_like", lambda a: ndarray(np.zeros_like(a.host)))

    def full(shape, dtype):
        raise fake.cuda.memory.OutOfMemoryError("no room")

    fake.empty = full
    with pytest.raises(DeviceError, match="one image of 40 x 33"):
        ce.corrupt(ndarray(IMAGES), "zoom_blur")


def test_more_images_than_a_grid_has_layers(machine, monkeypatch):
    fake = machine()
    monkeypatch.setattr(sys.modules[MODULE], "MOST_IMAGES", 2)
    images = np.concatenate([IMAGES[:, :9, :9]] * 3)[:5].copy()
    result = ce.corrupt(ndarray(images), "saturate")
    assert fake.log.count("pixel_saturate") == 3
    assert (result.host == ce.corrupt(images, "saturate")).all()


def test_an_image_with_more_elements_than_kernels_count(machine, monkeypatch):
    machine()
    monkeypatch.setattr("corrupt_engine.kernels.cuda.program.MOST_ELEMENTS", 40 * 33 * 3 - 1)
    with pytest.raises(DeviceError, match=r"an image of 40 x 33 has 3,960 elements.*up to 3,959.*device=.cpu"):
        ce.corrupt(ndarray(IMAGES), "saturate")
    monkeypatch.setattr("corrupt_engine.kernels.cuda.program.MOST_ELEMENTS", 64 * 64 - 1)
    with pytest.raises(DeviceError, match="a plasma of 64 x 64"):
        ce.corrupt(ndarray(IMAGES), "fog")


def test_a_module_is_compiled_once_a_file(machine):
    fake = machine()
    for severity in (1, 2):
        ce.corrupt(ndarray(IMAGES), "glass_blur", severity)
        ce.corrupt(ndarray(IMAGES), "gaussian_blur", severity)
    assert fake.log.count("compile") == 3  # separable.cu, fields.cu, shuffle.cu


def test_uploads_wait_only_for_their_own_buffer(machine):
    fake = machine()
    device = sys.modules[MODULE].CudaDevice(0)
    first = [device.upload(np.array([k], np.int32)) for k in range(device._stages.maxlen or 32)]
    assert "wait for an upload" not in fake.log
    device.upload(np.array([99], np.int32))
    assert fake.log.count("wait for an upload") == 1
    assert [int(a.host[0]) for a in first] == list(range(len(first)))


def test_tables_are_uploaded_once_a_stream_and_forgotten_in_turn(machine, monkeypatch):
    fake = machine()
    monkeypatch.setattr(sys.modules[MODULE], "CONSTANTS", 2 * (ENTRY + 2 * 24))
    device = sys.modules[MODULE].CudaDevice(0)
    tables = [np.full(3, k) for k in range(3)]
    on_device = device.constant(tables[0])
    assert device.constant(tables[0]) is on_device
    device.constant(tables[1])
    device.constant(tables[0])
    device.constant(tables[2])
    assert device.constant(tables[0]) is on_device
    assert (device.constant(tables[1]).host == 1).all()
    with fake.cuda.Stream(7):
        other = device.constant(tables[0])
        assert other is not on_device and (other.host == on_device.host).all()
    # Neither an upload nor a table that goes makes the host, or another stream, wait.
    assert not {"synchronize", "synchronize device", "wait for an upload"} & set(fake.log)


def test_torch_tensors_keep_their_stream(machine, monkeypatch):
    import torch

    fake = machine()

    class Tensor:
        """A torch tensor on a CUDA device, as far as the library looks at one."""

        __module__ = "torch"
        device = SimpleNamespace(type="cuda", index=0)
        dtype = torch.uint8

        def __init__(self, host):
            self.host, self.shape = host, host.shape

    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: SimpleNamespace(cuda_stream=1234, device_index=0))
    monkeypatch.setattr(torch, "empty", lambda shape, dtype, device: Tensor(np.zeros(shape, np.uint8)))
    monkeypatch.setattr(fake, "asarray", lambda a: ndarray(a.host) if isinstance(a, Tensor) else Fake.asarray(fake, a))
    seen = []
    launch = sys.modules[MODULE].CudaDevice.launch
    monkeypatch.setattr(
        sys.modules[MODULE].CudaDevice,
        "launch",
        lambda *args: (seen.append(fake.cuda.get_current_stream().ptr), launch(*args))[1],
    )
    taken, given = [], []
    monkeypatch.setattr(
        torch.cuda, "caching_allocator_alloc", lambda size, device, stream: taken.append((size, stream)) or 0xBEEF
    )
    monkeypatch.setattr(torch.cuda, "caching_allocator_delete", given.append)
    ce_cuda._torch_memory.cache_clear()
    result = ce.corrupt(Tensor(IMAGES.copy()), "contrast")
    ce_cuda._torch_memory.cache_clear()
    assert isinstance(result, Tensor)
    assert (result.host == ce.corrupt(IMAGES, "contrast")).all()
    assert set(seen) == {1234}
    # What the kernels need beside the images comes from torch's pool, for that stream; CuPy's would starve the model.
    assert taken and {stream for _, stream in taken} == {1234} and set(given) == {0xBEEF}
    assert "CuPy's memory" not in fake.log
    ce.corrupt(ndarray(IMAGES), "contrast")
    assert "CuPy's memory" in fake.log


def test_memory_that_torch_does_not_have_splits_the_batch_too(machine, monkeypatch):
    import torch

    fake = machine()
    emptied = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append(1))
    seen = []

    def run(src, dst, ids):
        seen.append(list(ids))
        if len(ids) > 1:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        dst[...] = src

    result = fake.asarray(np.zeros_like(IMAGES))
    ce_cuda.in_halves(run, ndarray(IMAGES), result, np.array([3, 4]))
    assert seen == [[3, 4], [3], [4]] and (result.host == IMAGES).all() and emptied


def test_no_room_for_the_result_is_said(machine, monkeypatch):
    fake = machine()

    def full(images):
        raise fake.cuda.memory.OutOfMemoryError("no room")

    monkeypatch.setattr(ce_cuda, "empty_like", full)
    with pytest.raises(DeviceError, match=r"not suffice for another batch of \(2, 40, 33, 3\).*fewer images"):
        ce.corrupt(ndarray(IMAGES), "contrast")
    assert "free" in fake.log


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"devices": 0}, "nvidia-smi"),
        ({"driver": 12040}, r"CUDA 12\.4, the installed CuPy for CUDA 13.*R580.*corrupt-engine\[cuda12\]"),
        ({"capability": (6, 1)}, r"compute capability 6\.1; 7\.5"),
    ],
)
def test_devices_that_cannot_be_used(machine, options, message):
    machine(**options)
    with pytest.raises(DeviceError, match=message):
        ce.corrupt(ndarray(IMAGES), "contrast")


def test_without_cupy(monkeypatch):
    monkeypatch.setattr(ce_cuda.importlib.util, "find_spec", lambda name: None)
    ce_cuda.require_cuda.cache_clear()
    with pytest.raises(MissingExtraError, match=r"corrupt-engine\[cuda13\]"):
        ce_cuda.require_cuda()


def test_without_a_compiler(machine, monkeypatch):
    fake = machine()

    def missing(code, options):
        raise OSError("libnvrtc.so.13: cannot open shared object file")

    monkeypatch.setattr(fake, "RawModule", missing)
    with pytest.raises(MissingExtraError, match=r"NVRTC.*libnvrtc.*corrupt-engine\[cuda13\]"):
        ce.corrupt(ndarray(IMAGES), "contrast")


def test_a_kernel_that_the_compiler_refuses(machine, monkeypatch):
    machine()
    monkeypatch.setattr("corrupt_engine.kernels.cuda.device.OPTIONS", ("-no-such-option",))
    with pytest.raises(DeviceError, match=r"reduction.cu CHANNELS=3.*no-such-option"):
        ce.corrupt(ndarray(IMAGES), "contrast")


def test_other_devices_are_refused():
    import torch

    with pytest.raises(ImageError, match="meta"):
        ce.corrupt(torch.empty((4, 4, 3), dtype=torch.uint8, device="meta"), "fog")


@pytest.mark.skipif(bool(missing()), reason=str(missing()))
def test_the_gpu_check_runs_to_its_end(machine, monkeypatch, tmp_path):
    """All of it that asks CuPy alone, over the stand-in: what only a GPU can show should not fail there for a name."""
    from benchmarks.gpu import __main__ as gpu_check
    from benchmarks.gpu import equality, speed

    names = ("brightness", "fog", "gaussian_noise")
    found = {name: corruption for name, corruption in registry().items() if name in names}
    monkeypatch.setattr(equality, "registry", lambda: found)
    small = [(label, np.ascontiguousarray(images[:, :9, :7]), table) for label, images, table in equality.batches()]
    monkeypatch.setattr(equality, "batches", lambda: small)
    for constant, value in {"BATCH": 2, "SMALL_BATCH": 1, "SIDE": 8, "ROTATED": 1, "COPIED": 64}.items():
        monkeypatch.setattr(speed, constant, value)
    wanted = ("one kernel", "equality", "copy", "speed", "laws", "small batches")
    parts = [part for part in gpu_check.parts() if part[0] in wanted]
    assert len(parts) == len(wanted)
    made = gpu_check.measure(machine(), tmp_path, 1.0, parts)
    assert made["errors"] == [] and [path.name for path in tmp_path.iterdir()] == ["gpu_fake_1.json"]
    assert all(row["equal"] for row in made["one kernel"])
    assert [(row["corruption"], row["different"]) for row in made["equality"]] == [(name, []) for name in names]
    assert not any("error" in row for row in made["equality"]) and list(made["laws"][-1]) == ["laws"]
    assert made["speed"] and all(row["kernels_ms"] and row["images_per_s"] > 0 for row in made["speed"])
    assert made["summary"]["corruptions that differ"] == [] and made["summary"]["parts that failed"] == []
