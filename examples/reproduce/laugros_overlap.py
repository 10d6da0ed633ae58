"""Overlap of ten corruptions on Fashion-MNIST: eleven trainings and an 11 x 11 evaluation.

    python examples/reproduce/laugros_overlap.py [--fashion-mnist FOLDER] [--folder reports/overlap]

Laugros 2022 (thesis 2022GRALT016, chapter 4) trained ResNet-18 on ImageNet-100 for two weeks on one V100. Here it is a
small network on small images, for minutes on two cores; what can be compared is which corruptions overlap. A killed run
goes on where it was.
"""

import argparse
import itertools
import os
import time
from pathlib import Path

import numpy as np
import torch
from comparison import Row, keep
from data import FASHION_MNIST, fashion_mnist
from torch import nn

from corrupt_engine.science import OverlapMatrix, overlap
from corrupt_engine.science.charts import heat_map

HERE = Path(__file__).parent
NOISES = ("gaussian_noise", "shot_noise", "impulse_noise")
LOSSES = ("gaussian_blur", "pixelate", "jpeg_compression")


def convolutional() -> nn.Module:
    """Three convolutions."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 5, 2, 2),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, 2, 1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, 2, 1),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(64 * 16, 10),
    )


def pooled() -> nn.Module:
    """Three convolutions with pooling between them, no normalization, and the mean over the image at the end."""
    layers: list[nn.Module] = []
    for entering, leaving in ((1, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(entering, leaving, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers[:-1], nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(256, 10))


def perceptron() -> nn.Module:
    """No convolution at all."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(1024, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
    )


def sgd(parameters: object) -> torch.optim.Optimizer:
    """The paper's, but for the learning rate, which is for larger networks."""
    return torch.optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=1e-4)


def mean_between(matrix: OverlapMatrix, one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """The mean defined score between two groups, or within one; NaN where none is."""
    pairs = itertools.combinations(one, 2) if one == other else itertools.product(one, other)
    places = [(matrix.names.index(a), matrix.names.index(b)) for a, b in pairs]
    scores = [score for place in places if not np.isnan(score := matrix.scores[place])]
    return float(np.mean(scores)) if scores else float("nan")


def correlation(one: OverlapMatrix, other: OverlapMatrix) -> float:
    """Pearson's, over the pairs that both define; NaN where these do not differ."""
    above = np.triu_indices(len(one.names), 1)
    pairs = np.stack([one.scores[above], other.scores[above]])
    known = pairs[:, ~np.isnan(pairs).any(0)]
    return float(np.corrcoef(known)[0, 1]) if known.shape[1] > 2 and known.std(1).all() else float("nan")


def main() -> None:
    """Run both networks, compare, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fashion-mnist", type=Path, default=FASHION_MNIST)
    parser.add_argument("--folder", type=Path, default=Path("reports/overlap"))
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--train", type=int, default=12_000, help="images to train on")
    parser.add_argument("--test", type=int, default=2_000, help="images to test on")
    options = parser.parse_args()
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))  # the other cores make images meanwhile
    (images, labels), (held, answers) = fashion_mnist(options.fashion_mnist)
    found, seconds = {}, {}
    for network in (convolutional, pooled, perceptron):
        start = time.perf_counter()
        found[network] = overlap(
            network,
            (images[: options.train], labels[: options.train]),
            (held[: options.test], answers[: options.test]),
            benchmark=HERE / "ten.toml",
            epochs=options.epochs,
            folder=options.folder / network.__name__,
            optimizer=sgd,
            batch_size=128,
            mean=0.29,
            std=0.35,
        )
        seconds[network] = time.perf_counter() - start
        print(found[network])
    report({network.__name__: matrix for network, matrix in found.items()}, list(seconds.values()), options)


def report(found: dict[str, OverlapMatrix], seconds: list[float], options: argparse.Namespace) -> None:
    """Keep the table of what came out."""
    matrix = found["convolutional"]
    within = mean_between(matrix, NOISES, NOISES)
    detail = mean_between(matrix, NOISES, LOSSES)
    light = mean_between(matrix, NOISES, ("brightness", "contrast"))
    moved = mean_between(matrix, NOISES, ("translation", "rotation"))
    alike, unlike = (correlation(matrix, found[network]) for network in ("pooled", "perceptron"))
    spent = matrix.facts["seconds"]
    rows = [
        Row(
            "noises overlap with one another more than with light", "yes", f"{within:.2f}, {light:.2f}", within > light
        ),
        Row("and more than with geometry", "yes", f"{within:.2f}, {moved:.2f}", within > moved),
        Row(
            "noises overlap with lost detail more than with light", "yes", f"{detail:.2f}, {light:.2f}", detail > light
        ),
        Row("and more than with geometry", "yes", f"{detail:.2f}, {moved:.2f}", detail > moved),
        Row("another convolutional network gives the same matrix", "r above .8", f"r = {alike:.2f}", alike > 0.8),
        Row("so does a network without convolutions", "not tried", f"r = {unlike:.2f}", unlike > 0.8),
    ]
    keep(
        "laugros_overlap",
        "Overlap of ten corruptions on Fashion-MNIST (Laugros 2022, chapter 4)",
        rows,
        f"```\n{matrix}\n```",
        "Means of the scores. Noises are gaussian_noise, shot_noise and impulse_noise; lost detail is gaussian_blur, "
        "pixelate and jpeg_compression; light is brightness and contrast; geometry is translation and rotation.",
        f"The convolutional network: {options.train:,} images, {options.epochs} epochs, {len(matrix.names) + 1} "
        f"trainings in {spent['training']:.0f} s, of which {spent['waiting for images']:.0f} s waiting for images; "
        f"evaluated on {options.test:,} images in {spent['evaluating']:.0f} s. The whole took {seconds[0]:.0f} s, the "
        f"other two networks {seconds[1]:.0f} and {seconds[2]:.0f} s. Standard errors are on the page that the run "
        "leaves, overlap.html: they are of the test images, and say nothing of how a score moves from one training to "
        "the next.",
        drawing=heat_map(matrix.names, matrix.scores, matrix.errors),
    )


if __name__ == "__main__":
    main()
