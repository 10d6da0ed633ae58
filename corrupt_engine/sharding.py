"""Which part of the samples this process takes, when several share the work."""

import os
import sys
from typing import NamedTuple

from .errors import OptionError
from .options import check_count


class Shard(NamedTuple):
    """Part `shard_id` of `num_shards`: the samples (or a batch_sampler's batches) whose place in the order leaves that remainder."""

    shard_id: int
    num_shards: int


def whole() -> Shard:
    """All samples."""
    return Shard(0, 1)


def find_shard(num_shards: int | None, shard_id: int | None) -> Shard:
    """The shard asked for, or this process's among those of torch.distributed, or of torchrun's environment, or all of it.

    Raises OptionError for half a pair and for numbers that do not fit.
    """
    if (num_shards is None) != (shard_id is None):
        raise OptionError(f"num_shards {num_shards} and shard_id {shard_id} belong together; give both or neither")
    if num_shards is not None and shard_id is not None:
        shard = Shard(check_count("shard_id", shard_id, 0), check_count("num_shards", num_shards, 1))
    else:
        shard = process_shard()
    if shard.shard_id >= shard.num_shards:
        raise OptionError(f"shard_id {shard.shard_id} does not exist among {shard.num_shards}; allowed are 0 to {shard.num_shards - 1}")
    return shard


def process_shard() -> Shard:
    """(rank, world size) of this process; (0, 1) when it is alone."""
    # A process group exists only where torch.distributed has been imported already; importing it here would only cost time.
    distributed = sys.modules.get("torch.distributed")
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return Shard(distributed.get_rank(), distributed.get_world_size())
    rank, world = (os.environ.get(name) for name in ("RANK", "WORLD_SIZE"))
    if rank is None or world is None:
        return whole()
    try:
        return Shard(int(rank), int(world))
    except ValueError as error:
        raise OptionError(f"RANK and WORLD_SIZE in the environment are no whole numbers: {error}") from error
