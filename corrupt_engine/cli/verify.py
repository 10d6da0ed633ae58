"""`corrupt-engine verify`: whether this installation reproduces published numbers."""

import argparse
from pathlib import Path

from .arguments import Commands, add_loading, command
from .console import Console
from .model import (
    add_model,
    device_options,
    flawed,
    group_of_processes,
    is_first,
    own_model,
    precision_options,
)

EXAMPLES = """\
  corrupt-engine verify Standard_R50 imagenet/val
  corrupt-engine verify Standard_R50 imagenet/val --device cuda --batch-size 256 --record r50.sqlite
  corrupt-engine verify torchvision:resnet50 imagenet/val --row Hendrycks2020AugMix --weights augmix.pth
  torchrun --nproc-per-node 2 -m corrupt_engine verify Standard_R50 imagenet/val --device cuda

Exit code 0 where it reproduces the row, 3 where it does not (torchrun's own is then 1, after a notice of its own). Kill
it whenever you like: the same command continues.
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    from ..tools.verify.published import published_rows

    about = (
        "Hold this installation to what RobustBench publishes of a model on ImageNet-C: 75 accuracies on 5,000 images, "
        "each beside ours with a z-score, and one sentence."
    )
    made = command(commands, "verify", run, "does this installation reproduce published numbers?", about, EXAMPLES)
    made.add_argument(
        "model", help=f"{', '.join(published_rows())}, or the same model in a form of `evaluate` together with --row"
    )
    made.add_argument("data", help="ImageNet's validation set, a folder of its 1,000 class folders")
    made.add_argument("--row", metavar="NAME", help="the published row that the model is held to (default: its own)")
    made.add_argument(
        "--record", type=Path, metavar="FILE", help="the SQLite file of the predictions (default: verify-ROW.sqlite)"
    )
    add_model(made)
    add_loading(made)


def run(options: argparse.Namespace, output: Console) -> int:
    """Evaluate, and say how it compares."""
    from ..tools.verify.verify import named_model, verify

    named, row = named_model(options.model, options.row)
    model = own_model(named, options, output)
    record = options.record or Path(f"verify-{row}.sqlite")
    if is_first():
        output.remark(f"record: {record}")
    with group_of_processes(output):
        found = verify(
            model,
            options.data,
            row=row,
            record=record,
            progress=not output.quiet,
            batch_size=options.batch_size,
            num_workers=options.workers,
            threads=options.threads,
            backend=options.backend,
            decoder=options.decoder,
            decoded_cache=options.decoded_cache,
            **precision_options(options),
            **device_options(options),
        )
    if is_first():
        output.result(str(found), found.to_dict())
    return flawed(not found.reproduces)
