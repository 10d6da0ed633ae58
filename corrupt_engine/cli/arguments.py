"""Options that several commands share, and how their values are read."""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ..catalogue import benchmarks, variants
from ..errors import OptionError, UnknownNameError
from .console import Console

if TYPE_CHECKING:
    from ..catalogue import Baseline

Run: TypeAlias = Callable[[argparse.Namespace, Console], int]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
RECORD_SUFFIXES = (".sqlite", ".sqlite3", ".db")
PAGES = (".html", ".htm")


def command(
    commands: Commands, name: str, run: Run, help: str, description: str, examples: str
) -> argparse.ArgumentParser:
    """A command with the options that all have."""
    made = commands.add_parser(
        name,
        help=help,
        description=description,
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.set_defaults(run=run)
    made.add_argument("--json", action="store_true", help="results as JSON on standard output")
    made.add_argument("-q", "--quiet", action="store_true", help="no progress and no remarks")
    return made


def add_benchmark(made: argparse.ArgumentParser, also: Sequence[str] = ()) -> None:
    """--benchmark; `also` are names that this command takes besides."""
    made.add_argument(
        "--benchmark",
        default="imagenet-c",
        metavar="NAME|FILE",
        help=f"{', '.join((*benchmarks(), *also))}, or a file of your own, mine.toml (default: imagenet-c)",
    )


def add_choice(made: argparse.ArgumentParser, default: str = "all") -> None:
    """--corruptions and --severities, which `choice` reads."""
    made.add_argument(
        "--corruptions",
        nargs="+",
        metavar="NAME",
        help=f"names, groups such as blur, patterns such as '*_noise' (default: {default})",
    )
    made.add_argument("--severities", nargs="+", metavar="N", help=f"levels, such as 1 3 5 or 1-3 (default: {default})")


def choice(options: argparse.Namespace) -> dict[str, Any]:
    """The arguments `corruptions` and `severities`."""
    return {"corruptions": options.corruptions, "severities": levels(options.severities)}


def add_drawing(made: "argparse.ArgumentParser | argparse._ArgumentGroup", picks: int) -> None:
    """--threshold, --categories, --each, --picks and --seed: categories of corruptions, and benchmarks drawn from them;
    `picks` is the default.
    """
    made.add_argument(
        "--threshold", type=float, default=0.5, metavar="R", help="mean correlation within (default: 0.5)"
    )
    made.add_argument("--categories", type=int, metavar="N", help="how many categories are represented (default: all)")
    made.add_argument("--each", type=int, metavar="K", help="how many corruptions of each; draws benchmarks")
    made.add_argument("--picks", type=int, default=picks, metavar="N", help=f"how many are drawn (default: {picks})")
    made.add_argument("--seed", type=int, default=0, help="default: 0")


def levels(texts: Sequence[str] | None) -> list[int] | None:
    """Numbers and ranges of numbers as the numbers.

    >>> levels(["1,3", "4-5"])
    [1, 3, 4, 5]
    """
    found: list[int] = []
    for text in ",".join(texts or ()).split(","):
        first, dash, last = text.strip().partition("-")
        try:
            found += [int(first)] if not dash else range(int(first), int(last) + 1)
        except ValueError as error:
            if text.strip():
                raise OptionError(f"severity {text!r} is neither a level nor a range such as 1-3") from error
    return None if texts is None else found


def add_bytes(
    made: argparse.ArgumentParser, geometry: str = "the model's, else the benchmark's", variant: str = "the benchmark's"
) -> None:
    """The options that fix the corrupted bytes; `geometry` and `variant` are what is taken where none is given."""
    group = made.add_argument_group("what fixes the corrupted bytes")
    group.add_argument("--seed", type=int, default=0, help="default: 0")
    group.add_argument(
        "--variant",
        metavar="NAME|FILE",
        help=f"severity table: {', '.join(variants())}, or a benchmark file (default: {variant}; of ImageNet-C's by "
        "the images' size)",
    )
    group.add_argument(
        "--geometry",
        metavar="NAME|SIZE,CROP",
        help=f'"imagenet-c", "none", ... or for example 256,224 (default: {geometry})',
    )
    group.add_argument(
        "--textures",
        default="published",
        metavar="KIND",
        help="frost's, and stickers' tiles: published or procedural (default: published)",
    )


def add_depth(made: argparse.ArgumentParser) -> None:
    """--depth, which `data` reads."""
    made.add_argument(
        "--depth",
        type=Path,
        metavar="FOLDER",
        help="depth maps for corruptions that need one, named as the images: .npy floats, or .png of 16-bit inverse "
        "depth",
    )


def data(options: argparse.Namespace) -> Any:
    """The images, with their depth maps where those were given."""
    if options.depth is None:
        return options.data
    from ..sources import depth_folder

    return depth_folder(options.data, options.depth)


def add_loading(made: argparse.ArgumentParser) -> None:
    """The options that decide how images are loaded, and no byte of them."""
    group = made.add_argument_group("how images are loaded (changes no number)")
    group.add_argument("--batch-size", type=int, default=64, metavar="N", help="default: 64")
    group.add_argument(
        "--workers", type=int, metavar="N", help="threads or processes that decode (default: as --threads)"
    )
    group.add_argument("--threads", type=int, metavar="N", help="threads that corrupt (default: the processors)")
    group.add_argument("--backend", default="auto", metavar="NAME", help="dali, threads, torch or auto (default: auto)")
    group.add_argument(
        "--decoder",
        default="cpu",
        metavar="NAME",
        help="turbojpeg, pillow, or cpu: the fastest with Pillow's bytes (default: cpu)",
    )
    group.add_argument(
        "--decoded-cache",
        type=Path,
        metavar="FILE",
        help="keep the images decoded, for later runs on the same files; made where it is not there",
    )


def add_output(made: argparse.ArgumentParser) -> None:
    """--output, as often as wanted."""
    made.add_argument(
        "-o",
        "--output",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="save as .html .csv .json .tex .txt",
    )


def add_predictions(made: argparse.ArgumentParser) -> None:
    """--predictions, which is checked by `predictions`."""
    made.add_argument(
        "--predictions",
        type=Path,
        metavar="FILE",
        help="save every single prediction, a row each, as .csv or .parquet",
    )


def predictions(path: Path | None) -> Path | None:
    """The file of --predictions, or our error where no such file can be written."""
    from ..reports.predictions import writer_for

    if path is not None:
        writer_for(path)
    return path


def add_baseline(made: argparse.ArgumentParser) -> None:
    """--baseline, which `baseline` reads."""
    made.add_argument(
        "--baseline",
        type=Path,
        metavar="FILE",
        help="errors to divide by: another model's record, its report as JSON, or a JSON file of errors (default: the "
        "one published with the benchmark, AlexNet for ImageNet-C, if there is one)",
    )


def loader_options(options: argparse.Namespace) -> dict[str, Any]:
    """The arguments of CorruptLoader and sweep that were given."""
    found = {
        "seed": options.seed,
        "textures": options.textures,
        "batch_size": options.batch_size,
        "num_workers": options.workers,
        "threads": options.threads,
        "backend": options.backend,
        "decoder": options.decoder,
    }
    if options.geometry is not None:
        found["geometry"] = geometry(options.geometry)
    for name in ("variant", "decoded_cache"):
        if (given := getattr(options, name)) is not None:
            found[name] = given
    return found


def geometry(text: str) -> Any:
    """A name, or "RESIZE,CROP" as a Geometry."""
    first, comma, second = text.partition(",")
    if not comma:
        return text
    from ..transforms.geometry import Geometry

    try:
        return Geometry(resize=int(first), crop=int(second))
    except ValueError as error:
        raise OptionError(f"geometry {text!r} is neither a name nor two numbers such as 256,224") from error


def numbers(name: str, text: str) -> Any:
    """A number, three numbers, or None for "none"; "model" as it is."""
    if text in ("none", "model"):
        return None if text == "none" else text
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise OptionError(
            f"{name} {text!r} is neither a number, nor three such as 0.485,0.456,0.406, nor none"
        ) from error
    return values[0] if len(values) == 1 else values


def read_json(name: str, path: Path) -> Any:
    """The contents of a JSON file, or OptionError; null would be taken as an option that was not given."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OptionError(f"{name} {path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise OptionError(f"{name} {path} is not JSON: {error}") from error
    if found is None:
        raise OptionError(f"{name} {path} holds null: write what is meant, or leave the option out")
    return found


def page(path: Path | None) -> Path | None:
    """The file of a page, or our error where its name says that it is something else."""
    if path is not None and path.suffix.lower() not in PAGES:
        raise UnknownNameError("suffix", path.suffix, PAGES)
    return path


def baseline(path: Path | None) -> "Baseline | None":
    """A baseline from a JSON file or another model's record; None stays None."""
    if path is None:
        return None
    from ..catalogue import load_baseline

    if path.suffix.lower() not in RECORD_SUFFIXES:
        return load_baseline(path)
    from ..reports.report import Report

    return Report.load(path).as_baseline()
