"""What the commands share that run a model: its options, how it is loaded, and one of several processes that speaks."""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import device_names, find_device, own_device
from .arguments import numbers
from .console import Console

if TYPE_CHECKING:
    from ..models import LoadedModel


def add_model(group: "argparse._ActionsContainer") -> None:
    """--weights, --device, and what the model computes in."""
    group.add_argument(
        "--weights", type=Path, metavar="FILE", help="local weights; without it they come from the model's hub"
    )
    group.add_argument(
        "--device",
        default="cpu",
        metavar="NAME",
        help=f"for model and corruptions: {', '.join(device_names())} (default: cpu)",
    )

    group.add_argument(
        "--dtype", metavar="TYPE", help="weights and images in float32, float16 or bfloat16 (default: the model's own)"
    )
    group.add_argument(
        "--autocast", metavar="TYPE", help="weights as they are, torch.autocast to float16 or bfloat16 (default: off)"
    )
    group.add_argument(
        "--channels-last", action="store_true", help="images in this memory layout, which suits tensor cores"
    )


def add_normalization(group: "argparse._ActionsContainer") -> None:
    """--mean and --std."""
    group.add_argument(
        "--mean",
        default="model",
        metavar="M[,M,M]",
        help="normalization on 0..1; none hands over bytes (default: the model's)",
    )
    group.add_argument("--std", default="model", metavar="S[,S,S]", help="its other half")


def add_feeding(group: "argparse._ActionsContainer") -> None:
    """--mean, --std, --scores and --labels: what the model is fed, and what it answers with."""
    add_normalization(group)
    group.add_argument(
        "--scores", default="model", metavar="KIND", help="logits or probabilities (default: the model's, else logits)"
    )
    group.add_argument("--labels", type=Path, metavar="FILE", help="JSON: class numbers by class folder or label")


def feeding_options(options: argparse.Namespace) -> dict[str, Any]:
    """What evaluate() takes of the first three."""
    mean, std = numbers("mean", options.mean), numbers("std", options.std)
    return {"mean": mean, "std": std, "scores": options.scores}


def precision_options(options: argparse.Namespace) -> dict[str, Any]:
    """What evaluate() and verify() take of these."""
    return {"dtype": options.dtype, "autocast": options.autocast, "channels_last": options.channels_last}


def own_model(spec: str, options: argparse.Namespace, output: Console) -> "LoadedModel":
    """The model of a name, on this process's device.

    MODULE:FUNCTION finds modules of the current folder, as with python -m; no other name runs what lies here.
    """
    from ..models import is_code, load_model

    if is_code(spec):
        sys.path.insert(0, str(Path.cwd()))
    with output.apart():
        return load_model(spec, weights=options.weights, device=device_name(options))


def device_name(options: argparse.Namespace) -> str:
    """What --device means for this process: under torchrun each has its own."""
    return find_device(own_device(options.device, os.environ.get("LOCAL_RANK"))).name


def device_options(options: argparse.Namespace) -> dict[str, Any]:
    """The argument of CorruptLoader for --device; none for the CPU, which is its own."""
    name = device_name(options)
    return {} if name == "cpu" else {"device": name}


def is_first() -> bool:
    """Whether this process is the one of torchrun's that speaks, or the only one."""
    return os.environ.get("RANK", "0") == "0"


def flawed(flaws: bool) -> int:
    """The exit code of a finished evaluation. Of several processes the first one gives it: torchrun ends the others as
    soon as one exits with another code than 0, and the first may still be writing what was found.
    """
    return 3 if flaws and is_first() else 0


@contextlib.contextmanager
def group_of_processes(output: Console) -> Iterator[None]:
    """An evaluation, whose own words go to standard error; torch.distributed ends with it, where torchrun began it."""
    try:
        with output.apart():
            yield
    finally:
        import torch.distributed as dist

        if dist.is_available() and dist.is_initialized():
            dist.destroy_process_group()
