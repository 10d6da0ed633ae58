"""What the pages take from files that other commands write, and where everything is."""

import functools
import hashlib
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
DIGESTS = ROOT / "tests" / "digests.json"
RESULTS = ROOT / "benchmarks" / "results"
FIDELITY, PREDICTED, CANDIDATES = (RESULTS / name for name in ("fidelity.json", "gpu_predicted.json", "candidates.md"))
PHOTOGRAPH = "tests/golden/inputs/cat_224.png"


class Beside(NamedTuple):
    """A corruption held to the library that its paper used."""

    library: str
    share: str  # of the bytes that differ, in percent
    most: str  # levels
    why: str


def digest_of(*parts: Any) -> str:
    """A few digits that change with any of the parts, which JSON can say."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


@functools.cache
def digests() -> dict[str, dict[str, str]]:
    return json.loads(DIGESTS.read_text())


def bytes_of(name: str) -> str:
    """What stands for all bytes of a corruption; LookupError where they are not committed."""
    if name not in digests():
        raise LookupError(f"{name} has no digests yet: python -m tests.test_digests, then this again")
    return digest_of(digests()[name])


def fidelity() -> dict[str, dict[str, Any]]:
    return json.loads(FIDELITY.read_text()) if FIDELITY.exists() else {}


@functools.cache
def predicted() -> tuple[str, dict[str, tuple[int, float]]]:
    """(of which GPU and batch, by corruption: the strongest severity that is predicted, and microseconds an image)."""
    record = json.loads(PREDICTED.read_text())
    found: dict[str, tuple[int, float]] = {}
    for row in sorted(record["conditions"], key=lambda row: row["severity"]):
        found[row["corruption"]] = row["severity"], 1e6 / row["images_per_s"]
    return f"{record['device']}, batch {record['batch']}", found


@functools.cache
def beside_libraries() -> dict[str, Beside]:
    """The table of candidates.md."""
    text = CANDIDATES.read_text()
    library = re.search(r"with (\w+ [\d.]+)", text)
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines()]
    return {
        row[0]: Beside(library[1] if library else "the library", row[2], row[5], row[6].strip(" |") if row[6:] else "")
        for row in rows
        if len(row) >= 6 and row[2].endswith("%")
    }
