"""Models out of people's own code: "module:name"."""

import importlib
import inspect
from pathlib import Path
from typing import Any

from ..errors import ModelError, UnknownNameError
from .loaded import LoadedModel
from .weights import fill, loading


def load_code(module: str, name: str, weights: Path | None) -> LoadedModel:
    """What the name stands for, or what it makes when called without arguments."""
    import torch

    if not module or module.startswith("."):
        raise ModelError(
            f"model {module}:{name}: {module!r} is no module's name; MODULE:FUNCTION is needed, such as "
            "mycode.models:network"
        )
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = f"there is no module {error.name!r}" if error.name else str(error)
        raise ModelError(
            f"model {module}:{name}: {missing}; run where it can be imported, or set PYTHONPATH"
        ) from error
    if not hasattr(found, name):
        raise UnknownNameError(
            f"model in module {module}", name, [key for key in vars(found) if not key.startswith("_")]
        )
    value = getattr(found, name)
    if makes_a_model(value):
        with loading(f"{module}:{name}"):
            value = value()
    if not isinstance(value, LoadedModel):
        if not callable(value):
            raise ModelError(
                f"{module}:{name} is a {type(value).__name__}; a model, or a function that makes one, is needed"
            )
        value = LoadedModel(value, name)
    if weights is not None:
        if not isinstance(value.function, torch.nn.Module):
            raise ModelError(f"{module}:{name} is no nn.Module, so weights {weights} cannot be loaded into it")
        fill(value.function, weights)
    result: LoadedModel = value
    return result


def makes_a_model(value: Any) -> bool:
    """Whether a name stands for a class, or a function without required arguments, and not for a function of images."""
    if inspect.isclass(value):
        return True
    if not inspect.isroutine(value):
        return False
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return not any(p.default is p.empty and p.kind in kinds for p in inspect.signature(value).parameters.values())
