"""A model as a function from a batch of images to scores."""

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch


@contextlib.contextmanager
def eval_mode(model: Callable[[Any], Any]) -> "Iterator[Callable[[torch.Tensor], Any]]":
    """The model as a function of batches, without gradients, in eval mode, on its own device; its mode is given back at
    the end.
    """
    import torch

    module = model if isinstance(model, torch.nn.Module) else None
    training = [(part, part.training) for part in module.modules()] if module is not None else []
    tensor = next(module.parameters(), None) if module is not None else None
    if module is not None:
        module.eval()
    try:
        with torch.inference_mode():
            yield lambda images: scores_of(model(images if tensor is None else images.to(tensor.device)))
    finally:
        for part, mode in training:
            part.training = mode


def scores_of(output: Any) -> Any:
    """The scores in what a model gave: a tensor or array, or the `logits` of a Hugging Face output or of a mapping."""
    import torch

    if hasattr(output, "logits"):
        output = output.logits
    elif isinstance(output, dict) and "logits" in output:
        output = output["logits"]
    return torch.from_numpy(output) if isinstance(output, np.ndarray) else output


def model_name(model: Any) -> str:
    """What a report calls a model that was given no name."""
    own = getattr(model, "name", None)
    return own if isinstance(own, str) else getattr(model, "__name__", type(model).__name__)
