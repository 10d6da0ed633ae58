"""Noise beside attack on MNIST: a LeNet's error against how far images are from the clean ones.

    python examples/reproduce/ulicny.py [--epochs 15]

Ulicny, Lundstrom and Byttner 2016 (Robustness of Deep Convolutional Neural Networks for Image Recognition) measure the
mean change of a pixel, and find that changes along the sign of the gradient ruin a network which Gaussian noise of the
same distortion hardly touches. They have 60,000 digits to train on; here it is 4,000, and 1,000 to test on.
"""

import argparse
import os
import tempfile
from pathlib import Path

import torch
from comparison import Row, keep, share
from data import mnist_5000
from torch import nn

import corrupt_engine as ce
from corrupt_engine.catalogue import Condition
from corrupt_engine.science import distortion_curves, fit, matching_level

LOADING = {"mean": 0.0, "std": 1.0, "geometry": "none", "batch_size": 100}
WANTED = (0.1, 0.2)
STRONGEST = """
name = "strongest"
source = "the ends between which levels are looked for"
[corruptions.gaussian_noise]
table = { sigma = [2.0] }
[attacks.fgsm]
table = { epsilon = [1.0] }
"""
BESIDE = """
name = "noise beside attack"
source = "the sigmas and epsilons of Ulicny, Lundstrom and Byttner 2016, and PGD beside them"
[corruptions.gaussian_noise]
table = { sigma = [0.09, 0.18, 0.27, 0.36, 0.45, 0.54] }
[attacks.fgsm]
table = { epsilon = [0.07, 0.14, 0.21, 0.28, 0.34, 0.4] }
[attacks.pgd]
table = { epsilon = [0.07, 0.14, 0.21], steps = 10 }
"""


def lenet(seed: int = 0) -> nn.Module:
    """Two convolutions with pooling and two layers above them, as LeNet has them."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 20, 5),
        nn.MaxPool2d(2),
        nn.Conv2d(20, 50, 5),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(800, 500),
        nn.ReLU(),
        nn.Linear(500, 10),
    )


def matched(model: nn.Module, data: object, folder: Path) -> Path:
    """A benchmark file with the levels of both whose distortion on the test images is WANTED."""
    ends = folder / "strongest.toml"
    ends.write_text(STRONGEST)
    lines = ['name = "matched"', 'source = "distortions of .1 and .2"']
    for kind, name, parameter in (("corruptions", "gaussian_noise", "sigma"), ("attacks", "fgsm", "epsilon")):
        found = [matching_level(data, ends, name, far, model=model, limit=None, **LOADING) for far in WANTED]
        levels = [one.parameters[parameter] for one in found]
        print(
            name,
            [
                f"{parameter} {level:.3f}: distortion {one.distortion:.4f}"
                for level, one in zip(levels, found, strict=True)
            ],
        )
        lines += [f"[{kind}.{name}]", f"table = {{ {parameter} = {levels} }}"]
    file = folder / "matched.toml"
    file.write_text("\n".join(lines))
    return file


def main() -> None:
    """Train, match, test, compare, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=15)
    options = parser.parse_args()
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))  # the other cores make images meanwhile
    train, test = mnist_5000()
    model = lenet()
    loader = ce.CorruptLoader(train, shuffle=True, **LOADING)
    fit(model, loader, options.epochs, optimizer=lambda weights: torch.optim.Adam(weights, lr=1e-3), name="LeNet")
    with tempfile.TemporaryDirectory() as folder:
        file = matched(model, test, Path(folder))
        report = ce.evaluate(model, test, file, name="LeNet", mistakes=0, progress=False, **LOADING)
        text = file.read_text()
        beside = Path(folder) / "beside.toml"
        beside.write_text(BESIDE)
        curves = distortion_curves(model, test, beside, measured=len(test[1]), name="LeNet", progress=False, **LOADING)

    def wrong(name: str, level: int) -> tuple[int, int]:
        found = report.predictions[Condition(name, level)]
        return int((~found.correct).sum()), report.samples

    clean, first, second = wrong("clean", 0), wrong("fgsm", 1), wrong("fgsm", 2)
    noise = [wrong("gaussian_noise", level) for level in (1, 2)]
    rows = [
        Row("error without distortion", "0.83 %", share(*clean), clean[0] < 0.05 * clean[1]),
        Row("gradient sign, distortion .1", "73.6 %", share(*first), first[0] > 0.5 * first[1]),
        Row("gradient sign, distortion .2", "96.1 %", share(*second), second[0] > first[0]),
        Row("Gaussian noise, distortion .1", "far below", share(*noise[0]), noise[0][0] < first[0] / 2),
        Row("Gaussian noise, distortion .2", "far below", share(*noise[1]), noise[1][0] < second[0] / 2),
    ]
    keep(
        "ulicny",
        "Noise beside attack on one axis, MNIST (Ulicny, Lundstrom and Byttner 2016)",
        rows,
        "Far below is taken to be less than half of the attack's error. The network has seen 4,000 digits, the paper's "
        "60,000.",
        "Error with its 95 % interval (Wilson, over the images). Distortion is the mean change of a pixel in units of "
        "the pixel range, after clipping to it; the levels with .1 and .2 were found by bisection on the test images:",
        f"```\n{text}\n```",
        "The paper's sigmas and epsilons, which it calls matched, and PGD of ten steps beside them:",
        f"```\n{curves}\n```",
        drawing=curves.drawing(),
    )


if __name__ == "__main__":
    main()
