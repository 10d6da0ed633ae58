"""`corrupt-engine calibrate`: how strong corruptions must be to be noticed by a model, and to ruin it."""

import argparse
import re
from pathlib import Path

from .arguments import Commands, add_benchmark, add_bytes, add_loading, command, loader_options, read_json
from .console import Console
from .model import (
    add_feeding,
    add_model,
    device_options,
    feeding_options,
    own_model,
    precision_options,
)

EXAMPLES = """\
  corrupt-engine calibrate timm:resnet50 imagenet/val -o mine.toml
  corrupt-engine calibrate my_models:small fashion/test --benchmark cifar-10-c --corruptions noise blur -o mine.toml
  corrupt-engine evaluate timm:vit_base_patch16_224 imagenet/val --benchmark mine.toml

Of each corruption the weakest level that costs the model a point of accuracy and the weakest that costs half of it are
looked for between no change and the benchmark's strongest level, in at most a dozen evaluations of --limit images.
Kill it whenever you like: all predictions are in the record, NAME-calibration.sqlite in this folder unless --record
says otherwise, and the same command continues from it to the same file.
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    about = (
        "Write a benchmark file with two levels of each corruption: the weakest that a model notices, and the one that "
        "costs it half of its accuracy (Laugros 2022, section 3.2.2)."
    )
    made = command(commands, "calibrate", run, "levels of corruptions to suit a model", about, EXAMPLES)
    made.add_argument("model", help="as for evaluate: torchvision:NAME, timm:NAME, MODULE:FUNCTION, model.onnx, ...")
    made.add_argument("data", help="images: a folder of class folders")
    made.add_argument(
        "-o", "--output", type=Path, metavar="FILE.toml", help="where the benchmark is written (default: nowhere)"
    )
    add_benchmark(made)
    made.add_argument(
        "--corruptions", nargs="+", metavar="NAME", help="names, groups, patterns such as '*_noise' (default: all)"
    )
    made.add_argument(
        "--limit", type=int, default=2000, metavar="N", help="take N images, chosen by the seed; 0: all (default: 2000)"
    )
    made.add_argument("--record", type=Path, metavar="FILE", help="the SQLite file that keeps every prediction")
    made.add_argument("--name", help="what the new benchmark is called (default: that of --output, or calibrated)")
    group = made.add_argument_group("the model")
    add_model(group)
    add_feeding(group)
    add_bytes(made)
    add_loading(made)


def run(options: argparse.Namespace, output: Console) -> int:
    """Bisect, print, write."""
    from ..errors import OptionError

    if options.output is not None and options.output.suffix != ".toml":  # said before hours are spent
        raise OptionError(f"a benchmark file ends in .toml, and {options.output.name} does not")
    from ..science import calibrate

    model = own_model(options.model, options, output)
    record = options.record or Path(re.sub(r"[^\w.-]+", "-", model.name) + "-calibration.sqlite")
    output.remark(f"record: {record}")
    with output.apart():
        found = calibrate(
            model,
            options.data,
            options.corruptions,
            benchmark=options.benchmark,
            limit=options.limit or None,
            record=record,
            name=options.name or ("calibrated" if options.output is None else options.output.stem),
            progress=not output.quiet,
            labels=None if options.labels is None else read_json("labels", options.labels),
            command=options.typed,
            **feeding_options(options),
            **precision_options(options),
            **device_options(options),
            **loader_options(options),
        )
    if options.output is not None:  # before it is printed: who reads that may go, and nothing is lost
        output.remark(f"saved: {found.save(options.output)}")
    output.result(str(found), found.to_dict())
    return 0
