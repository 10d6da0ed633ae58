"""`export()`: write a benchmark's images; what is there already is not made again."""

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from ...catalogue import Condition, find_benchmark, find_corruption, select
from ...errors import ExportError, OptionError
from ...evaluation.configuration import describe_bytes, describe_data
from ...loader.defaults import own_unless_given
from ...loader.epochs import OF_AN_EPOCH
from ...loader.loader import CorruptLoader
from ...loader.pipeline import Work, consecutive
from ...loader.samples import Batch
from ...records.differences import differences, flat
from ...runtime.checks import check_name, check_path, refuse
from ...transforms.policies import Grid
from ...transforms.tensors import TensorFormat
from .arrays import ArrayLayout
from .folders import FolderLayout

MANIFEST = "export.json"
BYTES = TensorFormat(mean=None, channels_last=True)


class Layout(Protocol):
    """Where images go. A layout knows what it holds already."""

    def missing(self, ids: np.ndarray) -> list[Condition]:
        """The conditions that are not all there of the samples `ids`."""
        ...

    def write(self, batch: Batch, condition: Condition, images: np.ndarray) -> None:
        """Keep images (N, H, W, C) uint8 of a batch under a condition."""
        ...

    def finished(self, batch: Batch) -> None:
        """Note that all conditions of a batch are written."""
        ...

    def close(self) -> None:
        """Give everything its final name; called when all is there."""
        ...


LAYOUTS: Mapping[str, Callable[..., Layout]] = {"folders": FolderLayout, "npy": ArrayLayout}
"""folders: CORRUPTION/SEVERITY/CLASS/NAME.JPEG as ImageNet-C has it; npy: CORRUPTION.npy and labels.npy as CIFAR-10-C
has it.
"""


class Exported(NamedTuple):
    """What an export did.

    Args:
        folder: where the images are.
        images: how many corrupted images belong there.
        made: how many of them this call made.
    """

    folder: Path
    images: int
    made: int


def export(
    source: Any,
    folder: str | Path,
    layout: str = "folders",
    benchmark: str | Path = "imagenet-c",
    *,
    corruptions: str | Sequence[str] | None = None,
    severities: int | Sequence[int] | None = None,
    progress: bool = True,
    threads: int | None = None,
    **options: Any,
) -> Exported:
    """Write every corruption of a benchmark at each of its severities, or a part of them. An export that was killed
    continues where it stopped, and one of a part can be followed by another's into the same folder.

    Args:
        source: as for CorruptLoader.
        folder: where the images go; export.json in it says what they are.
        layout: "folders" (CORRUPTION/SEVERITY/CLASS/NAME.JPEG, JPEG of quality 85, 4:2:0, as ImageNet-C) or "npy"
            (CORRUPTION.npy of shape (levels x N, H, W, 3) with the severities one after the other, and labels.npy, as
            CIFAR-10-C).
        benchmark: a name of `benchmarks()`, or a benchmark file of your own.
        corruptions: which of the benchmark's, as for `evaluate`; None for all.
        severities: at which of their severities; None for all. An array of layout "npy" holds all.
        progress: show a progress bar on standard error.
        threads: for the corruptions, and to decode unless num_workers says otherwise; default the number of processors.
        options: the other options of CorruptLoader (seed, geometry, variant, textures, batch_size, ...).

    Returns:
        An Exported: the folder, how many images belong there, and how many of them were made now.

    Raises:
        UnknownNameError, OptionError: for what is wrong with the arguments; OptionError also where two images would be
            the same file or one would lie outside the folder, before anything is written; where one array would hold
            images of several shapes, or labels that are no whole numbers.
        SourceError, SeverityError, BenchmarkError, PluginError: as for CorruptLoader.
        MissingExtraError, MissingTexturesError, DeviceError: likewise.
        DecodeError, ImageError, WorkerError: likewise, when it comes to that image.
        ExportError: the folder cannot be written, the disk is full, or the folder holds another export; the differences
            are named.
    """
    from tqdm import tqdm

    check_name("layout", layout, LAYOUTS)
    if layout == "folders" and options.get("as_stored"):
        raise OptionError("the folders are stored as JPEG of quality 85 already; as_stored would do it twice")
    chosen = select(find_benchmark(benchmark), corruptions, severities)
    for name in chosen.attacks:
        find_corruption(name, str(benchmark))  # which says what attacks need
    if layout == "npy" and severities is not None:
        raise OptionError('an array of layout "npy" holds all severities: leave severities out, or take "folders"')
    if layout == "npy" and options.get("on_error") == "skip":
        raise OptionError(
            'an array of layout "npy" has a row for each image, and those of unreadable files would be black: leave '
            'on_error="skip" out, or take "folders"'
        )
    options = own_unless_given(options, benchmark)
    refuse("export", options, ("corruption", "severity", "trial", *OF_AN_EPOCH), "all images come, in their own order")
    loader = CorruptLoader(source, **{"num_shards": 1, "shard_id": 0, "num_threads": threads, **options})
    loader.schedule.check_takes_all("export")
    target = check_path("folder", folder)
    plan = chosen.conditions()[1:]  # all but the clean one
    try:
        manifest = {"layout": layout, **describe_bytes(loader, chosen), "data": describe_data(loader)}
        check_manifest(target, manifest)
        place = LAYOUTS[layout](target, plan, loader.source)  # which may refuse, so nothing is written before
        write_manifest(target, manifest)
        places = {condition: turn for turn, condition in enumerate(plan)}
        wanted = [
            Work(ids, [places[condition] for condition in place.missing(np.array(ids))])
            for ids in consecutive(len(loader.source), loader.batch_size)
        ]
        work = [part for part in wanted if part.turns]
        total, planned = len(loader.source) * len(plan), sum(len(part.ids) * len(part.turns) for part in work)
        made = 0
        pipeline = loader.pipeline(policy=Grid(plan), tensor_format=BYTES)
        with (
            contextlib.closing(pipeline.run(work)) as found,
            tqdm(total=total, initial=total - planned, unit="img", disable=not progress, smoothing=0.1) as bar,
        ):
            for one in found:
                if one.images is not None:
                    place.write(one.batch, plan[one.turn], one.images.permute(0, 2, 3, 1).numpy())
                if one.last:
                    place.finished(one.batch)
                bar.update(len(one.batch.ids))
                made += len(one.batch.ids)
        place.close()
    except OSError as error:
        raise ExportError(
            f"export to {target}: {error.strerror or error}; what was written is kept: mend it and run the same "
            "command again, it continues"
        ) from error
    return Exported(target, total, made)


def check_manifest(folder: Path, wanted: Mapping[str, Any]) -> None:
    """ExportError where the folder holds something else than what is wanted, or is none."""
    path = folder / MANIFEST
    if path.exists():
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(found, dict):
                raise ValueError("it is no table")
        except (ValueError, RecursionError) as error:
            raise ExportError(f"{path} is damaged ({error}); choose another folder") from error
        if different := differences(found, json.loads(json.dumps(flat(wanted)))):
            raise ExportError(f"{folder} holds another export: {'; '.join(different)}. Choose another folder")
    elif folder.exists() and any(folder.iterdir()):
        raise ExportError(f"{folder} is not empty and holds no {MANIFEST}; choose an empty or new folder")


def write_manifest(folder: Path, wanted: Mapping[str, Any]) -> None:
    """Write what the folder is to hold, where that is not there."""
    path = folder / MANIFEST
    if path.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(flat(wanted), indent=1) + "\n", encoding="utf-8")
    part.replace(path)
