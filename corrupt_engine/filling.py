"""Filling a record: the pictures that still lack answers are decoded once, corrupted, shown to the model, and its answers kept."""

import contextlib
import dataclasses
import glob
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from .answers import Judge
from .baselines import Baseline
from .batching import Work, consecutive, steps
from .catalogue import Condition
from .errors import RecordError
from .findings import confident_mistakes
from .labelling import Labels
from .loader import CorruptLoader
from .models import LoadedModel
from .picturing import picture_pairs
from .processes import Processes
from .record import Record
from .record.reading import load_report, read_report
from .report import Report
from .running import eval_mode

Opener: TypeAlias = Callable[..., Record]
Done: TypeAlias = Mapping[Condition, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Job:
    """What is to be evaluated, and how it is shown."""

    model: LoadedModel
    loader: CorruptLoader
    plan: Sequence[Condition]
    labels: Labels
    threads: int | None
    progress: bool
    pictures: int
    baseline: Baseline | None


def fill_alone(job: Job, path: Path | None, open_record: Opener) -> Report:
    """In one process."""
    with open_record(path) as record:
        if path is not None:
            absorb_parts(path, record, open_record)
        fill(job, record, record.done())
        return finish(job, record)


def fill_together(job: Job, path: Path, open_record: Opener, group: Processes) -> Report:
    """In several: each fills a part of its own beside the record, and the first adds the parts to it.

    Parts that a killed run left are added at the start, so that any number of processes can continue it.
    """

    def prepare() -> Done:
        with open_record(path) as record:
            absorb_parts(path, record, open_record)
            return record.done()

    def conclude() -> None:
        with open_record(path, facts=None) as record:
            absorb_parts(path, record, open_record)
            finish(job, record)

    done = group.first_does(prepare)
    if not path.is_file():
        raise RecordError(f"process {group.rank} does not see record {path}, which the first one made: it must lie on a disk that all see")
    with open_record(part_path(path, group.rank)) as part:
        fill(job, part, done, group)
    group.wait()
    group.first_does(conclude)
    return load_report(path, job.baseline)


def part_path(path: Path, rank: int) -> Path:
    """Where one of several processes keeps its answers until the end."""
    return path.with_name(f"{path.name}.part-{rank}")


def absorb_parts(path: Path, record: Record, open_record: Opener) -> None:
    """Add the parts of several processes to the record, and remove them."""
    for part in sorted(path.parent.glob(f"{glob.escape(path.name)}.part-*")):
        if part.name.endswith("-journal"):
            continue
        open_record(part, facts=None).close()  # rolls back what a kill left half, and refuses the part of another configuration
        record.absorb(part)
        part.unlink()


def fill(job: Job, record: Record, done: Done, group: Processes | None = None) -> None:
    """Answer what is not yet done; of several processes each takes every size-th batch, the same batches as one process has."""
    group = group or Processes()
    size = len(job.loader.source)
    finished = np.zeros((len(job.plan), size), bool)
    for row, condition in zip(finished, job.plan, strict=True):
        row[done[condition]] = True
    own = consecutive(size, job.loader.batch_size)[group.rank :: group.size]
    wanted = [Work(ids, [c for c, row in zip(job.plan, finished, strict=True) if not row[ids].all()]) for ids in own]
    work = [part for part in wanted if part.conditions]
    if not work:
        return
    from tqdm import tqdm

    judge = Judge(job.model.scores)
    places = {condition: place for place, condition in enumerate(job.plan)}
    total = sum(len(ids) for ids in own) * len(job.plan)
    left = sum(int((~finished[:, ids]).sum()) for ids in own)
    with (
        eval_mode(job.model.function) as run,
        contextlib.closing(steps(job.loader, work, job.threads, job.loader.output)) as made,
        tqdm(total=total, initial=total - left, unit="img", disable=not job.progress, smoothing=0.1) as bar,
    ):
        for batch, condition, images, _ in made:
            record.add_skipped((left.id, left.name, left.reason) for left in batch.skipped)
            if images is None:
                continue
            labels = job.labels.numbers(batch.labels)
            output = run(images)
            job.labels.check(output)
            # The whole batch is answered even where a part is known: another batch would round the scores otherwise.
            fresh = ~finished[places[condition], batch.ids]
            record.add_labels(batch.ids, labels.numpy())
            record.add(condition, batch.ids[fresh], judge(output, labels).take(fresh))
            bar.set_postfix_str(f"{condition.corruption} {condition.severity:g}", refresh=False)
            bar.update(int(fresh.sum()))


def finish(job: Job, record: Record) -> Report:
    """The report of the full record, with pictures of its mistakes, which are kept in the record too."""
    record.flush()
    report = read_report(record.connection, record.path, job.baseline)
    if len(report.pictures) != job.pictures:
        mistakes = confident_mistakes(report.answers, report.labels, np.asarray(report.ids), job.pictures)
        pairs: Any = picture_pairs(job.loader.source, job.loader.geometry, job.loader.settings, mistakes)
        record.set_pictures(pairs)
        record.flush()
        report = dataclasses.replace(report, pictures=pairs)
    return report
