"""`merge()`: the records of one model's evaluation, made on several machines, as one."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..catalogue import Condition
from ..errors import OptionError, RecordError
from ..metrics.predictions import Predictions
from ..records import Held, Record, read_held
from ..records.agreement import of_another_model
from ..records.differences import differences
from ..records.examples import Example
from ..records.mistakes import ImagePair
from ..records.store import LIMIT, larger
from ..reports.findings import varied


def merge(records: Sequence[str | Path], into: str | Path) -> Path:
    """One record of what several hold: other corruptions, severities, trials or images of the same evaluation.

    Where two hold predictions on the same images under the same condition, which at least the clean ones are, they
    must be those of one model; the first record's are kept. The records are not changed.

    Args:
        records: at least two files, of the same model, data and settings.
        into: the new file; evaluate() can go on with it.

    Returns:
        Its path.

    Raises:
        OptionError: there are fewer than two records, or the file is there already.
        RecordError: a record is missing or damaged, they are not of one evaluation (each difference is named), they
            hold answers of different models, or the file cannot be written.
    """
    target = Path(into)
    if len(records) < 2:
        raise OptionError("merge needs two records or more")
    if target.exists():
        raise OptionError(f"{target} is there already; choose a new file for the merged record")
    held = [read_held(path) for path in records]
    for one in held[1:]:
        check_one_evaluation(held[0], one)
        check_one_model(held[0], one)
    configuration = {**held[0].settings, LIMIT: larger(*(one.settings.get(LIMIT) for one in held))}
    conditions = list(dict.fromkeys(condition for one in held for condition in one.predictions))
    newest = max(held, key=lambda one: one.started)
    facts = {**newest.facts, **newest.times, "begun": min(one.begun for one in held)}
    part = target.with_name(f"{target.name}.merging-{os.getpid()}")
    try:
        with Record(part, configuration, conditions, facts) as record:
            for one in held:
                record.absorb(Path(one.path))
            record.set_image_pairs(most_confident(held))
            record.set_examples(of_one_sample(held))
        part.replace(target)
    except OSError as error:
        raise RecordError(f"record {target} cannot be written: {error.strerror or error}") from error
    finally:
        for rest in (part, part.with_name(f"{part.name}-journal")):
            with contextlib.suppress(OSError):
                rest.unlink(missing_ok=True)
    return target


def check_one_evaluation(a: Held, b: Held) -> None:
    """RecordError unless both fixed their numbers alike."""
    first, second = ({key: value for key, value in one.settings.items() if key != LIMIT} for one in (a, b))
    if different := differences(first, second, "{} is {} and {}"):
        raise RecordError(f"{a.path} and {b.path} are not of one evaluation: {'; '.join(different)}")


def check_one_model(a: Held, b: Held) -> None:
    """RecordError where they hold answers to the same question that one model does not give."""
    labels, other = (dict(zip(one.labels[0].tolist(), one.labels[1].tolist(), strict=True)) for one in (a, b))
    if any(labels[number] != other[number] for number in labels.keys() & other.keys()):
        raise RecordError(f"{a.path} and {b.path} hold different labels of the same images")
    for condition in a.predictions.keys() & b.predictions.keys():
        if different := of_another_model(*on_common_ids(a, b, condition)):
            raise RecordError(
                f"{a.path} and {b.path} are not of one model: under {condition.corruption} {condition.severity:g} "
                f"{different}"
            )


def on_common_ids(a: Held, b: Held, condition: Condition) -> tuple[Predictions, Predictions]:
    """What each predicts under a condition on the images that both have."""
    (first, mine), (second, others) = a.predictions[condition], b.predictions[condition]
    _, here, there = np.intersect1d(first, second, assume_unique=True, return_indices=True)
    return mine.take(here), others.take(there)


def of_one_sample(held: Sequence[Held]) -> list[Example]:
    """What their corruptions look like, of the sample that the first of them shows."""
    examples = [example for one in held for example in one.examples]
    kept = {example.condition.corruption: example for example in reversed(examples) if example.id == examples[0].id}
    return sorted(kept.values())


def most_confident(held: Sequence[Held]) -> list[ImagePair]:
    """As many of their images of mistakes as the one with most of them has."""
    pairs = {pair.mistake: pair for one in held for pair in one.image_pairs}
    found = sorted(pairs, key=lambda mistake: (-mistake.confidence, mistake.id, mistake.condition))
    return [pairs[mistake] for mistake in varied(found, max(len(one.image_pairs) for one in held))]
