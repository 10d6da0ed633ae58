"""`corrupt-engine design`: a benchmark drawn from categories of corruptions."""

import argparse
from pathlib import Path

from .arguments import Commands, add_benchmark, add_drawing, command, page
from .console import Console

EXAMPLES = """\
  corrupt-engine design overlap/overlap.json                                        the categories alone
  corrupt-engine design overlap/overlap.json --categories 3 --each 2 -o mine.toml    the best benchmark of that kind
  corrupt-engine design overlap/overlap.json --categories 3 --each 2 --page design.html
  corrupt-engine design forty/overlap.json --benchmark laugros-candidates --categories 6 --each 3 -o mine.toml
  corrupt-engine evaluate timm:resnet50 imagenet/val --benchmark mine.toml
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    about = (
        "Put corruptions whose overlap is alike into categories, and draw the benchmark that overlaps least with "
        "itself from them (Laugros 2022, chapter 4)."
    )
    made = command(
        commands, "design", run, "categories of corruptions, and a benchmark drawn from them", about, EXAMPLES
    )
    made.add_argument("matrix", type=Path, help="the overlap.json of corrupt-engine overlap")
    add_drawing(made, picks=1000)
    made.add_argument("-o", "--output", type=Path, metavar="FILE.toml", help="where the benchmark is written")
    made.add_argument(
        "--page", type=Path, metavar="FILE.html", help="save a page with the categories, and the benchmark's balance"
    )
    add_benchmark(made)


def run(options: argparse.Namespace, output: Console) -> int:
    """Find, draw, write."""
    from ..catalogue import find_benchmark
    from ..errors import OptionError
    from ..science import OverlapMatrix, categories, design_page, mean_overlap, save_benchmark, suggest, uncovered

    place = page(options.page)
    if options.output is not None and options.each is None:
        raise OptionError("--output is for a benchmark that is drawn: say with --each how many of each category")
    whole = find_benchmark(options.benchmark)
    matrix = OverlapMatrix.load(options.matrix)
    found = categories(matrix, options.threshold, options.seed)
    text, values = [str(found)], {"categories": found.to_dict()}
    names: tuple[str, ...] = ()
    if options.each is not None:
        represented = len(found.members) if options.categories is None else options.categories
        names = suggest(matrix, found, represented, options.each, options.picks, options.seed)
        alone, mean = uncovered(matrix, names), mean_overlap(matrix, names)
        text += ["", f"{', '.join(names)}: mean overlap {mean:.2f}", f"not covered: {', '.join(alone) or 'none'}"]
        values |= {"benchmark": {"corruptions": names, "mean_overlap": mean, "uncovered": alone}}
        if options.output is not None:
            source = f"drawn from {len(found.members)} categories, {options.each} of each of {represented}"
            output.remark(f"saved: {save_benchmark(options.output, names, whole, source)}")
    if place is not None:
        output.remark(f"saved: {design_page(matrix, found, place, names)}")
    output.result("\n".join(text), values)
    return 0
