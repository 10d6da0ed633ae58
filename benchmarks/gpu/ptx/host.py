"""A CUDA device that is none: kernels as NVRTC compiled them, run on the host from their PTX, and counted.

Lanes and blocks run forwards, backwards, or shuffled, in as many ways as there are numbers from SHUFFLED on. What a
launch leaves must not depend on it: a missing barrier, or a place that two lanes write, shows in the bytes of another
order. Every access is checked for its alignment and for the arrays
that the launch was given.
"""

import ctypes
import functools
import hashlib
import shutil
import subprocess
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from corrupt_engine.kernels.cache import cache_folder, write_whole
from corrupt_engine.kernels.cuda.program import OPTIONS, Kernel

from . import nvrtc, to_c

TARGET = 90
FORWARDS, BACKWARDS, SHUFFLED = range(3)
FLAGS = ("-O1", "-fwrapv", "-ffp-contract=off", "-fno-strict-aliasing", "-w", "-shared", "-fPIC")
LIMITS = {"grid": (2**31 - 1, 65535, 65535), "block": (1024, 1024, 64)}
FAULTS = {
    1: "an access of {size} bytes at an address that is no multiple of {size}",
    2: "an access of {size} bytes outside of the arrays that it was given",
    3: "an access outside of its shared memory, at byte {address}",
    4: "lanes that wait for each other at different places",
    5: "a barrier that {address} lanes of the block have ended without reaching",
}


class LaunchError(RuntimeError):
    """A launch that a device would refuse, or whose result it does not define."""


class _Range(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("size", ctypes.c_uint64)]


class _Outcome(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_int32),
        ("size", ctypes.c_uint32),
        ("address", ctypes.c_uint64),
        ("block", ctypes.c_int32 * 3),
        ("thread", ctypes.c_int32 * 3),
        ("subnormal", ctypes.c_int32),
    ]


def missing() -> str | None:
    """Why kernels cannot be run here; None where they can."""
    if shutil.which("gcc") is None:
        return "gcc is not installed"
    try:
        nvrtc.library()
    except nvrtc.CompilerMissing as error:
        return str(error)
    return None


class Module:
    """A source, compiled to PTX for a target, then to C, then for the host; kept on disk by its content."""

    def __init__(self, source: str, options: tuple[str, ...] = OPTIONS, target: int = TARGET) -> None:
        self.ptx = nvrtc.compiled(source, options, target)
        translated = to_c.translate(self.ptx)
        self.entries = translated.entries
        self.lock = threading.Lock()
        self._library = ctypes.CDLL(str(_built(translated.source)))

    def run(
        self, name: str, grid: tuple[int, ...], block: tuple[int, ...], slots: list[int], allowed: Any, way: int
    ) -> tuple[_Outcome, list[int]]:
        """One launch: what came of it, and how often each basic block ran."""
        sizes = [(ctypes.c_uint32 * 3)(*(*size, 1, 1)[:3]) for size in (grid, block)]
        ranges = (_Range * max(1, len(allowed)))(*(_Range(low, size) for low, size in allowed))
        outcome = _Outcome()
        counters = getattr(self._library, f"counters_{name}")
        counters.restype = ctypes.POINTER(ctypes.c_uint64)
        with self.lock:
            values = (ctypes.c_uint64 * max(1, len(slots)))(*slots)
            getattr(self._library, f"run_{name}")(*sizes, values, ranges, len(allowed), way, ctypes.byref(outcome))
            return outcome, list(counters()[: len(self.entries[name].blocks)])


def _built(source: str) -> Path:
    """The shared library of a C source."""
    name = hashlib.sha256("\0".join([source, *FLAGS]).encode()).hexdigest()[:32]
    path = cache_folder() / "ptx-on-host" / f"{name}.so"
    if not path.is_file():
        with tempfile.TemporaryDirectory() as folder:
            code, made = Path(folder) / "k.c", Path(folder) / "k.so"
            code.write_text(source)
            done = subprocess.run(["gcc", *FLAGS, "-o", made, code, "-lm"], capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"gcc refuses the translation of a kernel: {done.stderr[:2000]}")
            write_whole(path, lambda file: file.write(made.read_bytes()))
    return path


@functools.lru_cache(maxsize=256)
def module(source: str, options: tuple[str, ...] = OPTIONS, target: int = TARGET) -> Module:
    """The module of a source, made once."""
    return Module(source, options, target)


class Cost:
    """Launches, instructions by kind, and bytes of global memory that they load and store."""

    def __init__(self) -> None:
        self.launches = self.loaded = self.stored = 0
        self.kinds: Counter = Counter()

    def add(self, entry: to_c.Entry, counts: list[int]) -> None:
        """Count a launch, whose basic blocks ran so often."""
        self.launches += 1
        for block, count in zip(entry.blocks, counts, strict=True):
            self.loaded += count * block.bytes["loaded"]
            self.stored += count * block.bytes["stored"]
            for kind, number in block.kinds.items():
                self.kinds[kind] += count * number

    @property
    def instructions(self) -> int:
        """All that the assembler makes something of."""
        return sum(number for kind, number in self.kinds.items() if kind != "free")


class Launched:
    """What a device has launched."""

    def __init__(self) -> None:
        self.kernels: list[Kernel] = []
        self.total = Cost()
        self.by_kernel: dict[Kernel, Cost] = {}

    def add(self, kernel: Kernel, entry: to_c.Entry, counts: list[int]) -> None:
        """Count a launch."""
        self.kernels.append(kernel)
        for cost in (self.total, self.by_kernel.setdefault(kernel, Cost())):
            cost.add(entry, counts)


class HostDevice:
    """Runs launches on the host; `launched` counts them."""

    def __init__(self, way: int = FORWARDS, target: int = TARGET) -> None:
        self.way, self.target = way, target
        self.launched = Launched()

    def empty(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Memory filled with a pattern that no kernel expects, so that a place never written shows."""
        out = np.empty(shape, dtype)
        out.reshape(-1).view(np.uint8)[:] = 0xA5
        return out

    def upload(self, array: np.ndarray) -> np.ndarray:
        """The array itself."""
        return np.ascontiguousarray(array)

    constant = upload

    def launch(self, kernel: Kernel, grid: tuple[int, ...], block: tuple[int, ...], args: tuple[Any, ...]) -> None:
        """Run a kernel as the device would."""
        entry, counts = run(
            module(kernel.program.source, OPTIONS, self.target), kernel.name, grid, block, args, self.way
        )
        self.launched.add(kernel, entry, counts)


def run(
    made: Module, name: str, grid: tuple[int, ...], block: tuple[int, ...], args: tuple[Any, ...], way: int
) -> tuple[to_c.Entry, list[int]]:
    """Launch a kernel of a module on arrays of the host; LaunchError where a device would not do what the host does."""
    entry = made.entries[name]
    for what, sizes in (("grid", grid), ("block", block)):
        if not all(0 < size <= limit for size, limit in zip(sizes, LIMITS[what], strict=False)):
            raise LaunchError(f"{name}: a {what} of {sizes}")
    if np.prod(block) > 1024:
        raise LaunchError(f"{name}: a block of {block}")
    if len(args) != len(entry.params):
        raise LaunchError(f"{name}: {len(args)} arguments for {len(entry.params)} parameters")
    slots, allowed, shared = [], [], []
    for arg, param in zip(args, entry.params, strict=True):
        slots.append(_slot(name, arg, param))
        if isinstance(arg, np.ndarray) and arg.nbytes:
            if any(low < slots[-1] + arg.nbytes and slots[-1] < low + size for low, size in allowed):
                shared.append((arg, arg.copy()))
            allowed.append((slots[-1], arg.nbytes))
    outcome, counts = made.run(name, grid, block, slots, allowed, way)
    if outcome.code:
        text = FAULTS[outcome.code].format(size=outcome.size, address=outcome.address)
        raise LaunchError(f"{name}: {text}, in thread {tuple(outcome.thread)} of block {tuple(outcome.block)}")
    if any((arg != before).any() for arg, before in shared):
        raise LaunchError(f"{name}: it writes memory that two of its arguments share, which its pointers deny")
    if outcome.subnormal:
        raise LaunchError(f"{name}: a subnormal number, which the device takes for zero and the CPU does not")
    return entry, counts


def _slot(name: str, arg: Any, param: str) -> int:
    """The bits of an argument."""
    if isinstance(arg, np.ndarray):
        if param != "u64":
            raise LaunchError(f"{name}: an array for a parameter .{param}")
        if not arg.flags.c_contiguous:
            raise LaunchError(f"{name}: an array that is not C-contiguous")
        return int(arg.ctypes.data)
    if not isinstance(arg, np.generic):
        raise LaunchError(
            f"{name}: {arg!r} is a {type(arg).__name__}, whose size the kernel cannot know: give a NumPy scalar"
        )
    if to_c.SIZES[param] != arg.itemsize or (param == "f32") != isinstance(arg, np.floating):
        raise LaunchError(f"{name}: {arg!r} ({arg.dtype}) for a parameter .{param}")
    return int.from_bytes(arg.tobytes(), "little")
