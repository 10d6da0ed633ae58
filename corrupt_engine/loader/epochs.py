"""The order of an epoch: which samples this process sees, in which order, cut into which batches."""

import copy
import hashlib
import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import OptionError, StateError
from ..runtime.checks import check_count
from ..runtime.ranks import EXACT, PADDED, SHORTENED, Shard, is_padded, process_shard, share, share_size, whole
from .sampler import EpochSampler

if TYPE_CHECKING:
    import torch

OF_AN_EPOCH = (
    *("shuffle", "generator", "sampler", "batch_sampler", "drop_last", "collate_fn", "extras"),
    *("num_shards", "shard_id", "pad_shards", "batch_transforms"),
)
"""The options of a loader that say which samples an epoch has, in which order, and what comes with them: nothing to
those who take all samples for themselves."""


@dataclass(frozen=True)
class EpochPlan:
    """The batches of one epoch, and what they can be made from again.

    Args:
        epoch: its number.
        batches: the sample ids of each; an iterator where the sampler is endless.
        made_from: what `Schedule.plan` makes the batches from again; None for those of an endless sampler.
        padded: how many samples at the end of the last batch are other shards', repeated to make the shards equal.
    """

    epoch: int
    batches: Sequence[Sequence[int]] | Iterator[Sequence[int]]
    made_from: dict[str, Any] | None
    padded: int = 0


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
        pad_shards: bool,
        find: Callable[[], Shard],
    ) -> None:
        if batch_sampler is not None and (shuffle or sampler is not None or drop_last):
            raise OptionError("batch_sampler decides the batches; leave shuffle, sampler and drop_last out")
        for name, given in (("sampler", sampler), ("batch_sampler", batch_sampler)):
            if given is not None and not isinstance(given, Iterable) and not hasattr(given, "__getitem__"):
                raise OptionError(f"{name} {given!r} cannot be gone through")
        if sampler is not None and shuffle:
            raise OptionError("sampler decides the order; leave shuffle out")
        if generator is not None and not hasattr(generator, "get_state"):
            raise OptionError(f"generator {generator!r} is no torch.Generator")
        if generator is not None and not shuffle:
            raise OptionError(
                "generator draws the order of shuffle=True, which was not asked for; the corruptions follow from seed"
            )
        if pad_shards and drop_last:
            raise OptionError("drop_last leaves the surplus out, so the shards are equal; leave pad_shards out")
        self.samples, self.drop_last = samples, drop_last
        self.rule = SHORTENED if drop_last else PADDED if pad_shards else EXACT
        self.own = sampler is None and batch_sampler is None
        self.batch_size = None if batch_sampler is not None else check_count("batch_size", batch_size, 1)
        self.given_batch_sampler, self.generator, self.epoch = batch_sampler, generator, 0
        # A sampler that splits the samples itself, as DistributedSampler does, is not split again.
        splits = any(
            hasattr(s, "num_replicas") for s in (sampler, batch_sampler, getattr(batch_sampler, "sampler", None))
        )
        self._find = whole if splits else find
        self.sampler: Any = sampler
        if self.own:
            self.sampler = EpochSampler(
                samples, shuffle=shuffle, seed=seed, generator=generator, find=self._find, rule=self.rule
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
        if self.own:
            name = "shuffled" if self.sampler.shuffle else "in order"
        else:
            name = "sampler" if self.given_batch_sampler is None else "batch_sampler"
        return name + {EXACT: "", SHORTENED: ", whole shards", PADDED: ", padded shards"}[self.rule]

    @property
    def batch_sampler(self) -> Any:
        """The one that was given, or the batches that are made of the sampler."""
        return EpochBatchSampler(self) if self.given_batch_sampler is None else self.given_batch_sampler

    def set_epoch(self, epoch: int) -> None:
        """Make `epoch` the next one, here and in every sampler that knows epochs."""
        self.epoch = check_count("epoch", epoch, 0)
        samplers: tuple[Any, ...] = (self.sampler, self.given_batch_sampler)
        for sampler in samplers:
            if hasattr(sampler, "set_epoch"):
                sampler.set_epoch(epoch)

    def copied_at(self, epoch: int) -> "Schedule":
        """Another schedule of the same kind at an epoch of its own; samplers that were given are shared."""
        other = copy.copy(self)
        other.epoch = epoch
        if self.own:
            other.sampler = copy.copy(self.sampler)
            other.sampler.epoch = epoch
        return other

    @property
    def epoch_samples(self) -> int | None:
        """Samples in this shard's epoch; None where a batch_sampler decides, or a sampler without len()."""
        if self.batch_size is None or _length(self.sampler) is None:
            return None
        samples = len(self.sampler) if self.own else share_size(len(self.sampler), self.shard, self.rule)
        return samples - samples % self.batch_size if self.drop_last else samples

    def __len__(self) -> int:
        """Batches in this shard's epoch; TypeError where the sampler has no len(), as in torch."""
        if self.given_batch_sampler is not None:
            return share_size(len(self.given_batch_sampler), self.shard, self.rule)  # type: ignore[arg-type]
        samples = self.epoch_samples
        return -(-(len(self.sampler) if samples is None else samples) // (self.batch_size or 1))

    def check_takes_all(self, function: str) -> None:
        """OptionError for the order of a DataLoader that was taken over, where it is not that of all samples, for those
        who take all.
        """
        if self.given_batch_sampler is not None or (not self.own and _length(self.sampler) != self.samples):
            raise OptionError(
                f"{function}() takes all {self.samples:,} samples, and the DataLoader's sampler chooses among them; "
                "give a data set of those that are meant, such as torch.utils.data.Subset"
            )

    @property
    def choice(self) -> dict[str, Any]:
        """What tells an epoch of some of the samples from one of others, in JSON's types: nothing where the processes
        together have all, as far as that can be said without drawing from a sampler.
        """
        found: dict[str, Any] = {"drop_last": self.batch_size} if self.drop_last else {}
        if self.shard.num_shards > 1 and self.shard != process_shard():
            found["shard"] = list(self.shard)
        if self.own or self._find is whole:
            return found
        given = self.given_batch_sampler if self.sampler is None else self.sampler
        listed = getattr(given, "indices", given)
        if isinstance(listed, (Sequence, np.ndarray)):
            samples = np.sort(np.concatenate([np.zeros(0, "<i8"), *(np.ravel(item) for item in listed)])).astype("<i8")
            if not np.array_equal(samples, np.arange(self.samples)):
                found["samples"] = hashlib.sha256(samples.tobytes()).hexdigest()[:16]
        elif (count := _length(given)) != self.samples:
            found["samples"] = f"{count} of {type(given).__name__}"
        return found

    @property
    def batches_differ(self) -> bool:
        """Whether some shards have more batches than others."""
        given = self.sampler if self.given_batch_sampler is None else self.given_batch_sampler
        total, parts = self.samples if self.own else _length(given), self.shard.num_shards
        if total is None:
            return False
        most, least = (share_size(total, Shard(shard, parts), self.rule) for shard in (0, parts - 1))
        size = self.batch_size or 1
        return -(-most // size) != -(-least // size)

    def next_plan(self) -> EpochPlan:
        """The present epoch's plan; the next call gives the next epoch's."""
        plan = self.present_plan()
        self.epoch = plan.epoch + 1
        if self.own:
            self.sampler.epoch = self.epoch
        return plan

    def present_plan(self) -> EpochPlan:
        """The present epoch's plan, drawn from the samplers; the epoch stays the present one."""
        if self.own:
            return self.plan(self.present_epoch, {"drawn": self.sampler.draw()})
        given = self.sampler if self.given_batch_sampler is None else self.given_batch_sampler
        found, rest = _drawn(given)
        if rest is not None:
            return EpochPlan(self.present_epoch, self._endless(itertools.chain(found, rest)), None)
        name = "ids" if self.given_batch_sampler is None else "batches"
        plain = whole_numbers(found) if name == "ids" else [whole_numbers(item) for item in found]
        made_from = {
            name: share(plain, self.shard, self.rule),
            "padded": is_padded(len(plain), self.shard, self.rule),
        }
        return self.plan(self.present_epoch, made_from)

    def _endless(self, items: Iterator[Any]) -> Iterator[Sequence[int]]:
        """The batches of a sampler whose end is not known, taken from it when they are needed."""
        if self.rule == PADDED and self.shard.num_shards > 1:
            raise OptionError("pad_shards needs a sampler that says with len() how many samples it gives")
        items = itertools.islice(items, self.shard.shard_id, None, self.shard.num_shards)
        return self._cut_as_they_come(items)

    def _cut_as_they_come(self, items: Iterator[Any]) -> Iterator[Sequence[int]]:
        size = self.batch_size
        while True:
            batch = next(items, None) if size is None else list(itertools.islice(items, size))
            if batch is None or (size is not None and len(batch) < (size if self.drop_last else 1)):
                return
            yield from _checked([whole_numbers(batch)], self.samples)

    def plan(
        self, epoch: int, made_from: dict[str, Any], position: int = 0, *, begun: int = 0, finished: bool = False
    ) -> EpochPlan:
        """What is left of an epoch, from what its EpochPlan.made_from held; the batch size may be another than before.

        Args:
            epoch: its number.
            made_from: of its EpochPlan.
            position: how many of its samples are done.
            begun: how many samples the first batch has, where some of its turns are done.
            finished: the epoch is at its end, also where another batch size would leave fewer samples out.

        Returns:
            The plan.

        Raises:
            StateError: the position does not fit.
        """
        padded = self.sampler.padded if "drawn" in made_from else bool(made_from.get("padded"))
        now = position + begun
        if "batches" in made_from:
            batches = _after(made_from["batches"], position)
            last = len(batches[-1]) if batches else 0
            if begun and (not batches or len(batches[0]) != begun):
                raise StateError(f"the saved batch of {begun} samples is none of this batch_sampler's")
        else:
            ids = made_from["ids"] if "ids" in made_from else self.sampler.order(made_from["drawn"])
            if position < 0 or now > len(ids):
                raise StateError(f"the saved position, {now} samples, is beyond the {len(ids)} of this epoch")
            batches = ([ids[position:now]] if begun else []) + self.cut(ids[now:] if now else ids)
            last = 1
        if finished and batches and not self.drop_last:
            raise StateError(f"the saved position, {now} samples, is said to be the end, and more samples follow")
        if finished:
            batches = []
        return EpochPlan(epoch, _checked(batches, self.samples), made_from, last if padded and batches else 0)

    def cut(self, ids: Sequence[int]) -> list[Sequence[int]]:
        """Sample ids in batches."""
        size = self.batch_size or 1
        batches = [ids[start : start + size] for start in range(0, len(ids), size)]
        return batches[:-1] if self.drop_last and batches and len(batches[-1]) < size else batches


class EpochBatchSampler:
    """The batches that a schedule's present epoch would have, for code that looks at a loader's `batch_sampler`, with
    the names of torch's BatchSampler. Going through them moves no epoch on.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.sampler = schedule.sampler if schedule.own else GivenSampler(schedule)
        self.batch_size, self.drop_last = schedule.batch_size, schedule.drop_last

    def __iter__(self) -> Iterator[list[int]]:
        return map(list, self.schedule.present_plan().batches)

    def __len__(self) -> int:
        return len(self.schedule)


class GivenSampler:
    """A given sampler, or that of a given batch_sampler, where frameworks set the epoch on it, as Lightning does: the
    schedule is told of it too. Without, it would go on within an epoch that the framework has left.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule

    @property
    def order(self) -> Any:
        """What is gone through to look at it; for batches without a sampler all samples in order, as torch has it."""
        return range(self.schedule.samples) if self.schedule.sampler is None else self.schedule.sampler

    def set_epoch(self, epoch: int) -> None:
        """Make `epoch` the next one."""
        self.schedule.set_epoch(epoch)

    def __iter__(self) -> Iterator[int]:
        return iter(self.order)

    def __len__(self) -> int:
        return len(self.order)


def whole_numbers(items: Iterable[Any]) -> list[int]:
    """What a sampler gave, as sample numbers; OptionError for anything else."""
    if not isinstance(items, Iterable):
        raise OptionError(f"the batch_sampler gave {items!r}; batches of sample numbers are needed")
    given = list(items)
    if given and (isinstance(given[0], bool) or str(getattr(given[0], "dtype", "")) == "torch.bool"):
        raise OptionError(
            f"the sampler gave {given[0]!r}, as of a mask; sample numbers are needed: np.flatnonzero(mask) has them"
        )
    try:
        return [operator.index(item) for item in given]
    except TypeError as error:
        raise OptionError(f"the sampler gave what is no sample number: {error}") from error


def _length(sampler: Any) -> int | None:
    try:
        return len(sampler)
    except (TypeError, NotImplementedError):
        return None


def _drawn(sampler: Iterable[Any]) -> tuple[list[Any], Iterator[Any] | None]:
    """All that a sampler gives, and None; or of one without len(), or that gives more than that, a beginning and the
    rest.
    """
    items, count = iter(sampler), _length(sampler)
    if count is None:
        return [], items
    found = list(itertools.islice(items, count))
    more = list(itertools.islice(items, 1))
    return (found, itertools.chain(more, items)) if more else (found, None)


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
        if batch and not (min(batch) >= 0 and max(batch) < samples):
            wrong = next(index for index in batch if not 0 <= index < samples)
            raise OptionError(f"the sampler gave sample {wrong}; the data set has samples 0 to {samples - 1}")
    return batches
