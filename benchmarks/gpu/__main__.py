"""`python -m benchmarks.gpu`: check and measure on this machine's GPU; without one, what is predicted, and nothing
measured.

Every result is in the JSON as soon as it is known: in the folder that $OUT names, else in benchmarks/results.
"""

import argparse
import contextlib
import faulthandler
import json
import os
import platform
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .checkout import ROOT, use_checkout

RESULTS = ROOT / "benchmarks" / "results"
PREDICTED = RESULTS / "gpu_predicted.json"
MINUTES = 9.0  # for everything, on a machine that is lent for ten
LATE = 30.0  # seconds after which a part that does not come back ends the check; what was found is in the file
TARGETS = {"mean": 300_000, "least": 50_000, "pointwise share": 0.5, "fed": 0.95}
PACKAGES = (
    "numpy",
    "numba",
    "cupy-cuda13x",
    "cupy-cuda12x",
    "nvidia-cuda-nvrtc",
    "nvidia-cuda-nvrtc-cu12",
    "torch",
    "nvidia-dali-cuda130",
    "nvidia-dali-cuda120",
)
POINTWISE = ("gaussian_noise", "shot_noise", "impulse_noise", "speckle_noise", "brightness", "saturate", "frost")


def machine(cupy: Any) -> dict[str, Any]:
    """The GPU, its driver and clocks."""
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


def committed() -> dict[str, Any]:
    """The prediction: its device, batch and conditions; without conditions where there is none."""
    return json.loads(PREDICTED.read_text(encoding="utf-8")) if PREDICTED.is_file() else {"conditions": []}


def predicted() -> dict[str, float]:
    """Images/s by condition ("fog 3"), as committed."""
    return {f"{row['corruption']} {row['severity']}": row["images_per_s"] for row in committed()["conditions"]}


def without_gpu(reason: str) -> int:
    """What is predicted; nothing is written."""
    print(f"NO GPU: {reason}\n")
    if rows := (forecast := committed())["conditions"]:
        about = f"an {forecast['device']} at batch {forecast['batch']} ({PREDICTED.relative_to(ROOT)})"
        print(f"PREDICTED for {about}, images/s:\n{table(rows)}")
    else:
        print("there is no committed prediction")
    print("\nNOTHING WAS MEASURED: speeds and equality on a GPU need a machine that has one. No result was written.")
    return 0


def table(rows: list[dict[str, Any]]) -> str:
    """A line a corruption: the mean and the slowest of its severities."""
    lines = [f"{'corruption':20s} {'mean':>12s} {'slowest':>12s}"]
    for name in dict.fromkeys(row["corruption"] for row in rows):
        mine = [row["images_per_s"] for row in rows if row["corruption"] == name]
        lines.append(f"{name:20s} {len(mine) / sum(1 / value for value in mine):12,.0f} {min(mine):12,.0f}")
    return "\n".join(lines)


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """The figures that the targets are about, and what speaks against equality."""
    import corrupt_engine as ce

    rows = found.get("speed", [])
    test = [row for row in rows if row["corruption"] in ce.corruptions("imagenet-c")]
    shares = [row["share_of_copy"] for row in rows if row["corruption"] in POINTWISE and "share_of_copy" in row]
    fed = [row["share"] for row in found.get("feeding", []) if row.get("median")]
    figures = {
        "conditions": len(test),
        "mean": len(test) / sum(1 / row["images_per_s"] for row in test) if test else None,
        "least": min((row["images_per_s"] for row in test), default=None),
        "pointwise share": min(shares, default=None),
        "fed": fed[0] if fed else None,
    }
    equality = found.get("equality", [])
    return {
        **figures,
        "met": {key: figures[key] is not None and figures[key] >= goal for key, goal in TARGETS.items()},
        "corruptions compared": len(equality),
        "corruptions that differ": [row["corruption"] for row in equality if row["different"] or "error" in row],
        "ways that differ": sorted(
            {row["way"] for row in found.get("ways", []) if "error" in row or row.get("equal") is False}
        ),
        "laws broken": sum("law" in row for row in found.get("laws", [])),
        "parts that failed": [error["part"] for error in found["errors"]],
    }


def parts() -> list[Any]:
    """What is done, in the order of how much is lost without it: (name, function, its share of the time)."""
    from . import equality, feeding, speed, tools, ways

    return [
        ("one kernel", equality.first_kernel, 60),
        ("equality", equality.equality, 130),
        ("copy", speed.copy_bandwidth, 5),
        ("speed", speed.speed, 110),
        ("ways", ways.ways, 60),
        ("feeding", feeding.feeding, 70),
        ("laws", equality.broken_laws, 40),
        ("small batches", speed.speed_of_small_batches, 40),
        ("sanitizer", tools.sanitizer, 60),
        ("counters", tools.counters, 30),
    ]


def measure(cupy: Any, folder: Path, minutes: float, given: list[Any]) -> dict[str, Any]:
    """All parts; what was found, which is in the file too."""
    from ..machine import versions
    from .result import Check, Result, run_parts

    about = machine(cupy)
    result = Result(folder / f"gpu_{about['gpu'].lower().replace(' ', '_')}.json")
    result.set("date", datetime.now(timezone.utc).isoformat(timespec="seconds"))
    result.set("machine", about)
    result.set("versions", versions(PACKAGES))
    print(f"{about['gpu']}, {platform.machine()}, {result.found['versions']}\nwriting {result.path}", flush=True)
    check = Check(cupy, textures(), result, state={"predicted": predicted()})
    result.set("textures", check.textures)
    result.set("predicted_for", committed().get("device"))
    run_parts(check, given, 60 * minutes, lambda: result.set("summary", summary(result.found)))
    return result.found


def main() -> int:
    """Exit 1 where bytes differ, a law is broken or a part failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--output", type=Path, default=Path(os.environ.get("OUT") or RESULTS), help="folder of the JSON"
    )
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
    faulthandler.dump_traceback_later(60 * args.minutes + LATE, exit=True)
    found = measure(cupy, args.output, args.minutes, parts())
    faulthandler.cancel_dump_traceback_later()
    figures = found["summary"]
    if rows := [row for row in found.get("speed", []) if row["batch"] == 256]:
        print(f"\nimages/s at batch 256\n{table(rows)}")
    for key, goal in TARGETS.items():
        shown = "not measured" if figures[key] is None else f"{figures[key]:,.3g}"
        print(f"{key:16s} {shown:>14} target {goal:>10,} {'met' if figures['met'][key] else 'OPEN'}")
    wrong = [
        key
        for key in ("corruptions that differ", "ways that differ", "laws broken", "parts that failed")
        if figures[key]
    ]
    for key in wrong:
        print(f"{key}: {figures[key]}")
    print(f"{time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
