"""torch's DataLoader: one taken over as the source of a CorruptLoader, and the names that code reads of one."""

import sys
from collections.abc import Callable
from typing import Any

from ..devices import kinds
from ..errors import OptionError, SourceError, UnknownNameError
from ..transforms.tensors import TensorFormat
from .collate import Refusal
from .decode import Workers
from .epochs import GivenSampler, Schedule

OF_PROCESSES = ("timeout", "worker_init_fn", "multiprocessing_context", "prefetch_factor")
"""What is taken over from a DataLoader with worker processes, where the backend may be processes. persistent_workers is
not: ours start with each epoch."""
NO_TIMEOUT = ("timeout", 0)


def is_dataloader(value: Any) -> bool:
    """Whether this is torch's DataLoader or made from it, without importing torch for the question."""
    return any(
        cls.__module__ == "torch.utils.data.dataloader" and cls.__name__ == "DataLoader" for cls in type(value).__mro__
    )


def adopt(loader: Any, given: dict[str, Any], backend: str) -> tuple[Any, dict[str, Any]]:
    """The loader's data set, and the options with the loader's own where none (None, or False) was given.

    Raises SourceError for one without batches.
    """
    from torch.utils.data import BatchSampler, SequentialSampler

    if loader.batch_sampler is None:
        raise SourceError("the DataLoader has batch_size=None, that is no batches; give it a batch_size")
    own = {name: getattr(loader, name) for name in ("num_workers", "pin_memory", "collate_fn")}
    if loader.num_workers and backend in ("auto", "torch"):
        own |= {name: getattr(loader, name) for name in OF_PROCESSES}
    if type(loader.batch_sampler) is BatchSampler:
        own |= {"batch_size": loader.batch_size, "drop_last": loader.drop_last}
        if not isinstance(loader.sampler, SequentialSampler) and not given.get("shuffle"):
            own["sampler"] = loader.sampler
    else:
        own["batch_sampler"] = loader.batch_sampler
    # By identity: num_workers=0 equals False, and was given. A timeout has no other way to say that none was.
    unset = {
        name for name in own if given.get(name) is None or given[name] is False or (name, given[name]) == NO_TIMEOUT
    }
    return loader.dataset, {**given, **{name: own[name] for name in unset}}


def own_collate_fn(given: Any) -> Any:
    """What was given for collate_fn; None for torch's default_collate, which says what is done without one."""
    torch = sys.modules.get("torch.utils.data")
    return None if torch is not None and given is torch.default_collate else given


def check_torch_options(persistent_workers: bool, pin_memory_device: str, workers: Workers) -> None:
    """OptionError for what a DataLoader would do with these and a CorruptLoader does not; UnknownNameError for a device
    that no one has.
    """
    if persistent_workers and workers.backend == "torch" and workers.count:
        raise OptionError(
            "persistent_workers=True: worker processes of a CorruptLoader start with each epoch, so nothing that a "
            'data set keeps in one outlives it; leave it out, or use backend="threads", which has no processes'
        )
    kind = pin_memory_device.partition(":")[0]
    if kind and kind not in kinds():
        raise UnknownNameError("pin_memory_device", pin_memory_device, kinds())


class DataLoaderAttributes:
    """torch's names for what a loader's parts know."""

    schedule: Schedule
    workers: Workers
    tensor_format: TensorFormat
    own_collate_fn: Callable[[list[Any]], Any] | None

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
        """What gives the order: the one passed in, or an `EpochSampler`. Of a batch_sampler that was passed in, what it
        is made from, on which an epoch can be set.
        """
        return self.schedule.sampler if self.schedule.given_batch_sampler is None else GivenSampler(self.schedule)

    @property
    def batch_sampler(self) -> Any:
        """What gives the batches: the one passed in, or an `EpochBatchSampler`, to look at the present epoch's."""
        return self.schedule.batch_sampler

    @property
    def num_workers(self) -> int:
        """How many decode."""
        return self.workers.count

    @property
    def pin_memory(self) -> bool:
        """Whether tensors are page-locked."""
        return self.tensor_format.pin_memory

    @property
    def collate_fn(self) -> Callable[[list[Any]], Any]:
        """What says that a loader cannot be made again of its parts; `__wrapped__` is what was passed in, or None."""
        return Refusal(self.own_collate_fn)

    @property
    def generator(self) -> Any:
        """What shuffles: the torch.Generator passed in, or None."""
        return self.schedule.generator

    @property
    def prefetch_factor(self) -> int | None:
        """How many batches are made ahead; None where there are no workers to make them."""
        return self.workers.prefetch if self.workers.count else None

    @property
    def timeout(self) -> float:
        """Seconds that a worker process may take for a batch; 0 waits for ever."""
        return self.workers.timeout

    @property
    def worker_init_fn(self) -> Callable[[int], None] | None:
        """What each worker process calls first: the one passed in, or None."""
        return self.workers.init

    @property
    def multiprocessing_context(self) -> Any:
        """How worker processes are started: the one passed in, or None."""
        return self.workers.context

    @property
    def persistent_workers(self) -> bool:
        """Whether worker processes outlive an epoch; they do not."""
        return False

    @property
    def in_order(self) -> bool:
        """Whether batches come in the sampler's order; they always do."""
        return True

    @property
    def backend(self) -> str:
        """Who decodes: "dali", "threads" or "torch"."""
        return self.workers.backend

    @property
    def decoder(self) -> str:
        """What decodes image files: "turbojpeg", "pillow", "dali" or "gpu"; "source" where the source gives images."""
        return self.workers.decoder
