"""The arithmetic of the corruptions: uint8 arrays, parameters and keys in, uint8 arrays out. Knows no framework and no
file.
"""

import functools
import importlib
from typing import Any


@functools.cache
def loaded(name: str) -> Any:
    """The module `name` of this package, imported when it is first asked for: Numba comes with it, a third of a second.

    An import statement within a function is looked up at each call, which after other work takes .04 ms.
    """
    return importlib.import_module(f".{name}", __name__)
