"""What is to be evaluated, a model each."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numpy as np

from ..catalogue import CLEAN, Baseline, Condition
from ..errors import ModelsFailedError
from ..loader.loader import CorruptLoader
from ..models import LoadedModel
from ..models.running import Runner
from ..records import Record
from ..reports.report import Report
from ..transforms.policies import Grid
from ..transforms.tensors import TensorFormat, shared_format
from .attacks import BYTES, Attacks
from .labels import Labels

OpenRecord: TypeAlias = Callable[..., Record]
Done: TypeAlias = Mapping[Condition, np.ndarray]
T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Job:
    """One model's evaluation: what is to be evaluated, how it is shown, and the record that it fills."""

    model: LoadedModel
    runner: Runner
    loader: CorruptLoader
    ids: np.ndarray
    plan: tuple[Condition, ...]
    labels: Labels
    progress: bool
    mistakes_kept: int
    baseline: Baseline | None
    check: bool
    path: Path | None
    open_record: OpenRecord
    attacks: Attacks
    frames: bool
    """Whether levels are frames, of whose answers the five likeliest classes are kept."""

    def grid(self, plan: Sequence[Condition] | None = None) -> Grid:
        """What the loader makes in each turn of a plan, the job's own by default: the clean image for attacks."""
        own = self.plan if plan is None else plan
        return Grid(tuple(CLEAN if condition in self.attacks else condition for condition in own))

    @property
    def labelled(self) -> np.ndarray:
        """The ids without those that are known, before they are read, to be left out."""
        return self.ids[~np.isin(self.ids, list(self.labels.left_out))]

    @property
    def images(self) -> tuple[str, ...]:
        """What jobs must agree in to be shown the same corrupted images."""
        same = {name: value for name, value in self.loader.identity().items() if name != "corruption"}
        return repr(same), self.loader.tensor_format.device, repr(self.loader.batch_size)

    def prepared(self, record: Record) -> Done:
        """What is done, with what is left out."""
        record.add_unlabelled(
            {n: label for n in self.ids.tolist() if (label := self.labels.left_out.get(n)) is not None}
        )
        return record.done()


def shown_together(jobs: Iterable[Job]) -> list[list[int]]:
    """The numbers of the jobs that can be shown the same images, a list for each kind of images."""
    together: dict[tuple[str, ...], list[int]] = {}
    for n, job in enumerate(jobs):
        together.setdefault(job.images, []).append(n)
    return list(together.values())


def shared_of(jobs: Sequence[Job]) -> TensorFormat:
    """What batches are made as for several jobs: bytes where their formats differ, or some are attacked."""
    formats = [job.loader.tensor_format for job in jobs]
    if any(condition in job.attacks for job in jobs for condition in job.plan):
        formats.append(dataclasses.replace(BYTES, device=formats[0].device))
    return shared_format(formats)


class Attempts:
    """Work for several jobs, of which one that fails does not take the others down; alone, its error is raised.

    Args:
        jobs: all of them.
    """

    def __init__(self, jobs: list[Job]) -> None:
        self.jobs = jobs
        self.errors: dict[int, Exception] = {}

    @property
    def left(self) -> list[int]:
        """The numbers of the jobs that have not failed."""
        return [n for n in range(len(self.jobs)) if n not in self.errors]

    def __call__(self, n: int, work: Callable[..., T], *given: Any) -> T | None:
        """What the work for job n gives of what it is given; None where it fails, now or before."""
        if n in self.errors:
            return None
        try:
            return work(*given)
        except Exception as error:
            if len(self.jobs) == 1:
                raise
            self.errors[n] = error
            return None

    def outcome(self, reports: list[Report | None]) -> list[Report]:
        """All reports, or ModelsFailedError, which has those that there are."""
        if self.errors:
            raise ModelsFailedError([job.model.name for job in self.jobs], self.errors, reports)
        return [report for report in reports if report is not None]
