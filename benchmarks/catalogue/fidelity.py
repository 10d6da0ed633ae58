"""How far each corruption lies from its oracle under the same draws, and from the outputs of the original code where
there are such; writes results/fidelity.json. Each figure is kept with the digest of the bytes that it was measured of.
"""

import json
from typing import Any

import numpy as np

import corrupt_engine as ce
from corrupt_engine.kernels import cpu
from corrupt_engine.kernels.draws import Draws
from corrupt_engine.kernels.primitives.transition import cached_tables, table_law
from corrupt_engine.kernels.registry import Corruption, registry
from tests.depths import beside
from tests.golden_files import golden_image, rows
from tests.levels import VARIANTS, params, some_severities
from tests.test_kernels import apply, batched, by_words
from tests.test_oracles import oracle

from .committed import FIDELITY, bytes_of, fidelity

SIDE = 64


class Worst:
    """The largest of what several comparisons gave."""

    def __init__(self) -> None:
        self.levels, self.share, self.count = 0, 0.0, 0

    def add(self, made: np.ndarray, expected: np.ndarray) -> None:
        difference = np.abs(made.astype(int) - expected)
        self.levels = max(self.levels, int(difference.max()))
        self.share = max(self.share, float((difference > 0).mean()))
        self.count += 1

    @property
    def told(self) -> dict[str, Any]:
        return {"images": self.count, "levels": self.levels, "share": float(f"{self.share:.3g}")}


def from_oracle(corruption: Corruption) -> dict[str, Any]:
    """On the weakest, a middle and the strongest level, under keyed draws."""
    x = np.ascontiguousarray(golden_image(f"inputs/cat_{SIDE}.png"))
    worst = Worst()
    for severity in some_severities(corruption.name):
        p = params(corruption.name, severity)
        spec = corruption.draws(p, SIDE, SIDE)
        d = Draws(spec, np.array([3]), (5, 6), cpu.draw)
        recorded = {key: np.array(getattr(d, key)[0]) for key in spec}
        recorded |= beside(corruption.name, x)
        worst.add(apply(corruption, x, p, d), oracle(corruption.name).apply(x, p, recorded))
    return worst.told


def from_law(corruption: Corruption) -> dict[str, Any]:
    """Of one that samples an output law: the table that is sampled beside the law."""
    tables = cached_tables(corruption.source)
    found = [params(corruption.name, severity) for severity in some_severities(corruption.name)]
    worst = max(float(np.abs(table_law(tables(p)) - corruption.source(p)).max()) for p in found)
    return {"probability": float(f"{worst:.2g}")}


def from_original(corruption: Corruption) -> dict[str, Any] | None:
    """On all outputs of the original code that can be compared; None where there are none."""
    worst = Worst()
    for row in (row for row in rows() if row["corruption"] == corruption.name):
        x, expected = golden_image(row["input"]), golden_image(row["file"])
        if row["random"]:
            p = params(corruption.name, row["severity"], row["size"])
            draws = oracle(corruption.name).draws(np.random.RandomState(row["seed"]), x, p)
            worst.add(apply(corruption, x, p, batched(draws)), expected)
        else:
            made = ce.corrupt(x, corruption.name, row["severity"], ids=0, variant=VARIANTS[row["size"]])
            worst.add(made, expected)
    return worst.told if worst.count else None


def one(name: str) -> dict[str, Any]:
    corruption = registry()[name]
    found: dict[str, Any] = {"of": bytes_of(name)}
    if corruption.form == "law":
        return found | {"law": from_law(corruption)}
    if by_words(corruption):  # nothing to replay: tests of its own hold it
        return found
    found["oracle"] = from_oracle(corruption)
    original = from_original(corruption)
    return found | ({"original": original} if original else {})


def lacking(names: tuple[str, ...]) -> tuple[str, ...]:
    """The corruptions that were not measured, or whose bytes are other ones since."""
    known = fidelity()
    return tuple(name for name in names if known.get(name, {}).get("of") != bytes_of(name))


def measure(names: tuple[str, ...]) -> None:
    """Measure these, keep the others that there still are, and write the file."""
    known = fidelity() | {name: one(name) for name in names}
    kept = {name: known[name] for name in sorted(known) if name in ce.corruptions()}
    FIDELITY.write_text(json.dumps(kept, indent=1) + "\n")
