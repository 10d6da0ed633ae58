"""`corrupt-engine list`: what there is."""

import argparse
import re

from ..catalogue import BENCHMARKS, VARIANTS, corruptions, find_corruption
from .arguments import Commands, command
from .output import Output

EXAMPLES = """\
  corrupt-engine list
  corrupt-engine list --json
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    command(commands, "list", run, "corruptions, benchmarks and variants", "What there is: corruptions, benchmarks and variants.", EXAMPLES)


def run(options: argparse.Namespace, output: Output) -> int:
    """Print them."""
    from ..geometry import GEOMETRIES

    found = [find_corruption(name) for name in corruptions()]
    about = {c.name: re.split(r"\.\s+(?=[A-Z])", " ".join(c.doc.split()))[0] for c in found}
    values = {
        "corruptions": [{"name": c.name, "family": c.family, "about": about[c.name], "random": not c.deterministic} for c in found],
        "benchmarks": {b.name: {"corruptions": b.corruptions, "source": b.source} for b in BENCHMARKS.values()},
        "variants": dict(VARIANTS),
        "geometries": {name: repr(made) for name, made in GEOMETRIES.items()},
    }
    lines = []
    for family in dict.fromkeys(c.family for c in found):
        lines.append(family)
        lines += [f"  {c.name:<20}{about[c.name]}" for c in found if c.family == family]
    lines += ["", "benchmarks"]
    lines += [f"  {b.name:<20}{len(b.corruptions)} corruptions at severities 1 to 5; {b.source}" for b in BENCHMARKS.values()]
    lines += ["", "variants (severity table)", *(f"  {name:<20}{table}" for name, table in VARIANTS.items())]
    output.result("\n".join(lines), values)
    return 0
