"""How long an evaluation may take, from one batch of it."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..catalogue import CLEAN, Condition
from ..errors import SourceError
from ..loader.pipeline import Made, Work
from ..models.running import Runner
from ..models.scores import check_scores
from ..records import read_held
from ..runtime.buffers import Buffers
from .fill import Formatted, fed
from .images import middle
from .job import Attempts, Job, shared_of, shown_together


@dataclass(frozen=True)
class Estimate:
    """What an evaluation would do.

    Args:
        models: their names.
        images: how many are taken.
        conditions: under how many each is shown, the clean one among them.
        done: how many predictions the records hold already.
        tried: how many images were timed.
        seconds: how long what is left may take.
    """

    models: tuple[str, ...]
    images: int
    conditions: int
    done: int
    tried: int
    seconds: float

    @property
    def predictions(self) -> int:
        """How many there will be."""
        return len(self.models) * self.images * self.conditions

    def __str__(self) -> str:
        left = self.predictions - self.done
        kept = f", of which the records hold {self.done:,}" if self.done else ""
        rate = f" at {left / self.seconds:,.0f} predictions/s" if self.seconds else ""
        return (
            f"{self.images:,} images under {self.conditions} conditions, {', '.join(self.models)}: "
            f"{self.predictions:,} predictions{kept}\n"
            f"about {duration(self.seconds)}{rate} (from {self.tried} images, each corruption at its middle severity)"
        )


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> duration(42), duration(600), duration(9000), duration(3 * 86400)
    ('42 s', '10 min', '2.5 h', '3.0 days')
    """
    for unit, size, most in (("s", 1, 100), ("min", 60, 6000), ("h", 3600, 172_800)):
        if seconds < most:
            return f"{seconds / size:.0f} {unit}" if size < 3600 else f"{seconds / size:.1f} {unit}"
    return f"{seconds / 86400:.1f} days"


def estimate(jobs: list[Job]) -> Estimate:
    """Time one batch of each group of models that are shown the same images; no record is made. ModelsFailedError where
    some of several fail.
    """
    first = jobs[0]
    done = [held_of(job) for job in jobs]
    left = len(first.ids) * len(first.plan) - np.array(done)
    whole = len(first.ids) * len(first.plan)
    tried = min(first.loader.batch_size or 1, len(first.ids))
    seconds = 0.0
    attempts = Attempts(jobs)
    for members in shown_together(jobs):
        share = max(left[n] for n in members) / whole
        seconds += share * timed(attempts, members, tried)
    attempts.outcome([None] * len(jobs))
    names = tuple(job.model.name for job in jobs)
    return Estimate(names, len(first.ids), len(first.plan), int(sum(done)), tried, seconds)


def held_of(job: Job) -> int:
    """How many of its predictions a record holds."""
    if job.path is None or not Path(job.path).is_file():
        return 0
    held = read_held(job.path).predictions
    return sum(int(np.isin(job.ids, held[condition][0]).sum()) for condition in job.plan if condition in held)


def timed(attempts: Attempts, members: Sequence[int], tried: int) -> float:
    """Seconds for all images under all conditions of the jobs with these numbers, from the second time that one batch
    is made and shown; at the first the kernels are compiled.

    Raises OptionError where a model, the only one, gives no scores that fit, SourceError where no image can be read.
    """
    jobs = [attempts.jobs[n] for n in members]
    loader, plan = jobs[0].loader, jobs[0].plan
    levels: dict[str, list[Any]] = {}
    for condition in plan:
        levels.setdefault(condition.corruption, []).append(condition.severity)
    shown = [CLEAN if name == CLEAN.corruption else Condition(name, middle(own)) for name, own in levels.items()]
    ids = jobs[0].ids[:tried].tolist()
    spent = {}
    grid = jobs[0].grid(shown)
    shared = shared_of(jobs)
    buffers = Buffers(len(jobs))

    def show(job: Job, run: Runner, one: Made, formatted: Formatted) -> None:
        condition = shown[one.turn]
        attack = condition in job.attacks
        labels: Any = job.labels.numbers(one.batch.labels).clamp_min(0) if attack else None
        images = fed(job, condition, formatted.shown(job, condition), one.batch.ids, labels, run.most)
        scores = run(images)
        check_scores(scores, len(images))
        job.labels.check(scores)
        float(scores.sum())  # waits for a device

    for _ in range(2):
        with contextlib.ExitStack() as ready:
            runs = {n: attempts(n, ready.enter_context, attempts.jobs[n].runner.ready()) for n in members}
            made = loader.pipeline(policy=grid, tensor_format=shared).run([Work(ids, range(len(shown)))])
            ready.enter_context(contextlib.closing(made))
            began = time.perf_counter()
            for one in made:
                if one.images is None:
                    first = one.batch.skipped[0]
                    raise SourceError(
                        f"none of the {tried} images that a dry run looks at can be read; {first.name}: {first.reason}"
                    )
                formatted = Formatted(one.images, shared, buffers)
                for n, run in runs.items():
                    attempts(n, show, attempts.jobs[n], run, one, formatted)
                now = time.perf_counter()
                spent[shown[one.turn].corruption], began = now - began, now
    total = sum(spent[name] * len(own) for name, own in levels.items() if name in spent)
    return total * len(jobs[0].ids) / max(tried, 1)
