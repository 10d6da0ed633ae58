"""A model with what it was trained to be fed."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from ..answers import SCORES
from ..errors import OptionError, UnknownNameError
from ..geometry import Geometry
from ..output import IMAGENET_MEAN, IMAGENET_STD
from ..running import model_name

Numbers: TypeAlias = Sequence[float] | float
OWN = "model"
"""Given for mean, std or scores: what came with the model."""


@dataclasses.dataclass(frozen=True)
class LoadedModel:
    """A function from images (N, 3, H, W) to scores (N, classes), its name, and what it was trained to be fed.

    geometry None leaves it to the benchmark; class_names say what the scores stand for, where that is known.
    """

    function: Callable[[Any], Any]
    name: str
    mean: Numbers | None = IMAGENET_MEAN
    std: Numbers = IMAGENET_STD
    geometry: Geometry | None = None
    scores: str = "logits"
    class_names: tuple[str, ...] = ()


def as_loaded(model: Any, *, mean: Any = OWN, std: Any = OWN, scores: str = OWN, name: str | None = None) -> LoadedModel:
    """Any accepted model as a LoadedModel, with what was given explicitly in the place of what came with it."""
    if isinstance(model, str):
        from .loading import load_model

        model = load_model(model)
    if not isinstance(model, LoadedModel):
        if not callable(model):
            raise OptionError(f"a model must be callable or a name such as 'timm:resnet50'; got {type(model).__name__}")
        model = LoadedModel(model, model_name(model))
    given: dict[str, Any] = {key: value for key, value in (("mean", mean), ("std", std), ("scores", scores)) if not is_own(value)}
    if name is not None:
        given["name"] = name
    result: LoadedModel = dataclasses.replace(model, **given)
    if result.scores not in SCORES:
        raise UnknownNameError("scores", result.scores, (*SCORES, OWN))
    return result


def is_own(value: Any) -> bool:
    """Whether a value says "the model's own" (an array compares element by element, so `==` alone will not do)."""
    return isinstance(value, str) and value == OWN
