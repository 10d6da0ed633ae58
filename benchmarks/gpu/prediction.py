"""`python -m benchmarks.gpu.prediction`: what an H200 should do with each condition, from the PTX that it will run.

The PTX of every launch runs on the host and is counted: instructions a lane by kind. A kernel takes as long as the
slowest of three things: issuing its instructions, its loads and stores passing the load/store units, and the arrays
that it is given passing the memory once. To the kernels of a condition comes what lies between two launches. The
constants are below, with what they were taken from; the whole is good to about 40 %, which the first measurement will
show: `python -m benchmarks.gpu` writes both side by side.
"""

import json
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

import corrupt_engine as ce
from corrupt_engine.catalogue import Condition
from corrupt_engine.kernels.cuda.ops import Ops
from corrupt_engine.kernels.cuda.program import Kernel
from corrupt_engine.transforms.corrupt import Settings
from tests.devices import IDS

from .__main__ import PREDICTED, TARGETS
from .ptx.__main__ import enlarged
from .ptx.host import Cost, HostDevice, missing

BATCH, SIDE = 256, 224
DEVICE = "H200"  # of which the constants are
MULTIPROCESSORS = 132
CLOCK = 1.755e9  # Hz under load; 1.98 at most
LANES = 85  # of 128, instructions a clock and multiprocessor: what well-written integer code reaches
DIVISION = 8  # instructions that a division or a root becomes
MEMORY_LANES = 22  # of 32, lanes a clock and multiprocessor through the load/store units
ATOMIC = 4  # times an atomic weighs there
BANDWIDTH = 4.0e12  # bytes a second of 4.8e12, as a copy reaches; 2.8e12 of an H100's 3.35e12
LAUNCH = 2.5e-6  # seconds between two kernels of a stream


@dataclass
class Counted:
    """What one kernel of a condition did on two images."""

    cost: Cost
    arrays: int = 0
    """Bytes of the arrays that it was given, tables aside."""

    def seconds(self, images: int) -> dict[str, float]:
        """How long each of the limits keeps it, for so many images."""
        kinds, each = self.cost.kinds, images / 2
        instructions = self.cost.instructions + (DIVISION - 1) * kinds["divide"]
        moved = sum(kinds[kind] for kind in ("load", "store", "load shared", "store shared")) + ATOMIC * kinds["atomic"]
        return {
            "instructions": instructions * each / (LANES * MULTIPROCESSORS * CLOCK),
            "load/store": moved * each / (MEMORY_LANES * MULTIPROCESSORS * CLOCK),
            "memory": self.arrays * each / BANDWIDTH,
        }


class Counting(HostDevice):
    """Also counts the bytes of the arrays that grow with the batch: those with a first axis of two images or more."""

    def __init__(self) -> None:
        super().__init__()
        self.arrays: dict[Kernel, int] = {}
        self.tables: set[int] = set()

    def constant(self, array: np.ndarray) -> np.ndarray:
        """A table, which stays in the caches."""
        there = super().constant(array)
        self.tables.add(there.ctypes.data)
        return there

    def launch(self, kernel: Kernel, grid: tuple[int, ...], block: tuple[int, ...], args: tuple[Any, ...]) -> None:
        """Run and count."""
        super().launch(kernel, grid, block, args)
        given = {
            a.ctypes.data: a.nbytes for a in args if isinstance(a, np.ndarray) and a.ctypes.data not in self.tables
        }
        self.arrays[kernel] = self.arrays.get(kernel, 0) + sum(given.values())


def predict(name: str, severity: int, images: np.ndarray) -> dict[str, Any]:
    """A condition: what its kernels cost, which limit binds most of the time, and images/s at batch 256."""
    device = Counting()
    condition = Settings(textures="procedural").prepare(Condition(name, severity))
    condition.run(Ops(device), images, np.empty_like(images), IDS)
    kernels = {kernel: Counted(cost, device.arrays[kernel]) for kernel, cost in device.launched.by_kernel.items()}
    limits: dict[str, float] = {}
    total = 0.0
    for counted in kernels.values():
        seconds = counted.seconds(BATCH)
        limit = max(seconds, key=lambda key: seconds[key])
        limits[limit] = limits.get(limit, 0.0) + seconds[limit]
        total += seconds[limit]
    launches = device.launched.total.launches
    limits["launches"] = launches * LAUNCH
    total += limits["launches"]
    pixels = images.size // 3
    return {
        "corruption": name,
        "severity": severity,
        "launches": launches,
        "instructions_a_pixel": round(device.launched.total.instructions / pixels, 1),
        "array_bytes_a_pixel": round(sum(device.arrays.values()) / pixels, 1),
        "limit": max(limits, key=lambda key: limits[key]),
        "images_per_s": round(BATCH / total),
        "kernels_ms": {
            kernel.name: round(1000 * max(counted.seconds(BATCH).values()), 4) for kernel, counted in kernels.items()
        },
    }


def predictions() -> dict[str, Any]:
    """All conditions of ImageNet-C and its extra ones, with the constants, and what the targets say."""
    images = enlarged(SIDE)
    rows = []
    for name in (*ce.corruptions("imagenet-c"), *ce.corruptions("imagenet-c-extra")):
        for severity in range(1, 6):
            rows.append(predict(name, severity, images))
            print(f"{name:18s} {severity} {rows[-1]['images_per_s']:12,}  {rows[-1]['limit']}", flush=True)
    test = [row["images_per_s"] for row in rows if row["corruption"] in ce.corruptions("imagenet-c")]
    constants = {
        "multiprocessors": MULTIPROCESSORS,
        "clock_hz": CLOCK,
        "lanes": LANES,
        "memory_lanes": MEMORY_LANES,
        "bytes_per_s": BANDWIDTH,
        "launch_s": LAUNCH,
    }
    mean = round(len(test) / sum(1 / value for value in test))
    return {
        "device": DEVICE,
        "batch": BATCH,
        "side": SIDE,
        "constants": constants,
        "mean": mean,
        "least": min(test),
        "met": {"mean": mean >= TARGETS["mean"], "least": min(test) >= TARGETS["least"]},
        "conditions": rows,
    }


def main() -> int:
    """Write the committed prediction anew; exit 2 where nothing can be compiled here."""
    if reason := missing():
        print(reason)
        return 2
    found = predictions()
    PREDICTED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"mean {found['mean']:,}, least {found['least']:,}; written: {PREDICTED}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
