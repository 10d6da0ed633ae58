"""An epoch of training with half of every batch corrupted, as an overlap has eleven times six of them: the network of
examples/reproduce/laugros_overlap.py fed by CorruptLoader, and by a torch DataLoader that calls imagecorruptions-imaug.

    python -m benchmarks.training_epoch [--images 4000] [--rounds 3] [--markdown FILE]

Contract: `science.fit` runs both, one epoch each in turns, on half of the processors; the others make images. Its clock
is told whole and, apart, what of it was spent waiting for the next batch. Kernels are compiled and worker processes'
imports done before. Medians of rounds; the images are noise, which takes as long as any.
"""

import argparse
import os
import statistics
from pathlib import Path

import numpy as np
import torch
from torch import nn

from corrupt_engine.science import fit

from .machine import moment, processor
from .training_loader import BATCH, NAMES, loaders

HEAD = "| corruption | s an epoch | waiting | imagecorruptions-imaug, s | waiting | times |\n|---|---|---|---|---|---|"


def network() -> nn.Module:
    """Three convolutions, of three channels."""
    layers: list[nn.Module] = []
    for entering, leaving, side in ((3, 16, 5), (16, 32, 3), (32, 64, 3)):
        layers += [nn.Conv2d(entering, leaving, side, 2, side // 2), nn.BatchNorm2d(leaving), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(1024, 10))


def epoch(batches: object) -> tuple[float, float]:
    """(seconds, of them waiting for images)."""
    (told,) = fit(network(), batches, 1, progress=False)
    return told.seconds, told.waited


def measured(name: str, images: np.ndarray, labels: np.ndarray, rounds: int) -> list[tuple[float, float, float, float]]:
    """(ours, waiting, theirs, waiting) of each round."""
    ours, theirs = loaders(images, labels, name)
    epoch(ours), epoch(theirs)  # what is compiled, imported and forked
    return [(*epoch(ours), *epoch(theirs)) for _ in range(rounds)]


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))
    images = np.random.default_rng(0).integers(0, 256, (options.images, 32, 32, 3), dtype=np.uint8)
    labels = np.arange(options.images) % 10
    lines, sums, ratios = [HEAD], np.zeros(4), []
    for name in NAMES:
        rounds = measured(name, images, labels, options.rounds)
        medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
        ratios.append(statistics.median(theirs / ours for ours, _, theirs, _ in rounds))
        sums += medians
        lines.append(row(name, medians, ratios[-1]))
        print(lines[-1], flush=True)
    lines.append(row("all", sums.tolist(), float(sums[2] / sums[0])))
    text = "\n".join(lines)
    print(text)
    if options.markdown is not None:
        about = (
            f"{options.images:,} images of 32 x 32 in colour, in memory; levels 1, 3, 5; batches of {BATCH}; medians "
            f"of {options.rounds} rounds in turns; `python -m benchmarks.training_epoch`. Waiting is the share of an "
            "epoch that is spent waiting for the next batch; that is not all that images cost, since what makes "
            "them takes time from the network on the same cores."
        )
        made = (
            f"{os.cpu_count()} cores of {processor()}, {moment()['date']}, {moment()['load']} processes that wanted "
            "one in the minute before. The peer's tables are those of 224 pixels, ours CIFAR-10-C's."
        )
        whole = ["# An epoch of training, half of every batch corrupted", about, text, made]
        options.markdown.write_text("\n\n".join(whole) + "\n", encoding="utf-8")


def row(name: str, seconds: list[float], times: float) -> str:
    """A line of the table."""
    ours, waited, theirs, waiting = seconds
    return (
        f"| {name} | {ours:.2f} | {100 * waited / ours:.0f} % | {theirs:.2f} | {100 * waiting / theirs:.0f} % | "
        f"{times:.1f} |"
    )


if __name__ == "__main__":
    main()
