"""`penultimate()`: what a network hands to its last linear layer, as features."""

import dataclasses
from typing import Any

import torch
from torch import nn

from ..errors import OptionError
from ..models import LoadedModel, load_model
from ..models.running import model_name, scores_of


class Penultimate(nn.Module):
    """A network whose output is the input of the last nn.Linear that it runs.

    Args:
        model: the network; it is held, not copied, and has no hook outside a call.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.name = f"input of the last linear layer of {model_name(model)}"

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Features (N, ...) of images (N, C, H, W)."""
        seen: list[torch.Tensor] = []

        def keep(layer: nn.Module, given: tuple[Any, ...]) -> None:
            seen[:] = given[:1]

        hooks = [part.register_forward_pre_hook(keep) for part in linear_layers(self.model)]
        try:
            scores_of(self.model(images))
        finally:
            for hook in hooks:
                hook.remove()
        if not seen:
            raise OptionError(f"{self.name}: it ran none of its linear layers; {INSTEAD}")
        return seen[0]


INSTEAD = "give features of your own, such as the network without its last layer, or its scores (--features scores)"


def penultimate(model: Any) -> Any:
    """The features that a network's last linear layer is given: a network up to its classifier.

    The last one that is run counts, whatever its place among the modules.

    Args:
        model: an nn.Module; a LoadedModel, or a name such as "timm:resnet50".

    Returns:
        Of an nn.Module an nn.Module, from images (N, C, H, W) to features (N, ...), with the same weights. Of the
        others a LoadedModel, which is fed as the named one is.

    Raises:
        OptionError: it is no nn.Module, or has no linear layer; or, when it is called, it runs none.
        UnknownNameError, MissingExtraError, ModelError: as for `models.load_model`.

    >>> net = nn.Sequential(nn.Flatten(), nn.Linear(12, 5), nn.ReLU(), nn.Linear(5, 3))
    >>> tuple(penultimate(net)(torch.zeros(2, 3, 2, 2)).shape)
    (2, 5)
    """
    if isinstance(model, str):
        model = load_model(model)
    if isinstance(model, LoadedModel):
        found = penultimate(model.function)
        found.name = f"input of the last linear layer of {model.name}"
        return dataclasses.replace(model, function=found, name=found.name)
    if not isinstance(model, nn.Module):
        raise OptionError(f"model is a {type(model).__name__}; a torch.nn.Module is needed, to look into; or {INSTEAD}")
    if not linear_layers(model):
        raise OptionError(f"{model_name(model)} has no linear layer (torch.nn.Linear); {INSTEAD}")
    return Penultimate(model)


def linear_layers(model: nn.Module) -> list[nn.Linear]:
    """The linear layers in it, itself included."""
    return [part for part in model.modules() if isinstance(part, nn.Linear)]
