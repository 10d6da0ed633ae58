"""`overlap()`: which corruptions of a benchmark measure the same thing, by training on each."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..catalogue import CLEAN, Condition, find_benchmark, select
from ..errors import OptionError, TrainingError
from ..evaluation.run import evaluate
from ..loader.defaults import own_unless_given
from ..loader.epochs import OF_AN_EPOCH
from ..loader.loader import CorruptLoader
from ..reports.report import Report
from ..runtime.checks import check_count, check_function, check_integer, check_path, refuse
from ..runtime.seeds import torch_seed
from ..sources import Source, open_source
from ..transforms.policies import Grid, Mixture
from ..transforms.tensors import IMAGENET_MEAN, IMAGENET_STD
from .overlap_matrix import MARGIN, OverlapMatrix, check_kind
from .overlap_page import overlap_page
from .training import fit

OF_FIT = ("optimizer", "schedule", "loss")
STANDARD = "standard"
TOGETHER = 16
"""Models that are evaluated at the same time, so that each image is decoded, and corrupted, once for all of them; more
would need more of a device's memory than some have.
"""


def overlap(
    factory: Callable[[], nn.Module],
    train: Any,
    test: Any,
    corruptions: str | Sequence[str] | None = None,
    *,
    epochs: int,
    benchmark: str | Path = "imagenet-c",
    severities: int | Sequence[int] | None = None,
    kind: str = "residual",
    margin: float = MARGIN,
    folder: str | Path | None = None,
    limit: int | None = None,
    batch_size: int = 256,
    seed: int = 0,
    progress: bool = True,
    **options: Any,
) -> OverlapMatrix:
    """Train a network on clean images, and one for each corruption with half of its images corrupted by it; evaluate
    each under all corruptions; and compare what training on one does under another.

    With `folder`, each model, its training's checkpoint and its evaluation's record are kept there as they come, and
    the same call goes on after a kill, to the same matrix. Up to sixteen models are evaluated at the same time, so that
    each image is corrupted once for all of them. In the folder, NAME.pt is the checkpoint of a training and NAME.sqlite
    the record of its model, an ordinary one; overlap.json is the matrix, overlap.html the page about it.

    Args:
        factory: makes the network, without arguments. All are made under the same seed, so that they begin with the
            same weights.
        train: what is trained on, as for CorruptLoader.
        test: what is evaluated on.
        corruptions: which of the benchmark's: names, groups ("blur") and patterns ("*_noise"), in a list or between
            commas; None for all.
        epochs: how many, for each training.
        benchmark: whose levels are trained on, each of them equally often, and evaluated; a name or a file.
        severities: which of its levels; None for all.
        kind: "residual", as in the thesis's experiments, or "preserved", as in its formula.
        margin: by how much the clean accuracy of a model may differ from the standard one's, 0..1; the scores of one
            beyond that are undefined.
        folder: where all is kept; None keeps nothing.
        limit: how many of the test images are taken, default all; the seed chooses them.
        batch_size: images a batch.
        seed: fixes all.
        progress: show progress on standard error.
        options: optimizer, schedule and loss of `fit`, and the options of CorruptLoader (mean, std, geometry, backend,
            ...), for both sets.

    Returns:
        An OverlapMatrix. A corruption on which training diverged is undefined in it.

    Raises:
        OptionError, UnknownNameError, SourceError: an argument is wrong, or both sets have fewer than two classes.
        StateError, RecordError: what is in the folder belongs to other arguments.
        TrainingError: the training on clean images diverged.

    Source: Laugros 2022, thesis 2022GRALT016, chapter 4.
    """
    check_function("factory", factory)
    if isinstance(factory, nn.Module):
        raise OptionError("factory is a network itself, which gives the same network each time; give what makes one")
    check_count("epochs", epochs, 1)
    check_integer("seed", seed)
    refuse("overlap", options, ("checkpoint", "name", "record", "trial", *OF_AN_EPOCH), "it is decided here")
    refuse("overlap", options, ("decoded_cache",), "images for training and for the test are two data sets")
    check_kind(kind, margin)
    if limit is not None:
        check_count("limit", limit, 1)
    whole = find_benchmark(benchmark)
    chosen = select(whole, corruptions, severities)
    names = list(chosen.corruptions)
    if len(names) < 2:
        raise OptionError(f"an overlap is between two corruptions or more, and {', '.join(names)} is one")
    place = None if folder is None else check_path("folder", folder)
    training = {name: options.pop(name) for name in OF_FIT if name in options}
    options = {"mean": IMAGENET_MEAN, "std": IMAGENET_STD, **options}
    options = own_unless_given(options, benchmark)
    train, test = open_source(train), open_source(test)
    check_classes("train", train)
    check_classes("test", test)
    # What cannot be made is said now, not when its turn comes.
    CorruptLoader(test, Grid(chosen.conditions()), batch_size=batch_size, seed=seed, **options)
    found: dict[str, Report] = {}
    failed: dict[str, str] = {}
    facts: dict[str, Any] = {"benchmark": whole.name, "epochs": epochs, "seed": seed, "batch_size": batch_size}
    times = {"training": 0.0, "waiting for images": 0.0, "evaluating": 0.0}
    waiting: dict[str, nn.Module] = {}

    def judge() -> None:
        """Evaluate the models that wait for it, all on the same corrupted images."""
        if not waiting:
            return
        start = time.perf_counter()
        reports = evaluate(
            list(waiting.values()),
            test,
            benchmark,
            corruptions=names,
            severities=severities,
            record=None if place is None else [place / f"{name}.sqlite" for name in waiting],
            limit=limit,
            mistakes=0,
            batch_size=batch_size,
            seed=seed,
            progress=progress,
            name=[called(name) for name in waiting],
            check=False,  # a model that answers alike always has lost, and that is what the matrix says
            **options,
        )
        found.update(zip(waiting, reports, strict=True))
        waiting.clear()
        times["evaluating"] += time.perf_counter() - start

    for name in (STANDARD, *names):
        levels = chosen.severities.get(name, ())
        policy = Mixture.half([Condition(name, level) for level in levels]) if levels else CLEAN
        model = made(factory, seed)
        loader = CorruptLoader(train, policy, shuffle=True, batch_size=batch_size, seed=seed, **options)
        file = None if place is None else place / f"{name}.pt"
        try:
            told = fit(
                model, loader, epochs, checkpoint=file, seed=seed, progress=progress, name=called(name), **training
            )
        except TrainingError as error:
            if name == STANDARD:
                raise
            failed[name] = str(error)
            continue
        times["training"] += sum(epoch.seconds for epoch in told)
        times["waiting for images"] += sum(epoch.waited for epoch in told)
        waiting[name] = model
        if len(waiting) == TOGETHER:
            judge()
    judge()
    facts["seconds"] = times
    standard = found.pop(STANDARD)
    matrix = OverlapMatrix.of(standard, found, kind=kind, margin=margin, seed=seed, failed=failed, facts=facts)
    if place is not None:
        matrix.save(place / "overlap.json")
        overlap_page(matrix, place / "overlap.html")
    return matrix


def called(name: str) -> str:
    """What a model is called."""
    return "trained on clean images" if name == STANDARD else f"trained with {name}"


def made(factory: Callable[[], nn.Module], seed: int) -> nn.Module:
    """A network with the weights that the seed gives it; the caller's random state is left."""
    with torch.random.fork_rng([]):
        torch.manual_seed(torch_seed(seed))
        model = factory()
    if not isinstance(model, nn.Module):
        raise OptionError(f"factory made a {type(model).__name__}; it must make a torch.nn.Module")
    return model


def check_classes(which: str, source: Source) -> None:
    """OptionError where a source says of itself that there is but one class."""
    labels = getattr(source, "labels", None)
    if labels is not None and len(found := {str(label) for label in labels}) < 2:
        raise OptionError(f"all labels of the {which} images are {found.pop()}; two classes or more are needed")
