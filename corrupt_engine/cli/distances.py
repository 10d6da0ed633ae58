"""`corrupt-engine distances`: which corruptions look alike to a network, without training."""

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
    numbers,
    page,
)
from .console import Console
from .model import add_model, add_normalization, device_options, own_model, precision_options

FEATURES = ("penultimate", "scores")
EXAMPLES = """\
  corrupt-engine distances timm:resnet50 imagenet/val distances
  corrupt-engine distances timm:resnet50 imagenet/val --corruptions noise blur --severities 3 -o distances.html
  corrupt-engine distances model.onnx imagenet/val --features scores

With FOLDER, features are kept there as they come, beside distances.json and distances.html. Kill it whenever you like:
the same command continues.
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    about = (
        "For each pair of corruptions the distance from the mean feature vector of images under one to the nearest "
        "feature vector of an image under the other (Mintun et al. 2021): the quick look before overlap."
    )
    made = command(commands, "distances", run, "which corruptions look alike to a network", about, EXAMPLES)
    made.add_argument("model", help="as for evaluate: torchvision:NAME, timm:NAME, MODULE:FUNCTION, model.onnx, ...")
    made.add_argument("data", help="images: a folder of class folders")
    made.add_argument("folder", type=Path, nargs="?", help="where features and distances are kept (default: nowhere)")
    add_depth(made)
    add_benchmark(made)
    add_choice(made)
    made.add_argument(
        "--features",
        default=FEATURES[0],
        metavar="KIND",
        help="penultimate: the input of the last linear layer; or the model's scores (default: penultimate)",
    )
    made.add_argument(
        "--limit", type=int, default=1000, metavar="N", help="take N images, chosen by the seed; 0: all (default: 1000)"
    )
    made.add_argument("-o", "--output", type=Path, metavar="FILE.html", help="save the page there")
    group = made.add_argument_group("the model")
    add_model(group)
    add_normalization(group)
    add_bytes(made)
    add_loading(made)


def run(options: argparse.Namespace, output: Console) -> int:
    """Measure, print, save."""
    from ..runtime.checks import check_name

    place = page(options.output)
    check_name("features", options.features, FEATURES)
    from ..science import distances_page, minimal_sample_distances, penultimate

    model = own_model(options.model, options, output)
    given = loader_options(options)
    given["num_threads"] = given.pop("threads")
    given |= {name: numbers(name, getattr(options, name)) for name in ("mean", "std")}
    with output.apart():
        found = minimal_sample_distances(
            penultimate(model) if options.features == "penultimate" else model,
            data(options),
            **choice(options),
            benchmark=options.benchmark,
            limit=options.limit or None,
            folder=options.folder,
            progress=not output.quiet,
            **precision_options(options),
            **device_options(options),
            **given,
        )
    if options.folder is not None:
        output.remark(f"saved: {options.folder / 'distances.json'}, {options.folder / 'distances.html'}")
    if place is not None:
        output.remark(f"saved: {distances_page(found, place)}")
    output.result(str(found), found.to_dict())
    return 0
