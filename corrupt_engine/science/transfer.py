"""A trained network with new last layers, to be trained on corrupted images."""

import copy
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from ..errors import OptionError
from ..runtime.checks import check_count, check_flag, check_integer
from ..runtime.seeds import torch_seed


def transfer(
    model: nn.Module, classes: int, hidden: Sequence[int] = (), *, frozen: bool = False, seed: int = 0
) -> nn.Module:
    """A copy of a network whose last linear layer is replaced by new ones, with ReLU between them.

    Args:
        model: a network trained on clean images. It stays as it is.
        classes: how many scores the copy gives.
        hidden: the widths of the layers between, (256,) for MNIST and (256, 512) for CIFAR-10 in the paper; none
            replaces the last layer alone.
        frozen: whether only the new layers are trained. Statistics of a batch normalization still move in train mode.
        seed: fixes the new weights.

    Returns:
        The copy.

    Raises:
        OptionError: model is no module or hidden no list, the network has no linear layer, or a width is no whole
            number from 1 up.

    Source: Cavey, Dolan and Stock, "Strategies for Robust Image Classification".

    >>> network = nn.Sequential(nn.Flatten(), nn.Linear(9, 4), nn.ReLU(), nn.Linear(4, 2))
    >>> transfer(network, classes=10, hidden=(8,), frozen=True)[3]
    Sequential(
      (0): Linear(in_features=4, out_features=8, bias=True)
      (1): ReLU()
      (2): Linear(in_features=8, out_features=10, bias=True)
    )
    """
    if not isinstance(model, nn.Module) or not isinstance(hidden, Sequence):
        given = f"{type(model).__name__} and {hidden!r}"
        raise OptionError(f"a torch.nn.Module and a list of widths are needed, not {given}")
    check_count("classes", classes, 1)
    widths = [check_count("hidden", width, 1) for width in hidden]
    check_flag("frozen", frozen)
    check_integer("seed", seed)
    made = copy.deepcopy(model)
    linear = [(name, part) for name, part in made.named_modules() if isinstance(part, nn.Linear) and name]
    if not linear:
        raise OptionError(f"{type(model).__name__} has no linear layer (nn.Linear) inside that could be replaced")
    if frozen:
        made.requires_grad_(False)
    name, last = linear[-1]
    layers: list[nn.Module] = []
    with torch.random.fork_rng([]):
        torch.manual_seed(torch_seed(seed))
        for entering, leaving in pairwise([last.in_features, *widths, classes]):
            layers += [nn.Linear(entering, leaving), nn.ReLU()]
    new = layers[0] if len(layers) == 2 else nn.Sequential(*layers[:-1])
    parent, _, own = name.rpartition(".")
    setattr(made.get_submodule(parent), own, new.to(last.weight.device, last.weight.dtype))
    return made
