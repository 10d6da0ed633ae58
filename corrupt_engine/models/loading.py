"""`load_model()`: a model by name."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from ..errors import ModelError, UnknownNameError
from .code import load_code
from .hubs import load_hf, load_timm, load_torchvision
from .loaded import LoadedModel
from .onnx import load_onnx

Loader: TypeAlias = Callable[[str, Path | None], LoadedModel]

LOADERS: Mapping[str, Loader] = {"torchvision": load_torchvision, "timm": load_timm, "hf": load_hf}
FORMS = ("torchvision:NAME", "timm:NAME", "hf:NAME", "FILE.onnx", "MODULE:FUNCTION")


def load_model(spec: str, *, weights: str | Path | None = None, device: str | None = None) -> LoadedModel:
    """A model with its normalisation, size and class names.

    Args:
        spec: one of
            "torchvision:resnet50" - the newest published weights, with the size and normalisation that belong to them;
            "timm:convnext_tiny" - with timm's own data configuration;
            "hf:microsoft/resnet-50" - a Hugging Face image classification model;
            "model.onnx" - through onnxruntime; ImageNet's normalisation unless another is given to `evaluate()`;
            "package.module:name" - an nn.Module, a LoadedModel, a function from images to scores, or a function or class without
            required arguments that makes one of these.
        weights: a local file of weights (a state_dict, .pt or .safetensors; for "hf:" a folder). Nothing local is loaded unless it is
            named here; without it the weights come from the model's hub.
        device: where an nn.Module is put.

    Raises:
        UnknownNameError: there is no such model; the nearest names are in the message.
        MissingExtraError: its library is not installed.
        ModelError: it cannot be loaded, or its hub cannot be reached.
    """
    local = None if weights is None else Path(weights)
    if local is not None and not local.exists():
        raise ModelError(f"weights {local} do not exist")
    kind, colon, name = spec.partition(":")
    if spec.lower().endswith(".onnx"):
        if local is not None:
            raise ModelError(f"{spec} holds its own weights; leave weights={local} out")
        loaded = load_onnx(Path(spec))
    elif kind in LOADERS and colon:
        loaded = LOADERS[kind](name, local)
    elif colon and name.isidentifier():
        loaded = load_code(kind, name, local)
    else:
        raise UnknownNameError("model", spec, FORMS)
    return loaded if device is None else on_device(loaded, device)


def on_device(loaded: LoadedModel, device: str) -> LoadedModel:
    """The model with its weights on a device, or ModelError."""
    import torch

    if not isinstance(loaded.function, torch.nn.Module):
        if torch.device(device).type == "cpu":
            return loaded
        raise ModelError(f"{loaded.name} is no nn.Module, so it cannot be put on {device!r}; it decides itself where it runs")
    try:
        return dataclasses.replace(loaded, function=loaded.function.to(device))
    except (RuntimeError, AssertionError) as error:
        raise ModelError(f"{loaded.name} cannot be put on device {device!r}: {str(error).splitlines()[0]}") from error
