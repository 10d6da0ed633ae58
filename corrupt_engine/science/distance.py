"""Minimal sample distance: how near one corruption's images come to another's, as a network sees them; no training."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..catalogue import Condition, find_benchmark, own_variant, select
from ..errors import OptionError
from ..evaluation.subset import chosen_ids
from ..loader.loader import CorruptLoader
from ..models.running import Runner
from ..runtime.checks import check_count, check_flag, check_function, check_integer, refuse
from ..sources import open_source
from ..transforms.policies import Grid

IMAGES = 1000


def minimal_sample_distances(
    features: Callable[[torch.Tensor], torch.Tensor],
    source: Any,
    corruptions: str | Sequence[str] | None = None,
    *,
    benchmark: str | Path = "imagenet-c",
    severities: int | Sequence[int] | None = None,
    limit: int | None = IMAGES,
    seed: int = 0,
    progress: bool = True,
    **options: Any,
) -> tuple[tuple[str, ...], np.ndarray]:
    """For each pair of corruptions, the distance from the mean feature vector of images under one to the nearest
    feature vector of an image under the other.

    Small where training on the second is likely to help under the first: the quick look before `overlap`.

    Args:
        features: from images (N, C, H, W) to features (N, ...), such as a network without its last layer; an nn.Module
            is put into eval mode.
        source: as for CorruptLoader.
        corruptions: which of the benchmark's, as for `evaluate`; None for all.
        benchmark: a name or a file.
        severities: at which of their levels, all images at each; None for all.
        limit: how many of the images are taken, chosen by the seed; None for all.
        seed: fixes all.
        progress: show a bar on standard error.
        options: the other options of CorruptLoader.

    Returns:
        (names, distances): entry [a, b] is the L2 distance from the mean under a to the nearest sample under b; not
        symmetric. Those on the diagonal are of a's own samples.

    Raises:
        OptionError: an option is wrong, or the features are no finite numbers, one row an image.
        UnknownNameError, SourceError: as for CorruptLoader.

    Source: Mintun, Kirillov and Xie 2021, "On Interaction Between Augmentations and Corruptions in Natural Corruption
    Robustness" (arXiv:2102.11273), section 4.
    """
    from tqdm import tqdm

    check_function("features", features)
    check_integer("seed", seed)
    check_flag("progress", progress)
    refuse("minimal_sample_distances", options, ("sampler", "shuffle", "trial", "extras"), "it is decided here")
    if limit is not None:
        check_count("limit", limit, 1)
    chosen = select(find_benchmark(benchmark), corruptions, severities)
    plan = [Condition(name, level) for name in chosen.corruptions for level in chosen.severities[name]]
    source = open_source(source)
    ids = chosen_ids(len(source), limit, seed)
    options.setdefault("variant", own_variant(benchmark))
    loader = CorruptLoader(
        source, Grid(tuple(plan)), sampler=ids.tolist(), seed=seed, extras=("conditions",), **options
    )
    rows: dict[str, list[np.ndarray]] = {name: [] for name in chosen.corruptions}
    with Runner(features).ready() as run, loader, tqdm(total=len(loader), disable=not progress, unit="batch") as bar:
        for images, *_, told in loader:
            made = run(images)
            if not isinstance(made, torch.Tensor) or made.ndim < 2 or len(made) != len(images):
                raise OptionError("features must give a tensor with a row for each image")
            if not torch.isfinite(made).all():
                raise OptionError(f"features of images under {told['conditions'][0].corruption} are not finite")
            rows[told["conditions"][0].corruption].append(made.flatten(1).double().cpu().numpy())
            bar.update()
    samples = [np.concatenate(own) for own in rows.values()]
    means = np.stack([own.mean(0) for own in samples])
    distances = np.array([[np.linalg.norm(own - mean, axis=1).min() for own in samples] for mean in means])
    return tuple(rows), distances
