"""Regularizers beside plain training: errors, calibration and images of no class, on Fashion-MNIST.

    python examples/reproduce/chun.py [--fashion-mnist FOLDER] [--epochs 6]

Chun et al. 2020 (arXiv:2003.03879) compare them on CIFAR-100 and ImageNet, in networks trained for hundreds of epochs,
and say that some of them can serve as strong baselines for robustness and for uncertainty. Here it is a small network
and 6,000 images, and 1,000 to test on; the columns are the paper's.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import torch
from comparison import Row, keep, percent
from data import FASHION_MNIST, fashion_mnist, mnist_5000
from drawing import columns
from torch import nn

import corrupt_engine as ce
from corrupt_engine.science import fit, regularizer_table
from corrupt_engine.sources import NoiseSource

LOADING = {"mean": 0.29, "std": 0.35, "geometry": "none", "batch_size": 100}
PLAIN = "plain"
NOISES = [("gaussian_noise", level) for level in (1, 2, 3)]
REGULARIZERS = {
    PLAIN: [],
    "cutout": [ce.Cutout(16)],
    "mixup": [ce.MixUp(10, 1.0)],
    "cutmix": [ce.CutMix(10, 1.0)],
    "label smoothing": [ce.LabelSmoothing(10)],
    "noise": [],
}
CLAIMS = {
    "classification": "classify better",
    "fgsm": "withstand FGSM better",
    "corruptions": "withstand corruptions better",
    "occlusion": "withstand occlusion better",
    "ece": "are better calibrated",
    "ood": "tell images of no class better",
}


def network() -> nn.Module:
    """Three convolutions."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for entering, leaving, side in ((1, 16, 5), (16, 32, 3), (32, 64, 3)):
        layers += [nn.Conv2d(entering, leaving, side, 2, side // 2), nn.BatchNorm2d(leaving), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(1024, 10))


def trained(name: str, data: object, epochs: int) -> nn.Module:
    """The network after training with a regularizer."""
    policy = ce.Mixture.half(NOISES) if name == "noise" else "clean"
    loader = ce.CorruptLoader(
        data, policy, shuffle=True, variant="cifar-10-c", batch_transforms=REGULARIZERS[name], **LOADING
    )
    model = network()
    fit(model, loader, epochs, optimizer=lambda weights: torch.optim.Adam(weights, lr=1e-3), name=name)
    return model


def unknown(count: int) -> dict[str, object]:
    """Two sets of noise, as in the paper, and digits where there are clothes."""
    digits, labels = mnist_5000()[1]
    around = np.pad(digits, ((0, 0), (2, 2), (2, 2)))
    noises = {f"{kind} noise": NoiseSource(kind, count, 32, 32, 1) for kind in ("gaussian", "uniform")}
    return {**noises, "digits": (around[:count], labels[:count])}


def main() -> None:
    """Train with each, test, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fashion-mnist", type=Path, default=FASHION_MNIST)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--train", type=int, default=6_000, help="images to train on")
    parser.add_argument("--test", type=int, default=1_000, help="images to test on")
    options = parser.parse_args()
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))  # the other cores make images meanwhile
    (images, labels), (held, answers) = fashion_mnist(options.fashion_mnist)
    train = images[: options.train], labels[: options.train]
    models = {name: trained(name, train, options.epochs) for name in REGULARIZERS}
    found = regularizer_table(
        models, (held[: options.test], answers[: options.test]), unknown(options.test), textures="procedural", **LOADING
    )
    plain = found.rows[PLAIN]
    rows = []
    for column, claim in CLAIMS.items():
        cells = {name: getattr(row, column) for name, row in found.rows.items() if name != PLAIN}
        best = min(cells, key=lambda name: np.nan_to_num(cells[name].value, nan=1.0))
        here, own = cells[best], getattr(plain, column)
        surely = here.value if np.isnan(here.high) else here.high
        told = f"{best} {percent(here)}, plain {percent(own)}"
        rows.append(Row(f"some regularizers {claim}", "in general", told, surely < own.value))
    heads = ("Class.", "FGSM", "C", "Occlusion", "ECE", "OOD")
    keep(
        "chun",
        "Regularizers, Fashion-MNIST (Chun et al. 2020)",
        rows,
        "Published is what the abstract says of robustness and uncertainty as a whole, without a number. Here is the "
        "best of five in each column, and the direction is the same where the upper end of its 95 % interval is below "
        "what plain training has; of ECE, which has no interval, where the value is. The best of five is a lucky one "
        "among them: its own value is lower than what it would have on other images.",
        "Errors in percent, lower is better. C are the 15 corruptions of CIFAR-100-C at their five levels, frost with "
        "procedural textures; FGSM has epsilon 8/255; OOD is the mean over two sets of noise images and MNIST's "
        "digits:",
        f"```\n{found}\n```",
        f"{options.train:,} images, {options.epochs} epochs: a regularizer that needs long training is at a "
        "disadvantage. One training each; what another seed gives was not tried.",
        drawing=columns("Errors by regularizer", heads, {name: list(row) for name, row in found.rows.items()}),
    )


if __name__ == "__main__":
    main()
