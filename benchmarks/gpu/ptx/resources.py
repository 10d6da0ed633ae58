"""What the assembler makes of every kernel: registers, shared memory, spills; beside the committed table."""

import hashlib
import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from corrupt_engine.catalogue import Condition
from corrupt_engine.kernels.cuda.ops import Ops
from corrupt_engine.kernels.cuda.program import KERNELS, OPTIONS
from corrupt_engine.kernels.registry import registry
from corrupt_engine.transforms.corrupt import Settings
from corrupt_engine.transforms.depth import stand_in

from ...guard import severities
from . import nvrtc
from .host import HostDevice

TARGETS = (80, 90, 100)
TABLE = Path(__file__).parent / "resources.json"
REPORT = re.compile(
    r"Compiling entry function '(\w+)'.*?(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads"
    r".*?Used (\d+) registers(?:.*?(\d+) bytes smem)?",
    re.DOTALL,
)


class Noting(HostDevice):
    """Notes which kernels are launched, and runs none."""

    def launch(self, kernel: Any, grid: tuple[int, ...], block: tuple[int, ...], args: tuple[Any, ...]) -> None:
        """Note the kernel."""
        self.launched.kernels.append(kernel)


def programs() -> set[Any]:
    """Every module: the files, in all their variants, and the pixel functions of all corruptions."""
    device, images = Noting(), np.zeros((1, 9, 11, 3), np.uint8)
    ops = Ops(device)
    for name in registry():
        for severity in severities(name):
            condition = Settings(textures="procedural").prepare(Condition(name, severity))
            condition.run(ops, images, np.empty_like(images), np.array([0]), *depths(name, images))
    return {kernel.program for kernel in (*KERNELS, *device.launched.kernels)}


def depths(name: str, images: np.ndarray) -> list[np.ndarray]:
    """The depth maps that `Prepared.run` wants besides, where a corruption needs them."""
    return list(stand_in(name, images.shape).values())


def assembled(ptx: str, target: int) -> dict[str, dict[str, int]]:
    """By kernel: registers a thread, bytes of shared memory a block, bytes of stack and of spills."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "module.ptx"
        source.write_text(ptx)
        command = [str(nvrtc.assembler()), f"-arch=sm_{target}", "-v", "-o", f"{folder}/module.cubin", str(source)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise nvrtc.CompileError(done.stderr)
    parts = re.split(r"(?=ptxas info\s+: Compiling entry function)", done.stderr)
    found = [match.groups(default="0") for part in parts if (match := REPORT.search(part))]
    return {
        name: {"registers": int(used), "shared": int(shared), "stack": int(stack), "spilled": int(out) + int(back)}
        for name, stack, out, back, used, shared in found
    }


def made_from(modules: set[Any]) -> dict[str, str | None]:
    """What the table follows from: a digest of all sources and options, and the version of the assembler, which that of
    the compiler goes with.
    """
    text = "\n".join([*OPTIONS, *map(str, TARGETS), *sorted(module.source for module in modules)])
    return {"assembler": nvrtc.assembler_version(), "sources": hashlib.sha256(text.encode()).hexdigest()[:16]}


def table(modules: set[Any]) -> dict[str, dict[str, int]]:
    """By kernel and module: registers by target, and shared memory; of pixel functions that share a name the most.
    RuntimeError where one needs memory for what should be in registers.
    """
    found: dict[str, dict[str, int]] = {}
    for program in modules:
        for target in TARGETS:
            for name, used in assembled(nvrtc.compiled(program.source, OPTIONS, target), target).items():
                if used["stack"] or used["spilled"]:
                    raise RuntimeError(f"{name} on sm_{target} does not fit the registers: {used}")
                row = found.setdefault(f"{name} of {program}", {})
                for key, number in ((f"sm_{target}", used["registers"]), ("shared", used["shared"])):
                    row[key] = max(row.get(key, 0), number)
    return dict(sorted(found.items()))


def committed() -> dict[str, Any]:
    """The table as it stands beside this file, and what it was made from."""
    return json.loads(TABLE.read_text())


def write() -> None:
    """Make the committed table anew."""
    modules = programs()
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(used)}" for name, used in table(modules).items())
    origin = json.dumps(made_from(modules)).removesuffix("}")
    TABLE.write_text(f'{origin}, "kernels": {{\n{lines}\n}}}}\n')
