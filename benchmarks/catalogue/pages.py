"""The pages of docs/ as text: the index, one for each benchmark, one for each family."""

import functools
import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from corrupt_engine.catalogue import benchmarks
from corrupt_engine.catalogue.facts import BenchmarkFacts, CorruptionFacts, Member, benchmark_facts, corruption_facts
from corrupt_engine.catalogue.speeds import measured_on
from corrupt_engine.transforms.depth import RAMP
from tests.test_oracles import oracle

from .committed import beside_libraries, fidelity, predicted
from .sheets import PHOTOGRAPH, SEED
from .words import counted, link, number, percent, plain, runs, sentences, table

INDEX = "README.md"
MADE = (
    "Made by `make docs` from the definitions, the benchmark files and the committed measurements; do not edit "
    "([how](../CONTRIBUTING.md#the-catalogue-pages))."
)
WIDE = 10
"""Levels that a table has a column for; of more, the values stand in one cell."""


class Catalogue:
    """All facts, read once."""

    def __init__(self) -> None:
        self.corruptions = {name: facts for name, facts in corruption_facts().items() if facts.benchmarks}
        self.benchmarks = {name: benchmark_facts(name) for name in benchmarks()}
        self.fidelity = fidelity()

    @functools.cached_property
    def families(self) -> dict[str, list[str]]:
        """The names of each family's corruptions, in alphabetical order."""
        found: dict[str, list[str]] = {}
        for facts in self.corruptions.values():
            found.setdefault(facts.family, []).append(facts.name)
        return dict(sorted(found.items()))


def pages(catalogue: Catalogue) -> dict[str, str]:
    """The text of every page by its path in docs/."""
    found = {INDEX: index(catalogue)}
    for one in catalogue.benchmarks.values():
        found[benchmark_page(one.name)] = benchmark(catalogue, one)
    for family, names in catalogue.families.items():
        found[family_page(family)] = of_family(catalogue, family, names)
    return {path: "\n".join(lines).rstrip("\n") + "\n" for path, lines in found.items()}


def benchmark_page(name: str) -> str:
    return f"benchmarks/{name}.md"


def family_page(family: str) -> str:
    return f"families/{family}.md"


def mechanism(facts: CorruptionFacts, here: str) -> str:
    """A link to where a corruption is described."""
    return link(facts.name, f"{family_page(facts.family)}#{facts.name}", here)


def made(here: str) -> str:
    return MADE.replace("../CONTRIBUTING", "../" * here.count("/") + "../CONTRIBUTING")


def index(catalogue: Catalogue) -> list[str]:
    """What there is, in three tables."""
    everything, listed = catalogue.corruptions, catalogue.benchmarks
    device, gpu = predicted()
    lines = [
        "# The catalogue",
        "",
        f"{counted(len(everything), 'corruption')} in {counted(len(listed), 'benchmark')}; counted are mechanisms, not "
        "the names that benchmarks give them. `corrupt-engine list` says the same on the command line, and filters by "
        "family, benchmark, task, license and speed. `corrupt-engine gallery photo.jpg` makes a page with all of them "
        "on a photograph of yours, with sliders for the severity; [gallery.html](gallery.html) is such a page, to be "
        "saved and opened in a browser.",
        "",
        made(INDEX),
        "",
        "## Benchmarks",
        "",
    ]
    rows = [
        (
            link(one.name, benchmark_page(one.name), INDEX),
            members(one),
            str(len(one.missing) or ""),
            plain(one.task),
            plain(one.license),
            plain(one.source),
        )
        for one in listed.values()
    ]
    lines += table(("benchmark", "corruptions", "missing", "task", "licence", "source"), rows)
    lines += ["", "## Families", ""]
    lines += table(
        ("family", "", "corruptions"),
        [
            (
                link(family, family_page(family), INDEX),
                str(len(names)),
                ", ".join(mechanism(everything[name], INDEX) for name in names),
            )
            for family, names in catalogue.families.items()
        ],
    )
    lines += ["", "## How close, and how fast", "", f"CPU: {measured_on()}.", ""]
    lines += [
        f"GPU: microseconds an image as predicted, not measured ({device}; `benchmarks/results/gpu_predicted.json`). "
        "Oracle: the largest share of bytes that differ from a slow float64 reference under the same draws "
        "(`benchmarks/results/fidelity.json`).",
        "",
    ]
    lines += table(
        ("corruption", "family", "benchmarks", "oracle", "CPU, ms", "ratio", "GPU, µs"),
        [
            (
                mechanism(one, INDEX),
                one.family,
                str(len(one.benchmarks)),
                share(catalogue, one.name),
                f"{one.speed.milliseconds:.2f}" if one.speed else "",
                f"{one.speed.ratio:.2f}" if one.speed else "",
                f"{gpu[one.name][1]:.2f}" if one.name in gpu else "",
            )
            for one in everything.values()
        ],
    )
    return lines


def members(one: BenchmarkFacts) -> str:
    """How many corruptions, and of how many mechanisms where these are fewer."""
    distinct = len(one.mechanisms)
    return str(len(one.members)) if distinct == len(one.members) else f"{len(one.members)} of {distinct} mechanisms"


def share(catalogue: Catalogue, name: str) -> str:
    """The difference from the oracle in a cell."""
    found = catalogue.fidelity.get(name, {})
    if "law" in found:
        return "its law"
    if "oracle" not in found:
        return ""
    return percent(found["oracle"]["share"]) if found["oracle"]["share"] else "equal"


def benchmark(catalogue: Catalogue, one: BenchmarkFacts) -> list[str]:
    """Everything that is known of a benchmark."""
    here = benchmark_page(one.name)
    lines = [f"# {one.name}", "", *table(("", ""), [(key, value) for key, value in about(one, here) if value]), ""]
    lines += [
        f"`corrupt-engine evaluate MODEL DATA --benchmark {one.name}`, or "
        f'`ce.evaluate(model, data, benchmark="{one.name}")`.',
        "",
        "## Severities",
        "",
        *severities(one),
        "## Corruptions",
        "",
    ]
    lines += table(
        ("corruption", "group", "mechanism", "what it does", "fidelity", "CPU, ms"),
        [
            (
                member.name,
                plain(member.group),
                mechanism(facts, here),
                plain(facts.about),
                close(catalogue, facts.name, short=True),
                f"{facts.speed.milliseconds:.2f}" if facts.speed else "",
            )
            for member in one.members
            for facts in [catalogue.corruptions[member.of]]
        ],
    )
    lines += ["", f"CPU: {measured_on()}. That level is of the mechanism at its home."]
    if beside := [member.name for member in one.members if catalogue.corruptions[member.of].needs]:
        asking = f"A depth map beside each image is needed by {', '.join(beside)}."
        lines += ["", f"{asking} Pictures and times in these pages are of {RAMP}."]
    if one.missing:
        lines += ["", "## Missing", "", "Published members that are not made here, and why.", ""]
        lines += table(("", ""), [(plain(name), plain(why)) for name, why in one.missing.items()])
    return [*lines, "", f"{link('All benchmarks', INDEX, here)}. {made(here)}"]


def about(one: BenchmarkFacts, here: str) -> Iterator[tuple[str, str]]:
    """(what, what is known) of a benchmark as a whole."""
    yield "source", plain(one.source)
    yield "licence of the published code", plain(one.license) or "not said"
    yield "task", plain(one.task)
    yield "error", plain(one.metric)
    yield "images", geometry(one.geometry)
    yield "published copies", f"JPEG of quality {one.stored_quality}" if one.stored_quality else ""
    yield "trials", f"{one.trials} of each condition" if one.trials > 1 else ""
    yield "baseline", plain(one.baseline)
    yield "corruptions", members(one)
    if one.tables_by_size:
        sizes = [
            f"{name} (up to {most} pixels)" if most else f"{name} (larger)" for name, most in one.tables_by_size.items()
        ]
        yield "severity tables by the shorter side", ", ".join(sizes)


def geometry(given: Mapping[str, Any]) -> str:
    """What happens to an image first, in words."""

    def size(value: Any) -> str:
        return f"{value[0]} x {value[1]}" if isinstance(value, (tuple, list)) else str(value)

    parts = []
    if "crop_first" in given:
        parts.append(f"the middle {percent(given['crop_first'])} of the shorter side")
    if "resize" in given:
        parts.append(
            ("resized to " if isinstance(given["resize"], (tuple, list)) else "shorter side resized to ")
            + size(given["resize"])
        )
    if "crop" in given:
        parts.append(f"the middle {size(given['crop'])} cropped")
    return ", ".join(parts) or "as they are"


def severities(one: BenchmarkFacts) -> list[str]:
    """The table of every corruption: a row for each parameter."""
    narrow = [member for member in one.members if member.levels <= WIDE]
    most = max((member.levels for member in narrow), default=0)
    lines = []
    if narrow:
        rows = [row for member in narrow for row in values(member, most)]
        lines += [*table(("corruption", "parameter", *map(str, range(1, most + 1))), rows), ""]
    if wide := [member for member in one.members if member.levels > WIDE]:
        rows = [
            (
                member.name,
                str(member.levels),
                name,
                runs(column),
            )
            for member in wide
            for name, column in (member.table or {"": (0.0,)}).items()
        ]
        lines += [*table(("corruption", "levels", "parameter", "from severity 1 on"), rows), ""]
    if same := [member.name for member in one.members if member.same_draws]:
        lines += [f"The same draws at all levels: {', '.join(same)}.", ""]
    if around := [f"{member.name} ({member.margin})" for member in one.members if member.margin]:
        lines += [f"Looks at pixels around the crop, up to so many: {', '.join(around)}.", ""]
    return lines


def values(member: Member, most: int) -> Iterator[list[str]]:
    """The rows of one member, the same number of cells each."""
    empty = [""] * (most - member.levels)
    if not member.table:
        yield [member.name, "none", *["·"] * member.levels, *empty]
    for place, (name, column) in enumerate(member.table.items()):
        yield ["" if place else member.name, name, *map(number, column), *empty]


def of_family(catalogue: Catalogue, family: str, names: list[str]) -> list[str]:
    """The sheet, and everything that is known of each corruption."""
    here = family_page(family)
    said = (importlib.import_module(f"corrupt_engine.kernels.{family}").__doc__ or "").splitlines()[0]
    lines = [
        f"# {family}",
        "",
        f"{plain(said)} {counted(len(names), 'corruption')}: "
        + ", ".join(link(name, f"{here}#{name}", here) for name in names)
        + ".",
        "",
        f"![{family}: each corruption at its first, a middle and its last severity]({family}.jpg)",
        "",
        f"`{PHOTOGRAPH}`, seed {SEED}, at the severities that stand beside the names; of those with one severity, if "
        "they are random, three draws.",
    ]
    if any(catalogue.corruptions[name].needs for name in names):
        lines[-1] += f" Those that need depth have {RAMP}."
    for name in names:
        lines += ["", f"## {name}", "", *of_corruption(catalogue, catalogue.corruptions[name], here)]
    return [*lines, "", f"{link('All families', INDEX, here)}. {made(here)}"]


def of_corruption(catalogue: Catalogue, one: CorruptionFacts, here: str) -> list[str]:
    """A corruption: its docstring, parameters, draws, benchmarks, fidelity and times."""
    lines = [sentences(plain(one.about) + ".", plain(one.more), plain(one.differs)), ""]
    traits = [
        f"drawn: {', '.join(f'`{name}`' for name in one.draws)}" if one.random else "the same every time",
        "moves pixels" if one.moves_pixels else "",
        f"needs {', '.join(one.assets)}" if one.assets else "",
        f"needs {' and '.join(one.needs)} beside each image" if one.needs else "",
        "on the CPU alone" if one.host_only else "",
    ]
    rows = [("source", plain(one.source)), ("", "; ".join(filter(None, traits)))]
    rows += [(f"`{p.name}` ({p.kind})", plain(p.unit)) for p in one.parameters]
    homes = [
        link(name, benchmark_page(name), here) + ("" if called == (one.name,) else f" (as {', '.join(called)})")
        for name, called in one.benchmarks.items()
    ]
    rows += [("in", ", ".join(homes)), ("fidelity", close(catalogue, one.name)), ("time", times(one))]
    return [*lines, *table(("", ""), [row for row in rows if row[1] or row[0].startswith("`")])]


def times(one: CorruptionFacts) -> str:
    """CPU as measured, GPU as predicted."""
    parts = []
    if one.speed:
        parts.append(
            f"CPU {one.speed.milliseconds:.2f} ms, {one.speed.ratio:.2f} times a JPEG decoding of that size "
            "(measured, strongest level)"
        )
    device, gpu = predicted()
    if one.name in gpu:
        severity, microseconds = gpu[one.name]
        parts.append(f"GPU {microseconds:.2f} µs (predicted for {device}, severity {severity:g})")
    return "; ".join(parts)


def close(catalogue: Catalogue, name: str, short: bool = False) -> str:
    """How close it is: to its oracle, to the original's outputs, and to the library of its paper."""
    found = catalogue.fidelity.get(name, {})
    parts = []
    if "law" in found:
        parts.append(f"the law of every output byte to {found['law']['probability']:.0e}".replace("e-0", "e-"))
    if "oracle" in found:
        tolerance = oracle(name).TOLERANCE
        allowed = "" if short else " (no difference is allowed)"
        if not short and tolerance.share:
            most = f"{counted(tolerance.levels, 'level')} on {percent(tolerance.share)}"
            allowed = f" (allowed: {most}: {plain(tolerance.why)})"
        parts.append(f"oracle: {difference(found['oracle'])}{allowed}")
    if "original" in found:
        parts.append(f"{found['original']['images']} original outputs: {difference(found['original'])}")
    if name in beside_libraries():
        beside = beside_libraries()[name]
        why = f": {plain(beside.why)}" if beside.why and not short else ""
        parts.append(f"{beside.library}: {beside.share} of the bytes differ, by at most {beside.most}{why}")
    return "; ".join(parts)


def difference(found: Mapping[str, Any]) -> str:
    """A measured difference in words."""
    if not found["share"]:
        return "equal"
    return f"at most {counted(found['levels'], 'level')}, on {percent(found['share'])} of the bytes"
