"""What code that was handed a DataLoader reads of it."""

from typing import Any

from .backends import Workers
from .ordering import Schedule
from .output import Output


class DataLoaderAttributes:
    """torch's names for what a loader's parts know."""

    schedule: Schedule
    workers: Workers
    output: Output

    @property
    def batch_size(self) -> int | None:
        """Images a batch; None where a batch_sampler decides."""
        return self.schedule.batch_size

    @property
    def drop_last(self) -> bool:
        """Whether an incomplete last batch is left out."""
        return self.schedule.drop_last

    @property
    def sampler(self) -> Any:
        """What gives the order: the one passed in, or an `EpochSampler`."""
        return self.schedule.sampler

    @property
    def batch_sampler(self) -> Any:
        """What gives the batches: the one passed in, or None."""
        return self.schedule.batch_sampler

    @property
    def num_workers(self) -> int:
        """How many decode."""
        return self.workers.count

    @property
    def pin_memory(self) -> bool:
        """Whether tensors are page-locked."""
        return self.output.pin_memory

    @property
    def backend(self) -> str:
        """What decodes: "dali", "threads" or "torch"."""
        return self.workers.backend
