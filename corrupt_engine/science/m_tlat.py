"""M-TLAT: training on mixtures of images, and on mixtures attacked towards random classes."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from ..errors import OptionError
from ..runtime.checks import check_integer, check_numbers
from ..runtime.seeds import numpy_generator, torch_seed

MOST_EPSILON = 0.025
"""On images of 0..1."""
ALPHA = 0.4


def soft_cross_entropy(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The mean over images of -sum(targets log softmax(scores)), both (N, classes)."""
    return -(targets * scores.log_softmax(1)).sum(1).mean()


def m_tlat_loss(
    model: Callable[[torch.Tensor], torch.Tensor],
    images: torch.Tensor,
    labels: torch.Tensor,
    classes: int,
    *,
    seed: int,
    std: Any = 1.0,
    alpha: float = ALPHA,
    most_epsilon: float = MOST_EPSILON,
) -> torch.Tensor:
    """The loss of a step of M-TLAT, to be sent backward; for any training loop.

    The batch is cut into four quarters. The first two are mixed up; the other two as well, and that mixture takes a
    step of epsilon against the gradient of its loss for a random class, which leads towards that class; its label is
    (1 - epsilon) of its own and epsilon of that class. The loss is the sum of both mixtures' cross-entropies.

    Args:
        model: gives logits (N, classes); in train mode, as in any training.
        images: (N, C, H, W) normalized floats, N a multiple of 4; shuffled, as batches of training are.
        labels: (N,) class numbers.
        classes: how many there are.
        seed: fixes the draws: the two shares of the mixtures, epsilon and the classes. Give another one each step, such
            as the step's number.
        std: what the images were divided by, so that epsilon is in units of the pixel range 0..1; a number or one for
            each channel.
        alpha: of the distribution Beta(alpha, alpha) of the shares.
        most_epsilon: epsilon is uniform from 0 to it.

    Returns:
        A scalar with a gradient.

    Raises:
        OptionError: the batch is empty or no multiple of 4, labels do not fit, alpha is no number above 0, or
            most_epsilon none from 0 to 1.

    Source: Laugros, Caplier and Ospici 2020, "Addressing Neural Network Robustness with Mixup and Targeted Labeling
    Adversarial Training" (arXiv:2008.08384), algorithm 1.
    """
    if not len(images) or len(images) % 4:
        raise OptionError(f"a batch of {len(images)} images cannot be cut into four equal parts; drop_last=True helps")
    given = f"{labels.dtype} {tuple(labels.shape)}"
    whole = labels.shape == (len(images),) and not labels.is_floating_point()
    if not whole or int(labels.min()) < 0 or int(labels.max()) >= classes:
        raise OptionError(f"labels {given} are no {len(images)} class numbers from 0 to {classes - 1}")
    ((alpha,), (most_epsilon,)) = check_numbers("alpha", alpha), check_numbers("most_epsilon", most_epsilon)
    if not 0 < alpha < float("inf") or not 0 <= most_epsilon <= 1:
        raise OptionError(f"alpha is {alpha} and most_epsilon {most_epsilon}; above 0, and from 0 to 1, are possible")
    draw = torch.Generator().manual_seed(torch_seed(check_integer("seed", seed)))
    shares = [beta(alpha, draw), beta(alpha, draw)]
    epsilon = float(torch.rand((), generator=draw)) * most_epsilon
    quarter = len(images) // 4
    towards = torch.randint(classes, (quarter,), generator=draw).to(images.device)
    onehot = nn.functional.one_hot(labels.long(), classes).to(images.dtype)
    parts, told = torch.split(images, quarter), torch.split(onehot, quarter)
    first, second = (
        (share * parts[n] + (1 - share) * parts[n + 1], share * told[n] + (1 - share) * told[n + 1])
        for n, share in zip((0, 2), shares, strict=True)
    )
    target = nn.functional.one_hot(towards, classes).to(images.dtype)
    asked = second[0].detach().requires_grad_()
    (gradient,) = torch.autograd.grad(soft_cross_entropy(model(asked), target), asked)
    step = epsilon / torch.as_tensor(std, dtype=images.dtype, device=images.device).reshape(-1, 1, 1)
    attacked = second[0] - step * gradient.sign()
    mixed = (1 - epsilon) * second[1] + epsilon * target
    return soft_cross_entropy(model(first[0]), first[1]) + soft_cross_entropy(model(attacked), mixed)


def beta(alpha: float, draw: torch.Generator) -> float:
    """A draw from Beta(alpha, alpha), 0..1, by Johnk's method: U^(1/a) / (U^(1/a) + V^(1/a)) where the sum is below 1.
    Above 1, where that ever more seldom is, NumPy's.

    Source: Johnk 1964, doi:10.1007/BF02613706.
    """
    if alpha > 1:
        return float(numpy_generator(int(torch.randint(2**62, (), generator=draw))).beta(alpha, alpha))
    while True:
        first, second = (torch.rand(2, generator=draw, dtype=torch.float64) ** (1 / alpha)).tolist()
        if 0 < first + second <= 1:
            return float(first / (first + second))
