"""`corrupt-engine overlap`: which corruptions measure the same thing."""

import argparse
from pathlib import Path

from .arguments import (
    Commands,
    add_benchmark,
    add_bytes,
    add_choice,
    add_loading,
    choice,
    command,
    loader_options,
    numbers,
)
from .console import Console

EXAMPLES = """\
  corrupt-engine overlap my_models:resnet18 train test overlap --epochs 40
  corrupt-engine overlap my_models:small fashion/train fashion/test overlap --corruptions noise blur --severities 1 3 5

FOLDER then holds a checkpoint and a record for each model, overlap.json and overlap.html.
Kill it whenever you like: the same command continues.
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    about = (
        "Train a network on clean images and one with each corruption, evaluate all under all, and say how much "
        "training on one corruption helps under another (Laugros 2022, chapter 4)."
    )
    made = command(commands, "overlap", run, "which corruptions measure the same thing", about, EXAMPLES)
    made.add_argument("model", help="MODULE:FUNCTION that makes the network to be trained (which runs MODULE)")
    made.add_argument("train", help="images to train on: a folder of class folders")
    made.add_argument("test", help="images to evaluate on")
    made.add_argument("folder", type=Path, help="where models, records and the matrix are kept")
    add_benchmark(made)
    add_choice(made)
    made.add_argument("--limit", type=int, metavar="N", help="take N test images, chosen by the seed (default: all)")
    made.add_argument(
        "--kind",
        default="residual",
        metavar="KIND",
        help="what scores are made of: residual or preserved robustness (default: residual)",
    )
    made.add_argument(
        "--margin",
        type=float,
        default=0.1,
        metavar="SHARE",
        help="by how much training on a corruption may change the clean accuracy (default: 0.1)",
    )
    group = made.add_argument_group("training")
    group.add_argument("--epochs", type=int, default=40, metavar="N", help="of each training (default: 40)")
    group.add_argument("--learning-rate", type=float, default=0.1, metavar="R", help="at the start (default: 0.1)")
    group.add_argument("--momentum", type=float, default=0.9, metavar="M", help="default: 0.9")
    group.add_argument("--weight-decay", type=float, default=1e-4, metavar="D", help="default: 1e-4")
    group.add_argument("--device", default="cpu", metavar="NAME", help="where it is trained (default: cpu)")
    group.add_argument("--mean", metavar="M[,M,M]", help="normalization on 0..1 (default: ImageNet's)")
    group.add_argument("--std", metavar="S[,S,S]", help="its other half")
    add_bytes(made, "the benchmark's")
    add_loading(made)
    made.set_defaults(weights=None)


def run(options: argparse.Namespace, output: Console) -> int:
    """Train, evaluate, compare, print."""
    import torch

    from ..errors import OptionError
    from ..science import overlap
    from .model import device_options, own_model

    given = loader_options(options)
    given["num_threads"] = given.pop("threads")
    given |= {name: numbers(name, text) for name in ("mean", "std") if (text := getattr(options, name)) is not None}
    for name in ("learning_rate", "momentum", "weight_decay"):
        if not 0 <= getattr(options, name) < float("inf"):
            raise OptionError(f"{name.replace('_', ' ')} {getattr(options, name)} is no number from 0 up")

    def factory() -> torch.nn.Module:
        made = own_model(options.model, options, output).function
        if not isinstance(made, torch.nn.Module):
            raise OptionError(f"{options.model} makes no torch.nn.Module, whose weights could be trained")
        return made

    matrix = overlap(
        factory,
        options.train,
        options.test,
        **choice(options),
        benchmark=options.benchmark,
        epochs=options.epochs,
        kind=options.kind,
        margin=options.margin,
        folder=options.folder,
        limit=options.limit,
        progress=not output.quiet,
        optimizer=lambda parameters: torch.optim.SGD(
            parameters, lr=options.learning_rate, momentum=options.momentum, weight_decay=options.weight_decay
        ),
        **device_options(options),
        **given,
    )
    output.remark(f"saved: {options.folder / 'overlap.json'}, {options.folder / 'overlap.html'}")
    output.result(str(matrix), matrix.to_dict())
    return 0
