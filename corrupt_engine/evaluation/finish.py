"""The end of an evaluation: the images that belong to its record, and its report."""

import numpy as np

from ..errors import RecordError
from ..records import Held, Record, held_of, results_of
from ..records.examples import Example
from ..records.mistakes import ImagePair
from ..reports.findings import confident_mistakes
from ..reports.report import Report
from .images import make_examples, make_image_pairs, missing_examples
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
    made = make_examples(job.loader, sample, missing) if missing else ()
    return tuple(sorted((*held.examples, *made)))


def pairs_of(job: Job, held: Held) -> tuple[ImagePair, ...]:
    """The images of the most confident mistakes of all that the record holds."""
    try:
        whole = results_of(held)
    except RecordError:  # predictions of other runs are missing, whose mistakes may be worse
        return held.image_pairs
    mistakes = confident_mistakes(whole.predictions, whole.labels, np.asarray(whole.ids), job.mistakes_kept)
    if [pair.mistake for pair in held.image_pairs] == mistakes:
        return held.image_pairs
    return make_image_pairs(job.loader, mistakes)
