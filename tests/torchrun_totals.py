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
    scores = gone_on_with(source, Path(f"{target}-{dist.get_rank()}"))
    if dist.get_rank() == 0:
        parts = [len(part) for part in gathered]
        together = sorted(item for part in gathered for item in part)
        found = {"totals": totals.tolist(), "parts": parts, "seen": together, "counted": sorted(counted)}
        Path(target).write_text(json.dumps({**found, "scores": scores}))
    dist.destroy_process_group()


def gone_on_with(source, record):
    """The scores of an evaluator that gathers, the second half of them by a second run; no disk is common."""

    def score(loader):
        total = torch.tensor([float(loader.policy.conditions[0].severity), 0])
        for images, _ in loader:
            total[1] += images.sum()
        dist.all_reduce(total)
        return {"severity": float(total[0]) / dist.get_world_size(), "sum": float(total[1])}

    options = {"record": record, "mean": None, "geometry": "none", "progress": False, "corruptions": "brightness"}
    ce.evaluate_with(score, source, "imagenet-c", severities=(1, 2), **options)
    found = ce.evaluate_with(score, source, "imagenet-c", severities=(1, 2, 3, 4), **options)
    return [[own["severity"], own["sum"]] for own in found.scores.values()]


if __name__ == "__main__":
    main(*sys.argv[1:])
