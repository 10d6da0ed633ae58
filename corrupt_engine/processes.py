"""Several processes under torchrun: who this one is, and what they tell each other."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from .errors import CorruptEngineError

T = TypeVar("T")
PATIENCE = timedelta(days=1)  # processes wait for the slowest at the end of a run


@dataclass(frozen=True)
class Processes:
    """The rank of this process among `size`."""

    rank: int = 0
    size: int = 1

    def first_does(self, work: Callable[[], T]) -> T:
        """What `work` gives in the first process, in all of them; where it raises, all raise, so that none is left waiting."""
        if self.size == 1:
            return work()
        import torch.distributed as dist

        told: list[object] = [None, None]
        if self.rank == 0:
            try:
                told[0] = work()
            except CorruptEngineError as error:
                told[1] = error
        dist.broadcast_object_list(told, src=0)
        if isinstance(told[1], CorruptEngineError):
            raise told[1]
        return told[0]  # type: ignore[return-value]

    def wait(self) -> None:
        """Until all have come here."""
        if self.size > 1:
            import torch.distributed as dist

            dist.barrier()


def processes() -> Processes:
    """The place of this process: torch.distributed's where it runs, else what torchrun put into the environment, else alone.

    Where torchrun has started several processes and torch.distributed does not run yet, it is started with gloo.
    """
    import torch.distributed as dist

    if not dist.is_available():
        return Processes()
    if not dist.is_initialized():
        if int(os.environ.get("WORLD_SIZE", "1")) < 2 or "RANK" not in os.environ:
            return Processes()
        dist.init_process_group("gloo", timeout=PATIENCE)
    return Processes(dist.get_rank(), dist.get_world_size())
