"""The samples of an epoch, in order or shuffled: what a CorruptLoader uses where no sampler was given."""

import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..runtime.checks import check_count
from ..runtime.ranks import Shard, is_padded, share, share_size

if TYPE_CHECKING:
    import torch


def epoch_seed(seed: int, epoch: int) -> int:
    """The 63-bit seed of an epoch's order: neighbouring seeds and epochs have nothing in common."""
    return int.from_bytes(hashlib.sha256(f"{seed}\norder\n{epoch}".encode()).digest()[:8], "little") >> 1


class EpochSampler:
    """The shard's sample ids once an epoch: in order, or shuffled by (seed, epoch) or by a torch.Generator.

    It has the vocabulary of torch's DistributedSampler (`set_epoch`, `num_replicas`, `rank`). `rule` says what becomes
    of samples that do not go evenly into the shards, see `runtime.ranks`.
    """

    def __init__(
        self,
        samples: int,
        *,
        shuffle: bool,
        seed: int,
        generator: "torch.Generator | None",
        find: Callable[[], Shard],
        rule: str,
    ) -> None:
        self.samples, self.shuffle, self.seed, self.generator = samples, shuffle, seed, generator
        self.rule, self.find, self.epoch = rule, find, 0

    @property
    def rank(self) -> int:
        """Which shard this is."""
        return self.find().shard_id

    @property
    def num_replicas(self) -> int:
        """How many there are."""
        return self.find().num_shards

    def set_epoch(self, epoch: int) -> None:
        """Make `epoch` the next one."""
        self.epoch = check_count("epoch", epoch, 0)

    def __len__(self) -> int:
        return share_size(self.samples, self.find(), self.rule)

    def __iter__(self) -> Iterator[int]:
        return iter(self.order(self.draw()))

    def draw(self) -> int:
        """What the order of the present epoch follows from; takes one number from the generator, if there is one."""
        if self.generator is None or not self.shuffle:
            return epoch_seed(self.seed, self.epoch)
        import torch

        drawn = torch.empty((), dtype=torch.int64, device=self.generator.device)
        return int(drawn.random_(generator=self.generator).item())

    def order(self, drawn: int) -> list[int]:
        """The sample ids in the order that `drawn` stands for."""
        ids: list[int] = list(range(self.samples))
        if self.shuffle:
            import torch

            generator = torch.Generator("cpu").manual_seed(drawn)
            ids = torch.randperm(self.samples, generator=generator, device="cpu").tolist()
        shard = self.find()
        return ids if shard.num_shards == 1 else share(ids, shard, self.rule)

    @property
    def padded(self) -> bool:
        """Whether the last sample of an epoch is another shard's, and here only to make the shards equally long."""
        return is_padded(self.samples, self.find(), self.rule)
