"""What is known of every corruption and benchmark, as plain records: from the definitions, the benchmark files and the
measured times, so that no list, page or gallery keeps any of it a second time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import OptionError
from .benchmark import Benchmark
from .chain import FORM, is_chain, links_of
from .definitions import docstring, units
from .lookup import benchmarks, find_benchmark, find_corruption, registered, strength
from .speeds import Speed, measured_times

if TYPE_CHECKING:
    from ..kernels.registry import Corruption

SIDE = 224
"""The size of the images that times and draws are told for, in pixels."""


class Parameter(NamedTuple):
    """A parameter of a corruption.

    Args:
        name: as benchmark files call it.
        kind: "int" or "float".
        unit: what its definition says of it: the unit, or what it is a share of; empty where it says nothing.
    """

    name: str
    kind: str
    unit: str


@dataclass(frozen=True)
class CorruptionFacts:
    """What is known of one corruption.

    Args:
        name: what it is registered under.
        family: its folder among the kernels.
        about: formula and cause, the first sentence of its docstring.
        more: what else the docstring says; empty for nothing.
        source: where it was published.
        differs: on purpose from the published code, and why; empty where it does not.
        parameters: in the order of its definition.
        draws: names of what is random; those of its strongest level, where they depend on the parameters.
        random: whether the result depends on more than the image.
        moves_pixels: whether what is seen at a place comes from another place.
        host_only: whether it runs on the CPU alone.
        assets: names of data that it needs.
        needs: what must come beside each image, such as "depth".
        benchmarks: by the benchmarks that have it, what it is called there: most often its own name.
        speed: None where it was not measured.
    """

    name: str
    family: str
    about: str
    more: str
    source: str
    differs: str
    parameters: tuple[Parameter, ...]
    draws: tuple[str, ...]
    random: bool
    moves_pixels: bool
    host_only: bool
    assets: tuple[str, ...]
    needs: tuple[str, ...]
    benchmarks: Mapping[str, tuple[str, ...]]
    speed: Speed | None


@dataclass(frozen=True)
class Member:
    """A corruption in a benchmark.

    Args:
        name: what the benchmark calls it.
        of: the registered corruption, or a chain of such.
        group: its heading in the benchmark's tables; may be empty.
        levels: how many severities it has.
        table: the values of each parameter by name, one a severity.
        same_draws: whether all severities have the same draws, as the frames of a sequence have.
        margin: how many pixels around the crop it looks at.
    """

    name: str
    of: str
    group: str
    levels: int
    table: Mapping[str, tuple[float, ...]]
    same_draws: bool = False
    margin: int = 0


@dataclass(frozen=True)
class BenchmarkFacts:
    """What is known of one benchmark.

    Args:
        name: what it is called.
        source: paper and section.
        license: of the published code; empty where nobody says.
        task: what its images are for.
        metric: the error that it counts, in words.
        geometry: what happens to an image first, the arguments of a Geometry; empty for nothing.
        stored_quality: quality of the JPEG files of the published copies; None where they were not such.
        trials: how often a condition is drawn.
        baseline: the model that its errors are divided by; empty where there is none.
        members: in the published order.
        missing: published members that cannot be made here, with the reason.
        tables_by_size: the variants between which the size of the images decides; empty where there is no choice.
    """

    name: str
    source: str
    license: str
    task: str
    metric: str
    geometry: Mapping[str, Any]
    stored_quality: int | None
    trials: int
    baseline: str
    members: tuple[Member, ...]
    missing: Mapping[str, str]
    tables_by_size: Mapping[str, int | None]

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The registered corruptions that it has, each once: a benchmark may have one under several names, or several
        as a chain under one.
        """
        return tuple(dict.fromkeys(name for member in self.members for name in _mechanisms(member.of)))


def _mechanisms(of: str) -> tuple[str, ...]:
    return tuple(find_corruption(link.corruption).name for link in links_of(of)) if is_chain(of) else (of,)


def corruption_facts() -> dict[str, CorruptionFacts]:
    """What is known of the corruptions.

    Returns:
        The CorruptionFacts of each by name, in alphabetical order.

    Raises:
        PluginError: another package's corruptions or benchmarks cannot be loaded.
        BenchmarkError: a file that another package adds cannot be used.
    """
    homes: dict[str, dict[str, tuple[str, ...]]] = {}
    for found in map(find_benchmark, benchmarks()):
        for name in found.corruptions:
            own = homes.setdefault(found.of(name), {})
            own[found.name] = (*own.get(found.name, ()), name)
    speeds = measured_times()
    return {
        name: _corruption(corruption, homes.get(name, {}), speeds.get(name))
        for name, corruption in sorted(registered().items())
    }


def facts_of(corruption: "Corruption", variant: str | None = None) -> CorruptionFacts:
    """What is known of one corruption by itself, also of a chain, which no registry keeps.

    Args:
        corruption: what `find_corruption` gives.
        variant: as for `find_corruption`: where the members of a chain are looked up.

    Returns:
        The CorruptionFacts, without benchmarks and speed; the sources of a chain are those of its members.

    Raises:
        UnknownNameError, PluginError: as `find_corruption`.
    """
    found = _corruption(corruption, {}, None)
    if corruption.form != FORM:
        return found
    members = (facts_of(find_corruption(name, variant), variant) for name in corruption.fields)
    return replace(found, source="; ".join(dict.fromkeys(member.source for member in members)))


def benchmark_facts(name: str | Path) -> BenchmarkFacts:
    """What is known of a benchmark.

    Args:
        name: a name of `benchmarks()`, or a benchmark file of your own, "mine.toml".

    Returns:
        The BenchmarkFacts.

    Raises:
        UnknownNameError: there is no such benchmark, or no corruption that its file names.
        BenchmarkError: the file cannot be used.
        PluginError: another package's benchmarks cannot be loaded.
    """
    found = find_benchmark(name)
    return BenchmarkFacts(
        name=found.name,
        source=found.source,
        license=found.license,
        task=found.task,
        metric=found.metric.words,
        geometry=dict(found.usual.geometry),
        stored_quality=found.usual.stored_quality,
        trials=found.trials,
        baseline=found.baseline.name if found.baseline else "",
        members=tuple(_member(found, own) for own in found.corruptions),
        missing=dict(found.missing),
        tables_by_size=_by_size(found),
    )


def _by_size(found: Benchmark) -> dict[str, int | None]:
    if found.listed.variant is not None or not any(v.up_to for v in found.file.variants.values()):
        return {}
    usual = found.file.usual.name
    return {name: v.up_to for name, v in found.file.variants.items() if v.up_to is not None or name == usual}


def _member(found: Benchmark, name: str) -> Member:
    entry = found.file.entries[name]
    if entry.attack:
        own = found.attacks[name]
        columns = {key: tuple(level.parameters[key] for level in own) for key in own[0].parameters}
        return Member(name, entry.of, entry.group, entry.most, columns)
    having = found.usual if found.usual.table in entry.tables else found.file.variant_for(SIDE, SIDE, name)
    rows = found.file.levels(name, find_corruption(entry.of), having).rows
    fields = rows[0]._fields
    table = {field: tuple(getattr(row, field) for row in rows) for field in fields}
    return Member(name, entry.of, entry.group, entry.most, table, entry.same_draws, entry.margin)


def _corruption(corruption: "Corruption", homes: Mapping[str, tuple[str, ...]], speed: Speed | None) -> CorruptionFacts:
    about, more, source, differs = docstring(corruption.doc)
    said = units(corruption.parameters)
    return CorruptionFacts(
        name=corruption.name,
        family=corruption.family,
        about=about,
        more=more,
        source=source,
        differs=differs,
        parameters=tuple(Parameter(n, kind.__name__, said.get(n, "")) for n, kind in corruption.fields.items()),
        draws=_draws(corruption),
        random=not corruption.deterministic,
        moves_pixels=corruption.moves_pixels,
        host_only=corruption.host_only,
        assets=corruption.assets,
        needs=corruption.needs,
        benchmarks=homes,
        speed=speed,
    )


def _draws(corruption: "Corruption") -> tuple[str, ...]:
    if corruption.deterministic or corruption.form == FORM:
        return ()
    try:
        strongest = strength(corruption.name, None, SIDE, SIDE).levels.rows[-1]
    except OptionError:  # at home in no benchmark
        return ()
    return tuple(corruption.draws(strongest, SIDE, SIDE))
