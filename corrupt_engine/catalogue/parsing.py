"""From the text of a benchmark file to what it says; what is wrong is named by file, table and key.

The form is described in CONTRIBUTING; `corrupt_engine/benchmarks/imagenet_c.toml` is one to copy from.
"""

import math
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import BenchmarkError, OptionError, UnknownNameError
from ..runtime.messages import shortened
from .attacks import find_attack
from .baseline import AGAINST, Baseline
from .benchmark import MOST_TRIALS, BenchmarkFile, Entry, Listed, Variant
from .chain import AT, THEN
from .condition import CLEAN
from .levels import LEVEL_SCALES, Columns, level_count
from .metric import METRICS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ABOUT = ("source", "license", "task", "baseline", "missing", "metric", "classes", "superclasses", "labels")
"""What is said of a benchmark: of all that the file lists, or of one."""
GEOMETRY = ("resize", "crop", "crop_first")
"""What is said of a geometry."""
MOST_PIXELS = 65_500  # of a side: no JPEG has more
MOST_MARGIN = 4_096  # around a crop of 224 x 224 a copy of the image then takes 212 MB
APART = frozenset("/\\,")
"""What folders, and names in a list, are told apart by."""
ONLY = ""
"""The name of a corruption's table where a file has but one variant."""


class Table:
    """A table of the file with its place in it, so that each error can name what it is about."""

    def __init__(self, values: Any, where: str) -> None:
        if not isinstance(values, Mapping):
            raise BenchmarkError(f"{where} is {_kind(values)}; a table is needed")
        self.values, self.where = values, where

    def only(self, *keys: str) -> "Table":
        """Itself, or BenchmarkError where it has other keys than these."""
        for key in self.values:
            if key not in keys:
                try:
                    raise UnknownNameError("key", key, keys)
                except UnknownNameError as error:
                    raise BenchmarkError(f"{self.where}: {error}") from error
        return self

    def get(self, key: str, kind: type, default: Any = None) -> Any:
        """A value of a type, or the default; a whole number will do for a float."""
        if key not in self.values:
            return default
        value = self.values[key]
        fits = isinstance(value, (int, float) if kind is float else kind) and (
            kind is bool or not isinstance(value, bool)
        )
        if not fits:
            raise BenchmarkError(f"{self.where}.{key} is {_kind(value)}; {_NAMES[kind]} is needed")
        return value

    def need(self, key: str, kind: type) -> Any:
        """A value that must be there."""
        if key not in self.values:
            raise BenchmarkError(f"{self.where}: {key} ({_NAMES[kind]}) is missing")
        return self.get(key, kind)

    def table(self, key: str) -> "Table":
        """A table below; an empty one where there is none."""
        return Table(self.values.get(key, {}), f"{self.where}.{key}" if ": " in self.where else f"{self.where}: {key}")

    def tables(self) -> Iterable[tuple[str, "Table"]]:
        """All that is below, as tables."""
        return [(key, self.table(key)) for key in self.values]


_NAMES = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


def _kind(value: Any) -> str:
    return f"{value!r}, {_NAMES.get(type(value), type(value).__name__)}"


def parse(text: str, place: str) -> BenchmarkFile:
    """What a file says.

    Args:
        text: TOML.
        place: what messages call the file.

    Raises:
        BenchmarkError: naming file, table and key.
    """
    try:
        top = Table(tomllib.loads(text), place)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BenchmarkError(f"{place} is no TOML: {error}") from error
    top.only("name", "trials", "geometry", "stored", "benchmarks", "variants", "corruptions", "attacks", *ABOUT)
    name, _ = top.need("name", str), top.need("source", str)
    entries = {key: _entry(key, table) for key, table in top.table("corruptions").tables()}
    attacks = top.table("attacks").tables()
    if not entries and not attacks:
        raise BenchmarkError(f"{place}: there are no corruptions; at least one [corruptions.NAME] is needed")
    variants = {key: _variant(key, table) for key, table in top.table("variants").tables()}
    if variants and ("geometry" in top.values or "stored" in top.values):
        raise BenchmarkError(f"{place}: geometry and stored belong to each of the variants where there are variants")
    variants = variants or {name: Variant(name, ONLY, _geometry(top), _stored(top))}
    for entry in entries.values():
        _check_tables(entry, variants, place)
    for key, table in (*top.table("corruptions").tables(), *attacks):
        _check_name(key, table.where)
    for key, table in attacks:
        if key in entries:
            raise BenchmarkError(f"{table.where}: corruptions.{key} is there already; give the attack another name")
        entries[key] = _attack(key, table, variants)
    shared = _about(top)
    listed = {
        key: _benchmark(table, entries, variants, shared, place) for key, table in top.table("benchmarks").tables()
    }
    listed = listed or {name: Listed(corruptions=tuple(entries), **shared)}
    for one in listed.values():
        if (one.superclasses or one.labels) and any(entries[own].attack for own in one.corruptions):
            raise BenchmarkError(f"{place}: an attack needs one class an image, not superclasses or several labels")
        own = one.baseline
        for name in () if own is None else (*own.errors, *own.flips, *own.distances):
            if name not in entries:
                raise BenchmarkError(f"{place}: baseline: {UnknownNameError('corruption of the file', name, entries)}")
    return BenchmarkFile(place, text, variants, entries, listed, _trials(top))


def _trials(top: Table) -> int:
    trials: int = top.get("trials", int, 1)
    if not 1 <= trials <= MOST_TRIALS:
        raise BenchmarkError(f"{top.where}: trials is {shortened(str(trials))}; 1 to {MOST_TRIALS:,} are possible")
    return trials


def _check_name(name: str, where: str) -> None:
    """That files and folders can be called by it, lists and records tell it from others, and it is none of ours."""
    if name in ("", ".", "..", CLEAN.corruption) or name != name.strip() or not name.isprintable() or set(name) & APART:
        raise BenchmarkError(
            f"{where}: {name!r} can be no name of a corruption: files and folders are called by it, so no "
            f"{' '.join(sorted(APART))} may be in it, and {CLEAN.corruption} is taken"
        )


def _entry(name: str, table: Table) -> Entry:
    table.only("of", "group", "short", "grows", "same_draws", "margin", "flips", "scale", "tables", "table")
    if THEN in name or AT in name:
        raise BenchmarkError(f"{table.where}: {THEN} and {AT} make a chain; give it another name, and the chain as of")
    if ("table" in table.values) == ("tables" in table.values):
        raise BenchmarkError(f"{table.where}: one of table (where there are no variants) and tables is needed")
    if table.values.get("tables") == {}:
        raise BenchmarkError(f"{table.where}.tables is empty; a table is needed by name of each variant's")
    raw = {ONLY: table.table("table")} if "table" in table.values else {}
    aliases: dict[str, str] = {}
    for key, value in table.table("tables").values.items():
        if isinstance(value, str):
            aliases[key] = value
        else:
            raw[key] = table.table("tables").table(key)
    tables = {key: _columns(one) for key, one in raw.items()}
    for key, other in aliases.items():
        if other not in tables:
            raise BenchmarkError(
                f"{table.where}.tables.{key}: there is no table {other!r} to be equal to; there are {', '.join(tables)}"
            )
        tables[key] = tables[other]
    lengths = {key: level_count(columns) for key, columns in tables.items()}
    if len(set(lengths.values())) > 1:
        raise BenchmarkError(f"{table.where}: its tables have different numbers of levels: {lengths}")
    scales = {key: table.table("scale").get(key, str) for key in table.table("scale").values}
    for key, scale in scales.items():
        if scale not in LEVEL_SCALES:
            raise BenchmarkError(f"{table.where}.scale.{key} is {scale!r}; allowed are {', '.join(LEVEL_SCALES)}")
    return Entry(
        name,
        table.get("of", str, name),
        tables,
        scales,
        table.get("group", str, ""),
        table.get("short", str, ""),
        table.get("grows", bool, False),
        table.get("same_draws", bool, False),
        _margin(table),
        _flips(table),
    )


def _attack(name: str, table: Table, variants: Mapping[str, Variant]) -> Entry:
    """An attack, whose parameters are the same in all variants."""
    table.only("of", "group", "short", "grows", "table")
    columns = _columns(table.table("table"))
    kind = table.get("of", str, name)
    try:
        for n in range(level_count(columns)):
            find_attack(kind, {key: column[n] for key, column in columns.items()})
    except (OptionError, UnknownNameError) as error:
        raise BenchmarkError(f"{table.where}: {error}") from error
    return Entry(
        name,
        kind,
        {variant.table: columns for variant in variants.values()},
        group=table.get("group", str, ""),
        short=table.get("short", str, ""),
        grows=table.get("grows", bool, False),
        attack=True,
    )


def _margin(table: Table) -> int:
    margin: int = table.get("margin", int, 0)
    if not 0 <= margin <= MOST_MARGIN:
        raise BenchmarkError(
            f"{table.where}.margin is {margin}; a number of pixels from 0 to {MOST_MARGIN:,} is needed"
        )
    return margin


def _flips(table: Table) -> str:
    against: str = table.get("flips", str, "")
    if against and against not in AGAINST:
        raise BenchmarkError(f"{table.where}: {UnknownNameError('flips', against, AGAINST)}")
    return against


def _is_number(value: Any) -> bool:
    """Whether it is a number, and one that a float can be."""
    if isinstance(value, float):
        return not math.isnan(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _columns(table: Table) -> Columns:
    """Columns of numbers, equally long; a single number stands for a column of equal ones."""
    columns: dict[str, tuple[float, ...]] = {}
    for key, value in table.values.items():
        values = value if isinstance(value, list) else [value]
        for one in values:
            if not _is_number(one):
                raise BenchmarkError(f"{table.where}.{key} holds {_kind(one)}; numbers are needed, one a level")
        if not values:
            raise BenchmarkError(f"{table.where}.{key} is empty; one number a level is needed")
        columns[key] = tuple(values)
    levels = max((len(values) for values in columns.values()), default=1)
    for key, found in columns.items():
        if isinstance(table.values[key], list) and len(found) != levels:
            longest = next(name for name, values in columns.items() if len(values) == levels)
            raise BenchmarkError(
                f"{table.where}.{key} has {len(found)} levels, {longest} has {levels}; one number a level is needed"
            )
    return {key: found if len(found) == levels else found * levels for key, found in columns.items()}


def _variant(name: str, table: Table) -> Variant:
    table.only("table", "geometry", "stored", "up_to")
    return Variant(name, table.need("table", str), _geometry(table), _stored(table), table.get("up_to", int))


def _geometry(table: Table) -> Mapping[str, Any]:
    found = table.table("geometry").only(*GEOMETRY)
    geometry: dict[str, Any] = {"crop_first": found.get("crop_first", float)}
    for key in ("resize", "crop"):
        value = found.values.get(key)
        sides = value if isinstance(value, list) and len(value) == 2 else [value]
        if value is not None and not all(type(side) is int and 0 < side <= MOST_PIXELS for side in sides):
            raise BenchmarkError(
                f"{found.where}.{key} is {_kind(value)}; a number of pixels from 1 to {MOST_PIXELS:,} or [height, "
                "width] is needed"
            )
        geometry[key] = tuple(value) if isinstance(value, list) else value
    if geometry["crop_first"] is not None and not 0 < geometry["crop_first"] <= 1:
        raise BenchmarkError(
            f"{found.where}.crop_first is {geometry['crop_first']}; a share of a side above 0, at most 1, is needed"
        )
    return {key: value for key, value in geometry.items() if value is not None}


def _stored(table: Table) -> int | None:
    found = table.table("stored").only("jpeg_quality")
    quality: int | None = found.get("jpeg_quality", int)
    if quality is not None and not 1 <= quality <= 100:
        raise BenchmarkError(f"{found.where}.jpeg_quality is {quality}; 1 to 100 is needed")
    return quality


def _check_tables(entry: Entry, variants: Mapping[str, Variant], place: str) -> None:
    known = {variant.table for variant in variants.values()}
    for key in entry.tables:
        if key not in known:
            raise BenchmarkError(
                f"{place}: corruptions.{entry.name}: no variant uses table {key!r}; the variants use "
                f"{', '.join(sorted(known)) or 'none'}"
            )


def _about(table: Table, shared: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a table says of a benchmark, and where it is silent what is said of all."""
    about = dict(shared or {})
    for key in ("source", "license", "task"):
        if key in table.values:
            about[key] = table.get(key, str)
    if "baseline" in table.values:
        about["baseline"] = _baseline(table.table("baseline"))
    if "missing" in table.values:
        reasons = table.table("missing")
        about["missing"] = {name: reasons.get(name, str) for name in reasons.values}
    if "metric" in table.values:
        about["metric"] = table.get("metric", str)
        if about["metric"] not in METRICS:
            raise BenchmarkError(f"{table.where}: {UnknownNameError('metric', about['metric'], METRICS)}")
    if "classes" in table.values or "superclasses" in table.values:
        about["classes"] = table.need("classes", int)
        about["superclasses"] = _superclasses(table, about["classes"])
    if "labels" in table.values:
        about["labels"] = tuple(table.get("labels", list))
    _check_labels(table, about)
    return about


MOST_LABELS = 30  # a record keeps the answers to all of an image as one whole number of 32 bits


def _check_labels(table: Table, about: Mapping[str, Any]) -> None:
    """That there are labels where the metric is theirs, and nowhere else."""
    labels = about.get("labels", ())
    if not all(isinstance(label, str) for label in labels) or len(set(labels)) < len(labels):
        raise BenchmarkError(f"{table.where}.labels: {list(labels)} is no list of different names")
    if len(labels) > MOST_LABELS:
        raise BenchmarkError(f"{table.where}.labels: there are {len(labels)}; at most {MOST_LABELS} are possible")
    if (about.get("metric") == "balanced_labels") != bool(labels):
        raise BenchmarkError(f'{table.where}: labels, and metric = "balanced_labels", are only possible together')
    if labels and about.get("superclasses"):
        raise BenchmarkError(f"{table.where}: superclasses and labels are not possible together")


def _superclasses(table: Table, classes: int) -> Mapping[str, tuple[int, ...]]:
    """The members of each; no class belongs to two."""
    table.need("superclasses", dict)
    found = table.table("superclasses")
    owners: dict[int, str] = {}
    for name in found.values:
        members = found.need(name, list)
        for member in members:
            if type(member) is not int or not 0 <= member < classes:
                raise BenchmarkError(
                    f"{found.where}.{name} holds {_kind(member)}; class numbers from 0 to {classes - 1} are needed"
                )
            if member in owners:
                raise BenchmarkError(f"{found.where}.{name}: class {member} belongs to {owners[member]} already")
            owners[member] = name
        if not members:
            raise BenchmarkError(f"{found.where}.{name} is empty; a class number is needed")
    if len(found.values) < 2:
        raise BenchmarkError(f"{found.where}: at least two superclasses are needed")
    return {name: tuple(members) for name, members in found.values.items()}


def _benchmark(
    table: Table, entries: Mapping[str, Entry], variants: Mapping[str, Variant], shared: Mapping[str, Any], place: str
) -> Listed:
    names = table.only("corruptions", "variant", *ABOUT).need("corruptions", list)
    for name in names:
        if not isinstance(name, str):
            raise BenchmarkError(f"{table.where}.corruptions holds {_kind(name)}; names are needed")
        if name not in entries or names.count(name) > 1:
            why = "is listed twice" if name in entries else f"has no [corruptions.{name}]"
            raise BenchmarkError(f"{table.where}.corruptions: {name!r} {why}")
    if not names:
        raise BenchmarkError(f"{table.where}.corruptions is empty")
    variant = table.get("variant", str)
    about = _about(table, shared)
    if variant is not None:
        if "baseline" not in table.values:
            about.pop("baseline", None)  # that of other images
        if variant not in variants:
            raise BenchmarkError(f"{table.where}.variant: there is no {variant!r}; there are {', '.join(variants)}")
        for name in names:
            if variants[variant].table not in entries[name].tables:
                raise BenchmarkError(
                    f"{place}: corruptions.{name} has no table {variants[variant].table!r}, which {table.where} needs"
                )
    return Listed(corruptions=tuple(names), variant=variant, **about)


def _baseline(table: Table) -> Baseline:
    table.only("name", "clean", "errors", "flips")
    rates = {"clean": table.need("clean", float)}
    errors, flips = (
        {key: table.table(kind).get(key, float) for key in table.table(kind).values} for kind in ("errors", "flips")
    )
    for key, rate in {**rates, **errors, **flips}.items():
        if not 0.0 <= rate <= 1.0:
            raise BenchmarkError(f"{table.where}: {key} is {rate}; an error rate lies on 0..1")
    return Baseline(table.need("name", str), rates["clean"], errors, flips=flips)
