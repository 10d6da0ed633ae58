"""How long the compiler keeps a person waiting: whole processes, from the start of the interpreter to the first
corrupted image.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

from corrupt_engine import corruptions

ALL_COLD, FIRST_COLD, FIRST_WARM = 60.0, 10.0, 2.0
PROGRAM = """
import sys, numpy as np, corrupt_engine as ce
from corrupt_engine.transforms.depth import stand_in
for name in sys.argv[1:]:
    ce.corrupt(np.zeros((224, 224, 3), np.uint8), name, 1, threads=1, **stand_in(name, (224, 224, 3)))
"""


def seconds(names: Sequence[str], cache: str) -> float:
    """A process that makes one image of each, with that folder for the compiled code."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", PROGRAM, *names], check=True, env={**os.environ, "NUMBA_CACHE_DIR": cache})
    return time.perf_counter() - start


def measure(quick: bool) -> dict:
    names = corruptions("imagenet-c-all")
    with tempfile.TemporaryDirectory() as folder:
        whole, again = seconds(names, folder), seconds(names, folder)
        rest = None if quick else seconds(corruptions(), folder)  # one compiles what another has left
        warm = {name: statistics.median(seconds([name], folder) for _ in range(1 if quick else 3)) for name in names}
    cold = {}
    for name in ("elastic_transform", "spatter") if quick else names:  # two of those that take longest
        with tempfile.TemporaryDirectory() as folder:
            cold[name] = seconds([name], folder)
    return {"all_cold": whole, "all_warm": again, "rest": rest, "first_cold": cold, "first_warm": warm}


def goals(part: dict) -> Iterator[tuple[str, float, float]]:
    """(what, reached, at most), as negative numbers would be: here less is better."""
    yield "the nineteen of imagenet-c-all compiled from nothing, s", part["all_cold"], -ALL_COLD
    yield "first image of the slowest corruption, nothing compiled, s", max(part["first_cold"].values()), -FIRST_COLD
    yield "first image of the slowest corruption, compiled before, s", max(part["first_warm"].values()), -FIRST_WARM


def table(part: dict) -> str:
    cold, warm = part["all_cold"], part["all_warm"]
    lines = [
        f"All {len(part['first_warm'])} in one process: {cold:.1f} s with an empty cache, {warm:.1f} s with a full "
        "one." + (f" The rest of the catalogue: {part['rest']:.1f} s." if part.get("rest") else "") + "\n",
        "| first image of | empty cache, s | full cache, s |",
        "|---|---|---|",
    ]
    for name, warm in part["first_warm"].items():
        cold = part["first_cold"].get(name)
        lines.append(f"| {name} | {'' if cold is None else f'{cold:.1f}'} | {warm:.2f} |")
    return "\n".join(lines)
