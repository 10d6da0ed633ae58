"""The registry of formats: a module of this folder with a function under `@report_format` is what adds one."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..rates import Rates

Render = Callable[[Sequence[Rates]], str]


class Format(NamedTuple):
    """A way to write reports: the suffix of its files, and the function from reports to text."""

    suffix: str
    render: Render


_FORMATS: dict[str, Format] = {}


def report_format(name: str, *, suffix: str) -> Callable[[Render], Render]:
    """Register the decorated function, from reports that may share a table to text, as a format.

    Args:
        name: as `render(reports, name)` and the command line have it.
        suffix: of its files, with the dot, in lower case.

    Returns:
        A decorator, which gives the function itself back.

    Raises:
        ValueError: the name or the suffix is taken.
    """

    def register(function: Render) -> Render:
        for other, known in _FORMATS.items():
            if name == other or suffix == known.suffix:
                raise ValueError(f"format {name!r} ({suffix}) is defined twice: {other!r} has {known.suffix}")
        _FORMATS[name] = Format(suffix, function)
        return function

    return register


def registered() -> Mapping[str, Format]:
    """All formats by name. The first call imports the modules of this folder."""
    _import_modules()
    return _FORMATS


@cache
def _import_modules() -> None:
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"{__package__}.{module.name}")


class Suffixes(Mapping[str, str]):
    """The registered formats with the suffixes of their files."""

    def __getitem__(self, name: str) -> str:
        return registered()[name].suffix

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(registered()))

    def __len__(self) -> int:
        return len(registered())
