"""Benchmarks, variants and corruptions by name: those that are shipped, those that other packages add, and a person's
own files.
"""

import functools
from collections.abc import Mapping
from importlib import resources
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import BenchmarkError, OptionError, PluginError, UnknownNameError
from .attacks import ATTACKS
from .benchmark import Benchmark, BenchmarkFile, Variant
from .chain import FORM, chained, is_chain, links_of, rows
from .condition import Condition
from .levels import Levels
from .parsing import parse

if TYPE_CHECKING:
    from ..kernels.registry import Corruption

FIRST = (
    "imagenet_c.toml",
    "camera_defects.toml",
    "center_occlusion.toml",
    "laugros.toml",
    "matched_noise.toml",
    "transfer_study.toml",
)
"""The files whose severities are meant where no benchmark is named, before those of all others: what a bare name means
does not change because a benchmark is added that has it too.
"""
SUFFIX = ".toml"
CORRUPTIONS_GROUP, BENCHMARKS_GROUP = "corrupt_engine.corruptions", "corrupt_engine.benchmarks"
"""Entry points of other packages: modules that define corruptions, and paths of benchmark files (or functions that give
one).
"""


def corruptions(benchmark: str | Path | None = None) -> tuple[str, ...]:
    """The names of the corruptions.

    Args:
        benchmark: a name of `benchmarks()`, or a benchmark file of your own, "mine.toml"; None for all corruptions.

    Returns:
        The benchmark's in their published order; all of them in alphabetical order.

    Raises:
        UnknownNameError: there is no such benchmark.
        BenchmarkError: the file cannot be used.
        PluginError: another package's corruptions or benchmarks cannot be loaded.

    >>> corruptions("imagenet-c-extra")
    ('speckle_noise', 'gaussian_blur', 'spatter', 'saturate')
    """
    return tuple(sorted(registered())) if benchmark is None else find_benchmark(benchmark).corruptions


def benchmarks() -> tuple[str, ...]:
    """The names of the benchmarks that need no file: the shipped ones, then those that other packages add.

    Returns:
        The names, ImageNet-C's first.

    Raises:
        BenchmarkError: a file that another package adds cannot be used.
        PluginError: it cannot be loaded at all.

    >>> benchmarks()[:2]
    ('imagenet-c', 'imagenet-c-extra')
    """
    return tuple(name for file in files() for name in file.benchmarks)


def attack_benchmarks() -> tuple[str, ...]:
    """The names of the shipped benchmarks of attacks, which `benchmarks()` leaves out: a model makes their images.

    Returns:
        The names.

    Raises:
        BenchmarkError, PluginError: as `benchmarks`.

    >>> attack_benchmarks()
    ('adversarial', 'adversarial-mnist')
    """
    return tuple(name for file in attack_files() for name in file.benchmarks)


def conditions(benchmark: str | Path) -> tuple[Condition, ...]:
    """All conditions of a benchmark.

    Args:
        benchmark: a name of `benchmarks()`, or a benchmark file of your own, "mine.toml".

    Returns:
        The clean condition and then every corruption, in the published order, at each of its severities.

    Raises:
        UnknownNameError: there is no such benchmark.
        BenchmarkError: the file cannot be used.
        PluginError: another package's benchmarks cannot be loaded.

    >>> len(conditions("imagenet-c"))
    76
    """
    return find_benchmark(benchmark).conditions()


def find_benchmark(name: str | Path) -> Benchmark:
    """A benchmark by its name or its file.

    Args:
        name: a name of `benchmarks()`, or a benchmark file of your own, a Path or a text that ends in ".toml".

    Returns:
        The benchmark of that name; of a file, its first one.

    Raises:
        UnknownNameError: there is no such benchmark; the nearest names are in the message.
        BenchmarkError: the file cannot be read or does not say what a benchmark file must.
        PluginError: another package's benchmarks cannot be loaded.
    """
    if is_file(name):
        file = read_file(name)
        return file.benchmark(next(iter(file.benchmarks)))
    for file in (*files(), *attack_files()) if isinstance(name, str) else ():
        if name in file.benchmarks:
            return file.benchmark(str(name))
    raise UnknownNameError("benchmark", name, (*benchmarks(), *attack_benchmarks(), f"a file {SUFFIX}"))


def variants() -> Mapping[str, Variant]:
    """All variants by name that need no file.

    Returns:
        The Variant of each name, ImageNet-C's first.

    Raises:
        BenchmarkError: a file that another package adds cannot be used.
        PluginError: it cannot be loaded at all.
    """
    return {name: variant for file in files() for name, variant in file.variants.items()}


def find_variant(
    name: str | None, height: int, width: int, corruption: str | None = None
) -> tuple[BenchmarkFile, Variant]:
    """The variant that is meant, with its file.

    Args:
        name: a variant; or a benchmark or a file of your own, whose variant is then chosen by the size; None for the
            benchmark at which the corruption is at home.
        height: of the image, in pixels.
        width: of the image, in pixels.
        corruption: whose home is meant without a name; ImageNet-C where that is None too.

    Returns:
        (file, variant): what the file says, and which of its variants is meant.

    Raises:
        UnknownNameError: there is no such variant.
        OptionError: no name was given, and the corruption is at home nowhere.
        BenchmarkError: a file of your own cannot be used.
        PluginError: another package's benchmarks cannot be loaded.
    """
    if name is None:
        file = home(corruption)
        return file, file.variant_for(height, width, corruption)
    for file in (*files(), *attack_files()):
        if isinstance(name, str) and name in file.variants:
            return file, file.variants[name]
    if is_file(name) or name in (*benchmarks(), *attack_benchmarks()):
        found = find_benchmark(name)
        if found.listed.variant is not None:
            return found.file, found.usual
        return found.file, found.file.variant_for(height, width, corruption)
    raise UnknownNameError("variant", name, (*variants(), *benchmarks(), f"a file {SUFFIX}"))


def home(corruption: str | None) -> BenchmarkFile:
    """The file in which a corruption is looked up where none is named: the first that has it under its own name, else
    the first that calls it otherwise, or calls another one so. Of a chain that of its first member.
    """
    if corruption is None:
        return files()[0]
    if is_chain(corruption):
        corruption = links_of(corruption)[0].corruption
    having = [(file, entry) for file in files() if (entry := file.entry(corruption)) is not None]
    for file, entry in having:
        if entry.name == entry.of:
            return file
    for file, entry in having:
        if corruption == entry.of or corruption not in registered():
            return file
    raise OptionError(
        f"{corruption!r} belongs to no known benchmark, so its severities are not known; "
        'name a file that has a table for it, variant="mine.toml"'
    )


def own_variant(benchmark: str | Path) -> str | None:
    """What `variant` must be, for a benchmark's own severity tables to be used.

    Args:
        benchmark: a name of `benchmarks()`, or a benchmark file of your own, "mine.toml".

    Returns:
        Its name or file as text; None for ImageNet-C, whose tables are chosen by the images' size.

    Raises:
        UnknownNameError: there is no such benchmark.
        BenchmarkError: the file cannot be used.
        PluginError: another package's benchmarks cannot be loaded.
    """
    found = find_benchmark(benchmark)
    return found.listed.variant if found.file is files()[0] else str(benchmark)


class Strength(NamedTuple):
    """What a corruption is and what its severities mean, for images of one size."""

    corruption: "Corruption"
    levels: Levels
    variant: Variant


def strength(name: str, variant: str | None, height: int, width: int) -> Strength:
    """What a corruption is and what its severities mean, for images of a size.

    Args:
        name: one of `corruptions()`, or what the benchmark of the variant calls one.
        variant: as for `find_variant`.
        height: of the image, in pixels.
        width: of the image, in pixels.

    Returns:
        (corruption, levels, variant): the registered one, its parameters at each severity, and the variant that they
        are taken from.

    Raises:
        UnknownNameError: there is no such variant or corruption.
        OptionError: the variant has no severities of it, or it is at home in no benchmark.
        BenchmarkError: the file cannot be used, or its columns are not the corruption's parameters.
        PluginError: another package's corruptions or benchmarks cannot be loaded.
    """
    corruption = find_corruption(name, variant)
    file, chosen = find_variant(variant, height, width, name)
    if not is_chain(name):
        return Strength(corruption, file.levels(name, corruption, chosen), chosen)
    links = links_of(name)
    most = [strength(one, variant_of(one, variant), height, width).levels.most for one, _ in links]
    severities = [corruption.parameters(*row) for row in rows(links, most, name)]
    return Strength(corruption, Levels(tuple(severities), corruption.parameters(*[0.0] * len(links)), {}), chosen)


def variant_of(member: str, variant: str | None) -> str | None:
    """In which variant the severities of a chain's member are looked up.

    Args:
        member: its name.
        variant: the chain's.

    Returns:
        The same, where it has the member; else None, which is where the member is at home.

    Raises:
        UnknownNameError, BenchmarkError, PluginError: as `find_variant`.
    """
    return None if variant is None or find_variant(variant, 224, 224)[0].entry(member) is None else variant


def find_corruption(name: str, variant: str | None = None) -> "Corruption":
    """A corruption by its name, or by what a benchmark calls it.

    Args:
        name: one of `corruptions()`, a benchmark's own name for one of them, or a chain of them.
        variant: as for `find_variant`: what this benchmark calls so is meant, before what is registered so.

    Returns:
        The Corruption: its arithmetic, parameters and draws.

    Raises:
        UnknownNameError: there is no such corruption; the nearest names are in the message.
        OptionError: it is an attack, which needs a model, or no chain of corruptions though it has the form of one.
        PluginError: another package's module cannot be imported.
    """
    known = registered()
    if is_chain(name):
        return chained(name, {one: find_corruption(one, variant) for one, _ in links_of(name)})
    if isinstance(name, str):
        entry = None if variant is None else find_variant(variant, 224, 224)[0].entries.get(name)
        if entry is None and name not in known:
            entry = next((file.entries[name] for file in files() if name in file.entries), None)
        if (entry is not None and entry.attack) or (entry is None and name in ATTACKS and name not in known):
            raise OptionError(
                f"{name!r} is an attack, no corruption: it needs a model and labels. Use evaluate(model, source, "
                f"{str(variant or 'adversarial')!r}), or corrupt_engine.science.attack on tensors"
            )
        meant = name if entry is None else entry.of
        if meant in known:
            return known[meant]
        if is_chain(meant):
            return find_corruption(meant, variant)
    raise UnknownNameError("corruption", name, sorted({*known, *(own for file in files() for own in file.entries)}))


def registered() -> Mapping[str, "Corruption"]:
    """All corruptions by name, those of other packages included.

    Returns:
        The Corruption of each name; what is registered later appears in it too.

    Raises:
        PluginError: another package's module cannot be imported.
    """
    from ..kernels.registry import registry

    found = registry()
    _load_plugins()
    return found


@functools.cache
def _load_plugins() -> None:
    for point in entry_points(group=CORRUPTIONS_GROUP):
        _loaded(point)


def _loaded(point: EntryPoint) -> Any:
    try:
        return point.load()
    except Exception as error:  # whatever another package's code does when it is imported
        package = point.dist.name if point.dist else "a package"
        raise PluginError(
            f"{package} adds {point.value} to corrupt-engine ({point.group}), and that cannot be loaded: "
            f"{type(error).__name__}: {error}; mend or uninstall {package}"
        ) from error


@functools.cache
def files() -> tuple[BenchmarkFile, ...]:
    """The shipped files, ImageNet-C's first, then those that other packages add."""
    found = [file for file in _read_shipped() if not _of_attacks(file)]
    for point in entry_points(group=BENCHMARKS_GROUP):
        given = _loaded(point)
        found.append(checked(read_file(given() if callable(given) else given)))
    _check_names(found)
    return tuple(found)


@functools.cache
def attack_files() -> tuple[BenchmarkFile, ...]:
    """The shipped files that have attacks."""
    return tuple(filter(_of_attacks, _read_shipped()))


def _of_attacks(file: BenchmarkFile) -> bool:
    return any(entry.attack for entry in file.entries.values())


@functools.cache
def _read_shipped() -> tuple[BenchmarkFile, ...]:
    return tuple(parse(file.read_text(encoding="utf-8"), file.name) for file in _shipped())


def _shipped() -> list[Any]:
    folder = resources.files(__package__.partition(".")[0]) / "benchmarks"
    found = {f.name: f for f in folder.iterdir() if f.name.endswith(SUFFIX)}
    return [found[name] for name in (*FIRST, *sorted(set(found) - set(FIRST)))]


def _check_names(found: list[BenchmarkFile]) -> None:
    for kind in ("benchmarks", "variants"):
        owners: dict[str, str] = {}
        for file in found:
            for name in getattr(file, kind):
                if name in owners:
                    raise BenchmarkError(
                        f"{file.place}: {kind}.{name} is in {owners[name]} already; give it another name"
                    )
                owners[name] = file.place


def is_file(name: str | Path | None) -> bool:
    """Whether a benchmark is given by its file, not by its name."""
    return isinstance(name, Path) or (isinstance(name, str) and name.endswith(SUFFIX))


def read_file(path: str | Path) -> BenchmarkFile:
    """A benchmark file of your own, wholly checked; BenchmarkError where it cannot be used."""
    try:
        state = Path(path).stat()
        return _read(Path(path).resolve(), state.st_mtime_ns, state.st_size)
    except (OSError, UnicodeDecodeError) as error:
        raise BenchmarkError(f"benchmark {path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


@functools.lru_cache(maxsize=32)
def _read(path: Path, changed: int, size: int) -> BenchmarkFile:
    return checked(parse(path.read_text(encoding="utf-8"), path.name))


def checked(file: BenchmarkFile) -> BenchmarkFile:
    """The file, every table of it held against the corruptions' parameters."""
    for name, entry in file.entries.items():
        if entry.attack:
            continue
        try:
            meant = _meant(entry.of, file)
        except (OptionError, UnknownNameError) as error:
            raise BenchmarkError(f"{file.place}: corruptions.{name}: {error}") from error
        for variant in file.variants.values():
            if variant.table in entry.tables:
                _check_severities(file, name, meant, file.levels(name, meant, variant))
    return file


def _meant(of: str, file: BenchmarkFile) -> "Corruption":
    """What a benchmark's corruption is: one that is registered, or a chain of such whose severities are its table."""
    if not is_chain(of):
        if of not in registered():
            raise UnknownNameError("corruption", of, sorted(registered()))
        return registered()[of]
    for link in links_of(of):
        if link.severity is not None:
            raise OptionError(f"of = {of!r}: the severities are the table's: {link.corruption} = {link.severity:g}")
        own = file.entries.get(link.corruption)
        if own is not None and is_chain(own.of):
            raise OptionError(f"of = {of!r}: {link.corruption} is a chain in this file, and a chain has none in it")
    return find_corruption(of)


def _check_severities(file: BenchmarkFile, name: str, meant: "Corruption", levels: Levels) -> None:
    """BenchmarkError where the parameters are severities of a chain's members, and one is none of that member."""
    for member in meant.fields if meant.form == FORM else ():
        own = file.entry(member)
        most = own.most if own else strength(member, None, 224, 224).levels.most
        wrong = [value for row in levels.rows if not 0 <= (value := getattr(row, member)) <= most]
        if wrong:
            raise BenchmarkError(
                f"{file.place}: corruptions.{name}.{member}: severity {wrong[0]:g} is not from 0 (no change) to {most} "
                "(strongest)"
            )


def read_definition(text: str, name: str) -> Benchmark:
    """A benchmark out of the text of its file, as a record keeps it.

    Args:
        text: TOML.
        name: which of the file's benchmarks.

    Returns:
        The Benchmark.

    Raises:
        BenchmarkError: the text is not what a benchmark file must be.
        KeyError: it has no such benchmark.
    """
    return parse(text, f"the record's {name}").benchmark(name)


def shipped(file: BenchmarkFile) -> bool:
    """Whether a file is one that this version of the package fixes.

    Args:
        file: a shipped one, one of another package, or one of your own.

    Returns:
        True for a shipped file.
    """
    return any(known == file for known in _read_shipped())
