"""Attacks on a model: images changed, within a bound, so that it errs. foolbox makes them; what here is ours is that no
image's result depends on the batch that it is in.
"""

import functools
import importlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ..catalogue.attacks import Attack, find_attack
from ..errors import MissingExtraError, OptionError
from .precision import Precision

if TYPE_CHECKING:
    import torch

    from .crafting import Crafting

LIBRARY = "foolbox"


def attack(
    model: Callable[[Any], Any],
    images: "torch.Tensor",
    labels: "torch.Tensor",
    kind: str,
    *,
    mean: Sequence[float] | float = 0.0,
    std: Sequence[float] | float = 1.0,
    scores: str = "logits",
    seed: int = 0,
    ids: Sequence[int] | np.ndarray | None = None,
    **parameters: float,
) -> "torch.Tensor":
    """Images changed so that a model errs on them, by what its gradient says.

    The gradient is taken through the normalization, with the model in eval mode. An image's result does not depend on
    what else is in the batch, but for the rounding of the model's own arithmetic. The model, its mode and its gradients
    are left as they were.

    Args:
        model: the network, or any callable through which torch can take a gradient, from images (N, C, H, W) to scores
            (N, classes).
        images: (N, C, H, W) float32 on 0..1, before normalization.
        labels: (N,) the true class numbers.
        kind: "fgsm", "least_likely_fgsm", "pgd", "least_likely_pgd", "mi_fgsm" or "cw_l2". A least likely one moves
            towards the class that the model finds least likely of the unchanged image.
        mean: the model is fed (images - mean) / std.
        std: its other half.
        scores: "logits" or "probabilities", what the model gives.
        seed: fixes the random start of "pgd" and "least_likely_pgd".
        ids: (N,) the sample ids, by which each image has its own random start; default 0, 1, ...
        parameters: epsilon, the most by which a pixel changes, in units of the pixel range 0..1 (all but "cw_l2", which
            looks for the smallest change in the L2 norm); steps (default 10); step, that of "pgd" in units of epsilon
            (.25: Madry's 2.5 / steps); decay of "mi_fgsm" (1), whose step is epsilon / steps; confidence, steps,
            searches, rate and constant of "cw_l2" (0, 1000, 9, .01 and .001).

    Returns:
        (N, C, H, W) float32 on 0..1, where the images were. An image for which "cw_l2" finds nothing stays as it is.

    Raises:
        OptionError: the model has no gradient, images or labels are not of this kind, or a parameter is out of range.
        UnknownNameError: there is no such attack or parameter.
        MissingExtraError: foolbox is not installed.

    Source: Goodfellow 2015 (arXiv:1412.6572), fgsm; Kurakin 2017 (arXiv:1607.02533), least likely; Madry 2018
    (arXiv:1706.06083), pgd; Dong 2018 (arXiv:1710.06081), mi_fgsm; Carlini and Wagner 2017 (arXiv:1608.04644), cw_l2.
    Computed by Rauber 2020 (foolbox 3), but for the momentum of mi_fgsm: foolbox adds up signs, the paper gradients
    divided by their L1 norm, and so does this.
    """
    meant = find_attack(kind, parameters)
    numbers = np.arange(len(images)) if ids is None else np.asarray(ids, np.int64)
    return attacked(meant, model, images, labels, numbers, mean=mean, std=std, scores=scores, seed=seed)


def attacked(
    meant: Attack,
    model: Callable[[Any], Any],
    images: "torch.Tensor",
    labels: "torch.Tensor",
    ids: np.ndarray,
    *,
    mean: Any,
    std: Any,
    scores: str = "logits",
    seed: int = 0,
    name: str = "",
    precision: Precision | None = None,
) -> "torch.Tensor":
    """As `attack`, of an attack that is checked; `name` is what keys the random start, default the attack's own."""
    import torch

    from .crafting import Crafting

    with torch.inference_mode(False), torch.enable_grad(), frozen(model):
        # Outside of inference mode, where gradients can be taken, and only of the images.
        clean = images.detach().clone()
        network = Crafting(model, mean, std, scores, precision or Precision())
        place = network.place or clean.device
        clean, labels = clean.to(place), labels.detach().clone().to(place)
        check_inputs(clean, labels, ids)
        if not len(clean):
            return images
        logits = network.checked_logits(clean)
        if int(labels.min()) < 0 or int(labels.max()) >= logits.shape[1]:
            raise OptionError(
                f"labels go from {int(labels.min())} to {int(labels.max())}, and the model has {logits.shape[1]} "
                "classes: an attack needs each image's class number"
            )
        start = random_start(clean, ids, name or meant.kind, seed) if meant.kind in RANDOM else None
        made: torch.Tensor = crafted(meant, network, clean, labels, logits, start)
        return made.detach().to(images.device)


RANDOM = ("pgd", "least_likely_pgd")
TARGETED = ("least_likely_fgsm", "least_likely_pgd")


def random_start(images: "torch.Tensor", ids: np.ndarray, name: str, seed: int) -> "torch.Tensor":
    """Uniform on -1..1 for every element, by the sample's id."""
    import torch

    from ..kernels.philox import condition_key

    key = [int(word) for word in condition_key(seed, name, 0, 0)]
    shape = tuple(images.shape[1:])
    rows = [np.random.Generator(np.random.Philox(key=[key[0] << 32 | key[1], int(n)])).random(shape) for n in ids]
    return torch.from_numpy((2 * np.stack(rows) - 1).astype(np.float32)).to(images.device)


def crafted(meant: Attack, network: "Crafting", clean: Any, labels: Any, logits: Any, start: Any) -> Any:
    """What foolbox makes of the images."""
    foolbox, eagerpy = library()
    attacks = foolbox.attacks
    own = meant.parameters
    shown = foolbox.PyTorchModel(network, bounds=(0, 1), device=clean.device)
    criterion: Any = foolbox.criteria.Misclassification(labels)
    if meant.kind in TARGETED:
        criterion = foolbox.criteria.TargetedMisclassification(logits.argmin(1))
    if meant.kind == "cw_l2":
        search = attacks.L2CarliniWagnerAttack(
            binary_search_steps=own["searches"],
            steps=own["steps"],
            stepsize=own["rate"],
            confidence=own["confidence"],
            initial_const=own["constant"],
            abort_early=False,  # which looks at the sum of the batch
        )
        found = search.run(shown, clean, criterion)
        # Where nothing was found it gives a black image.
        there = (found != 0).flatten(1).any(1)
        return found.where(there[:, None, None, None], clean).clamp(0, 1)

    class Started(attacks.LinfProjectedGradientDescentAttack):  # type: ignore[misc, name-defined]
        """With a start of the image's own."""

        def get_random_start(self, x0: Any, epsilon: float) -> Any:
            return x0 + epsilon * eagerpy.astensor(start)

    class Momentum(attacks.LinfBasicIterativeAttack):  # type: ignore[misc, name-defined]
        """The momentum of the paper: of gradients, each divided by its L1 norm."""

        def normalize(self, gradients: Any, *, x: Any, bounds: Any) -> Any:
            norms = eagerpy.maximum(gradients.abs().sum(axis=(1, 2, 3), keepdims=True), 1e-30)
            return gradients / norms

        def get_optimizer(self, x: Any, stepsize: float) -> Any:
            return attacks.mi_fgsm.GDMOptimizer(x, stepsize, own["decay"])

    if meant.kind == "mi_fgsm":
        method: Any = Momentum(rel_stepsize=1 / own["steps"], steps=own["steps"], random_start=False)
    elif meant.kind in RANDOM:
        method = Started(rel_stepsize=own["step"], steps=own["steps"], random_start=True)
    else:  # FGSM is its first step; foolbox's own takes no target
        method = attacks.LinfBasicIterativeAttack(rel_stepsize=1.0, steps=1, random_start=False)
    return method.run(shown, clean, criterion, epsilon=own["epsilon"])


@functools.cache
def library() -> tuple[Any, Any]:
    """foolbox and eagerpy, or MissingExtraError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what it imports of SciPy
            return importlib.import_module(LIBRARY), importlib.import_module("eagerpy")
    except ImportError as error:
        raise MissingExtraError(LIBRARY, "science") from error


def check_inputs(images: "torch.Tensor", labels: "torch.Tensor", ids: np.ndarray) -> None:
    """OptionError where they are not what an attack needs."""
    import torch

    if images.ndim != 4 or images.dtype != torch.float32:
        raise OptionError(
            f"images are {images.dtype} {tuple(images.shape)}; an attack needs (N, C, H, W) float32 on 0..1, before "
            "normalization"
        )
    if len(images) and not 0 <= float(images.min()) <= float(images.max()) <= 1:
        raise OptionError(
            f"images go from {float(images.min()):g} to {float(images.max()):g}; an attack needs them on 0..1, before "
            "normalization, which mean= and std= tell"
        )
    if labels.ndim != 1 or len(labels) != len(images) or labels.is_floating_point():
        raise OptionError(f"labels are {labels.dtype} {tuple(labels.shape)}; {len(images)} class numbers are needed")
    if len(ids) != len(images):
        raise OptionError(f"there are {len(ids)} ids for {len(images)} images")


@contextmanager
def frozen(model: Any) -> Iterator[None]:
    """Within it the module is in eval mode and its weights want no gradient."""
    import torch

    if not isinstance(model, torch.nn.Module):
        yield
        return
    modes = [(part, part.training) for part in model.modules()]
    wanting = [weight for weight in model.parameters() if weight.requires_grad]
    model.eval()
    for weight in wanting:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in wanting:
            weight.requires_grad_(True)
        for part, mode in modes:
            part.training = mode
