"""`evaluate_with()`: a person's own evaluator under every condition of a benchmark."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..catalogue import Condition, find_benchmark, select
from ..errors import OptionError, RecordError
from ..loader.defaults import own_unless_given
from ..loader.loader import CorruptLoader
from ..loader.samples import Skipped
from ..records.differences import differences, flat
from ..reports.scores import ScoreReport, checked_score, listed, of_list
from ..runtime.checks import check_function, check_path, refuse
from ..runtime.files import whole_file
from ..runtime.ranks import joined, process_shard
from .configuration import describe_bytes, describe_data, plain, versions

RESERVED = ("corruption", "severity", "trial", "batch_transforms")


def evaluate_with(
    score: Callable[[CorruptLoader], float | Mapping[str, float]],
    source: Any,
    benchmark: str | Path = "coco-c",
    *,
    corruptions: str | Sequence[str] | None = None,
    severities: int | Sequence[int] | None = None,
    record: str | Path | None = None,
    trials: int | None = None,
    name: str = "model",
    progress: bool = True,
    **options: Any,
) -> ScoreReport:
    """What an evaluator of your own says under every condition of a benchmark: detection, segmentation, or anything.

    With `record`, each condition's scores are kept when it is done, so that a killed run goes on with the next one. A
    record is of one model by its name, and of one choice of the images. Under torchrun each process's loader gives its
    share of the images, and gathering is the evaluator's affair, as it is in training scripts.

    Args:
        score: called once for each condition, the clean one first, with a CorruptLoader that gives the images under it;
            gives a number, or several by name, the same names each time, of which more is better.
        source: as for CorruptLoader, also a DataLoader, whose batches and collate_fn are taken over.
        benchmark: a name of `benchmarks()`, or a benchmark file of your own, "mine.toml".
        corruptions: which of the benchmark's, as for `evaluate`.
        severities: at which of their severities, as for `evaluate`.
        record: the file, JSON; None keeps nothing.
        trials: how often each condition is drawn; default as the benchmark's results were published.
        name: what the report calls what is evaluated; a record that holds another's scores is refused.
        progress: show a progress bar on standard error.
        options: the other options of CorruptLoader (batch_size, collate_fn, mean, std, geometry, device, ...). Images
            are normalized with ImageNet's mean and deviation unless it is said; torchvision's detectors want mean=0,
            std=1.

    Returns:
        A ScoreReport: print it, save it, or read clean(), mpc(), rpc(), table().

    Raises:
        OptionError: an option is wrong, or the evaluator gives no finite number, or other names than before; what was
            recorded is kept.
        RecordError: the record cannot be read or written, or is another run's.
        UnknownNameError: there is no such benchmark or corruption.
        SourceError, SeverityError, BenchmarkError, PluginError: as for CorruptLoader.
        MissingExtraError, MissingTexturesError, DeviceError: likewise.

    Source: Michaelis et al. 2019 (arXiv:1907.07484).
    """
    from tqdm import tqdm

    check_function("score", score)
    refuse("evaluate_with", options, RESERVED, "the benchmark decides what the images become")
    whole = find_benchmark(benchmark)
    chosen = select(whole, corruptions, severities)
    if chosen.attacks:
        raise OptionError(
            f"{', '.join(chosen.attacks)} of {chosen.name}: an attack needs a model, which evaluate_with() does not "
            "see; use evaluate()"
        )
    plan = chosen.conditions(chosen.trials if trials is None else trials)
    options = own_unless_given(options, benchmark)
    loader = CorruptLoader(source, **options)
    file = None if record is None else check_path("record", record)
    settings = describe(loader, chosen)
    # What the first process has decides for all which conditions are left: they gather under each of them together.
    group = joined()
    found, skipped = group.first_does(lambda: read(file, settings, name))
    facts = facts_of(name, loader)

    def kept() -> None:
        """The record, with what another run has written into it meanwhile."""
        if file is not None and process_shard().shard_id == 0:
            others, left_out = read(file, settings, name)
            keep(file, settings, told_of(facts, skipped | left_out), {**others, **found})

    if not found.keys() >= set(plan):
        group.first_does(kept)  # where it cannot be written that is said before the first condition
    for condition in tqdm(plan, disable=not progress, unit="condition"):
        fresh = condition not in found
        if fresh:
            with loader.under(condition) as under:
                found[condition] = checked_score(score(under), condition)
            if loader.on_error == "skip":
                skipped |= {one for part in group.first_hears(under.skipped) for one in part}
        check_same_names(found, plan[0], condition)
        if fresh:
            kept()
    scores = {condition: found[condition] for condition in plan}
    return ScoreReport(name, chosen, scores, settings, told_of(facts, skipped))


def check_same_names(found: Mapping[Condition, Mapping[str, float]], first: Condition, last: Condition) -> None:
    """OptionError where the evaluator gave other scores under one condition than under another."""
    if found[first].keys() != found[last].keys():
        told = [f"{', '.join(found[c])} under {c.corruption} {c.severity:g}" for c in (first, last)]
        raise OptionError(
            f"the evaluator gave {' and '.join(told)}: the same names are needed under every condition, such as 0 for "
            "a class of which nothing was found; where the evaluator has changed since, begin another record"
        )


def describe(loader: CorruptLoader, benchmark: Any) -> dict[str, Any]:
    """What must be equal for two runs to see the same images."""
    output = loader.tensor_format
    return {
        **describe_bytes(loader, benchmark),
        **describe_data(loader),
        "mean": plain(output.mean),
        "std": plain(output.std),
        "dtype": output.dtype,
        **({"taken": taken} if (taken := loader.schedule.choice) else {}),
    }


def facts_of(name: str, loader: CorruptLoader) -> dict[str, Any]:
    """What is evaluated, and with what it was run."""
    return {
        "model": name,
        "versions": versions(),
        "processors": os.cpu_count(),
        "device": loader.tensor_format.device,
        "batch_size": loader.batch_size,
    }


def told_of(facts: Mapping[str, Any], skipped: set[Skipped]) -> dict[str, Any]:
    """The facts, with the files among them that could not be read, where there are such."""
    return {**facts, **({"skipped": [list(one) for one in sorted(skipped)]} if skipped else {})}


def read(
    file: Path | None, settings: Mapping[str, Any], name: str
) -> tuple[dict[Condition, dict[str, float]], set[Skipped]]:
    """The scores that a record holds, and which files could not be read; nothing where there is no file, or it holds no
    score yet. RecordError where it is another run's or another model's, or no record.
    """
    if file is None or not file.exists():
        return {}, set()
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        found, told, other = of_list(held["scores"]), held["settings"], held["facts"]["model"]
        skipped = {Skipped(*one) for one in held["facts"].get("skipped", ())}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{file} is no record of scores: {error!r}; choose another file") from error
    if not found:
        return {}, set()
    wanted = json.loads(json.dumps(dict(settings)))
    if different := differences(flat(told), flat(wanted)):
        raise RecordError(
            f"record {file} belongs to another evaluation: {'; '.join(different)}. Give the same configuration to "
            "continue it, or another file"
        )
    if other != name:
        raise RecordError(
            f"record {file} holds the scores of {other!r}, and {name!r} is evaluated: give each model a record of its "
            f"own, or name={other!r} where it is the same one"
        )
    return found, skipped


def keep(
    file: Path, settings: Mapping[str, Any], facts: Mapping[str, Any], scores: Mapping[Condition, Mapping[str, float]]
) -> None:
    """Write the record, whole or not at all; RecordError where that cannot be."""
    values = {"settings": dict(settings), "facts": dict(facts), "scores": listed(scores)}
    try:
        with whole_file(file, "record") as part:
            part.write_text(json.dumps(values, indent=1), encoding="utf-8")
    except OptionError as error:
        raise RecordError(str(error)) from error
