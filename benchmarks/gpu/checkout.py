"""Importing the library from this checkout where it is not installed: a lent machine has what it has."""

import importlib
import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def use_checkout() -> None:
    """Make `corrupt_engine` importable from the checkout, its `kernels` folder included."""
    if (
        importlib.util.find_spec("corrupt_engine") is not None
        and importlib.util.find_spec("corrupt_engine.kernels") is not None
    ):
        return
    sys.path.insert(0, str(ROOT))
    import corrupt_engine

    name, folder = "corrupt_engine.kernels", ROOT / "kernels"
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    corrupt_engine.__dict__["kernels"] = module
