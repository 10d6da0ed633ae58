"""`corrupt-engine evaluate`: a model on a benchmark."""

import argparse
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalogue import attack_benchmarks
from .arguments import (
    Commands,
    add_baseline,
    add_benchmark,
    add_bytes,
    add_choice,
    add_depth,
    add_loading,
    add_output,
    add_predictions,
    baseline,
    choice,
    command,
    data,
    loader_options,
    predictions,
    read_json,
)
from .console import Console
from .model import (
    add_feeding,
    add_model,
    device_options,
    feeding_options,
    flawed,
    group_of_processes,
    is_first,
    own_model,
    precision_options,
)

if TYPE_CHECKING:
    from ..evaluation.estimate import Estimate
    from ..models import LoadedModel
    from ..reports.report import Report

EXAMPLES = """\
  corrupt-engine evaluate timm:resnet50 imagenet/val
  corrupt-engine evaluate torchvision:vit_b_16 imagenet/val --device cuda --batch-size 256 -o vit.html -o vit.csv
  corrupt-engine evaluate model.onnx imagenet/val --mean 0.5 --std 0.5 --record mine.sqlite
  corrupt-engine evaluate timm:vit_base_patch16_224 imagenet/val --device cuda --autocast bfloat16
  corrupt-engine evaluate mycode.models:network imagenette/val --labels folders.json --restrict-to-labels
  corrupt-engine evaluate timm:resnet50 imagenet/val --benchmark mine.toml
  corrupt-engine evaluate timm:resnet50 imagenet/val --limit 5000 --on-error skip
  corrupt-engine evaluate timm:resnet50 imagenet/val --corruptions noise '*_blur' fog --severities 1 3 5
  corrupt-engine evaluate timm:resnet50 timm:vit_base_patch16_224 timm:convnext_tiny imagenet/val -o models.html
  torchrun --nproc-per-node 4 -m corrupt_engine evaluate timm:resnet50 imagenet/val --device cuda

Kill it whenever you like: the same command continues, and ends with the same numbers. The record is
NAME-BENCHMARK.sqlite in this folder unless --record says otherwise. It grows: other corruptions, severities, trials or
more images are added to what it has. A record of another configuration is refused, and the difference named.

Several models are shown the same images, each decoded and corrupted once. --name and --record are then given once for
each model, in their order. One that fails does not take the others down.
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    about = (
        "Evaluate a classifier under every condition of a benchmark. "
        "Every image is decoded once; nothing corrupted is stored."
    )
    made = command(commands, "evaluate", run, "a model on a benchmark, resumable", about, EXAMPLES)
    made.add_argument(
        "model",
        nargs="+",
        help="torchvision:NAME, timm:NAME, hf:NAME, FILE.onnx, or MODULE:FUNCTION of your own (which runs MODULE)",
    )
    made.add_argument("data", help="a folder of class folders")
    add_depth(made)
    add_benchmark(made, attack_benchmarks())
    add_choice(made)
    made.add_argument(
        "--record", type=Path, action="append", metavar="FILE", help="the SQLite file that keeps every prediction"
    )
    add_output(made)
    add_predictions(made)
    made.add_argument(
        "--trials", type=int, metavar="N", help="draws of each corruption (default: the benchmark's own number, or 1)"
    )
    made.add_argument(
        "--limit", type=int, metavar="N", help="take N images, chosen by the seed from all (default: all)"
    )
    add_baseline(made)
    made.add_argument("--name", action="append", help="what the report calls the model")
    made.add_argument(
        "--mistakes",
        type=int,
        default=12,
        metavar="N",
        help="confident mistakes to keep as images; 0 keeps no image (default: 12)",
    )
    group = made.add_argument_group("the model")
    add_model(group)
    add_feeding(group)
    group.add_argument(
        "--crafted-by",
        metavar="MODEL",
        help="the model that attacks are made on, named as the model is (default: the evaluated one itself)",
    )
    group.add_argument(
        "--restrict-to-labels",
        action="store_true",
        help="only the classes that occur in --labels can be predicted, as for a part of ImageNet's classes",
    )
    group.add_argument(
        "--unlabelled",
        default="raise",
        metavar="DO",
        help="at a label that --labels has no class number for: raise, or skip its images and count them "
        "(default: raise)",
    )
    group.add_argument("--class-names", type=Path, metavar="FILE", help="JSON: the classes' names in their order")
    made.add_argument(
        "--on-error",
        default="raise",
        metavar="DO",
        help="at a file that is no readable image: raise, or skip it and list it (default: raise)",
    )
    group.add_argument(
        "--no-check",
        action="store_true",
        help="also where scores are constant or depend on the batch, or differ from the recorded model's",
    )
    group.add_argument(
        "--defence",
        action="append",
        default=[],
        metavar="NAME:NUMBER",
        help="a stage before the model, such as median:3, low_pass:5, jpeg:75, clahe; several happen in their order",
    )
    made.add_argument(
        "--dry-run", action="store_true", help="say how many images and predictions it is and about how long it takes"
    )
    add_bytes(made)
    made.add_argument("--as-stored", action="store_true", help="with the JPEG stage of the published copies")
    add_loading(made)


def run(options: argparse.Namespace, output: Console) -> int:
    """Evaluate, print, save."""
    # The names of files are checked before hours are spent.
    from ..errors import UnknownNameError
    from ..reports.formats import FORMATS

    for path in options.output:
        if path.suffix.lower() not in FORMATS.values():
            raise UnknownNameError("suffix", path.suffix, FORMATS.values())
    log = predictions(options.predictions)
    from ..errors import ModelsFailedError, OptionError
    from ..evaluation.estimate import Estimate
    from ..reports.formats import render, save

    several = len(options.model) > 1
    for option, given in (("--predictions", log), ("--weights", options.weights)):
        if several and given is not None:
            raise OptionError(f"{option} {given} for {len(options.model)} models: it is for one model")
    models = [own_model(spec, options, output) for spec in options.model]
    feeding = feeding_options(options)
    if options.defence:
        from ..science.defences import defended

        mean, std = feeding["mean"], feeding["std"]
        models = [defended(model, options.defence, mean=mean, std=std) for model in models]
        feeding = {**feeding, "mean": "model", "std": "model"}  # a defended model is fed bytes
    names = one_each("--name", options.name, models) or [model.name for model in models]
    records = one_each("--record", options.record, models) or [
        Path(re.sub(r"[^\w.-]+", "-", f"{name}-{options.benchmark}") + ".sqlite") for name in names
    ]
    if is_first():
        output.remark(f"record{'s' if several else ''}: {', '.join(map(str, records))}")
    failed = None
    try:
        reports = evaluate_all(models, names, records, feeding, options, output)
        if isinstance(reports, Estimate):
            output.result(str(reports), {**asdict(reports), "predictions": reports.predictions})
            return 0
    except ModelsFailedError as error:  # what the others have is shown first
        failed, reports = error, [report for report in error.reports if report is not None]
    if is_first() and reports:
        for path in options.output:
            output.remark(f"saved: {save(reports, path)}")
        if log is not None:
            output.remark(f"saved: {reports[0].save_predictions(log)}")
        if output.json:
            output.text(render(reports, "json"))
        else:
            output.result(render(reports, "text"), None)
    if failed is not None:
        raise failed
    return flawed(any(report.invalid or report.skipped for report in reports))


def one_each(option: str, given: list[Any] | None, models: list[Any]) -> list[Any] | None:
    """What was given once for each model; None where nothing was."""
    from ..errors import OptionError

    if given is not None and len(given) != len(models):
        raise OptionError(f"{option} is given {len(given)} times for {len(models)} models: once for each is needed")
    return given


def evaluate_all(
    models: "list[LoadedModel]",
    names: list[str],
    records: list[Path],
    feeding: dict[str, Any],
    options: argparse.Namespace,
    output: Console,
) -> "list[Report] | Estimate":
    """The reports of the models, or what a dry run says."""
    from ..evaluation.run import evaluate

    plain = argparse.Namespace(**{**vars(options), "weights": None})
    crafter = None if options.crafted_by is None else own_model(options.crafted_by, plain, output)
    with group_of_processes(output):
        found: list[Report] | Estimate = evaluate(
            models,
            data(options),
            options.benchmark,
            **choice(options),
            record=records,
            labels=None if options.labels is None else read_json("labels", options.labels),
            restrict_to_labels=options.restrict_to_labels,
            unlabelled=options.unlabelled,
            class_names=() if options.class_names is None else read_json("class names", options.class_names),
            trials=options.trials,
            limit=options.limit,
            mistakes=options.mistakes,
            baseline=baseline(options.baseline),
            progress=not output.quiet,
            name=names,
            check=not options.no_check,
            dry_run=options.dry_run,
            command=options.typed,
            crafted_by=crafter,
            as_stored=options.as_stored,
            on_error=options.on_error,
            **feeding,
            **precision_options(options),
            **device_options(options),
            **loader_options(options),
        )
    return found
