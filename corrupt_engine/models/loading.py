"""`load_model()`: a model by name."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ..errors import ModelError, OptionError, UnknownNameError
from .code import load_code
from .hubs import load_hf, load_timm, load_torchvision
from .loaded import OWN, LoadedModel
from .onnx import OnnxModel, load_onnx
from .running import model_name
from .scores import SCORES

Loader: TypeAlias = Callable[[str, Path | None], LoadedModel]

LOADERS: Mapping[str, Loader] = {"torchvision": load_torchvision, "timm": load_timm, "hf": load_hf}
SPEC_FORMS = ("torchvision:NAME", "timm:NAME", "hf:NAME", "FILE.onnx", "MODULE:FUNCTION")


def load_model(spec: str, *, weights: str | Path | None = None, device: str | None = None) -> LoadedModel:
    """A model with its normalization, size and class names.

    Args:
        spec: one of
            "torchvision:resnet50" - the newest published weights, with the size and normalization that belong to them;
            "timm:convnext_tiny" - with timm's own data configuration;
            "hf:microsoft/resnet-50" - a Hugging Face image classification model;
            "model.onnx" - through onnxruntime; ImageNet's normalization unless another is given to `evaluate()`, the
                bytes where its input is uint8;
            "package.module:name" - an nn.Module, a LoadedModel, a function from images to scores, or a function or
            class without required arguments that makes one of these.
        weights: a local file of weights (a state_dict, .pt or .safetensors; for "hf:" a folder). Nothing local is
            loaded unless it is named here; without it the weights come from the model's hub.
        device: where an nn.Module is put, as torch names it; None leaves it where it is.

    Returns:
        A LoadedModel; the model itself is its `function`.

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
    elif is_code(spec):
        loaded = load_code(kind, name, local)
    else:
        raise UnknownNameError("model", spec, SPEC_FORMS)
    return loaded if device is None else on_device(loaded, device)


def is_code(spec: str) -> bool:
    """Whether a model is named as MODULE:FUNCTION, so that loading it runs that module.

    Args:
        spec: as for `load_model`.

    Returns:
        False for the names of libraries' models and for files.
    """
    kind, colon, name = spec.partition(":")
    return bool(colon) and kind not in LOADERS and name.isidentifier() and not spec.lower().endswith(".onnx")


def on_device(loaded: LoadedModel, device: str) -> LoadedModel:
    """The model with its weights on a device, or ModelError."""
    import torch

    if not isinstance(loaded.function, torch.nn.Module):
        if torch.device(device).type == "cpu":
            return loaded
        raise ModelError(
            f"{loaded.name} is no nn.Module, so it cannot be put on {device!r}; it decides itself where it runs"
        )
    try:
        return dataclasses.replace(loaded, function=loaded.function.to(device))
    except (RuntimeError, AssertionError) as error:
        raise ModelError(f"{loaded.name} cannot be put on device {device!r}: {str(error).splitlines()[0]}") from error


def as_loaded(
    model: Any, *, mean: Any = OWN, std: Any = OWN, scores: str = OWN, name: str | None = None
) -> LoadedModel:
    """Any accepted model as a LoadedModel, with what was given explicitly in the place of what came with it.

    Args:
        model: a LoadedModel, a name as for `load_model`, or any callable from images to scores.
        mean: as for LoadedModel; "model" leaves what came with it.
        std: likewise.
        scores: "logits" or "probabilities"; "model" leaves what came with it.
        name: what reports call it; None leaves what came with it.

    Returns:
        A LoadedModel; a callable without anything else is taken to want ImageNet's normalization and to give logits.

    Raises:
        OptionError: the model is neither callable nor a name, or an ONNX file that takes bytes and is to be normalized.
        UnknownNameError: there is no such model, or no such kind of scores.
        MissingExtraError, ModelError: as for `load_model`.
    """
    if isinstance(model, str):
        model = load_model(model)
    if not isinstance(model, LoadedModel):
        if not callable(model):
            raise OptionError(f"a model must be callable or a name such as 'timm:resnet50'; got {type(model).__name__}")
        model = LoadedModel(model, model_name(model))
    given: dict[str, Any] = {
        key: value for key, value in (("mean", mean), ("std", std), ("scores", scores)) if not is_own(value)
    }
    if name is not None:
        if not isinstance(name, str):
            raise OptionError(f"name {name!r} is no text")
        given["name"] = name
    result: LoadedModel = dataclasses.replace(model, **given)
    if result.scores not in SCORES:
        raise UnknownNameError("scores", result.scores, (*SCORES, OWN))
    if isinstance(result.function, OnnxModel) and result.function.takes_bytes:
        refused = "mean" if result.mean is not None else "std" if "std" in given else None
        if refused is not None:
            raise OptionError(
                f"{refused}={getattr(result, refused)!r} for the ONNX model {result.name}, whose input is uint8: it is "
                "given the bytes and normalizes them by itself; leave mean and std out"
            )
    return result


def is_own(value: Any) -> bool:
    """Whether a value says "the model's own" (an array compares element by element, so `==` alone will not do)."""
    return isinstance(value, str) and value == OWN
