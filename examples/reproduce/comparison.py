"""What a paper published beside what came out here, as a table that is kept with its date and machine."""

import datetime
import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

RESULTS = Path(__file__).parent / "results"
DRAWINGS = Path("reports/reproduce")
"""Where the plots are left that page.py puts beside the tables."""
BEGUN = time.perf_counter()


class Row(NamedTuple):
    """A claim of a paper, what it published, what came out here, and whether that points the same way."""

    claim: str
    published: str
    here: str
    same: bool


def table(rows: Sequence[Row]) -> str:
    """Markdown."""
    lines = ["| claim | published | here | same direction? |", "|---|---|---|---|"]
    lines += [f"| {row.claim} | {row.published} | {row.here} | {'yes' if row.same else '**no**'} |" for row in rows]
    return "\n".join(lines)


def processor() -> str:
    """What the processor calls itself, as far as that says what kind it is."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def keep(name: str, title: str, rows: Sequence[Row], *texts: str, drawing: str = "") -> Path:
    """Write and print a page of results; the drawing, HTML in the reports' style, is left for page.py."""
    import torch

    made = (
        f"Made by `examples/reproduce/{name}.py` on {datetime.date.today()}, {processor()}, "
        f"{os.cpu_count()} processors, "
        f"Python {platform.python_version()}, torch {torch.__version__}, in {time.perf_counter() - BEGUN:.0f} s."
    )
    text = "\n\n".join([f"# {title}", table(rows), *texts, made]) + "\n"
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.md"
    path.write_text(text, encoding="utf-8")
    if drawing:
        DRAWINGS.mkdir(parents=True, exist_ok=True)
        (DRAWINGS / f"{name}.html").write_text(drawing, encoding="utf-8")
    print(text)
    return path


def share(count: float, total: int) -> str:
    """A share in percent with its 95 % interval (Wilson)."""
    from corrupt_engine.metrics import wilson_interval

    low, high = wilson_interval(count, total)
    return f"{100 * count / total:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def percent(cell: tuple[float, float, float]) -> str:
    """A share (value, low, high) in percent with its interval where it has one."""
    ends = "" if np.isnan(cell[1]) else f" ({100 * cell[1]:.1f} to {100 * cell[2]:.1f})"
    return f"{100 * cell[0]:.1f} %{ends}"


def gap(one: np.ndarray, other: np.ndarray, sign: str = "") -> str:
    """By how many points the mean of one is above that of the other, over the same images: (N,) shares of right
    answers each, with the 95 % interval of the paired difference over other images (normal).
    """
    each = np.asarray(one, np.float64) - other
    half = 1.96 * each.std(ddof=1) / np.sqrt(len(each))
    low, middle, high = (100 * (each.mean() + end) for end in (-half, 0.0, half))
    return f"{middle:{sign}.1f} ({low:{sign}.1f} to {high:{sign}.1f})"
