"""The order of an epoch: which samples this process sees, in which order, cut into which batches."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import OptionError, StateError
from ..runtime.checks import check_count
from ..runtime.ranks import Shard, whole
from .sampler import EpochSampler

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class EpochPlan:
    """The batches of one epoch, and what they can be made from again."""

    epoch: int
    batches: Sequence[Sequence[int]]
    made_from: dict[str, Any]


class Schedule:
    """The plans of the epochs, one after the other, in DataLoader's vocabulary."""

    def __init__(
        self,
        samples: int,
        *,
        batch_size: int,
        shuffle: bool,
        sampler: Iterable[int] | None,
        batch_sampler: Iterable[Sequence[int]] | None,
        drop_last: bool,
        generator: "torch.Generator | None",
        seed: int,
        find: Callable[[], Shard],
    ) -> None:
        if batch_sampler is not None and (shuffle or sampler is not None or drop_last):
            raise OptionError("batch_sampler decides the batches; leave shuffle, sampler and drop_last out")
        if sampler is not None and shuffle:
            raise OptionError("sampler decides the order; leave shuffle out")
        if generator is not None and not shuffle:
            raise OptionError(
                "generator draws the order of shuffle=True, which was not asked for; the corruptions follow from seed"
            )
        self.samples, self.drop_last = samples, drop_last
        self.own = sampler is None and batch_sampler is None
        self.batch_size = None if batch_sampler is not None else check_count("batch_size", batch_size, 1)
        self.batch_sampler, self.generator, self.epoch = batch_sampler, generator, 0
        # A sampler that splits the samples itself, as DistributedSampler does, is not split again.
        splits = any(
            hasattr(s, "num_replicas") for s in (sampler, batch_sampler, getattr(batch_sampler, "sampler", None))
        )
        self._find = whole if splits else find
        self.sampler: Any = sampler
        if self.own:
            self.sampler = EpochSampler(
                samples, shuffle=shuffle, seed=seed, generator=generator, find=self._find, even=drop_last
            )
        elif sampler is None:
            self.sampler = getattr(batch_sampler, "sampler", None)

    @property
    def shard(self) -> Shard:
        """The part of this process. Asked for each time: frameworks start their processes after the loader was made."""
        return self._find()

    @property
    def present_epoch(self) -> int:
        """The number of the next plan's epoch."""
        return self.sampler.epoch if self.own else self.epoch  # Lightning and others set it on the sampler

    @property
    def kind(self) -> str:
        """What decides the order, for telling one loader's state from another's."""
        if not self.own:
            return "sampler" if self.batch_sampler is None else "batch_sampler"
        shuffled = "shuffled" if self.sampler.shuffle else "in order"
        return f"{shuffled}, whole shards" if self.drop_last else shuffled

    def set_epoch(self, epoch: int) -> None:
        """Make `epoch` the next one, here and in every sampler that knows epochs."""
        self.epoch = check_count("epoch", epoch, 0)
        samplers: tuple[Any, ...] = (self.sampler, self.batch_sampler)
        for sampler in samplers:
            if hasattr(sampler, "set_epoch"):
                sampler.set_epoch(epoch)

    @property
    def epoch_samples(self) -> int | None:
        """Samples in this shard's epoch; None where a batch_sampler decides."""
        if self.batch_size is None:
            return None
        samples = len(self.sampler) if self.own else _share(len(self.sampler), self.shard)
        return samples - samples % self.batch_size if self.drop_last else samples

    def __len__(self) -> int:
        samples = self.epoch_samples
        if samples is None or self.batch_size is None:
            return _share(len(self.batch_sampler), self.shard)  # type: ignore[arg-type]
        return -(-samples // self.batch_size)

    def next_plan(self) -> EpochPlan:
        """The present epoch's plan; the next call gives the next epoch's."""
        if self.own:
            made_from: dict[str, Any] = {"drawn": self.sampler.draw()}
        elif self.batch_sampler is not None:
            batches = [[int(index) for index in batch] for batch in self.batch_sampler]
            made_from = {"batches": batches[self.shard.shard_id :: self.shard.num_shards]}
        else:
            made_from = {"ids": [int(index) for index in self.sampler][self.shard.shard_id :: self.shard.num_shards]}
        plan = self.plan(self.present_epoch, made_from)
        self.epoch = plan.epoch + 1
        if self.own:
            self.sampler.epoch = self.epoch
        return plan

    def plan(self, epoch: int, made_from: dict[str, Any], position: int = 0) -> EpochPlan:
        """What is left of an epoch of which `position` samples are done, from what its EpochPlan.made_from held.

        The batch size may be another one than before; StateError where the position does not fit.
        """
        if "batches" in made_from:
            return EpochPlan(epoch, _checked(_after(made_from["batches"], position), self.samples), made_from)
        ids = made_from["ids"] if "ids" in made_from else self.sampler.order(made_from["drawn"])
        if position > len(ids):
            raise StateError(f"the saved position, {position} samples, is beyond the {len(ids)} of this epoch")
        return EpochPlan(epoch, _checked(self.cut(ids[position:]), self.samples), made_from)

    def cut(self, ids: Sequence[int]) -> list[Sequence[int]]:
        """Sample ids in batches."""
        size = self.batch_size or 1
        batches = [ids[start : start + size] for start in range(0, len(ids), size)]
        return batches[:-1] if self.drop_last and batches and len(batches[-1]) < size else batches


def _share(count: int, shard: Shard) -> int:
    return len(range(shard.shard_id, count, shard.num_shards))


def _after(batches: Sequence[Sequence[int]], position: int) -> list[Sequence[int]]:
    """The batches that follow `position` samples; StateError unless that is between two batches."""
    done = 0
    for number, batch in enumerate(batches):
        if done >= position:
            break
        done += len(batch)
        if done == position:
            return list(batches[number + 1 :])
    if done != position:
        raise StateError(f"the saved position, {position} samples, is not between two batches of this batch_sampler")
    return list(batches)


def _checked(batches: list[Sequence[int]], samples: int) -> list[Sequence[int]]:
    for batch in batches:
        for index in batch:
            if not 0 <= index < samples:
                raise OptionError(f"the sampler gave sample {index}; the data set has samples 0 to {samples - 1}")
    return batches
