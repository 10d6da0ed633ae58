"""`corrupt-engine export`: a stored copy."""

import argparse
from pathlib import Path

from .arguments import (
    Commands,
    add_benchmark,
    add_bytes,
    add_choice,
    add_depth,
    add_loading,
    choice,
    command,
    data,
    loader_options,
)
from .console import Console

EXAMPLES = """\
  corrupt-engine export imagenet/val imagenet-c                         75 folders of JPEG files of quality 85
  corrupt-engine export cifar/test cifar-c --layout npy --geometry none
  corrupt-engine export imagenet/val some --corruptions fog frost --severities 3

Kill it whenever you like: the same command continues.
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    about = "Write a benchmark's images in the published layouts, for those who must have them on disk."
    made = command(commands, "export", run, "a stored copy in the published layouts", about, EXAMPLES)
    made.add_argument("data", help="a folder of class folders")
    made.add_argument("folder", type=Path, help="where the images go")
    made.add_argument(
        "--layout",
        default="folders",
        metavar="KIND",
        help="folders (ImageNet-C) or npy (CIFAR-10-C) (default: folders)",
    )
    add_depth(made)
    add_benchmark(made)
    add_choice(made)
    add_bytes(made, "the benchmark's")
    add_loading(made)


def run(options: argparse.Namespace, output: Console) -> int:
    """Write them."""
    from ..tools.export import export

    found = export(
        data(options),
        options.folder,
        options.layout,
        options.benchmark,
        **choice(options),
        progress=not output.quiet,
        **loader_options(options),
    )
    text = f"{found.folder}: {found.images:,} images, {found.made:,} of them made now"
    output.result(text, {"folder": str(found.folder), "images": found.images, "made": found.made})
    return 0
