"""Filling records: the images that still lack predictions are decoded once, corrupted, shown to each model that lacks
them, and the predictions kept.
"""

import contextlib
import functools
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..catalogue import CLEAN, Condition
from ..loader.pipeline import Made, Work, consecutive
from ..loader.samples import Batch
from ..models.running import Runner
from ..models.scores import Judge, judge
from ..records import Record
from ..records.sessions import AT_ONCE
from ..runtime.buffers import Buffers
from ..runtime.ranks import Processes
from ..runtime.threads import processors
from ..sources import short_name
from ..transforms.tensors import TensorFormat, as_formatted
from .attacks import BYTES, as_fed
from .fingerprints import has_fingerprint
from .first_batch import check_first_batch, check_recorded
from .job import Attempts, Done, Job, shared_of, shown_together

if TYPE_CHECKING:
    import torch

Say: TypeAlias = Callable[[Job, str], None]
"""What is said on the way, and of which job."""


def check_same_model(job: Job, record: Record, done: Done) -> None:
    """RecordError where the model answers the first recorded batch in another way.

    Weights that have a fingerprint are compared with the configuration; they are not asked where nothing is missing.
    """
    ids, recorded = record.first_predictions(CLEAN)
    finished = all(np.isin(job.ids, done[condition]).all() for condition in job.plan)
    if not job.check or not len(ids) or (finished and has_fingerprint(job.model.function)):
        return
    work = [Work(ids.tolist(), [job.plan.index(CLEAN)])]
    with (
        job.runner.ready() as run,
        contextlib.closing(job.loader.pipeline(policy=job.grid()).run(work)) as made,
    ):
        for one in made:
            if one.images is not None:
                labels = job.labels.numbers(one.batch.labels)
                asked = job.labels.classes, job.labels.groups, job.labels.several
                now = judge(run(one.images), labels, job.model.scores, *asked)
                check_recorded(record.path, recorded.take(np.searchsorted(ids, one.batch.ids)), now)


@dataclass
class Seat:
    """A model before which the images are shown: its job and record, and what of it is done, (conditions, samples)
    bool.
    """

    job: Job
    record: Record
    finished: np.ndarray
    checked: bool
    noted: int | None = None

    @classmethod
    def of(cls, job: Job, record: Record, done: Done) -> "Seat":
        """At the beginning, or where a killed run stopped."""
        finished = np.zeros((len(job.plan), len(job.loader.source)), bool)
        for row, condition in zip(finished, job.plan, strict=True):
            row[done[condition]] = True
        return cls(job, record, finished, checked=not job.check)

    @functools.cached_property
    def judging(self) -> Judge:
        """From scores to predictions."""
        labels = self.job.labels
        return Judge(self.job.model.scores, labels.classes, labels.groups, labels.several, self.job.frames)

    def answer(self, one: Made, formatted: "Formatted", run: Runner, say: Say) -> None:
        """Show it a batch, and keep what it predicts of what is missing."""
        job, record = self.job, self.record
        condition = job.plan[one.turn]
        record.add_skipped((skipped.id, skipped.name, skipped.reason) for skipped in one.batch.skipped)
        if one.images is None:
            return
        images, batch, labels = with_labels(job, record, one, formatted.shown(job, condition))
        ids = batch.ids
        fresh = ~self.finished[one.turn, ids]
        if not fresh.any():
            return
        images = fed(job, condition, images, batch.drawn_by, labels, run.most)
        output = run(images)
        job.labels.check(output)
        # The whole batch is answered even where a part is known: another batch would round the scores otherwise.
        record.add_labels(ids, labels.numpy(), functools.partial(short_name, job.loader.source))
        predictions = self.judging(output, labels)
        if not self.checked:
            self.checked = True
            if said := check_first_batch(run, images, output):
                say(job, said)
        if run.most != self.noted:
            self.noted = run.most
            record.note({AT_ONCE: self.noted})
            say(job, out_of_room(len(images), self.noted))
        record.add(condition, ids[fresh], predictions.take(fresh))


def fill(seats: Mapping[int, Seat], attempts: Attempts, group: Processes | None = None) -> None:
    """Answer what is not yet done, models that are shown the same images together."""
    numbers = list(seats)
    for members in shown_together(seats[n].job for n in numbers):
        chosen = {numbers[k]: seats[numbers[k]] for k in members}
        fill_together_shown(chosen, attempts, group or Processes())


def fill_together_shown(seats: Mapping[int, Seat], attempts: Attempts, group: Processes) -> None:
    """Each corrupted batch made once. Of several processes each takes every size-th batch, the same batches as one
    process has.
    """
    from tqdm import tqdm

    first = next(iter(seats.values()))
    loader, plan = first.job.loader, first.job.plan
    wanted = first.job.labelled
    parts = consecutive(len(wanted), loader.batch_size)
    own = [wanted[part.start : part.stop] for part in parts[group.rank :: group.size]]
    finished = np.all([seat.finished for seat in seats.values()], axis=0)
    work = [Work(ids.tolist(), turns) for ids in own if (turns := np.flatnonzero(~finished[:, ids].all(1)).tolist())]
    if not work:
        return
    shared = shared_of([seat.job for seat in seats.values()])
    total = sum(len(ids) for ids in own) * len(plan) * len(seats)
    left = sum(int((~seat.finished[:, ids]).sum()) for seat in seats.values() for ids in own)
    with (
        contextlib.ExitStack() as ready,
        contextlib.closing(loader.pipeline(policy=first.job.grid(), tensor_format=shared).run(work)) as made,
        tqdm(total=total, initial=total - left, unit="img", disable=not first.job.progress, smoothing=0.1) as bar,
    ):

        def say(job: Job, words: str) -> None:
            if job.progress:
                bar.write(words if len(attempts.jobs) == 1 else f"{job.model.name}: {words}", file=sys.stderr)

        buffers = Buffers(len(seats))
        runs = {n: attempts(n, ready.enter_context, seat.job.runner.ready()) for n, seat in seats.items()}
        for one in made:
            condition = plan[one.turn]
            bar.set_postfix_str(f"{condition.corruption} {condition.severity:g}", refresh=False)
            formatted = Formatted(one.images, shared, buffers)
            for n, seat in seats.items():
                missing = int((~seat.finished[one.turn, one.batch.ids]).sum())
                if missing or one.batch.skipped:
                    attempts(n, seat.answer, one, formatted, runs[n], say)
                bar.update(missing)
            if not set(seats) & set(attempts.left):
                break


class Formatted:
    """A batch in each format that is asked for, made once.

    Args:
        images: the batch, or None.
        made_as: its format.
        buffers: memory for the others.
    """

    def __init__(self, images: Any, made_as: TensorFormat, buffers: Buffers) -> None:
        self.images, self.buffers = images, buffers
        self.found = {repr(made_as): images}

    def of(self, output: TensorFormat) -> Any:
        """The batch in a format; None where there is none."""
        if self.images is not None and repr(output) not in self.found:
            self.found[repr(output)] = as_formatted(self.images, output, processors(), self.buffers)
        return self.found.get(repr(output))

    def shown(self, job: Job, condition: Condition) -> Any:
        """What a job is shown under a condition, as bytes where an attack begins with them."""
        own = job.loader.tensor_format
        return self.of(replace(BYTES, device=own.device) if condition in job.attacks else own)


def fed(job: Job, condition: Condition, images: Any, ids: np.ndarray, labels: "torch.Tensor", most: int | None) -> Any:
    """What of these images the model is fed: they themselves, or what an attack makes of them."""
    if condition not in job.attacks:
        return images
    return as_fed(job.attacks.make(condition, images, ids, labels, most), job.loader.tensor_format)


def with_labels(job: Job, record: Record, one: Made, images: Any) -> "tuple[Any, Batch, torch.Tensor]":
    """Images, ids and class numbers of a batch; those of labels without a number are recorded as left out. Of the Batch
    the ids are these.
    """
    batch = one.batch
    labels = job.labels.numbers(batch.labels)
    without = np.flatnonzero(labels.numpy() < 0) if job.labels.unlabelled == "skip" else ()
    if not len(without):
        return images, batch, labels
    record.add_unlabelled({int(batch.ids[n]): job.labels.name_of(batch.labels[n]) for n in without})
    known = labels >= 0
    kept = replace(batch, ids=batch.ids[known.numpy()], keys=batch.drawn_by[known.numpy()])
    return images[known.to(images.device)], kept, labels[known]


def out_of_room(images: int, most: int | None) -> str:
    """What is said where memory ran out."""
    return (
        f"the memory did not suffice for a batch of {images} images at once: from here on they are run in parts of at "
        f"most {most}; batch_size={most} (--batch-size {most}) begins with that"
    )
