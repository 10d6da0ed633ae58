"""Committees on MNIST: six LeNets, and six snapshots of one that is trained on attacked digits, against one LeNet.

    python examples/reproduce/ulicny_committee.py [--epochs 8]

Ulicny, Lundstrom and Byttner 2016 (Robustness of Deep Convolutional Neural Networks for Image Recognition), at
gradient-sign distortion .2. Each is attacked through its own gradient, a committee through that of its mean. They have
60,000 digits to train on; here it is 4,000, and 1,000 to test on.
"""

import argparse
import copy
import os
import tempfile
from pathlib import Path

import torch
from comparison import Row, keep, share
from data import mnist_5000
from drawing import columns
from torch import nn
from ulicny import LOADING, STRONGEST, lenet

import corrupt_engine as ce
from corrupt_engine.metrics import wilson_interval
from corrupt_engine.science import committee, fit, matching_level

MEMBERS = 6
DISTORTION = 0.2
STRONGEST_TRAINED = 0.4
"""Of epsilon in adversarial training; distortion .2 is about .36 of it."""


def adam(weights: object) -> torch.optim.Optimizer:
    """The optimizer of all."""
    return torch.optim.Adam(weights, lr=1e-3)


def trained(data: object, epochs: int, seed: int) -> nn.Module:
    """A LeNet on clean digits."""
    model = lenet(seed)
    loader = ce.CorruptLoader(data, shuffle=True, seed=seed, **LOADING)
    fit(model, loader, epochs, optimizer=adam, seed=seed, name=f"LeNet {seed + 1}")
    return model


def snapshots(data: object, epochs: int) -> list[nn.Module]:
    """A LeNet after each of its last epochs on clean digits and, as many, such along the sign of its own gradient by an
    epsilon that is drawn for each batch.
    """
    model, found = lenet(), []
    loader, steps = ce.CorruptLoader(data, shuffle=True, **LOADING), adam(model.parameters())
    generator = torch.Generator().manual_seed(0)
    for epoch in range(epochs):
        loader.set_epoch(epoch)
        for images, labels in loader:
            asked = images.clone().requires_grad_()
            (slope,) = torch.autograd.grad(nn.functional.cross_entropy(model(asked), labels), asked)
            epsilon = STRONGEST_TRAINED * float(torch.rand(1, generator=generator))
            both = torch.cat([images, (images + epsilon * slope.sign()).clamp(0, 1)])
            steps.zero_grad()
            nn.functional.cross_entropy(model(both), torch.cat([labels, labels])).backward()
            steps.step()
        print(f"trained on attacked digits: epoch {epoch + 1} of {epochs}", flush=True)
        found.append(copy.deepcopy(model))
    return found[-MEMBERS:]


def wrong(model: object, data: object, folder: Path) -> tuple[tuple[int, int], tuple[int, int], float]:
    """(wrong answers, answers) on clean digits and under gradient signs of the distortion, and their epsilon."""
    ends, file = folder / "strongest.toml", folder / "matched.toml"
    ends.write_text(STRONGEST)
    level = matching_level(data, ends, "fgsm", DISTORTION, model=model, limit=None, **LOADING)
    epsilon = level.parameters["epsilon"]
    file.write_text(f'name = "matched"\nsource = "a distortion"\n[attacks.fgsm]\ntable = {{ epsilon = [{epsilon}] }}\n')
    report = ce.evaluate(model, data, file, mistakes=0, progress=False, **LOADING)
    clean, attacked = (int((~one.correct).sum()) for one in report.predictions.values())
    return (clean, report.samples), (attacked, report.samples), epsilon


def main() -> None:
    """Train, attack, compare, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=8)
    epochs = parser.parse_args().epochs
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))  # the other cores make images meanwhile
    train, test = mnist_5000()
    plain = [trained(train, epochs, seed) for seed in range(MEMBERS)]
    hardened = snapshots(train, max(epochs, MEMBERS))
    models = {
        "one": plain[0],
        "six": committee(plain, mean=0.0, std=1.0, name="six"),
        "one, trained on attacked digits": hardened[-1],
        "six snapshots of that": committee(hardened, mean=0.0, std=1.0, name="snapshots"),
    }
    with tempfile.TemporaryDirectory() as folder:
        found = {name: wrong(model, test, Path(folder)) for name, model in models.items()}
    one, six, single, several = (attacked for _, attacked, _ in found.values())
    rows = [
        Row("one network", "96.1 %", share(*one), one[0] > 0.8 * one[1]),
        Row("a committee of six is no better", "97.2 %", share(*six), six[0] > 0.9 * one[0]),
        Row("six snapshots of adversarial training withstand it", "36.5 %", share(*several), several[0] < 0.6 * one[0]),
        Row(
            "and more than one network so trained",
            "no figure",
            f"{share(*several)}, one {share(*single)}",
            several[0] < single[0],
        ),
    ]
    lines = ["| network | clean error | attacked | epsilon |", "|---|---|---|---|"]
    lines += [f"| {name} | {share(*clean)} | {share(*bad)} | {eps:.3f} |" for name, (clean, bad, eps) in found.items()]
    cells = {
        name: [tuple(map(float, (bad / total, *wilson_interval(bad, total)))) for bad, total in pair]
        for name, (*pair, _) in found.items()
    }
    keep(
        "ulicny_committee",
        "Committees under attack, MNIST (Ulicny, Lundstrom and Byttner 2016)",
        rows,
        f"Errors at gradient-sign distortion {DISTORTION}, each network's own epsilon being found by bisection; with "
        "95 % intervals (Wilson, over the images). No better is taken to be nine tenths of one network's error or "
        "more.",
        "\n".join(lines),
        f"{epochs} epochs on 4,000 digits, the paper's 60,000; adversarial training here takes each batch as it is and "
        f"along the sign of its gradient, by an epsilon drawn from 0 to {STRONGEST_TRAINED}, which need not be the "
        "paper's way; the snapshots are those after the last six epochs.",
        drawing=columns("Error by network", ["clean", "attacked"], cells),
    )


if __name__ == "__main__":
    main()
