"""A whole overlap, eleven trainings and an 11 x 11 evaluation, by `science.overlap`; and the same by the same training
function fed from a torch DataLoader that calls imagecorruptions-imaug.

    python -m benchmarks.overlap_run [--fashion-mnist FOLDER] [--markdown FILE]

Contract: ten corruptions that both make, on Fashion-MNIST at 32 x 32 in three channels, since the peer takes no smaller
and no grey ones; levels 1, 3, 5 of ImageNet-C; the network of `training_epoch`. `science.fit` trains both on half of
the processors, two worker processes or threads make images. Each evaluation passes over the test images once for each
corruption and level, and once for the clean ones. The peer's loaders are kept for all epochs of a training; kernels are
compiled before. One run of each, ours first; what the network takes by itself, on images that are there already, is
measured in between.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader

from corrupt_engine.science import OverlapMatrix, fit, overlap
from corrupt_engine.science.overlap import made
from examples.reproduce.data import FASHION_MNIST, fashion_mnist

from .machine import moment, processor
from .training_epoch import network
from .training_loader import BATCH, LEVELS, WORKERS, Peer

NAMES = (
    *("gaussian_noise", "shot_noise", "impulse_noise", "speckle_noise", "gaussian_blur"),
    *("motion_blur", "pixelate", "jpeg_compression", "contrast", "brightness"),
)
Arrays = tuple[np.ndarray, np.ndarray]


def sgd(parameters: object) -> torch.optim.Optimizer:
    """As examples/reproduce/laugros_overlap.py has it."""
    return torch.optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=1e-4)


def ours(train: Arrays, test: Arrays, epochs: int) -> tuple[OverlapMatrix, float]:
    """The matrix, and seconds."""
    start = time.perf_counter()
    matrix = overlap(
        network, train, test, list(NAMES), benchmark="imagenet-c-all", severities=list(LEVELS), variant="imagenet-c",
        epochs=epochs, batch_size=BATCH, num_workers=WORKERS, optimizer=sgd, mean=0.0, std=1.0, progress=False,
    )  # fmt: skip
    return matrix, time.perf_counter() - start


def loader(data: Arrays, name: str, levels: tuple[int, ...], share: float, shuffle: bool) -> DataLoader:
    """The peer's."""
    return DataLoader(Peer(*data, name, levels, share), BATCH, shuffle, num_workers=WORKERS, persistent_workers=shuffle)


def accuracy(model: torch.nn.Module, batches: object) -> float:
    """The share of right answers."""
    right = count = 0
    with torch.inference_mode():
        for images, labels in batches:
            right, count = right + int((model(images).argmax(1) == labels).sum()), count + len(labels)
    return right / count


def theirs(train: Arrays, test: Arrays, epochs: int) -> tuple[np.ndarray, dict[str, float]]:
    """(11, 10) the accuracy of each model under each corruption, and seconds by what they were spent on."""
    import imagecorruptions  # noqa: F401  (here, or each worker process would, for half a second)

    kept, seconds = [], dict.fromkeys(("training", "waiting for images", "evaluating"), 0.0)
    for name in (None, *NAMES):
        model = made(network, 0)
        told = fit(
            model, loader(train, name or NAMES[0], LEVELS, 0.5 if name else 0.0, True), epochs,
            optimizer=sgd, progress=False,
        )  # fmt: skip
        seconds["training"] += sum(epoch.seconds for epoch in told)
        seconds["waiting for images"] += sum(epoch.waited for epoch in told)
        model.eval()
        start = time.perf_counter()
        accuracy(model, loader(test, NAMES[0], LEVELS, 0.0, False))
        kept.append(
            [np.mean([accuracy(model, loader(test, one, (level,), 1.0, False)) for level in LEVELS]) for one in NAMES]
        )
        seconds["evaluating"] += time.perf_counter() - start
    return np.array(kept), seconds


def alone(train: Arrays, test: Arrays, epochs: int) -> dict[str, float]:
    """Seconds that the network takes for all of it on images that are there."""

    def batches(data: Arrays) -> list[tuple[torch.Tensor, torch.Tensor]]:
        images = torch.from_numpy(data[0]).permute(0, 3, 1, 2).float().div(255)
        return list(zip(images.split(BATCH), torch.from_numpy(data[1]).long().split(BATCH), strict=True))

    model, models = network(), len(NAMES) + 1
    (told,) = fit(model, batches(train), 1, optimizer=sgd, progress=False)
    model.eval()
    given = batches(test)
    start = time.perf_counter()
    accuracy(model, given)
    passes = models * (len(NAMES) * len(LEVELS) + 1)
    return {"training": models * epochs * told.seconds, "evaluating": passes * (time.perf_counter() - start)}


def main() -> None:
    """Run both, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fashion-mnist", type=Path, default=FASHION_MNIST)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--train", type=int, default=12_000, help="images to train on")
    parser.add_argument("--test", type=int, default=2_000, help="images to test on")
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))
    train, test = (
        (np.repeat(images[:count, ..., None], 3, axis=3), labels[:count].astype(np.int64))
        for (images, labels), count in zip(
            fashion_mnist(options.fashion_mnist), (options.train, options.test), strict=True
        )
    )
    few = tuple(part[:BATCH] for part in train)
    ours(few, few, 1)  # compiles
    about = moment()
    matrix, whole = ours(train, test, options.epochs)
    print(matrix, f"\n{whole:.0f} s {matrix.facts['seconds']}", flush=True)
    needed = alone(train, test, options.epochs)
    kept, spent = theirs(train, test, options.epochs)
    columns = [matrix.names.index(name) for name in NAMES]  # the matrix has them in the benchmark's order
    mine = matrix.kept[np.ix_([0, *(n + 1 for n in columns)], columns)]
    alike = float(np.corrcoef(mine.ravel(), kept.ravel())[0, 1])
    rows = {
        "CorruptLoader": (matrix.facts["seconds"], whole),
        "torch DataLoader, imagecorruptions-imaug": (spent, spent["training"] + spent["evaluating"]),
    }
    lines = [
        "| fed by | training, s | of it waiting | evaluating, s | whole, s | of it data |",
        "|---|---|---|---|---|---|",
    ]
    for name, (seconds, total) in rows.items():
        data = 1 - (needed["training"] + needed["evaluating"]) / total
        lines.append(
            f"| {name} | {seconds['training']:.0f} | {seconds['waiting for images']:.0f} | "
            f"{seconds['evaluating']:.0f} | {total:.0f} | {100 * data:.0f} % |"
        )
    lines.append(f"| images that are there | {needed['training']:.0f} | | {needed['evaluating']:.0f} | | |")
    text = "\n".join(lines)
    print(text)
    if options.markdown is not None:
        told = (
            f"{options.train:,} images of Fashion-MNIST at 32 x 32 in three channels, {options.epochs} epochs, "
            f"{options.test:,} test images; {', '.join(NAMES)} at levels 1, 3, 5 of ImageNet-C; "
            "`python -m benchmarks.overlap_run`. Of it data is what the whole takes beyond the same trainings and "
            "evaluations on images that are there already. The accuracies of the eleven models under the ten "
            f"corruptions by one way and by the other: r = {alike:.3f}."
        )
        machine = (
            f"{os.cpu_count()} cores of {processor()}, {about['date']}, {about['load']} processes that wanted one in "
            "the minute before."
        )
        options.markdown.write_text(
            "\n\n".join(["# A whole overlap of ten corruptions", told, text, machine]) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
