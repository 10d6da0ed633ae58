"""Jobs done in one process, or in several that share the images and end with one record a job."""

import contextlib
import glob
from pathlib import Path

from ..errors import RecordError
from ..records import Held, Record, read_held, results_of
from ..reports.report import Report
from ..runtime.ranks import Processes
from .fill import Seat, check_same_model, fill
from .finish import finish
from .job import Attempts, Done, Job, OpenRecord


def do(jobs: list[Job], group: Processes) -> list[Report]:
    """The report of each job; ModelsFailedError where some of several failed, when the others are done."""
    attempts = Attempts(jobs)
    reports = alone(jobs, attempts) if group.size == 1 else in_several(jobs, attempts, group)
    return attempts.outcome(reports)


def alone(jobs: list[Job], attempts: Attempts) -> list[Report | None]:
    """In one process."""
    with contextlib.ExitStack() as stack:
        seats: dict[int, Seat] = {}

        def begin(n: int) -> None:
            job = jobs[n]
            record = stack.enter_context(job.open_record(job.path))
            seats[n] = Seat.of(job, record, begun(job, record))

        def end(n: int) -> Report:
            return finish(jobs[n], seats[n].record)

        for n in range(len(jobs)):
            attempts(n, begin, n)
        fill(seats, attempts)
        return [attempts(n, end, n) for n in range(len(jobs))]


def begun(job: Job, record: Record) -> Done:
    """What of a job its record holds, with the parts that other processes left."""
    if job.path is not None:
        absorb_parts(job.path, record, job.open_record)
    done = job.prepared(record)
    check_same_model(job, record, done)
    return done


def in_several(jobs: list[Job], attempts: Attempts, group: Processes) -> list[Report | None]:
    """In several: each fills a part of its own, and the first adds the parts to the record.

    Parts lie beside the record. Where the first process does not see another's, because they share no disk, it is sent.
    Those that a killed run left are added at the start, so that any number of processes can continue it.
    """
    seats: dict[int, Seat] = {}
    with contextlib.ExitStack() as stack:

        def begin(n: int, job: Job, path: Path) -> None:
            gather_parts(job, path, group)
            done = group.first_does(lambda: prepare(job, path))
            part = stack.enter_context(job.open_record(part_path(path, group.rank)))
            seats[n] = Seat.of(job, part, done)

        for n, job in enumerate(jobs):
            attempts(n, begin, n, job, job.path)
        fill(seats, attempts, group)
    attempts.errors.update({**group.all_hear(attempts.errors), **attempts.errors})

    def conclude(job: Job, path: Path) -> Report:
        gather_parts(job, path, group)
        held = group.first_does(lambda: concluded(job, path))
        return Report.of(results_of(held, job.plan, job.ids), job.baseline)

    return [attempts(n, conclude, job, job.path) for n, job in enumerate(jobs)]


def prepare(job: Job, path: Path) -> Done:
    """What of a job is done already."""
    with job.open_record(path) as record:
        return begun(job, record)


def concluded(job: Job, path: Path) -> Held:
    """The finished record with all parts added."""
    with job.open_record(path, facts=None) as record:
        absorb_parts(path, record, job.open_record)
        finish(job, record)
    return read_held(path)


def part_path(path: Path, rank: int) -> Path:
    """Where one of several processes keeps its predictions until the end."""
    return path.with_name(f"{path.name}.part-{rank}")


def parts_of(path: Path) -> list[Path]:
    """The parts that lie beside a record."""
    found = sorted(path.parent.glob(f"{glob.escape(path.name)}.part-*"))
    return [part for part in found if not part.name.endswith("-journal")]


def absorb_parts(path: Path, record: Record, open_record: OpenRecord) -> None:
    """Add the parts of several processes to the record, and remove them."""
    for part in parts_of(path):
        # Opening it rolls back what a kill left half, and refuses the part of another configuration.
        open_record(part, facts=None).close()
        record.absorb(part)
        part.unlink()


def gather_parts(job: Job, path: Path, group: Processes) -> None:
    """Bring to the first process's disk the parts that lie where it does not see them, and remove them there."""
    seen = set(group.first_does(lambda: [part.name for part in parts_of(path)]))
    own = [] if group.rank == 0 else [part for part in parts_of(path) if part.name not in seen]
    found: dict[str, bytes] = {}
    errors: dict[int, Exception] = {}
    try:
        for part in own:
            job.open_record(part, facts=None).close()  # which rolls back what a kill left half
            found[part.name] = part.read_bytes()
    except Exception as error:
        errors[0] = error
    if heard := group.all_hear(errors):  # else the others would wait for what this one does not send
        raise heard[0]
    sent = group.first_hears(found)

    def keep() -> None:
        try:
            for rank, parts in enumerate(sent):
                for name, data in parts.items():
                    path.with_name(f"{name}-of-{rank}").write_bytes(data)
        except OSError as error:
            reason = error.strerror or error
            raise RecordError(f"what other processes found cannot be written beside {path}: {reason}") from error

    group.first_does(keep)
    for part in own:
        part.unlink()
