"""`corrupt-engine list`: what there is."""

import argparse
import math
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ..catalogue import BenchmarkFacts, CorruptionFacts, benchmark_facts, benchmarks, corruption_facts, find_benchmark
from ..catalogue.speeds import measured_on
from ..errors import OptionError, UnknownNameError
from .arguments import Commands, command
from .console import Console

EXAMPLES = """\
  corrupt-engine list
  corrupt-engine list --family weather noise --faster-than 1
  corrupt-engine list --license 'Apache*' MIT --task classification --json
"""
UNSAID = "none"
"""What --license calls one of which nothing is said."""


def add(commands: Commands) -> None:
    """Describe the command."""
    made = command(
        commands,
        "list",
        run,
        "corruptions, benchmarks and variants",
        "What there is: corruptions, benchmarks and variants; all of it, or what fits every option that is given.",
        EXAMPLES,
    )
    made.add_argument("--family", nargs="+", metavar="NAME", help="corruptions of these families, such as weather")
    made.add_argument("--benchmark", nargs="+", metavar="NAME|FILE", help="these benchmarks and what is in them")
    made.add_argument("--task", nargs="+", metavar="WORD", help="benchmarks for this, such as classification")
    made.add_argument(
        "--license",
        nargs="+",
        metavar="NAME",
        help="benchmarks whose published code has this license: names, and patterns such as 'CC*'; "
        f"{UNSAID} for those of which nothing is said",
    )
    made.add_argument(
        "--faster-than",
        type=float,
        metavar="MS",
        help="corruptions that took less; the last line of the list says where and how that was measured",
    )


def run(options: argparse.Namespace, output: Console) -> int:
    """Print them."""
    from ..transforms.geometry import geometries

    named = tuple(dict.fromkeys(options.benchmark or benchmarks()))
    given = list(map(benchmark_facts, named))
    of_task = fitting("task", options.task, given, lambda one: one.task)
    of_license = fitting("license", options.license, given, lambda one: one.license or UNSAID)
    chosen = [one for one in of_task if one in of_license]
    found = fitting("family", options.family, list(corruption_facts().values()), lambda one: one.family)
    if options.benchmark or options.task or options.license:
        inside = {name for one in chosen for name in one.mechanisms}
        found = [one for one in found if one.name in inside]
    if options.faster_than is not None:
        found = faster(found, options.faster_than, output)
    names = {one.name for one in found}
    narrowed = options.family is not None or options.faster_than is not None
    listed = [one for one in chosen if not narrowed or names.intersection(one.mechanisms)]
    files = [find_benchmark(name).file for name, one in zip(named, given, strict=True) if one in listed]
    tables = {name: variant.table for file in files for name, variant in file.variants.items()}
    values = {
        "counts": {"corruptions": len(found), "benchmarks": len(listed)},
        "corruptions": [corruption(one) for one in found],
        "benchmarks": {one.name: benchmark(one) for one in listed},
        "variants": tables,
        "geometries": {name: repr(made) for name, made in geometries().items()},
        "times": measured_on(),
    }
    lines = []
    for family in sorted({one.family for one in found}):
        lines.append(family)
        lines += [f"  {one.name:<23}{time(one):>13}  {one.about}{needed(one)}" for one in found if one.family == family]
    lines += ["", "benchmarks"]
    lines += [f"  {one.name:<23}{size(one)}, {levels(one)}; {one.source}" for one in listed]
    lines += ["", "variants (severity table)"]
    lines += [f"  {name:<23}{table}" for name, table in tables.items()]
    lines += ["", f"{counted(len(found), 'corruption')} in {counted(len(listed), 'benchmark')}"]
    lines += [f"ms, and ratio: {measured_on()}"]
    output.result("\n".join(lines), values)
    return 0


def fitting(kind: str, wanted: Sequence[str] | None, among: list[Any], of: Callable[[Any], str]) -> list[Any]:
    """Those of which `of` gives one of the wanted names or fits one of the patterns, whatever the case.

    >>> fitting("license", ["cc*"], ["MIT", "CC-BY"], str)
    ['CC-BY']
    """
    if wanted is None:
        return among
    known = sorted({of(one) for one in among})
    for text in wanted:
        if not any(fnmatchcase(name.lower(), text.lower()) for name in known):
            raise UnknownNameError(kind, text, known)
    return [one for one in among if any(fnmatchcase(of(one).lower(), text.lower()) for text in wanted)]


def faster(found: Iterable[CorruptionFacts], limit: float, output: Console) -> list[CorruptionFacts]:
    """Those that took less than so many milliseconds; a remark names those that were not measured."""
    if not (math.isfinite(limit) and limit > 0):
        raise OptionError(f"--faster-than {limit:g} is no number of milliseconds above 0")
    if unknown := [one.name for one in found if one.speed is None]:
        output.remark(f"not measured, so left out: {', '.join(unknown)}")
    return [one for one in found if one.speed is not None and one.speed.milliseconds < limit]


def corruption(one: CorruptionFacts) -> dict[str, Any]:
    """A corruption for scripts."""
    return {
        "name": one.name,
        "family": one.family,
        "about": one.about,
        "source": one.source,
        "random": one.random,
        "moves_pixels": one.moves_pixels,
        "needs": list(one.needs),
        "parameters": {p.name: p.kind for p in one.parameters},
        "benchmarks": one.benchmarks,
        "ms": None if one.speed is None else one.speed.milliseconds,
        "ratio": None if one.speed is None else one.speed.ratio,
    }


def benchmark(one: BenchmarkFacts) -> dict[str, Any]:
    """A benchmark for scripts."""
    return {
        "corruptions": [member.name for member in one.members],
        "mechanisms": len(one.mechanisms),
        "source": one.source,
        "license": one.license,
        "task": one.task,
        "metric": one.metric,
        "geometry": one.geometry,
        "severities": {member.name: list(range(1, member.levels + 1)) for member in one.members},
        "trials": one.trials,
        "missing": one.missing,
    }


def time(one: CorruptionFacts) -> str:
    """Milliseconds and ratio, where they were measured."""
    return "" if one.speed is None else f"{one.speed.milliseconds:.2f} {one.speed.ratio:.2f}x"


def needed(one: CorruptionFacts) -> str:
    """What must come beside each image, in words."""
    return f" (needs {' and '.join(one.needs)} beside each image)" if one.needs else ""


def counted(number: int, word: str) -> str:
    """A number of things.

    >>> counted(1, "benchmark")
    '1 benchmark'
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def size(one: BenchmarkFacts) -> str:
    """How many corruptions a benchmark has, in words; and of how many mechanisms, where it has one more than once."""
    names, distinct = counted(len(one.members), "corruption"), len(one.mechanisms)
    return names if distinct == len(one.members) else f"{names} ({counted(distinct, 'mechanism')})"


def levels(one: BenchmarkFacts) -> str:
    """How many severities the corruptions of a benchmark have, and how many trials, in words."""
    most = sorted({member.levels for member in one.members})
    if most == [1]:
        words = "of one severity"
    elif len(most) == 1:
        words = f"at severities 1 to {most[0]}"
    else:
        words = f"of {', '.join(map(str, most[:-1]))} or {most[-1]} severities"
    return f"{words}, {one.trials} trials" if one.trials > 1 else words
