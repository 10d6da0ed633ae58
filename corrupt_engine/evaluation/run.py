"""`evaluate()`: a classifier on a whole benchmark, with a record that survives a kill."""

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias, overload

import numpy as np

from ..catalogue import OWN_BASELINE, Baseline, find_benchmark, select
from ..errors import OptionError
from ..loader.defaults import own_unless_given
from ..loader.epochs import OF_AN_EPOCH
from ..loader.loader import CorruptLoader
from ..models import LoadedModel, as_loaded, precision_of
from ..models.running import Runner
from ..records import Record
from ..reports.report import Report
from ..runtime.checks import check_count, check_flag, check_path, refuse
from ..runtime.ranks import processes
from .attacks import Attacks, check_crafter
from .configuration import agreed, describe, run_facts
from .estimate import Estimate, estimate
from .job import Job
from .labels import Labels, check_names
from .processes import do
from .subset import chosen_ids

RESERVED = ("corruption", "severity", "trial")


Model: TypeAlias = Callable[[Any], Any] | str | LoadedModel


@overload
def evaluate(
    model: Any, source: Any, benchmark: str | Path = "imagenet-c", *, dry_run: Literal[True], **options: Any
) -> Estimate: ...


@overload
def evaluate(model: Model, source: Any, benchmark: str | Path = "imagenet-c", **options: Any) -> Report: ...


@overload
def evaluate(
    model: list[Any] | tuple[Any, ...], source: Any, benchmark: str | Path = "imagenet-c", **options: Any
) -> list[Report]: ...


def evaluate(
    model: Model | list[Any] | tuple[Any, ...],
    source: Any,
    benchmark: str | Path = "imagenet-c",
    *,
    corruptions: str | Sequence[str] | None = None,
    severities: int | Sequence[int] | None = None,
    record: str | Path | Sequence[str | Path] | None = None,
    mean: Sequence[float] | float | Literal["model"] | None = "model",
    std: Sequence[float] | float | Literal["model"] = "model",
    scores: Literal["logits", "probabilities", "model"] = "model",
    dtype: Any = None,
    autocast: Any = None,
    labels: Mapping[Any, int] | None = None,
    restrict_to_labels: bool = False,
    unlabelled: Literal["raise", "skip"] = "raise",
    class_names: Sequence[str] = (),
    trials: int | None = None,
    limit: int | None = None,
    mistakes: int = 12,
    baseline: Baseline | None = None,
    progress: bool = True,
    name: str | Sequence[str] | None = None,
    check: bool = True,
    dry_run: bool = False,
    command: str = "evaluate() called from Python",
    crafted_by: Model | None = None,
    **options: Any,
) -> Report | list[Report] | Estimate:
    """Predictions of a classifier under every condition of a benchmark; every image is decoded once.

    With `record`, all predictions are kept in an SQLite file as they come. A run that was killed continues from it and
    ends with the same numbers. Under torchrun, the processes share the images, and the first one's record has what all
    of them found; they need no common disk, but each the data and the model.

    Several models are shown the same images: each is decoded and corrupted once for all that want it at one size. The
    numbers are those of separate runs with the same batch_size.

    Args:
        model: an nn.Module (put into eval mode for the run; batches are moved to its device), any callable from images
            (N, 3, H, W) to scores (N, classes), or a name such as "timm:resnet50" (see
            `corrupt_engine.models.load_model`); or a list of these.
        source: as for CorruptLoader; labels must be class numbers.
        benchmark: a name of `benchmarks()`, or a benchmark file of your own, "mine.toml".
        corruptions: which of the benchmark's: names, groups ("blur") and patterns ("*_noise"), in a list or between
            commas; None for all. A part of a benchmark has no mCE of the published kind; its report says what it has.
        severities: at which of their severities, such as (1, 3, 5); None for all.
        record: the file of the record; None keeps it in memory. One that holds other corruptions, severities, trials or
            fewer images grows by what is asked, and what it holds already is not asked of the model again. Of several
            models one each.
        mean: the normalization that the model was trained with, on 0..1; None hands over the bytes. "model" is the one
            that came with a named model, else ImageNet's.
        std: its other half.
        scores: whether the model gives logits or probabilities; "model" means logits unless the named model says
            otherwise.
        dtype: what the network computes in: "float32", "float16" or "bfloat16" (by name, or torch's). Its weights are
            converted for the run, and afterwards the module has the ones that it had; images come in this type, also
            to a function, which must know what to do with them. None leaves the weights as they are, and gives images
            in their type, to a function in float32. Scores are judged in float32 always.
        autocast: "float16" or "bfloat16": the weights and images stay as they are, and torch.autocast chooses this
            type for the operations that it holds safe, on the CPU as on CUDA. None: off.
        labels: class numbers for labels or class folders that are not the model's numbers, such as {"n01440764": 0}.
        restrict_to_labels: of the model's classes only those that occur in `labels` can be predicted: prediction,
            confidence and rank are among them, as for the 200 classes of ImageNet-R under a model of 1,000.
        unlabelled: "raise" at a label that `labels` has no class number for, or whose class is in none of the
            superclasses that a benchmark counts by, or "skip" its images, which are then counted and named in the
            report; of the images that `limit` takes they are a part.
        class_names: what the classes are called, in their order; default the class folders' names.
        trials: how often each condition is drawn, with other draws each time; deterministic corruptions are the same
            each time. Default as the benchmark's results were published: once, unless its file says otherwise.
        limit: how many of the images are taken, default all. The seed chooses them, fewer always from among more; the
            bytes of each are those that it has in a run over all.
        mistakes: how many confident mistakes are kept, as images. With 0 the record and the report hold no image at
            all; else also one under each corruption, as an example.
        baseline: the model that errors are divided by; default the benchmark's own (AlexNet as published for
            ImageNet-C).
        progress: show a progress bar on standard error.
        name: what the report and the record call the model; default its own name or class. Of several models one each.
        check: refuse a model whose first batch shows that the numbers would be worth nothing: scores that are constant,
            or that change when the batch is shown in two halves, as those of a network left in train mode do; and one
            that answers the first recorded images in another way than the record does.
        dry_run: say what would be done and about how long it takes, from one batch; no record is made.
        command: what the record and the report say made them.
        crafted_by: where the benchmark has attacks ("adversarial"): the model whose gradients they follow, as for
            `model` (black box); a module or callable is fed as mean= and std= say. None: each model's own (white box).
        options: the other options of CorruptLoader and sweep (batch_size, seed, as_stored, geometry, backend, threads,
            channels_last, ...).

    Returns:
        A Report: print it, save it, or read clean_error, errors, ce(), mce(), relative_mce(), numbers. Of several
        models a list of them. Of a dry run an Estimate, to be printed.

    Raises:
        OptionError: an option is wrong or is not one to give here, labels and scores do not fit together, several
            processes have no record, or the first batch shows that the model is not fit to be evaluated.
        UnknownNameError: there is no such benchmark, corruption, model, kind of scores or option's value.
        RecordError: the record cannot be written, or is another evaluation's.
        ModelError: a named model cannot be had. ModelsFailedError, which is one: of several models some failed on the
            way; it holds the reports of the others.
        SourceError, SeverityError, BenchmarkError, PluginError: as for CorruptLoader.
        MissingExtraError, MissingTexturesError: likewise.
        DeviceError: likewise; and where the memory does not suffice to run the model on one image. Before that, a batch
            is run in halves, and halves of those, and the rest of the run in parts of the size that worked.
        DecodeError, ImageError, WorkerError: likewise, when it comes to that image; what was recorded is kept.
    """
    refuse("evaluate", options, RESERVED, "the benchmark decides it")
    refuse("evaluate", options, OF_AN_EPOCH, "every image is looked at once under every condition; limit= takes fewer")
    whole = find_benchmark(benchmark)
    chosen = select(whole, corruptions, severities)
    check_crafter(crafted_by, whole)
    plan = chosen.conditions(chosen.trials if trials is None else trials)
    if not isinstance(baseline, (Baseline, type(None))):
        raise OptionError(f"baseline {baseline!r} is no Baseline; load_baseline(FILE) reads one")
    if baseline is not None and baseline is not OWN_BASELINE:
        baseline.check(chosen.severities, whole.severities)
    check_count("mistakes", mistakes, 0)
    check_flag("check", check)
    if limit is not None:
        limit = check_count("limit", limit, 1)
    group = processes()
    models, names, files = one_each(model, name, record)
    if group.size > 1 and None in files:
        raise OptionError("several processes need record=FILE")
    options = {"num_threads": options.pop("threads", None), **options}  # the name that `corrupt` and `sweep` have
    # The processes share the batches of the record, so that the whole set is every loader's.
    options = {"num_shards": 1, "shard_id": 0, **options}

    def job(model: Any, name: str | None, file: Path | None, source: Any) -> Job:
        loaded = as_loaded(model, mean=mean, std=std, scores=scores, name=name)
        precision = precision_of(loaded.function, dtype, autocast)
        crafter, crafting = loaded, precision
        if crafted_by is not None:
            named = isinstance(crafted_by, (str, LoadedModel))
            crafter = as_loaded(crafted_by) if named else as_loaded(crafted_by, mean=mean, std=std)
            crafting = precision_of(crafter.function)
        own = own_unless_given(options, benchmark, geometry=loaded.geometry)
        if loaded.mean is not None or dtype is not None:  # bytes stay bytes, unless that is what was asked for
            own["dtype"] = precision.images
        loader = CorruptLoader(source, mean=loaded.mean, std=loaded.std, **own)
        loader.schedule.check_takes_all("evaluate")
        listed = whole.listed
        classes = check_names(class_names) or (() if listed.superclasses or listed.labels else loaded.class_names)
        asked = listed.superclasses, listed.classes, listed.labels
        known = Labels(loader.source, labels, classes, restrict_to_labels, unlabelled, *asked)
        ids = chosen_ids(len(loader.source), limit, loader.settings.seed)
        if len(ids) and not np.isin(ids, list(known.left_out), invert=True).any():
            why = "labels= has no class number for any label" if labels else "no superclass has the class of any"
            raise OptionError(f"{why} of the {len(ids)} images: nothing would be left")
        attacks = Attacks(whole, crafter, crafting, loader.settings.seed, bool(chosen.attacks))
        part = None if len(ids) == len(loader.source) else limit
        open_record = functools.partial(
            Record,
            configuration=agreed(describe(loaded, loader, chosen, known, part, precision, attacks), group),
            conditions=plan,
            facts=run_facts(loaded, loader, known, group.size, command),
        )
        runner, shown = Runner(loaded.function, precision), progress and group.rank == 0
        return Job(
            loaded, runner, loader, ids, plan, known, shown, mistakes, baseline, check, file, open_record, attacks,
            bool(whole.flips),
        )  # fmt: skip

    jobs: list[Job] = []
    for each in zip(models, names, files, strict=True):
        jobs.append(job(*each, jobs[0].loader.source if jobs else source))
    if check_flag("dry_run", dry_run):
        return estimate(jobs)
    reports = do(jobs, group)
    return reports if isinstance(model, (list, tuple)) else reports[0]


def one_each(model: Any, name: Any, record: Any) -> tuple[list[Any], list[str | None], list[Path | None]]:
    """The models, their names and their records; OptionError where there are not as many, or two records are one."""
    if not isinstance(model, (list, tuple)):
        return [model], [name], [None if record is None else check_path("record", record)]
    if not model:
        raise OptionError("the list of models is empty")
    found = []
    for what, given in (("name", name), ("record", record)):
        if given is not None and (isinstance(given, (str, Path)) or len(given) != len(model)):
            raise OptionError(f"{what} {given!r} for {len(model)} models: a list of {len(model)} is needed, one each")
        found.append([None] * len(model) if given is None else list(given))
    names, files = found
    paths = [None if file is None else check_path("record", file) for file in files]
    if len({file.absolute() for file in paths if file is not None}) < len(paths) - paths.count(None):
        raise OptionError(f"records {[str(file) for file in paths]}: each model needs one of its own")
    return list(model), names, paths
