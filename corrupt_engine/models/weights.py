"""Weights: from a hub, with one clear error where it cannot be reached, or from a local file that was asked for."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CorruptEngineError, MissingExtraError, ModelError

if TYPE_CHECKING:
    import torch


@contextlib.contextmanager
def loading(what: str) -> Iterator[None]:
    """Whatever a model library raises as one ModelError. Hubs fail in many types: URLError, OSError, HTTP clients'
    own.
    """
    try:
        yield
    except CorruptEngineError:
        raise
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise ModelError(
            f"{what} could not be loaded: {type(error).__name__}: {reason}. Where the hub cannot be reached from this "
            "machine, "
            "fetch the weights on another and pass weights=FILE (--weights FILE)"
        ) from error


def fill(model: "torch.nn.Module", path: Path) -> None:
    """Load a state_dict file into a model, every name in its place, or ModelError."""
    import torch

    with _unreadable(path):
        found: Any = (
            _safetensors(path)
            if path.suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True)
        )
    for key in ("state_dict", "model"):
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping):
        raise ModelError(f"weights {path} hold a {type(found).__name__}; a state_dict is needed")
    named = dict(found)
    if not named.keys() <= model.state_dict().keys():
        # DistributedDataParallel saves every name below "module.", torch.compile below "_orig_mod.".
        named = {str(key).removeprefix("module.").removeprefix("_orig_mod."): value for key, value in found.items()}
    try:
        model.load_state_dict(named)
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines()[1:3]]
        raise ModelError(f"weights {path} do not fit {type(model).__name__}: {' '.join(lines)[:300]}") from error


@contextlib.contextmanager
def _unreadable(path: Path) -> Iterator[None]:
    try:
        yield
    except CorruptEngineError:
        raise
    except Exception as error:  # unpickling a file that is none raises anything
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"weights {path} cannot be read as a state_dict: {reason[:200]}") from error


def _safetensors(path: Path) -> Any:
    try:
        from safetensors.torch import load_file
    except ImportError as error:
        raise MissingExtraError("safetensors", "hf") from error
    return load_file(path)
