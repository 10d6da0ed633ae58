"""`corrupt-engine merge`: several records as one."""

import argparse
from pathlib import Path

from .arguments import Commands, command
from .console import Console

EXAMPLES = """\
  corrupt-engine merge noise.sqlite blur.sqlite weather.sqlite -o resnet50.sqlite
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    about = (
        "Put the records of one model into one: other corruptions, severities, trials or images of the same "
        "evaluation, made on several machines. Records of other models, data or settings are refused."
    )
    made = command(commands, "merge", run, "records of one model as one", about, EXAMPLES)
    made.add_argument("records", type=Path, nargs="+", metavar="RECORD", help="two or more; they are not changed")
    made.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the new record")


def run(options: argparse.Namespace, output: Console) -> int:
    """Merge them."""
    from ..evaluation.merge import merge
    from ..records import read_held

    found = read_held(merge(options.records, options.output))
    images, conditions = len(found.labels[0]), len(found.predictions)
    text = f"{options.output}: {images:,} images, {conditions} conditions"
    output.result(text, {"record": str(options.output), "images": images, "conditions": conditions})
    return 0
