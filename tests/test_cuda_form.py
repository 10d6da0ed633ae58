"""Every kernel as the device will get it: PTX for sm_80 and sm_90, without a GPU or a driver. Nothing is run."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from corrupt_engine.kernels.cache import CACHE_VARIABLE
from corrupt_engine.kernels.cuda import ptx
from corrupt_engine.kernels.cuda.emulation import HostDevice
from corrupt_engine.kernels.cuda.kernel import KERNELS, points
from corrupt_engine.kernels.cuda.ops import Ops

from .devices import NAMES, run
from .golden_files import golden_image


def nvidia_folders():
    spec = importlib.util.find_spec("nvidia")
    return [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []


cuda = pytest.importorskip("numba.cuda", reason="numba-cuda is for Linux")
TARGETS = [(8, 0), (9, 0)]
# Beside the interpreter's packages where the development extra put it, or the system's own.
PACKAGED = [str(path) for folder in nvidia_folders() for path in folder.glob("cu*/bin/ptxas")]
PTXAS = next(iter(PACKAGED), shutil.which("ptxas"))


class Recorder(HostDevice):
    """Runs the kernels on the host and notes with which types each was launched."""

    def __init__(self):
        super().__init__()
        self.launched = {}

    def _run(self, kernel, counts, args):
        self.launched[kernel, ptx.signature(kernel, args)] = None
        super()._run(kernel, counts, args)


@pytest.fixture(scope="module")
def launches():
    """(kernel, types) of everything that the corruptions, both layouts of normalizing and greyscale JPEG launch."""
    device = Recorder()
    ops = Ops(device)
    images = golden_image("inputs/cat_64.png")[None, 10:34, 20:40]
    for name in NAMES:
        for severity in (1, 2, 3, 5):
            for table in (224, 32):
                run(ops, name, np.ascontiguousarray(images), severity, table)
                run(ops, name, np.ascontiguousarray(images[..., :1]), severity, table)
    ops.jpeg(np.ascontiguousarray(images[..., :1]), np.empty((1, 24, 20, 1), np.uint8), 50)
    for dtype in (np.uint16, np.uint32):
        tables = np.zeros((3, 256), dtype)
        ops.normalize(np.ascontiguousarray(images), np.empty((1, 3, 24, 20), dtype), tables, True)
        ops.normalize(np.ascontiguousarray(images), np.empty((1, 24, 20, 3), dtype), tables, False)
    return list(device.launched)


def test_every_kernel_is_compiled_here(launches):
    defined = {kernel for kernel in KERNELS if kernel.func.__module__.startswith("corrupt_engine.")}
    assert defined <= {kernel for kernel, _ in launches}


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: f"sm_{t[0]}{t[1]}")
def test_ptx(launches, target, tmp_path):
    for kernel, types in launches:
        path, name = ptx.cached_ptx(kernel, types, target)  # with what test_cuda_device.py has compiled for sm_90
        code = path.read_text()
        assert f".visible .entry {name}(" in code
        assert f".target sm_{target[0]}{target[1]}" in code, name
        assert ".version 8.0" in code, name
        assert ".f64" not in code, name
        assert "fma" not in code, name
        assert ".local" not in code, f"{name}: values in local memory"
        if PTXAS:
            check_assembly(code, target, tmp_path)


def check_assembly(code, target, folder):
    """The assembler takes it, nothing is spilt, and a block of the largest size fits the registers."""
    source = folder / "kernel.ptx"
    source.write_text(code)
    command = [PTXAS, f"-arch=sm_{target[0]}{target[1]}", "-v", "-o", folder / "kernel.cubin", source]
    report = subprocess.run(command, capture_output=True, text=True)
    assert report.returncode == 0, report.stderr
    assert "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads" in report.stderr
    assert int(re.search(r"Used (\d+) registers", report.stderr).group(1)) <= 128, (
        "512 threads of a block would not fit"
    )


@points
def in_float64(n, y, x, out):
    out[n, x] = out[n, x] * 0.1


@points
def contracted(n, y, x, out):
    out[n, x] = out[n, x] * np.float32(0.1) + np.float32(0.2)


@points
def in_local_memory(n, y, x, out, table):
    values = cuda.local.array(64, np.float32)
    for k in range(64):
        values[k] = out[n, table[n, k]]
    out[n, x] = values[table[n, x]]


def compiled(kernel, *args):
    return ptx.compile_ptx(kernel, ptx.signature(kernel, args), (9, 0))[0]


def test_a_python_float_is_noticed():
    with pytest.raises(ptx.PtxError, match="float64"):
        compiled(in_float64, np.zeros((1, 8), np.float32))


def test_contractions_are_taken_apart():
    code = compiled(contracted, np.zeros((1, 8), np.float32))
    assert "mul.rn.f32" in code and "add.rn.f32" in code
    assert "fma.rn.f32" not in code


def test_plain_operations_may_not_be_contracted_later():
    assert (
        ptx.rounded_twice("mul.f32 %f1, %f2, %f3;\nsub.f32 %f4, %f1, %f5;")
        == "mul.rn.f32 %f1, %f2, %f3;\nsub.rn.f32 %f4, %f1, %f5;"
    )
    with pytest.raises(ptx.PtxError):
        ptx.rounded_twice("fma.rn.ftz.f32 %f1, %f2, %f3, %f4;")


def test_local_memory_is_noticed():
    assert ".local" in compiled(in_local_memory, np.zeros((1, 8), np.float32), np.zeros((1, 8), np.int32))


@pytest.mark.skipif(PTXAS is None, reason="no ptxas here")
def test_the_assembler_refuses_what_is_wrong(tmp_path):
    code = compiled(contracted, np.zeros((1, 8), np.float32))
    with pytest.raises(AssertionError):
        check_assembly(code.replace("mul.rn.f32", "mul.nonsense.f32"), (9, 0), tmp_path)


def test_targets():
    assert ptx.target_for((9, 0)) == (9, 0)
    assert ptx.target_for((12, 1)) == (9, 0)
    assert ptx.target_for((8, 9)) == (8, 0)
    assert ptx.target_for((7, 0)) is None


def test_compiled_kernels_are_kept_on_disk(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    types = ptx.signature(contracted, (np.zeros((1, 8), np.float32),))
    path, name = ptx.cached_ptx(contracted, types, (8, 0))
    assert path.is_relative_to(tmp_path) and name in path.read_text()
    path.write_text("kept")
    assert ptx.cached_ptx(contracted, types, (8, 0))[0].read_text() == "kept"
    monkeypatch.setattr(ptx, "source_stamp", lambda: "other sources")
    assert ptx.cached_ptx(contracted, types, (8, 0))[0] != path
    assert not [file for file in (tmp_path / "ptx").iterdir() if file.suffix != ".ptx"]
