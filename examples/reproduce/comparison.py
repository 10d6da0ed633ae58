"""What a paper published beside what came out here, as a table that is kept with its date and machine."""

import datetime
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

RESULTS = Path(__file__).parent / "results"


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


def keep(name: str, title: str, rows: Sequence[Row], *texts: str) -> Path:
    """Write and print a page of results."""
    import torch

    made = (
        f"Made by `examples/reproduce/{name}.py` on {datetime.date.today()}, {processor()}, "
        f"{os.cpu_count()} processors, "
        f"Python {platform.python_version()}, torch {torch.__version__}."
    )
    text = "\n\n".join([f"# {title}", table(rows), *texts, made]) + "\n"
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.md"
    path.write_text(text, encoding="utf-8")
    print(text)
    return path


def share(count: float, total: int) -> str:
    """A share in percent with its 95 % interval (Wilson)."""
    from corrupt_engine.metrics import wilson_interval

    low, high = wilson_interval(count, total)
    return f"{100 * count / total:.1f} % ({100 * low:.1f} to {100 * high:.1f})"
