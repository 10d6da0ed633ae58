"""Training on corruptions: five recipes on MNIST, each a configuration of the loader.

    python examples/reproduce/cavey.py [--epochs 20]

Cavey, Dolan and Stock 2020 (arXiv:2004.03452) test on five dead, hot or stuck pixels, on sensor noise of variance .05
and on a blur of sigma 1, over 25 trials. They have 60,000 digits; here it is 4,000, and 1,000 to test on.
"""

import argparse
import os

import numpy as np
import torch
from comparison import Row, gap, keep, percent
from data import mnist_5000
from drawing import columns
from torch import nn

import corrupt_engine as ce
from corrupt_engine.catalogue import Condition
from corrupt_engine.metrics import score_interval
from corrupt_engine.reports.estimate import Cell
from corrupt_engine.science import fit, transfer

BENCHMARK = "camera-defects"
TESTED = {"dead_pixel": 5, "hot_pixel": 5, "stuck_pixel": 5, "gaussian_noise": 5, "gaussian_blur": 5}
NOISES = [("gaussian_noise", level) for level in (1, 2, 3, 4, 5)]
LOADING = {"mean": 0.0, "std": 1.0, "variant": BENCHMARK, "geometry": "none", "batch_size": 64}


class Perceptron(nn.Module):
    """A perceptron that sees each pixel in units of its own deviation over the training images, as tables of features
    are often prepared. Pixels that are never lit stay as they are; those that hardly ever are weigh a lot. The paper
    does not say how its network sees the digits; see what comes out where it sees them as they are.
    """

    def __init__(self, images: np.ndarray, standardized: bool = True) -> None:
        super().__init__()
        pixels = torch.from_numpy(images).float() / 255
        deviation = pixels.std(0)
        self.register_buffer("mean", pixels.mean(0) if standardized else torch.zeros(28, 28))
        self.register_buffer(
            "deviation", torch.where(deviation > 0, deviation, 1.0) if standardized else torch.ones(28, 28)
        )
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Scores (N, 10) of images (N, 1, 28, 28)."""
        return self.layers((images - self.mean) / self.deviation)


def trained(model: nn.Module, data: object, corruption: object, epochs: int, name: str) -> nn.Module:
    """The model after training on what a loader gives."""
    loader = ce.CorruptLoader(data, corruption, shuffle=True, **LOADING)
    fit(model, loader, epochs, optimizer=lambda p: torch.optim.Adam(p, lr=1e-3), name=name)
    return model


def accuracies(model: nn.Module, data: object) -> dict[str, np.ndarray]:
    """By test, clean first, (N,) of each image the share of the trials in which it is told right."""
    report = ce.evaluate(
        model, data, BENCHMARK, corruptions=list(TESTED), severities=5, mistakes=0, progress=False, **LOADING
    )
    right = {"clean": report.predictions[Condition("clean", 0)].correct.astype(float)}
    for name, level in TESTED.items():
        given = [report.predictions[Condition(name, level, trial)].correct for trial in range(report.trials)]
        right[name] = np.mean(given, axis=0)
    return right


def told(right: np.ndarray) -> Cell:
    """The accuracy with its 95 % interval over the images; that of an image may be any share."""
    low, high = score_interval(right.mean(), right.var() / len(right), len(right))
    return Cell(float(right.mean()), float(low), float(high))


def main() -> None:
    """Train by each recipe, test, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=20)
    epochs = parser.parse_args().epochs
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))  # the other cores make images meanwhile
    train, test = mnist_5000()
    clean = trained(Perceptron(train[0]), train, "clean", epochs, "clean")
    plain = "clean, pixels as they are"
    models = {plain: trained(Perceptron(train[0], standardized=False), train, "clean", epochs, plain), "clean": clean}
    recipes = {
        "constant": ce.Mixture.constant(NOISES),
        "incremental": ce.Mixture.incremental(NOISES, epochs),
        "half and half": ce.Mixture.half(NOISES),
    }
    models |= {name: trained(Perceptron(train[0]), train, recipe, epochs, name) for name, recipe in recipes.items()}
    for kind, frozen in (("frozen", True), ("fine-tuned", False)):
        changed = transfer(clean, 10, (256,), frozen=frozen)
        models[f"transfer, {kind}"] = trained(changed, train, ce.Mixture.constant(NOISES), epochs, f"transfer, {kind}")
    found = {name: accuracies(model, test) for name, model in models.items()}
    cells = {name: [told(right) for right in row.values()] for name, row in found.items()}
    lines = ["| trained | " + " | ".join(next(iter(found.values()))) + " |", "|---" * (len(TESTED) + 2) + "|"]
    lines += [f"| {name} | " + " | ".join(map(percent, row)) + " |" for name, row in cells.items()]

    def lost(name: str, recipe: str = "clean") -> float:
        return 100 * float((found[recipe]["clean"] - found[recipe][name]).mean())

    def points(name: str) -> str:
        return f"{gap(found['clean']['clean'], found['clean'][name])} lost"

    unscaled = {name: lost(name, plain) for name in TESTED}
    noisy = {recipe: row["gaussian_noise"] for recipe, row in found.items()}
    gained = 100 * (noisy["incremental"].mean() - noisy["clean"].mean())
    tuned = noisy["transfer, fine-tuned"].mean() - noisy["transfer, frozen"].mean()
    rows = [
        Row("clean accuracy", "97.4 %", percent(cells["clean"][0]), cells["clean"][0].value > 0.9),
        Row(
            "five dead pixels do almost nothing",
            "about 0 points",
            points("dead_pixel"),
            lost("dead_pixel") < 2,
        ),
        Row(
            "five stuck pixels hurt",
            "about 30 points lost",
            points("stuck_pixel"),
            lost("stuck_pixel") > 1,
        ),
        Row(
            "five hot pixels hurt more",
            "about 45 points lost",
            points("hot_pixel"),
            lost("hot_pixel") > lost("stuck_pixel"),
        ),
        Row("noise of variance .05 ruins it", "18 % right", percent(told(noisy["clean"])), lost("gaussian_noise") > 5),
        Row(
            "incremental training mends that",
            "+75 points",
            f"{gap(noisy['incremental'], noisy['clean'], '+')} points",
            gained > 5,
        ),
        Row(
            "a blur of sigma 1 does less",
            "7 points lost",
            points("gaussian_blur"),
            lost("gaussian_blur") < 20,
        ),
        Row(
            "fine-tuning beats frozen layers",
            "slightly",
            f"{gap(noisy['transfer, fine-tuned'], noisy['transfer, frozen'], '+')} points under noise",
            tuned > 0,
        ),
    ]
    keep(
        "cavey",
        "Training on corruptions, MNIST (Cavey, Dolan and Stock 2020)",
        rows,
        "Points are differences on the same images, with 95 % intervals over the images. Accuracy with its 95 % "
        "interval (Wilson, by the number of images that the variance over images is worth). The last five train on "
        "noise:",
        "\n".join(lines),
        "The paper does not say how its network sees the digits. Here each pixel is in units of its own deviation, so "
        "that one which is hardly ever lit weighs a lot. A network that sees them as they are, from 0 to 1, is another "
        f"one: five hot pixels cost it {unscaled['hot_pixel']:.1f} points, stuck ones {unscaled['stuck_pixel']:.1f}, "
        f"dead ones {unscaled['dead_pixel']:.1f}, and noise {unscaled['gaussian_noise']:.1f}.",
        drawing=columns("Accuracy by recipe", [name.replace("_", " ") for name in ("clean", *TESTED)], cells),
    )


if __name__ == "__main__":
    main()
