"""The sweep feeding a model of ResNet-50's size in bfloat16, beside the model alone on a batch that is already there.

The images are in memory, so decoding plays no part: the question is whether making 75 conditions on the device keeps a
model waiting. Alone and fed alternate, and each counts by its median.
"""

import statistics
import time

import numpy as np

import corrupt_engine as ce
from corrupt_engine.sources import ArraySource

from . import speed
from .resnet50 import resnet50

ROUNDS, CONDITIONS = 3, 76


def compare(textures: str) -> dict | None:
    """Images/s of the model alone and of the model fed by `ce.sweep`; None where torch sees no GPU."""
    import torch

    if not torch.cuda.is_available():
        print("torch sees no GPU: the sweep feeding a model was left out")
        return None
    model = resnet50().cuda().eval().to(torch.bfloat16, memory_format=torch.channels_last)
    import cupy

    images = cupy.asnumpy(speed.photographs(cupy))
    source = ArraySource(images, np.zeros(len(images), np.int64))
    batch = torch.zeros((speed.BATCH, 3, speed.SIDE, speed.SIDE), dtype=torch.bfloat16, device="cuda")
    batch = batch.contiguous(memory_format=torch.channels_last)
    alone, fed = [], []
    with torch.inference_mode():
        for _ in range(ROUNDS + 1):
            alone.append(run_alone(torch, model, batch, CONDITIONS))
            fed.append(run_fed(torch, model, source, textures))
    # The first round compiles, uploads tables and lets the clocks rise.
    by_itself, with_sweep = statistics.median(alone[1:]), statistics.median(fed[1:])
    print(
        f"ResNet-50 in bf16: alone {by_itself:,.0f} images/s, fed by the sweep {with_sweep:,.0f} "
        f"({with_sweep / by_itself:.1%})"
    )
    return {
        "alone": by_itself,
        "fed": with_sweep,
        "share": with_sweep / by_itself,
        "rounds": {"alone": alone, "fed": fed},
    }


def run_alone(torch, model, batch, times: int) -> float:
    """Images/s of the model on one batch again and again."""
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(times):
        model(batch).argmax(1)
    torch.cuda.synchronize()
    return times * len(batch) / (time.perf_counter() - start)


def run_fed(torch, model, source, textures: str) -> float:
    """Images/s of the model on everything that a sweep gives."""
    torch.cuda.synchronize()
    start, count = time.perf_counter(), 0
    options = {
        "device": "cuda",
        "dtype": "bfloat16",
        "channels_last": True,
        "textures": textures,
        "batch_size": speed.BATCH,
    }
    with ce.sweep(source, "imagenet-c", **options) as batches:
        for batch in batches:
            model(batch.images).argmax(1)
            count += len(batch.images)
    torch.cuda.synchronize()
    return count / (time.perf_counter() - start)
