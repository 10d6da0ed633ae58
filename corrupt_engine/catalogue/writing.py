"""Benchmark files written: a choice of corruptions from a benchmark as a file of its own."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import UnknownNameError
from .benchmark import Benchmark
from .parsing import ABOUT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SHARED = tuple(key for key in ABOUT if key not in ("source", "missing", "baseline"))


def benchmark_text(name: str, corruptions: Sequence[str], of: Benchmark, source: str) -> str:
    """A benchmark file of some of a benchmark's corruptions, with their tables.

    Args:
        name: what the new benchmark is called.
        corruptions: which, in this order.
        of: the benchmark whose they are.
        source: what the file says of where it comes from.

    Returns:
        TOML, which every argument that takes a benchmark file reads.

    Raises:
        UnknownNameError: the benchmark has no such corruption.
    """
    raw = tomllib.loads(of.file.text)
    for one in corruptions:
        if one not in of.corruptions:
            raise UnknownNameError(f"corruption of {of.name}", one, of.corruptions)
    made: dict[str, Any] = {"name": name, "source": source}
    made |= {key: raw[key] for key in (*SHARED, "trials", "geometry", "stored") if key in raw}
    own = {key: value for key, value in raw.get("benchmarks", {}).get(of.name, {}).items() if key != "source"}
    made["benchmarks"] = {name: {**own, "corruptions": list(corruptions)}}
    if "variants" in raw:
        made["variants"] = raw["variants"]
    baseline = of.baseline
    if baseline is not None and not baseline.flips and all(one in baseline.errors for one in corruptions):
        errors = {one: baseline.errors[one] for one in corruptions}
        made["benchmarks"][name]["baseline"] = {"name": baseline.name, "clean": baseline.clean, "errors": errors}
    for kind in ("corruptions", "attacks"):
        if kept := {one: raw[kind][one] for one in corruptions if one in raw.get(kind, {})}:
            made[kind] = kept
    return toml(made)


def toml(values: Mapping[str, Any]) -> str:
    """Nested dicts of texts, numbers, truth values and lists as TOML.

    >>> print(toml({"name": "a", "corruptions": {"fog": {"grows": True, "table": {"x": [1.0, 2.5]}}}}), end="")
    name = "a"
    <BLANKLINE>
    [corruptions.fog]
    grows = true
    table = {x = [1.0, 2.5]}
    """
    lines = [f"{key} = {inline(value)}" for key, value in values.items() if not isinstance(value, Mapping)]
    for head, tables in values.items():
        if not isinstance(tables, Mapping):
            continue
        plain = {key: value for key, value in tables.items() if not isinstance(value, Mapping)}
        if plain:
            lines += ["", f"[{quoted(head)}]", *(f"{quoted(key)} = {inline(value)}" for key, value in plain.items())]
        for name, table in tables.items():
            if isinstance(table, Mapping):
                lines += ["", f"[{quoted(head)}.{quoted(name)}]"]
                lines += [f"{quoted(key)} = {inline(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def inline(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(key)} = {inline(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(inline, value)) + "]"
    return repr(value)


def quoted(key: str) -> str:
    """A key, bare where TOML allows it."""
    plain = key.isascii() and all(letter.isalnum() or letter in "_-" for letter in key)
    return key if key and plain else json.dumps(key, ensure_ascii=False)
