"""A model as an attack sees it: from images on 0..1, before normalization, to logits with a gradient."""

from collections.abc import Callable
from typing import Any

import torch

from ..errors import OptionError
from ..transforms.tensors import normalized
from .onnx import OnnxModel
from .precision import Precision, autocast
from .running import scores_of

WAY_OUT = "so it cannot be attacked directly: craft with another model, crafted_by=MODEL (black box)"


class Crafting(torch.nn.Module):
    """A model from images on 0..1 to logits.

    Args:
        model: an nn.Module, or any callable from normalized images to scores.
        mean: it is fed (images - mean) / std.
        std: its other half.
        scores: "logits" or "probabilities", what it gives.
        precision: what it computes in.

    Raises:
        OptionError: it takes bytes, or is an ONNX file.
    """

    def __init__(self, model: Callable[[Any], Any], mean: Any, std: Any, scores: str, precision: Precision) -> None:
        super().__init__()
        if isinstance(model, OnnxModel):
            raise OptionError(f"an ONNX file gives no gradient, {WAY_OUT}")
        if mean is None:
            raise OptionError(
                "the model takes bytes (mean=None), through which no gradient goes: give the mean and std of a model "
                "that takes normalized images, or craft with another model, crafted_by=MODEL (black box)"
            )
        # In a list, so that foolbox neither moves it nor changes its mode.
        self.model, self.scores, self.precision = [model], scores, precision
        own = next(model.parameters(), None) if isinstance(model, torch.nn.Module) else None
        self.place = None if own is None else own.device
        self.mean, self.std = mean, std
        self.eval()

    def normalized(self, images: torch.Tensor) -> torch.Tensor:
        """What the model is fed."""
        return normalized(images, self.mean, self.std, getattr(torch, self.precision.images))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (N, classes) float32 of images (N, C, H, W) on 0..1."""
        with autocast(self.precision, images.device.type):
            output = scores_of(self.model[0](self.normalized(images)))
        if not isinstance(output, torch.Tensor):
            raise OptionError(f"the model gives a {type(output).__name__} without a gradient, {WAY_OUT}")
        values = output.float()
        return values.clamp_min(1e-30).log() if self.scores == "probabilities" else values

    def checked_logits(self, images: torch.Tensor) -> torch.Tensor:
        """Logits of the images; OptionError where no gradient leads from them to an image."""
        asked = images[:1].clone().requires_grad_()
        try:
            output = self(asked)
        except RuntimeError as error:
            if "requires grad" not in str(error):
                raise
            raise OptionError(f"the model gives no gradient ({error}), {WAY_OUT}") from error
        if not output.requires_grad or torch.autograd.grad(output.sum(), asked, allow_unused=True)[0] is None:
            raise OptionError(f"the model gives no gradient: it detaches what it computes, {WAY_OUT}")
        with torch.no_grad():
            found: torch.Tensor = self(images)
        return found
