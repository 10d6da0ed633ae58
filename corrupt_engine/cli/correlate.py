"""`corrupt-engine correlate`: whether synthetic corruptions tell how models do on natural images of another kind."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .arguments import Commands, add_choice, add_drawing, choice, command, page
from .console import Console

EXAMPLES = """\
  corrupt-engine evaluate timm:resnet50 imagenet/val --record a.sqlite
  corrupt-engine evaluate timm:resnet50 imagenet-r --labels r.json --restrict-to-labels --corruptions brightness \\
      --severities 1 --record a-r.sqlite
  corrupt-engine correlate --synthetic a.sqlite b.sqlite c.sqlite --natural a-r.sqlite b-r.sqlite c-r.sqlite
  corrupt-engine correlate --synthetic *-c.sqlite --natural *-r.sqlite --benchmark mine.toml imagenet-c -o page.html
  corrupt-engine correlate --synthetic *-c.sqlite --natural *-r.sqlite --overlap overlap.json --categories 3 --each 2

Models are matched by the names that their records hold. Of a natural record the clean condition counts alone.
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    about = (
        "Correlate, over models, the accuracy that is lost on a natural set with that lost under synthetic "
        "corruptions (Laugros 2022, algorithm 3)."
    )
    made = command(commands, "correlate", run, "do corruptions tell how models do on natural images?", about, EXAMPLES)
    made.add_argument(
        "--synthetic",
        type=Path,
        nargs="+",
        required=True,
        metavar="RECORD",
        help="of each model one on clean images and under corruptions",
    )
    made.add_argument(
        "--natural", type=Path, nargs="+", required=True, metavar="RECORD", help="of each model one on the natural set"
    )
    made.add_argument(
        "--benchmark",
        nargs="+",
        metavar="NAME|FILE",
        help="benchmarks that are parts of what the records have (default: all that they have, as one)",
    )
    add_choice(made, "all that the records have")
    made.add_argument("-o", "--output", type=Path, metavar="FILE.html", help="save the page there")
    group = made.add_argument_group("benchmarks drawn from categories, whose mean correlation is told")
    group.add_argument("--overlap", type=Path, metavar="FILE", help="the overlap.json of corrupt-engine overlap")
    add_drawing(group, picks=100)


def run(options: argparse.Namespace, output: Console) -> int:
    """Read, correlate, print, save."""
    from ..reports.report import Report
    from ..science import correlate, correlation_page

    place = page(options.output)
    benchmarks: Sequence[str] | Mapping[str, Sequence[str]] | None = options.benchmark
    if options.overlap is not None or options.each is not None or options.categories is not None:
        benchmarks = drawn(options)
    synthetic = [Report.load(path, **choice(options)) for path in options.synthetic]
    natural = [Report.load(path) for path in options.natural]
    found = correlate(synthetic, natural, benchmarks, severities=choice(options)["severities"])
    if place is not None:
        output.remark(f"saved: {correlation_page(found, place)}")
    output.result(str(found), found.to_dict())
    return 0


def drawn(options: argparse.Namespace) -> dict[str, Any]:
    """By a name of each drawn benchmark its corruptions."""
    from ..errors import OptionError
    from ..runtime.checks import check_count
    from ..science import OverlapMatrix, categories, draw

    if options.overlap is None or options.each is None:
        raise OptionError("--overlap FILE and --each K belong together: K corruptions are drawn of each category")
    if options.benchmark is not None:
        raise OptionError("--benchmark names benchmarks and --overlap draws some: give one of the two")
    check_count("picks", options.picks, 1)
    found = categories(OverlapMatrix.load(options.overlap), options.threshold, options.seed)
    represented = len(found.members) if options.categories is None else options.categories
    seeds = range(options.seed, options.seed + options.picks)
    return {f"pick {n}": draw(found, represented, options.each, seed) for n, seed in enumerate(seeds, 1)}
