"""`corrupt-engine list`: what there is."""

import argparse
import re

from ..catalogue import Benchmark, benchmarks, corruptions, find_benchmark, find_corruption, variants
from .arguments import Commands, command
from .console import Console

EXAMPLES = """\
  corrupt-engine list
  corrupt-engine list --json
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    command(
        commands,
        "list",
        run,
        "corruptions, benchmarks and variants",
        "What there is: corruptions, benchmarks and variants.",
        EXAMPLES,
    )


def run(options: argparse.Namespace, output: Console) -> int:
    """Print them."""
    from ..transforms.geometry import geometries

    found = [find_corruption(name) for name in corruptions()]
    listed = [find_benchmark(name) for name in benchmarks()]
    about = {c.name: re.split(r"\.\s+(?=[A-Z])", " ".join(c.doc.split()))[0] for c in found}
    values = {
        "corruptions": [
            {
                "name": c.name,
                "family": c.family,
                "about": about[c.name],
                "random": not c.deterministic,
                "moves_pixels": c.moves_pixels,
                "parameters": {name: kind.__name__ for name, kind in c.fields.items()},
            }
            for c in found
        ],
        "benchmarks": {
            b.name: {
                "corruptions": b.corruptions,
                "source": b.source,
                "severities": b.severities,
                "trials": b.trials,
            }
            for b in listed
        },
        "variants": {name: variant.table for name, variant in variants().items()},
        "geometries": {name: repr(made) for name, made in geometries().items()},
    }
    lines = []
    for family in sorted({c.family for c in found}):
        lines.append(family)
        lines += [f"  {c.name:<23}{about[c.name]}" for c in found if c.family == family]
    lines += ["", "benchmarks"]
    lines += [f"  {b.name:<23}{len(b.corruptions)} corruptions, {levels(b)}; {b.source}" for b in listed]
    lines += ["", "variants (severity table)"]
    lines += [f"  {name:<23}{variant.table}" for name, variant in variants().items()]
    output.result("\n".join(lines), values)
    return 0


def levels(benchmark: Benchmark) -> str:
    """How many severities the corruptions of a benchmark have, and how many trials, in words."""
    most = sorted({len(found) for found in benchmark.severities.values()})
    counts = " or ".join(map(str, most))
    words = f"at severities 1 to {counts}" if most != [1] else "of one severity"
    return f"{words}, {benchmark.trials} trials" if benchmark.trials > 1 else words
