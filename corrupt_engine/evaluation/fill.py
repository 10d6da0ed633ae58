"""Filling a record: the images that still lack predictions are decoded once, corrupted, shown to the model, and its
predictions kept.
"""

import contextlib
import dataclasses
import functools
import glob
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..catalogue import CLEAN, Baseline, Condition
from ..errors import RecordError
from ..loader.loader import CorruptLoader
from ..loader.pipeline import Made, Work, consecutive
from ..models import LoadedModel
from ..models.running import Runner
from ..models.scores import Judge, judge
from ..records import Held, Record, held_of, read_held, results_of
from ..records.examples import Example
from ..records.mistakes import ImagePair
from ..records.sessions import AT_ONCE
from ..reports.findings import confident_mistakes
from ..reports.report import Report
from ..runtime.ranks import Processes
from ..sources import short_name
from ..transforms.policies import Grid
from .fingerprints import has_fingerprint
from .first_batch import check_first_batch, check_recorded
from .images import make_examples, make_image_pairs, missing_examples
from .labels import Labels

if TYPE_CHECKING:
    import torch

OpenRecord: TypeAlias = Callable[..., Record]
Done: TypeAlias = Mapping[Condition, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Job:
    """What is to be evaluated, and how it is shown."""

    model: LoadedModel
    runner: Runner
    loader: CorruptLoader
    ids: np.ndarray
    plan: tuple[Condition, ...]
    labels: Labels
    progress: bool
    mistakes_kept: int
    baseline: Baseline | None
    check: bool = True

    @property
    def labelled(self) -> np.ndarray:
        """The ids without those that are known, before they are read, to be left out."""
        return self.ids[~np.isin(self.ids, list(self.labels.left_out))]

    def prepared(self, record: Record) -> Done:
        """What is done, with what is left out."""
        record.add_unlabelled(
            {n: label for n in self.ids.tolist() if (label := self.labels.left_out.get(n)) is not None}
        )
        return record.done()


def fill_alone(job: Job, path: Path | None, open_record: OpenRecord) -> Report:
    """In one process."""
    with open_record(path) as record:
        if path is not None:
            absorb_parts(path, record, open_record)
        done = job.prepared(record)
        check_same_model(job, record, done)
        fill(job, record, done)
        return finish(job, record)


def fill_together(job: Job, path: Path, open_record: OpenRecord, group: Processes) -> Report:
    """In several: each fills a part of its own beside the record, and the first adds the parts to it.

    Parts that a killed run left are added at the start, so that any number of processes can continue it.
    """

    def prepare() -> Done:
        with open_record(path) as record:
            absorb_parts(path, record, open_record)
            done = job.prepared(record)
            check_same_model(job, record, done)
            return done

    def conclude() -> None:
        with open_record(path, facts=None) as record:
            absorb_parts(path, record, open_record)
            finish(job, record)

    done = group.first_does(prepare)
    if not path.is_file():
        raise RecordError(
            f"process {group.rank} does not see record {path}, which the first one made: it must lie on a disk that "
            "all see"
        )
    with open_record(part_path(path, group.rank)) as part:
        fill(job, part, done, group)
    group.wait()
    group.first_does(conclude)
    return Report.of(results_of(read_held(path), job.plan, job.ids), job.baseline)


def part_path(path: Path, rank: int) -> Path:
    """Where one of several processes keeps its predictions until the end."""
    return path.with_name(f"{path.name}.part-{rank}")


def absorb_parts(path: Path, record: Record, open_record: OpenRecord) -> None:
    """Add the parts of several processes to the record, and remove them."""
    for part in sorted(path.parent.glob(f"{glob.escape(path.name)}.part-*")):
        if part.name.endswith("-journal"):
            continue
        # Opening it rolls back what a kill left half, and refuses the part of another configuration.
        open_record(part, facts=None).close()
        record.absorb(part)
        part.unlink()


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
        contextlib.closing(job.loader.pipeline(policy=Grid(job.plan)).run(work)) as made,
    ):
        for one in made:
            if one.images is not None:
                labels = job.labels.numbers(one.batch.labels)
                asked = job.labels.classes, job.labels.groups, job.labels.several
                now = judge(run(one.images), labels, job.model.scores, *asked)
                check_recorded(record.path, recorded.take(np.searchsorted(ids, one.batch.ids)), now)


def fill(job: Job, record: Record, done: Done, group: Processes | None = None) -> None:
    """Answer what is not yet done; of several processes each takes every size-th batch, the same batches as one process
    has.
    """
    group = group or Processes()
    size = len(job.loader.source)
    finished = np.zeros((len(job.plan), size), bool)
    for row, condition in zip(finished, job.plan, strict=True):
        row[done[condition]] = True
    wanted = job.labelled
    parts = consecutive(len(wanted), job.loader.batch_size)
    own = [wanted[part.start : part.stop] for part in parts[group.rank :: group.size]]
    work = [Work(ids.tolist(), turns) for ids in own if (turns := np.flatnonzero(~finished[:, ids].all(1)).tolist())]
    if not work:
        return
    from tqdm import tqdm

    judging = Judge(job.model.scores, job.labels.classes, job.labels.groups, job.labels.several)
    checked, noted = not job.check, None
    total = sum(len(ids) for ids in own) * len(job.plan)
    left = sum(int((~finished[:, ids]).sum()) for ids in own)
    with (
        job.runner.ready() as run,
        contextlib.closing(job.loader.pipeline(policy=Grid(job.plan)).run(work)) as made,
        tqdm(total=total, initial=total - left, unit="img", disable=not job.progress, smoothing=0.1) as bar,
    ):
        for one in made:
            batch, condition = one.batch, job.plan[one.turn]
            record.add_skipped((skipped.id, skipped.name, skipped.reason) for skipped in batch.skipped)
            if one.images is None:
                continue
            images, ids, labels = with_labels(job, record, one)
            missing = int((~finished[one.turn, batch.ids]).sum())
            if not len(ids):
                bar.update(missing)
                continue
            output = run(images)
            job.labels.check(output)
            # The whole batch is answered even where a part is known: another batch would round the scores otherwise.
            fresh = ~finished[one.turn, ids]
            record.add_labels(ids, labels.numpy(), functools.partial(short_name, job.loader.source))
            predictions = judging(output, labels)
            if not checked:
                checked = True
                if said := check_first_batch(run, images, output):
                    bar.write(said, file=sys.stderr) if job.progress else None
            if run.most != noted:
                noted = run.most
                record.note({AT_ONCE: noted})
                bar.write(out_of_room(len(images), noted), file=sys.stderr) if job.progress else None
            record.add(condition, ids[fresh], predictions.take(fresh))
            bar.set_postfix_str(f"{condition.corruption} {condition.severity:g}", refresh=False)
            bar.update(missing)


def with_labels(job: Job, record: Record, one: Made) -> "tuple[Any, np.ndarray, torch.Tensor]":
    """Images, ids and class numbers of a batch; those of labels without a number are recorded as left out."""
    batch = one.batch
    labels = job.labels.numbers(batch.labels)
    without = np.flatnonzero(labels.numpy() < 0) if job.labels.unlabelled == "skip" else ()
    if not len(without):
        return one.images, batch.ids, labels
    record.add_unlabelled({int(batch.ids[n]): job.labels.name_of(batch.labels[n]) for n in without})
    known = labels >= 0
    return one.images[known.to(one.images.device)], batch.ids[known.numpy()], labels[known]


def out_of_room(images: int, most: int | None) -> str:
    """What is said where memory ran out."""
    return (
        f"the memory did not suffice for a batch of {images} images at once: from here on they are run in parts of at "
        f"most {most}; batch_size={most} (--batch-size {most}) begins with that"
    )


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
    made = (
        make_examples(job.loader.source, job.loader.geometry, job.loader.settings, sample, missing) if missing else ()
    )
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
    return make_image_pairs(job.loader.source, job.loader.geometry, job.loader.settings, mistakes)
