"""`python -m benchmarks.gpu.ptx CORRUPTION SEVERITY`: what a condition costs on a GPU as far as its PTX says.

No GPU is needed. The bytes are held to the CPU's. Instructions are counted as they run, a lane each, per pixel of the
result; what the assembler makes of them, and how long the memory keeps them waiting, is not known here. `all` lists
every condition, `resources` makes the committed table of registers and shared memory anew.
"""

import argparse
import sys

import numpy as np

import corrupt_engine as ce
from corrupt_engine.catalogue import Condition
from corrupt_engine.kernels import cpu
from corrupt_engine.kernels.cuda.ops import Ops
from corrupt_engine.transforms.corrupt import Settings
from tests.devices import IDS
from tests.golden_files import photographs

from . import resources
from .host import Cost, HostDevice, Launched, missing


def counted(name: str, severity: float, images: np.ndarray) -> tuple[Launched, bool]:
    """(what a condition launches, whether its bytes are the CPU's)."""
    condition = Settings(textures="procedural").prepare(Condition(name, severity))
    device, out, expected = HostDevice(), np.full_like(images, 7), np.full_like(images, 9)
    more = resources.depths(name, images)
    condition.run(Ops(device), images, out, IDS, *more)
    condition.run(cpu, images, expected, IDS, *more)
    return device.launched, bool((out == expected).all())


def enlarged(side: int) -> np.ndarray:
    """Two photographs, (2, side, side, 3)."""
    pair = photographs()
    return np.ascontiguousarray(np.tile(pair, (1, -(-side // 224), -(-side // 224), 1))[:, :side, :side])


def line(name: str, cost: Cost, pixels: int) -> str:
    """Launches; instructions, bytes loaded and bytes stored per pixel."""
    each = f"{cost.instructions / pixels:10.1f}  {cost.loaded / pixels:7.1f} {cost.stored / pixels:7.1f}"
    return f"{name:24s} {cost.launches:8d} {each}"


def show(name: str, severity: float, images: np.ndarray) -> int:
    """One condition, kernel by kernel."""
    launched, same = counted(name, severity, images)
    pixels, used = images.size // 3, resources.committed()["kernels"]
    print(
        f"{name} {severity}, {len(images)} images of {images.shape[1]} x {images.shape[2]}: "
        f"{'equal' if same else 'DIFFERENT'}"
    )
    print(
        f"{'kernel':24s} {'launches':>8s} {'per pixel':>10s}  {'loaded':>7s} {'stored':>7s}  registers, shared (sm_90)"
    )
    for kernel, part in launched.by_kernel.items():
        held = used.get(repr(kernel))
        shown = f"{held['sm_90']}, {held['shared']}" if held else "not in the table"
        print(f"{line(kernel.name, part, pixels)}  {shown}")
        kinds = (f"{kind} {count / pixels:.1f}" for kind, count in part.kinds.most_common() if kind != "free")
        print(f"    {', '.join(kinds)}")
    print(line("all", launched.total, pixels))
    return 0 if same else 1


def show_all(images: np.ndarray) -> int:
    """A line a corruption: instructions a pixel by severity."""
    wrong = 0
    for name in (*ce.corruptions("imagenet-c"), *ce.corruptions("imagenet-c-extra")):
        shown = []
        for severity in range(1, 6):
            launched, same = counted(name, severity, images)
            wrong += not same
            shown.append(f"{launched.total.instructions / (images.size // 3):9.1f}{'' if same else '!'}")
        print(f"{name:20s}{''.join(shown)}   {launched.total.launches} launches")
    return 1 if wrong else 0


def main() -> int:
    """Exit 1 where the bytes are not the CPU's, 2 where nothing can be compiled here."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.ptx", description=__doc__)
    parser.add_argument("corruption", help="a corruption, or `all`, or `resources`")
    parser.add_argument("severity", type=float, nargs="?", default=3.0)
    parser.add_argument("--side", type=int, default=224, help="of the two images, in pixels")
    args = parser.parse_args()
    if reason := missing():
        print(reason)
        return 2
    if args.corruption == "resources":
        resources.write()
        return 0
    images = enlarged(args.side)
    return show_all(images) if args.corruption == "all" else show(args.corruption, args.severity, images)


if __name__ == "__main__":
    sys.exit(main())
