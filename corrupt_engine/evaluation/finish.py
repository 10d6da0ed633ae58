"""The end of an evaluation: the images that belong to its record, and its report."""

import numpy as np

from ..catalogue import Condition
from ..errors import RecordError
from ..records import Held, Record, held_of, results_of
from ..records.examples import Example
from ..records.mistakes import ImagePair
from ..reports.findings import confident_mistakes
from ..reports.report import Report
from .images import Attacked, make_examples, make_image_pairs, missing_examples
from .job import Job


def finish(job: Job, record: Record) -> Report:
    """The report of what was asked, which is all there now; the record gets the images that belong to it."""
    record.flush()
    held = held_of(record.connection, record.path)
    examples, pairs = examples_of(job, held), pairs_of(job, held)
    if examples != held.examples:
        record.set_examples(examples)
    if pairs != held.image_pairs:
        record.set_image_pairs(pairs)
    record.flush()
    held = held._replace(examples=examples, image_pairs=pairs)
    return Report.of(results_of(held, job.plan, job.ids), job.baseline)


def examples_of(job: Job, held: Held) -> tuple[Example, ...]:
    """What the record's corruptions look like: what it holds of that, and what is missing of what was asked."""
    if not job.mistakes_kept:
        return ()
    asked = results_of(held, job.plan, job.ids)
    lowest = int(np.asarray(asked.ids)[0])
    sample, missing = missing_examples(held.examples, asked.definition.severities, lowest)
    if not missing:
        return tuple(sorted(held.examples))
    with job.runner.ready():
        made = tuple(make_examples(job.loader, sample, missing, attacked_of(job, asked.labels, asked.ids)))
    return tuple(sorted((*held.examples, *made)))


def attacked_of(job: Job, labels: np.ndarray, ids: np.ndarray | None) -> Attacked:
    """What makes the images of attacks, of samples whose labels are known."""
    numbers = dict(zip(np.asarray(ids).tolist(), np.asarray(labels).tolist(), strict=True))

    def attacked(condition: Condition, image: np.ndarray, sample: int, ids: np.ndarray) -> np.ndarray | None:
        return job.attacks.one(condition, image, ids, numbers[sample]) if condition in job.attacks else None

    return attacked


def pairs_of(job: Job, held: Held) -> tuple[ImagePair, ...]:
    """The images of the most confident mistakes of all that the record holds."""
    try:
        whole = results_of(held)
    except RecordError:  # predictions of other runs are missing, whose mistakes may be worse
        return held.image_pairs
    mistakes = confident_mistakes(whole.predictions, whole.labels, np.asarray(whole.ids), job.mistakes_kept)
    if [pair.mistake for pair in held.image_pairs] == mistakes:
        return held.image_pairs
    with job.runner.ready():
        return make_image_pairs(job.loader, mistakes, attacked_of(job, whole.labels, whole.ids))
