"""A part of a benchmark, by names, groups and patterns."""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from numbers import Real

from ..errors import OptionError, SeverityError, UnknownNameError
from .benchmark import Benchmark


def select(
    benchmark: Benchmark, corruptions: str | Sequence[str] | None = None, severities: int | Sequence[int] | None = None
) -> Benchmark:
    """A part of a benchmark.

    Args:
        benchmark: which one.
        corruptions: names, groups ("blur") and patterns ("*_noise"), in a list or between commas; None for all.
        severities: the levels wanted, such as (1, 3, 5); None for all.

    Returns:
        The Benchmark of those, in the published order; the benchmark itself where that is all of it.

    Raises:
        UnknownNameError: it has no corruption or group of that name, or none that fits the pattern.
        SeverityError: none of these corruptions has that severity.
        OptionError: nothing was chosen, or something that is no name.

    >>> from .lookup import find_benchmark
    >>> select(find_benchmark("imagenet-c"), "noise, fog", (1, 5)).severities["fog"]
    (1, 5)
    """
    names = benchmark.corruptions if corruptions is None else _names(benchmark, corruptions)
    levels = {name: benchmark.severities[name] for name in names}
    if severities is not None:
        if not isinstance(severities, (Real, Iterable)):
            raise OptionError(f"severities={severities!r} is no level, nor a list of them")
        wanted = [severities] if isinstance(severities, Real) else list(severities)
        known = sorted({severity for own in levels.values() for severity in own})
        if not wanted:
            raise OptionError(f"no severity is chosen; {benchmark.name} has {', '.join(map(str, known))}")
        for severity in wanted:
            if severity not in known:
                raise SeverityError(
                    f"{benchmark.name} has no severity {severity!r} of these corruptions; it has "
                    f"{', '.join(map(str, known))}"
                )
        levels = {name: tuple(severity for severity in own if severity in wanted) for name, own in levels.items()}
    return benchmark.part(levels)


def _names(benchmark: Benchmark, wanted: str | Sequence[str]) -> list[str]:
    """Every corruption that is meant, once or more often."""
    groups: dict[str, list[str]] = {}
    for name in benchmark.corruptions:
        if group := benchmark.file.entries[name].group.lower():
            groups.setdefault(group, []).append(name)
    found: list[str] = []
    if not isinstance(wanted, Iterable) or isinstance(wanted, Mapping):
        raise OptionError(f"corruptions={wanted!r} is no name, group or pattern, nor a list of them")
    for text in [wanted] if isinstance(wanted, str) else wanted:
        if not isinstance(text, str):
            raise OptionError(f"corruptions={wanted!r}: {text!r} is no name, group or pattern")
        for part in filter(None, map(str.strip, text.split(","))):
            fitting = [name for name in benchmark.corruptions if fnmatchcase(name, part)] or groups.get(part.lower())
            if not fitting:
                raise UnknownNameError(f"corruption of {benchmark.name}", part, (*benchmark.corruptions, *groups))
            found += fitting
    if not found:
        raise OptionError(f"no corruption is chosen; {benchmark.name} has {', '.join(benchmark.corruptions)}")
    return found
