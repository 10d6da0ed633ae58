"""Several processes under torchrun: who this one is, which part of the samples it takes, and what they tell each
other.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

from ..errors import CorruptEngineError, OptionError
from .checks import check_count

T = TypeVar("T")
PATIENCE = timedelta(days=1)  # processes wait for the slowest at the end of a run


@dataclass(frozen=True)
class Processes:
    """The rank of this process among `size`."""

    rank: int = 0
    size: int = 1

    def first_does(self, work: Callable[[], T]) -> T:
        """What `work` gives in the first process, in all of them; where it raises, all raise, so that none is left
        waiting.
        """
        if self.size == 1:
            return work()
        import torch.distributed as dist

        told: list[object] = [None, None]
        if self.rank == 0:
            try:
                told[0] = work()
            except Exception as error:
                dist.broadcast_object_list([None, as_own(error)], src=0)
                raise
        dist.broadcast_object_list(told, src=0)
        if isinstance(told[1], CorruptEngineError):
            raise told[1]
        return told[0]  # type: ignore[return-value]

    def first_hears(self, said: T) -> list[T]:
        """In the first process what each says, in the order of their ranks; in the others nothing."""
        if self.size == 1:
            return [said]
        import torch.distributed as dist

        heard: list[Any] | None = [None] * self.size if self.rank == 0 else None
        dist.gather_object(said, heard, dst=0)
        return heard or []

    def all_hear(self, errors: Mapping[int, Exception]) -> dict[int, Exception]:
        """The numbered errors of all processes, in each of them; of two with one number that of the first process."""
        if self.size == 1:
            return dict(errors)
        import torch.distributed as dist

        heard: list[Any] = [None] * self.size
        dist.all_gather_object(heard, {n: as_own(error) for n, error in errors.items()})
        return {n: error for one in reversed(heard) for n, error in one.items()}


def as_own(error: Exception) -> CorruptEngineError:
    """An error that can be sent to other processes: those of others may hold what cannot."""
    return error if isinstance(error, CorruptEngineError) else CorruptEngineError(f"{type(error).__name__}: {error}")


def processes() -> Processes:
    """The place of this process: torch.distributed's where it runs, else what torchrun put into the environment, else
    alone.

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


def joined() -> Processes:
    """The processes that torch.distributed connects already; this one alone where it does not run."""
    distributed = _running()
    return Processes() if distributed is None else Processes(distributed.get_rank(), distributed.get_world_size())


def _running() -> Any:
    """torch.distributed, or None where it does not run. A process group exists only where it has been imported already;
    importing it here would only cost time.
    """
    found = sys.modules.get("torch.distributed")
    return found if found is not None and found.is_available() and found.is_initialized() else None


class Shard(NamedTuple):
    """Part `shard_id` of `num_shards`: the samples (or a batch_sampler's batches) whose place in the order leaves that
    remainder.
    """

    shard_id: int
    num_shards: int


def whole() -> Shard:
    """All samples."""
    return Shard(0, 1)


EXACT, SHORTENED, PADDED = "exact", "shortened", "padded"
"""What becomes of the items that do not go evenly into the shards: some shards have one more; they are left out; or the
first items come again in the shards that would have one less."""


def share_size(count: int, shard: Shard, rule: str) -> int:
    """How many of `count` items a shard takes.

    >>> [[share_size(11, Shard(n, 2), rule) for n in range(2)] for rule in (EXACT, SHORTENED, PADDED)]
    [[6, 5], [5, 5], [6, 6]]
    """
    all_have, rest = divmod(count, shard.num_shards)
    return all_have + {EXACT: shard.shard_id < rest, SHORTENED: False, PADDED: rest > 0}[rule]


def share(items: Sequence[T], shard: Shard, rule: str) -> list[T]:
    """The items that a shard takes; with PADDED, `is_padded` tells whether the last of them is another shard's too.

    >>> [share("abc", Shard(n, 2), PADDED) for n in range(2)]
    [['a', 'c'], ['b', 'a']]
    """
    size = share_size(len(items), shard, rule)
    taken = list(items[shard.shard_id :: shard.num_shards][:size])
    if len(taken) < size:
        taken.append(items[(shard.shard_id + len(taken) * shard.num_shards) % len(items)])
    return taken


def is_padded(count: int, shard: Shard, rule: str) -> bool:
    """Whether the last item of a shard's share of `count` is there only to make the shards equal."""
    return share_size(count, shard, rule) > share_size(count, shard, EXACT)


def find_shard(num_shards: int | None, shard_id: int | None) -> Shard:
    """The shard asked for, or this process's among those of torch.distributed, or of torchrun's environment, or all of
    it.

    Raises OptionError for half a pair and for numbers that do not fit.
    """
    if (num_shards is None) != (shard_id is None):
        raise OptionError(f"num_shards {num_shards} and shard_id {shard_id} belong together; give both or neither")
    if num_shards is not None and shard_id is not None:
        shard = Shard(check_count("shard_id", shard_id, 0), check_count("num_shards", num_shards, 1))
    else:
        shard = process_shard()
    if shard.shard_id >= shard.num_shards:
        raise OptionError(
            f"shard_id {shard.shard_id} does not exist among {shard.num_shards}; allowed are 0 to "
            f"{shard.num_shards - 1}"
        )
    return shard


def process_shard() -> Shard:
    """(rank, world size) of this process; (0, 1) when it is alone."""
    if (distributed := _running()) is not None:
        return Shard(distributed.get_rank(), distributed.get_world_size())
    rank, world = (os.environ.get(name) for name in ("RANK", "WORLD_SIZE"))
    if rank is None or world is None:
        return whole()
    try:
        return Shard(int(rank), int(world))
    except ValueError as error:
        raise OptionError(f"RANK and WORLD_SIZE in the environment are no whole numbers: {error}") from error
