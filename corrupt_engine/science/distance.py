"""Minimal sample distance: how near one corruption's images come to another's, as a network sees them; no training."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..catalogue import Benchmark, Condition, find_benchmark, select
from ..errors import OptionError, StateError
from ..evaluation.configuration import describe_bytes, describe_data, plain
from ..evaluation.fingerprints import model_fingerprint
from ..evaluation.subset import chosen_ids
from ..loader.cache import MEMORY, SetSizeError
from ..loader.defaults import own_unless_given
from ..loader.epochs import OF_AN_EPOCH
from ..loader.loader import CorruptLoader
from ..loader.sweep import Sweep, SweepBatch
from ..models import LoadedModel, Precision, as_loaded, precision_of
from ..models.loaded import OWN
from ..models.running import Runner
from ..records.differences import differences, flat
from ..runtime.checks import check_count, check_flag, check_integer, check_path, refuse
from ..runtime.files import whole_file, write_json
from ..sources import open_source
from ..transforms.policies import Grid
from .distances_page import distances_page
from .sample_distances import SampleDistances

IMAGES = 1000
FORMAT = 1


def minimal_sample_distances(
    features: Callable[[torch.Tensor], torch.Tensor] | LoadedModel | str,
    source: Any,
    corruptions: str | Sequence[str] | None = None,
    *,
    benchmark: str | Path = "imagenet-c",
    severities: int | Sequence[int] | None = None,
    limit: int | None = IMAGES,
    folder: str | Path | None = None,
    memory: int = MEMORY,
    dtype: Any = None,
    autocast: Any = None,
    seed: int = 0,
    progress: bool = True,
    **options: Any,
) -> SampleDistances:
    """For each pair of corruptions, the distance from the mean feature vector of images under one to the nearest
    feature vector of an image under the other.

    Small where training on the second is likely to help under the first: the quick look before `overlap`.

    With `folder`, the features under each condition are kept there as soon as all images have them, and the same call
    goes on after a kill, to the same values; other corruptions and severities are added to what there is. In the
    folder, NAME-SEVERITY.npy are features, distances.json the distances, distances.html the page about them.

    Args:
        features: from images (N, C, H, W) to features (N, ...), such as `penultimate(model)`; an nn.Module is put into
            eval mode. Of a LoadedModel or a name such as "timm:resnet50" the scores are the features.
        source: as for CorruptLoader.
        corruptions: which of the benchmark's, as for `evaluate`; None for all.
        benchmark: a name or a file.
        severities: at which of their levels, all images at each; None for all.
        limit: how many of the images are taken, chosen by the seed; None for all.
        folder: where features and distances are kept; None keeps nothing. Of a function that is no nn.Module only its
            name is known: give another folder where it changed.
        memory: with a folder, the most bytes of decoded images that are kept in memory, so that each is decoded once.
        dtype: what the network computes in, as for `evaluate`.
        autocast: likewise.
        seed: fixes all.
        progress: show a bar on standard error.
        options: the other options of CorruptLoader; mean and std are those of the named model, or ImageNet's, unless
            given.

    Returns:
        The SampleDistances.

    Raises:
        OptionError: an option is wrong, the features are no finite numbers, one row an image, or with a folder the
            decoded images need more than `memory`.
        StateError: the folder holds the features of other arguments, or a damaged file.
        UnknownNameError, SourceError: as for CorruptLoader.

    Source: Mintun, Kirillov and Xie 2021, "On Interaction Between Augmentations and Corruptions in Natural Corruption
    Robustness" (arXiv:2102.11273), section 4.
    """
    check_integer("seed", seed)
    check_flag("progress", progress)
    check_count("memory", memory, 1)
    refuse("minimal_sample_distances", options, ("trial", *OF_AN_EPOCH), "it is decided here")
    if limit is not None:
        check_count("limit", limit, 1)
    place = None if folder is None else check_path("folder", folder)
    whole = find_benchmark(benchmark)
    chosen = select(whole, corruptions, severities)
    plan = [Condition(name, level) for name in chosen.corruptions for level in chosen.severities[name]]
    model = as_loaded(features, mean=options.pop("mean", OWN), std=options.pop("std", OWN))
    precision = precision_of(model.function, dtype, autocast)
    options = own_unless_given(options, benchmark, geometry=model.geometry)
    if model.mean is not None or dtype is not None:
        options["dtype"] = precision.images
    source = open_source(source)
    ids = chosen_ids(len(source), limit, seed).tolist()

    def sweep(conditions: Sequence[Condition]) -> Sweep:
        loader = CorruptLoader(
            source, Grid(tuple(conditions)), sampler=ids, seed=seed, mean=model.mean, std=model.std,
            extras=("ids", "conditions"), num_shards=1, shard_id=0, **options,
        )  # fmt: skip
        return Sweep(loader, "batch" if place is None else "condition", memory, progress)

    run = Runner(model.function, precision)
    rows: Mapping[Condition, np.ndarray]
    if place is None:
        rows = all_at_once(sweep(plan), run)
    else:
        kept = KeptFeatures(place, identity(sweep(plan[:1]).loader, model, precision, chosen, len(ids)))
        if missing := [condition for condition in plan if not kept.has(condition)]:
            one_by_one(sweep(missing), run, kept)
        rows = {condition: kept.read(condition) for condition in plan}
    facts = {"features": model.name, "benchmark": whole.name, "severities": list(chosen_levels(chosen)), "seed": seed}
    found = SampleDistances(chosen.corruptions, distances_of(chosen.corruptions, rows), len(rows[plan[0]]), facts)
    if place is not None:
        found.save(place / "distances.json")
        distances_page(found, place / "distances.html")
    return found


def chosen_levels(chosen: Benchmark) -> list[int]:
    """All levels that some corruption has, ascending."""
    return sorted({level for own in chosen.severities.values() for level in own})


def all_at_once(sweep: Sweep, run: Runner) -> dict[Condition, np.ndarray]:
    """Features of all images under each condition, images decoded and left batch by batch."""
    rows: dict[Condition, list[np.ndarray]] = {condition: [] for condition in sweep.conditions}
    with run.ready(), sweep:
        for batch in sweep:
            rows[batch.condition].append(features_of(run, batch))
    return {condition: np.concatenate(own) for condition, own in rows.items()}


def one_by_one(sweep: Sweep, run: Runner, kept: "KeptFeatures") -> None:
    """Keep the features of all images under one condition after the other."""
    with run.ready(), sweep:
        for condition, batches in itertools.groupby(in_memory(sweep), lambda batch: batch.condition):
            kept.write(condition, np.concatenate([features_of(run, batch) for batch in batches]))


def in_memory(sweep: Sweep) -> Iterator[SweepBatch]:
    """The batches, or OptionError where the decoded images need too much memory."""
    try:
        yield from sweep
    except SetSizeError as error:
        raise OptionError(f"{error}: as without a folder; or take fewer images (limit, --limit)") from error


def features_of(run: Runner, batch: SweepBatch) -> np.ndarray:
    """(N, D) float32, or float64 where the network computes in that."""
    made = run(batch.images)
    if not isinstance(made, torch.Tensor) or made.ndim < 2 or len(made) != len(batch.images):
        raise OptionError("features must give a tensor with a row for each image")
    if not torch.isfinite(made).all():
        raise OptionError(f"features of images under {batch.condition.corruption} are not finite")
    rows: np.ndarray = (made if made.dtype == torch.float64 else made.float()).flatten(1).cpu().numpy()
    return rows


def distances_of(names: Sequence[str], rows: Mapping[Condition, np.ndarray]) -> np.ndarray:
    """(n, n) float64: from the mean under each to the nearest sample under each."""

    def samples(name: str) -> np.ndarray:
        return np.concatenate([own for condition, own in rows.items() if condition.corruption == name]).astype(float)

    means = [samples(name).mean(0) for name in names]
    columns = []
    for name in names:
        own = samples(name)
        columns.append([np.linalg.norm(own - mean, axis=1).min() for mean in means])
    return np.array(columns, np.float64).T


def identity(
    loader: CorruptLoader, model: LoadedModel, precision: Precision, benchmark: Benchmark, images: int
) -> dict[str, Any]:
    """What fixes the features under a condition, in JSON's types."""
    return {
        "format": FORMAT,
        "features": model_fingerprint(model.function),
        **describe_bytes(loader, benchmark),
        "data": describe_data(loader),
        "images": images,
        "batch_size": loader.batch_size,
        "mean": plain(model.mean),
        "std": plain(model.std),
        "dtype": precision.dtype,
        "autocast": precision.autocast,
    }


class KeptFeatures:
    """Features in a folder, a file for each condition.

    Args:
        folder: made with the first of them.
        told: what fixes them.

    Raises:
        StateError: the folder holds those of something else.
    """

    def __init__(self, folder: Path, told: Mapping[str, Any]) -> None:
        self.folder, self.told = folder, told
        self.file = file = folder / "features.json"
        if not any(folder.glob("*.npy")):  # nothing is there, or what a run left that failed before its first features
            return
        try:
            held = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StateError(f"{file} cannot be read: {error}; give another folder") from error
        own = json.loads(json.dumps(told))
        if held != own:
            differ = differences(flat(held), flat(own), "{} is {} there and {} here") if isinstance(held, dict) else []
            raise StateError(
                f"folder {folder} holds the features of other arguments: {'; '.join(differ) or file.name}; give "
                "another folder, or remove this one to begin anew"
            )

    def place(self, condition: Condition) -> Path:
        """The file of a condition."""
        return self.folder / f"{condition.corruption}-{condition.severity:g}.npy"

    def has(self, condition: Condition) -> bool:
        """Whether its features are there."""
        return self.place(condition).is_file()

    def write(self, condition: Condition, rows: np.ndarray) -> None:
        """Keep the features (N, D) of a condition, whole; before the first ones, what they are of."""
        if not any(self.folder.glob("*.npy")):
            write_json(self.file, "what features are of", self.told)
        with whole_file(self.place(condition), "features") as part, part.open("wb") as file:
            np.save(file, rows, allow_pickle=False)

    def read(self, condition: Condition) -> np.ndarray:
        """The features (N, D) of a condition, or StateError."""
        file = self.place(condition)
        try:
            rows: np.ndarray = np.load(file, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise StateError(
                f"{file} holds no features: {error}; remove it, and the same call makes it anew"
            ) from error
        return rows
