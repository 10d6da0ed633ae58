"""Overlap of ten corruptions on Fashion-MNIST: eleven trainings and an 11 x 11 evaluation, three times.

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
LIGHT, GEOMETRY = ("brightness", "contrast"), ("translation", "rotation")


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


def averaged() -> nn.Module:
    """Three convolutions of 3 x 3 without normalization, and means over quarters of the image at the end."""
    layers: list[nn.Module] = []
    for entering, leaving in ((1, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(entering, leaving, 3, 2, 1), nn.GELU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(256, 10))


RUNS = {"convolutional": ("convolutional", 0), "again": ("convolutional", 1), "averaged": ("averaged", 0)}
"""Network and seed of each run: what one network gives when it is trained twice, and what another one gives."""


def sgd(parameters: object) -> torch.optim.Optimizer:
    """The paper's, but for the learning rate, which is for larger networks."""
    return torch.optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=1e-4)


def mean_between(matrix: OverlapMatrix, one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """The mean defined score between two groups, or within one; NaN where none is."""
    pairs = itertools.combinations(one, 2) if one == other else itertools.product(one, other)
    places = [(matrix.names.index(a), matrix.names.index(b)) for a, b in pairs]
    scores = [score for place in places if not np.isnan(score := matrix.scores[place])]
    return float(np.mean(scores)) if scores else float("nan")


def correlation(one: OverlapMatrix, other: OverlapMatrix) -> tuple[float, str]:
    """Pearson's, over the pairs that both define, and as text with its 95 % interval by Fisher's z; NaN where these do
    not differ.
    """
    above = np.triu_indices(len(one.names), 1)
    pairs = np.stack([one.scores[above], other.scores[above]])
    known = pairs[:, ~np.isnan(pairs).any(0)]
    if known.shape[1] < 4 or not known.std(1).all():
        return float("nan"), "undefined"
    r = float(np.corrcoef(known)[0, 1])
    z, half = np.arctanh(min(r, 0.999999)), 1.96 / np.sqrt(known.shape[1] - 3)
    return r, f"{r:.2f} ({np.tanh(z - half):.2f} to {np.tanh(z + half):.2f})"


def main() -> None:
    """Run both networks, compare, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fashion-mnist", type=Path, default=FASHION_MNIST)
    parser.add_argument("--folder", type=Path, default=Path("reports/overlap"))
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--train", type=int, default=8_000, help="images to train on")
    parser.add_argument("--test", type=int, default=2_000, help="images to test on")
    options = parser.parse_args()
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))  # the other cores make images meanwhile
    (images, labels), (held, answers) = fashion_mnist(options.fashion_mnist)
    found, seconds = {}, {}
    for run, (network, seed) in RUNS.items():
        start = time.perf_counter()
        found[run] = overlap(
            globals()[network],
            (images[: options.train], labels[: options.train]),
            (held[: options.test], answers[: options.test]),
            benchmark=HERE / "ten.toml",
            epochs=options.epochs,
            folder=options.folder / run,
            optimizer=sgd,
            batch_size=128,
            seed=seed,
            mean=0.29,
            std=0.35,
        )
        seconds[run] = time.perf_counter() - start
        print(found[run])
    report(found, seconds, options)


def compared(found: dict[str, OverlapMatrix], groups: tuple[tuple[str, ...], ...]) -> tuple[str, bool]:
    """The mean scores of the noises with two groups, in both trainings of the first network; and whether those with the
    first group are the larger ones in both.
    """
    pairs = [tuple(mean_between(found[run], NOISES, group) for group in groups) for run in ("convolutional", "again")]
    told = "; trained again ".join(f"{one:.2f}, {other:.2f}" for one, other in pairs)
    return told, all(one > other for one, other in pairs)


def report(found: dict[str, OverlapMatrix], seconds: dict[str, float], options: argparse.Namespace) -> None:
    """Keep the table of what came out."""
    matrix = found["convolutional"]
    spent = matrix.facts["seconds"]
    claims = {
        "noises overlap with one another more than with light": (NOISES, LIGHT),
        "and more than with geometry": (NOISES, GEOMETRY),
        "noises overlap with lost detail more than with light": (LOSSES, LIGHT),
        "and more than with geometry, likewise": (LOSSES, GEOMETRY),
    }
    rows = [Row(claim, "yes", *compared(found, groups)) for claim, groups in claims.items()]
    (_, again), (r, other) = (correlation(matrix, found[run]) for run in ("again", "averaged"))
    rows.append(
        Row(
            "another convolutional network gives the same matrix",
            "r above .8",
            f"r = {other}; the same network trained again r = {again}",
            r > 0.8,
        )
    )
    keep(
        "laugros_overlap",
        "Overlap of ten corruptions on Fashion-MNIST (Laugros 2022, chapter 4)",
        rows,
        f"```\n{matrix}\n```",
        "Means of the scores. Noises are gaussian_noise, shot_noise and impulse_noise; lost detail is gaussian_blur, "
        "pixelate and jpeg_compression; light is brightness and contrast; geometry is translation and rotation. The "
        "intervals of r are by Fisher's z over the pairs of corruptions, as if these were independent.",
        "How far two trainings of one network agree is as much as two networks can be expected to; the paper trained "
        "larger networks for longer. Standard errors over the test images are on the page that the run leaves, "
        "overlap.html; they say nothing of how a score moves from one training to the next.",
        f"The first run: {options.train:,} images, {options.epochs} epochs, {len(matrix.names) + 1} trainings in "
        f"{spent['training']:.0f} s, of which {spent['waiting for images']:.0f} s waiting for images; evaluated on "
        f"{options.test:,} images in {spent['evaluating']:.0f} s. The whole took {seconds['convolutional']:.0f} s, the "
        f"other two {seconds['again']:.0f} and {seconds['averaged']:.0f} s. The same beside a torch DataLoader is in "
        "`benchmarks/results/overlap_run.md`.",
        drawing=heat_map(matrix.names, matrix.scores, matrix.errors),
    )


if __name__ == "__main__":
    main()
