"""NVIDIA's own tools over the kernels, where they are installed: compute-sanitizer for accesses and races, Nsight
Compute for counters.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .checkout import ROOT
from .result import Check

FOUND_FAULTS = 9
COUNTED = ("dram__throughput.avg.pct_of_peak_sustained_elapsed", "sm__throughput.avg.pct_of_peak_sustained_elapsed")


def find(name: str) -> str | None:
    """The program, on the path or in the toolkit's usual folder."""
    usual = Path("/usr/local/cuda/bin") / name
    return shutil.which(name) or (str(usual) if usual.is_file() else None)


def sanitizer(check: Check) -> Iterator[dict[str, Any]]:
    """memcheck and racecheck over every corruption, on small images."""
    program = find("compute-sanitizer")
    if program is None:
        print("  compute-sanitizer is not installed")
        yield {"left out": "compute-sanitizer is not installed"}
        return
    for tool in ("racecheck", "memcheck"):
        command = [program, "--tool", tool, "--error-exitcode", str(FOUND_FAULTS), *own_run(check)]
        yield {"tool": tool, **run(command, check.left() if tool == "memcheck" else check.left() / 2)}


def counters(check: Check) -> Iterator[dict[str, Any]]:
    """How near some kernels come to the limits of memory and of arithmetic."""
    program = find("ncu")
    if program is None:
        print("  Nsight Compute is not installed")
        yield {"left out": "ncu is not installed"}
        return
    command = [program, "--csv", "--metrics", ",".join(COUNTED), *own_run(check, "brightness", "defocus_blur")]
    yield {"tool": "ncu", **run(command, check.left())}


def own_run(check: Check, *names: str) -> list[str]:
    """The command that runs corruptions once."""
    return [sys.executable, "-m", "benchmarks.gpu.once", check.textures, *names]


def run(command: list[str], seconds: float) -> dict[str, Any]:
    """What a program said, the end of it, and how it ended."""
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=max(5.0, seconds),
            env={**os.environ},
            check=False,
        )
        found: dict[str, Any] = {"exit": done.returncode, "said": (done.stdout + done.stderr)[-6000:]}
    except subprocess.TimeoutExpired as late:
        said = late.stdout.decode(errors="replace") if isinstance(late.stdout, bytes) else late.stdout or ""
        found = {"exit": None, "said": said[-6000:], "late": True}
    print(f"  {Path(command[0]).name} {' '.join(command[1:3])}: exit {found['exit']}", flush=True)
    return found
