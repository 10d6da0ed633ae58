"""The bytes of every corruption, table and severity, against the digests in digests.json.

A digest that changes without its corruption's definition being meant to change is a defect. Where it is meant to:
`python -m tests.test_digests`, and say in the changelog which bytes change.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import corrupt_engine as ce

from . import levels
from .depths import beside

COMMITTED = Path(__file__).with_name("digests.json")
SHAPES = [(33, 47, 3), (33, 47, 1), (1, 1, 3), (72, 64, 3)]


def image(height, width, channels):
    """Edges, ramps and grain, the same on every machine: whole-number arithmetic alone."""
    rows, columns = np.mgrid[0:height, 0:width]
    planes = [(rows * (k + 3) + columns * 5 + 90 * ((rows // 3 + k * columns // 5) % 2)) % 256 for k in range(channels)]
    grain = (rows * 2654435761 + columns * 40503 + 12345) // 7 % 31
    return np.stack([(plane + grain) % 256 for plane in planes], axis=-1).astype(np.uint8)


def severities(name):
    most = levels.levels(name).most
    return [0.5, *range(1, most + 1), *([1.5, most - 0.25] if most > 1 else [])]


def digest(name, table):
    """SHA-256, its first 16 digits, over the results at all severities and shapes; at 224 also three large ones."""
    variant = levels.VARIANTS.get(table, table)
    total = hashlib.sha256()
    for severity in severities(name):
        for shape in SHAPES:
            pair = np.stack([image(*shape), image(*shape)[::-1]])
            made = ce.corrupt(
                pair, name, severity, variant=variant, seed=3, ids=[7, 2**40], trial=2, **beside(name, pair)
            )
            total.update(made.tobytes())
    for severity in levels.some_severities(name) if table == levels.tables(name)[0] else ():
        large = image(224, 224, 3)
        made = ce.corrupt(large, name, severity, ids=0, variant=variant, as_stored=True, **beside(name, large))
        total.update(made.tobytes())
    return total.hexdigest()[:16]


def digests(name):
    return {str(table): digest(name, table) for table in levels.tables(name)}


@pytest.mark.parametrize("name", ce.corruptions())
def test_the_bytes_are_those_committed(name):
    committed = json.loads(COMMITTED.read_text())
    assert name in committed, "write its digests: python -m tests.test_digests"
    assert digests(name) == committed[name]


def test_a_changed_byte_is_noticed(monkeypatch):
    real = ce.corrupt

    def changed(images, *arguments, **options):
        made = real(images, *arguments, **options)
        made.reshape(-1)[0] ^= 1
        return made

    committed = json.loads(COMMITTED.read_text())
    monkeypatch.setattr(ce, "corrupt", changed)
    assert digest("contrast", 224) != committed["contrast"]["224"]


def main(arguments):
    """Write the digests, or with --check compare them; the exit code."""
    found = {name: digests(name) for name in ce.corruptions()}
    if arguments != ["--check"]:
        COMMITTED.write_text(json.dumps(found, indent=1) + "\n")
        return 0
    committed = json.loads(COMMITTED.read_text())
    different = [name for name in {**committed, **found} if found.get(name) != committed.get(name)]
    if different:
        print("different:", ", ".join(different))
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
