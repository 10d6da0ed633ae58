"""`corrupt-engine report`: from records to tables and pages."""

import argparse
from pathlib import Path

from ..errors import OptionError
from .arguments import (
    Commands,
    add_baseline,
    add_choice,
    add_output,
    add_predictions,
    baseline,
    choice,
    command,
    predictions,
)
from .console import Console

EXAMPLES = """\
  corrupt-engine report resnet50.sqlite
  corrupt-engine report resnet50.sqlite vit.sqlite swin.sqlite -o models.html -o models.tex
  corrupt-engine report running.sqlite --partial
  corrupt-engine report resnet50.sqlite vit.sqlite --corruptions weather --severities 3
  corrupt-engine report resnet50.sqlite --predictions resnet50.parquet
  corrupt-engine report vit.sqlite --baseline resnet50.sqlite --format csv
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    about = "Show records of evaluations, several models side by side, as text, CSV, JSON, LaTeX or one HTML page."
    made = command(commands, "report", run, "tables and pages from records", about, EXAMPLES)
    made.add_argument(
        "records", type=Path, nargs="+", metavar="RECORD", help="files that `corrupt-engine evaluate` wrote"
    )
    add_output(made)
    add_predictions(made)
    made.add_argument(
        "--format",
        default="text",
        metavar="KIND",
        help="on standard output: text, csv, json, latex, html (default: text)",
    )
    add_choice(made, "all that the record has")
    add_baseline(made)
    made.add_argument("--partial", action="store_true", help="accept records that are not finished")


def run(options: argparse.Namespace, output: Console) -> int:
    """Print or save them."""
    from ..reports.formats import render, save
    from ..reports.report import Report

    log = predictions(options.predictions)
    if log is not None and len(options.records) > 1:
        raise OptionError(f"--predictions {log} takes one record, not {len(options.records)}: give each its own file")
    divisor = baseline(options.baseline)
    reports = [Report.load(path, divisor, options.partial, **choice(options)) for path in options.records]
    if options.output:
        for path in options.output:
            output.remark(f"saved: {save(reports, path)}")
    if log is not None:
        output.remark(f"saved: {reports[0].save_predictions(log)}")
    if output.json or not (options.output or log) or options.format != "text":
        output.text(render(reports, "json" if output.json else options.format))
    return 3 if any(report.invalid or report.skipped for report in reports) else 0
