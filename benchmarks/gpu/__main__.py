"""`python -m benchmarks.gpu`: check and measure on this machine's GPU; without one, a reduced check on the host and
nothing measured.
"""

import argparse
import contextlib
import importlib.util
import json
import platform
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

from .checkout import ROOT, use_checkout

RESULTS = ROOT / "benchmarks" / "results"
MINUTES = 9.0  # for everything; the measurements are cut short where the checks took longer
TARGETS = {"mean": 300_000, "least": 50_000, "pointwise share": 0.5, "sweep": 0.95}
PACKAGES = (
    "numpy",
    "numba",
    "numba-cuda",
    "cupy-cuda13x",
    "cupy-cuda12x",
    "torch",
    "nvidia-dali-cuda130",
    "nvidia-dali-cuda120",
)
POINTWISE = ("gaussian_noise", "shot_noise", "impulse_noise", "speckle_noise", "brightness", "saturate", "frost")


def machine(cupy) -> dict:
    """The GPU, its driver and clocks, and the processor count of the host."""
    properties = cupy.cuda.runtime.getDeviceProperties(0)
    described = {
        "gpu": properties["name"].decode(),
        "compute_capability": f"{properties['major']}.{properties['minor']}",
        "multiprocessors": properties["multiProcessorCount"],
        "memory_gib": round(properties["totalGlobalMem"] / 2**30, 1),
        "cuda_driver": cupy.cuda.runtime.driverGetVersion(),
        "cuda_runtime": cupy.cuda.runtime.runtimeGetVersion(),
    }
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        query = ["nvidia-smi", "--query-gpu=driver_version,clocks.sm,clocks.mem,power.limit", "--format=csv,noheader"]
        described["nvidia_smi"] = subprocess.run(
            query, capture_output=True, text=True, check=True, timeout=20
        ).stdout.strip()
    return described


def textures() -> str:
    """The published frost photographs where they are; else the stand-in, which is as fast."""
    from corrupt_engine.transforms import textures as frost

    with contextlib.suppress(frost.MissingTexturesError):
        frost.load_published(frost.find_folder())
        return "published"
    print("frost: its photographs are not installed; the procedural stand-in takes their place")
    return "procedural"


def without_gpu(reason: str) -> int:
    """The kernels as loops on the host against the CPU's primitives, on small images."""
    import numpy as np

    from corrupt_engine.catalogue import Condition
    from corrupt_engine.kernels.cuda.emulation import HostDevice
    from corrupt_engine.kernels.cuda.ops import Ops
    from corrupt_engine.kernels.registry import registry
    from corrupt_engine.transforms.corrupt import Settings
    from tests.golden_files import golden_image

    print(f"NO GPU: {reason}\nReduced check: the CUDA kernels as loops on the host, against the CPU's bytes.")
    images = np.stack([golden_image("inputs/cat_64.png"), golden_image("inputs/cat_64.png")[::-1]])[:, :33, :47].copy()
    ids, ops, kind, bad = np.array([3, 2**33 + 1]), Ops(HostDevice()), textures(), []
    from corrupt_engine.kernels import cpu

    settings = Settings(as_stored=True, textures=kind)
    for name in sorted(registry()):
        condition = settings.prepare(Condition(name, 1))
        results = [np.empty_like(images) for _ in range(2)]
        for device, out in zip((ops, cpu), results, strict=True):
            condition.run(device, images, out, ids)
        same = (results[0] == results[1]).all()
        bad += [] if same else [name]
        print(f"  {name:20s} {'equal' if same else 'DIFFERENT'}")
    print("NOTHING WAS MEASURED: speeds and equality on a GPU need a machine that has one. No result was written.")
    return 1 if bad else 0


def check(cupy, kind: str) -> dict:
    """Laws and equality on the device."""
    import numpy as np

    import corrupt_engine as ce

    from . import equality

    def corrupt(images, name, **settings):
        on_device = cupy.asarray(np.ascontiguousarray(images)) if images.flags.c_contiguous else strided(cupy, images)
        result = ce.corrupt(on_device, name, **{"textures": kind, **settings})
        assert isinstance(result, cupy.ndarray)
        return cupy.asnumpy(result)

    start = time.monotonic()
    broken = equality.broken_laws(corrupt)
    apart = equality.differences(corrupt, kind)
    for line in broken:
        print("  BROKEN", line)
    for row in apart:
        within = "within the bound" if row["within"] else "BEYOND THE BOUND"
        print(
            f"  {row['corruption']} {row['severity']} {row['batch']}: {row['share']:.4%} by {row['levels']}, {within}"
        )
    print(
        f"laws broken: {len(broken)}; conditions whose bytes are not the CPU's: {len(apart)}; "
        f"{time.monotonic() - start:.0f} s"
    )
    return {"laws_broken": broken, "not_identical": apart}


def strided(cupy, images):
    """The images on the device, as a view that is not contiguous."""
    import numpy as np

    wide = cupy.empty((*images.shape[:-2], 2 * images.shape[-2], images.shape[-1]), np.uint8)
    view = wide[..., ::2, :]
    view[...] = cupy.asarray(np.ascontiguousarray(images))
    return view


def table(rows: list[dict], copy: float) -> str:
    """A line a corruption: mean and slowest images/s, GB/s, share of the copy."""
    lines = [f"{'corruption':20s} {'images/s':>10s} {'slowest':>10s} {'GB/s':>7s} {'of copy':>8s} {'host ms':>8s}"]
    for name in dict.fromkeys(row["corruption"] for row in rows):
        mine = [row for row in rows if row["corruption"] == name]
        mean = len(mine) / sum(1 / row["images_per_s"] for row in mine)
        gigabytes = len(mine) / sum(1 / row["gb_per_s"] for row in mine)
        slowest, host = min(row["images_per_s"] for row in mine), max(row["host_ms"] for row in mine)
        lines.append(f"{name:20s} {mean:10,.0f} {slowest:10,.0f} {gigabytes:7,.0f} {gigabytes / copy:8.1%} {host:8.2f}")
    return "\n".join(lines)


def summary(rows: list[dict], copy: float, feeding: dict | None) -> dict:
    """The figures that the targets are about."""
    import corrupt_engine as ce

    test = [row for row in rows if row["corruption"] in ce.corruptions("imagenet-c")]
    shares = {name: [row["gb_per_s"] / copy for row in rows if row["corruption"] == name] for name in POINTWISE}
    found = {
        "conditions": len(test),
        "mean": len(test) / sum(1 / row["images_per_s"] for row in test) if test else None,
        "least": min((row["images_per_s"] for row in test), default=None),
        "pointwise share": min((min(part) for part in shares.values() if part), default=None),
        "sweep": feeding["share"] if feeding else None,
    }
    return {**found, "met": {key: found[key] is not None and found[key] >= goal for key, goal in TARGETS.items()}}


def main() -> int:
    """Exit 1 where a law is broken or bytes are beyond the bound, 2 where the kernels cannot be compiled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the JSON")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    args = parser.parse_args()
    use_checkout()
    from corrupt_engine.devices.cuda import require_cuda
    from corrupt_engine.errors import CorruptEngineError

    began = time.monotonic()
    try:
        cupy = require_cuda()
    except CorruptEngineError as error:
        return without_gpu(str(error))
    from corrupt_engine.kernels.cuda.ptx import CompilerError, find_compiler

    from ..machine import versions
    from . import speed

    try:
        find_compiler()
    except CompilerError as error:
        print(
            f"the kernels cannot be compiled: {error}\nNumba looks for NVVM in CUDA_HOME and in the cuda-toolkit "
            "packages"
        )
        return 2
    about, kind = machine(cupy), textures()
    print(f"{about['gpu']}, {platform.machine()}, {versions(PACKAGES)}")
    checks = check(cupy, kind)
    copy = speed.copy_bandwidth(cupy)
    left = 60 * args.minutes - (time.monotonic() - began)
    rows = speed.conditions(cupy, kind, max(30.0, 0.6 * left))
    feeding = feed(kind)
    if importlib.util.find_spec("nvidia") is None or importlib.util.find_spec("nvidia.dali") is None:
        print("DALI is not installed: its parts were left out")
    result = {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": about,
        "versions": versions(PACKAGES),
    }
    result |= {"seconds": time.monotonic() - began, "textures": kind, "copy_gb_per_s": copy, "checks": checks}
    result |= {"summary": summary(rows, copy, feeding), "feeding": feeding, "conditions": rows}
    args.output.mkdir(parents=True, exist_ok=True)
    path = args.output / f"gpu_{about['gpu'].lower().replace(' ', '_')}.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\ncopy bandwidth {copy:,.0f} GB/s; batch {speed.BATCH} of {speed.SIDE} x {speed.SIDE}\n{table(rows, copy)}")
    for key, goal in TARGETS.items():
        value, met = result["summary"][key], result["summary"]["met"][key]
        shown = "not measured" if value is None else f"{value:,.3g}"
        print(f"{key:16s} {shown:>14} target {goal:>10,} {'met' if met else 'OPEN'}")
    print(f"written: {path}")
    return 1 if checks["laws_broken"] or not all(row["within"] for row in checks["not_identical"]) else 0


def feed(kind: str) -> dict | None:
    """The sweep feeding a model, beside the model alone; None where torch sees no GPU."""
    if importlib.util.find_spec("torch") is None:
        print("torch is not installed: the sweep feeding a model was left out")
        return None
    from . import feeding

    return feeding.compare(kind)


if __name__ == "__main__":
    sys.exit(main())
