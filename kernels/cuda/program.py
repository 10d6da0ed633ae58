"""CUDA C++ sources and the kernels in them, as CuPy's run-time compiler gets them.

One module a file, compiled when the first of its kernels is launched: a run uses a few corruptions of many, CuPy keeps
what it compiled on disk by its source, so after a change of one file the others are still there, and a pixel function
that somebody else wrote is a module of its own in any case. The source is one text: CuPy's disk cache knows nothing of
included files, and would go on with the old ones.
"""

import functools
import re
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any

from .kinds import named
from .translation import Unit

OPTIONS = ("-fmad=false", "--std=c++17")
"""Without contraction a product and a sum round twice, as on the CPU; nothing else decides bytes. CuPy adds -ftz=true:
subnormal numbers become zero. The tests hold that no kernel meets one."""

MOST_ELEMENTS = 2**30
"""Of an image or of its scratch: kernels count them in 32 bits."""

_INCLUDE = re.compile(r'^#include "(\S+)"\n', re.MULTILINE)


class ImageTooLarge(ValueError):
    """An image with more elements than the kernels can count."""


def check_elements(what: str, count: int) -> None:
    """ImageTooLarge where that many cannot be counted."""
    if count > MOST_ELEMENTS:
        raise ImageTooLarge(f"{what} has {count:,} elements; a GPU's kernels take up to {MOST_ELEMENTS:,}")


@functools.cache
def text_of(file: str) -> str:
    """A file of this folder."""
    return resources.files(__package__).joinpath(file).read_text()


class Program:
    """The source of a module: a file, the headers that it names, and the Python functions that it calls."""

    def __init__(
        self, file: str, functions: Sequence[tuple[Callable[..., Any], str]] = (), **constants: str | int
    ) -> None:
        """Args:
        file: in this folder.
        functions: (scalar function, the types of its arguments by name, see `kinds.named`), which the file
            calls as python::name.
        constants: what the file's capital words stand for: types and numbers that are fixed in a module.
        """
        self.file, self.functions, self.constants = file, functions, constants

    def __repr__(self) -> str:
        return " ".join([self.file, *(f"{name}={value}" for name, value in self.constants.items())])

    @functools.cached_property
    def source(self) -> str:
        """All of it as one text."""
        unit = Unit()
        for function, types in self.functions:
            unit.add(function, [named(name) for name in types.split()], own_name=True)
        text = text_of(self.file)
        headers = [text_of(name) for name in _INCLUDE.findall(text)]
        constants = [f"#define {name} {value}" for name, value in self.constants.items()]
        return "\n".join([*headers, unit.source, *constants, _INCLUDE.sub("", text)])

    def kernel(self, name: str) -> "Kernel":
        """One of its kernels."""
        kernel = Kernel(self, name)
        KERNELS.append(kernel)
        return kernel


class Kernel:
    """A kernel by its name in its program."""

    __slots__ = ("name", "program")

    def __init__(self, program: Any, name: str) -> None:
        self.program, self.name = program, name

    def __repr__(self) -> str:
        return f"{self.name} of {self.program!r}"


KERNELS: list[Kernel] = []
"""Every kernel that stands in a file of this package, in the order of definition."""


def tiles(count: int, size: int) -> int:
    """How many blocks of a size cover a count."""
    return -(-count // size)
