"""The memory of a sweep, in a process of its own: at most how much was resident, beyond the decoded set."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .loader import make_folder
from .machine import limited_to

BEYOND = 1.0  # GB
# VmHWM, not getrusage's ru_maxrss: that one is inherited from the process that started this one.
PROGRAM = """
import json, sys
from pathlib import Path
import torch, corrupt_engine as ce

def highest():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024

folder, order = sys.argv[1:]
imported, made = highest(), 0
with ce.sweep(folder, order=order, batch_size=64) as sweep:
    for batch in sweep:
        made += len(batch.ids)
print(json.dumps({"imported": imported, "highest": highest(), "made": made}))
"""


def measure(quick: bool) -> dict:
    count, rows = 100 if quick else 1000, []
    with tempfile.TemporaryDirectory() as folder, limited_to(2):
        make_folder(Path(folder), count)
        for order in ("batch", "condition"):
            done = subprocess.run(
                [sys.executable, "-c", PROGRAM, folder, order], check=True, capture_output=True, text=True
            )
            rows.append({"order": order, "images": count, "decoded": count * 224 * 224 * 3, **json.loads(done.stdout)})
    return {"rows": rows}


def beyond(row: dict) -> float:
    """GB of the whole process, interpreter and torch included, beyond the decoded set; the set is only kept by
    condition.
    """
    return (row["highest"] - (row["decoded"] if row["order"] == "condition" else 0)) / 1e9


def goals(part: dict) -> Iterator[tuple[str, float, float]]:
    for row in part["rows"]:
        yield (
            f"memory of a sweep of {row['images']} images by {row['order']}, GB beyond the decoded set",
            beyond(row),
            -BEYOND,
        )


def table(part: dict) -> str:
    lines = [
        "| sweep | images | conditions made | after imports, GB | highest, GB | decoded set, GB | beyond it, GB |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in part["rows"]:
        figures = " | ".join(
            f"{value:.2f}" for value in (row["imported"] / 1e9, row["highest"] / 1e9, row["decoded"] / 1e9, beyond(row))
        )
        lines.append(f"| by {row['order']} | {row['images']} | {row['made']} | {figures} |")
    return "\n".join(lines) + "\n\nBy batch the decoded set is not kept, and is not taken off."
