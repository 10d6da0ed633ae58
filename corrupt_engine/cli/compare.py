"""`corrupt-engine compare`: two records, image by image."""

import argparse
from pathlib import Path

from .arguments import Commands, add_baseline, add_choice, baseline, choice, command
from .console import Console

EXAMPLES = """\
  corrupt-engine compare resnet50.sqlite vit.sqlite
  corrupt-engine compare before.sqlite after.sqlite --json
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    about = (
        "Compare two models on the same images: every difference with its 95 % interval and p-value (paired bootstrap)."
    )
    made = command(commands, "compare", run, "two models, with significance", about, EXAMPLES)
    made.add_argument("a", type=Path, metavar="A", help="a record")
    made.add_argument("b", type=Path, metavar="B", help="another")
    add_choice(made, "all that the records have")
    add_baseline(made)
    made.add_argument(
        "--partial", action="store_true", help="accept records that are not finished: the common images are compared"
    )


def run(options: argparse.Namespace, output: Console) -> int:
    """Print the comparison."""
    from ..reports.compare import compare
    from ..reports.report import Report

    divisor = baseline(options.baseline)
    reports = (Report.load(path, divisor, options.partial, **choice(options)) for path in (options.a, options.b))
    found = compare(*reports)
    output.result(str(found), found.to_dict())
    return 0
