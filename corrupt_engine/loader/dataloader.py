"""torch's DataLoader: one taken over as the source of a CorruptLoader, and the names that code reads of one."""

from typing import Any

from ..errors import OptionError, SourceError
from ..transforms.tensors import TensorFormat
from .decode import Workers
from .epochs import Schedule


def is_dataloader(value: Any) -> bool:
    """Whether this is torch's DataLoader or made from it, without importing torch for the question."""
    return any(
        cls.__module__ == "torch.utils.data.dataloader" and cls.__name__ == "DataLoader" for cls in type(value).__mro__
    )


def adopt(loader: Any, given: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The loader's data set, and the options with the loader's own where none (None, or False) was given.

    Raises SourceError for an iterable-style data set or one without batches, OptionError for a collate_fn that cannot
    be adopted.
    """
    from torch.utils.data import BatchSampler, IterableDataset, SequentialSampler, default_collate

    if isinstance(loader.dataset, IterableDataset):
        raise SourceError(
            f"the DataLoader's {type(loader.dataset).__name__} is an IterableDataset, whose samples have no numbers to "
            "key the corruptions "
            "with; a map-style Dataset is needed"
        )
    if loader.batch_sampler is None:
        raise SourceError("the DataLoader has batch_size=None, that is no batches; give it a batch_size")
    if loader.collate_fn is not default_collate and given.get("collate_fn") is None:
        raise OptionError(
            "the DataLoader has a collate_fn of its own, which expects images; "
            "pass collate_fn=... to CorruptLoader: it is called with the list of labels"
        )
    own: dict[str, Any] = {"num_workers": loader.num_workers, "pin_memory": loader.pin_memory}
    if type(loader.batch_sampler) is BatchSampler:
        own |= {"batch_size": loader.batch_size, "drop_last": loader.drop_last}
        if not isinstance(loader.sampler, SequentialSampler) and not given.get("shuffle"):
            own["sampler"] = loader.sampler
    else:
        own["batch_sampler"] = loader.batch_sampler
    # By identity: num_workers=0 equals False, and was given.
    return loader.dataset, {
        **given,
        **{name: value for name, value in own.items() if given.get(name) is None or given[name] is False},
    }


class DataLoaderAttributes:
    """torch's names for what a loader's parts know."""

    schedule: Schedule
    workers: Workers
    tensor_format: TensorFormat

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
        return self.tensor_format.pin_memory

    @property
    def backend(self) -> str:
        """What decodes: "dali", "threads" or "torch"."""
        return self.workers.backend
