"""A model with what it was trained to be fed."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from ..transforms.geometry import Geometry
from ..transforms.tensors import IMAGENET_MEAN, IMAGENET_STD

Numbers: TypeAlias = Sequence[float] | float
OWN = "model"
"""Given for mean, std or scores: what came with the model."""


@dataclasses.dataclass(frozen=True)
class LoadedModel:
    """A model, its name, and what it was trained to be fed.

    Args:
        function: from images (N, 3, H, W) to scores (N, classes); an nn.Module or any callable.
        name: what reports call it.
        mean: it is fed (x / 255 - mean) / std, the mean on 0..1, for all channels or for each; None feeds it the
            bytes.
        std: its other half.
        geometry: what happens to an image first; None leaves that to the benchmark.
        scores: "logits" or "probabilities".
        class_names: what the scores stand for, in their order, where that is known.
    """

    function: Callable[[Any], Any]
    name: str
    mean: Numbers | None = IMAGENET_MEAN
    std: Numbers = IMAGENET_STD
    geometry: Geometry | None = None
    scores: str = "logits"
    class_names: tuple[str, ...] = ()
