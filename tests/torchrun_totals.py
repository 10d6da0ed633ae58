"""Run by torchrun, and by its test: each process goes through its shard, the first writes what all saw together."""

import hashlib
import json
import sys
from pathlib import Path

import torch
import torch.distributed as dist

import corrupt_engine as ce


def main(source, target):
    dist.init_process_group("gloo")
    loader = ce.CorruptLoader(
        source, "snow", 3, batch_size=2, num_workers=1, mean=None, geometry="none", extras=["ids"]
    )
    seen, totals = [], torch.zeros(3, dtype=torch.float64)
    for images, labels, extras in loader:
        totals += torch.tensor([len(images), labels.sum(), images.sum()], dtype=torch.float64)
        seen += [
            (i, hashlib.sha256(image.tobytes()).hexdigest())
            for i, image in zip(extras["ids"].tolist(), images.numpy(), strict=True)
        ]
    dist.all_reduce(totals)
    # As frameworks gather: tensors of equal size from every process at each batch.
    padded, counted = (
        ce.CorruptLoader(source, batch_size=2, geometry="none", pad_shards=True, extras=["ids", "padded"]),
        [],
    )
    for *_, extras in padded:
        pair = torch.stack([extras["ids"], extras["padded"].long()], dim=1)
        everyone = [torch.empty_like(pair) for _ in range(dist.get_world_size())]
        dist.all_gather(everyone, pair)
        counted += [index for index, twice in torch.cat(everyone).tolist() if not twice]
    gathered = [None] * dist.get_world_size()
    dist.all_gather_object(gathered, seen)
    if dist.get_rank() == 0:
        parts = [len(part) for part in gathered]
        together = sorted(item for part in gathered for item in part)
        Path(target).write_text(
            json.dumps({"totals": totals.tolist(), "parts": parts, "seen": together, "counted": sorted(counted)})
        )
    dist.destroy_process_group()


if __name__ == "__main__":
    main(*sys.argv[1:])
