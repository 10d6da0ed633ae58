"""The sweep feeding a model of ResNet-50's size in bfloat16, beside the model alone on a batch that is already there.

The images are JPEG files, decoded by whatever the loader chooses, so that the question is the user's own: does making
the 75 conditions keep a model waiting? Alone and fed alternate, and each counts by its median.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import corrupt_engine as ce

from . import speed
from .result import Check
from .ways import jpeg_files

CONDITIONS = 76
FILES = 512


def feeding(check: Check) -> Iterator[dict[str, Any]]:
    """A row a round, the first of which compiles and lets the clocks rise; then the medians and their share."""
    import torch

    from .resnet50 import resnet50

    model = resnet50().cuda().eval().to(torch.bfloat16, memory_format=torch.channels_last)
    batch = torch.zeros((speed.BATCH, 3, speed.SIDE, speed.SIDE), dtype=torch.bfloat16, device="cuda")
    batch = batch.contiguous(memory_format=torch.channels_last)
    rounds: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        files = jpeg_files(Path(folder), FILES)
        while not check.over() and len(rounds) < 5:
            alone = run_alone(torch, model, batch, CONDITIONS)
            rounds.append((alone, run_fed(torch, model, files, check.textures)))
            yield {"alone": rounds[-1][0], "fed": rounds[-1][1]}
    counted = rounds[1:] or rounds
    by_itself, with_sweep = (statistics.median(values) for values in zip(*counted, strict=True))
    share = with_sweep / by_itself
    print(f"  ResNet-50 in bf16: alone {by_itself:,.0f} images/s, fed {with_sweep:,.0f} ({share:.1%})", flush=True)
    yield {"median": True, "alone": by_itself, "fed": with_sweep, "share": share}


def run_alone(torch: Any, model: Any, batch: Any, times: int) -> float:
    """Images/s of the model on one batch again and again."""
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(times):
        model(batch).argmax(1)
    torch.cuda.synchronize()
    return float(times * len(batch) / (time.perf_counter() - start))


def run_fed(torch: Any, model: Any, files: Any, textures: str) -> float:
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
    with ce.sweep(files, "imagenet-c", **options) as batches:
        for batch in batches:
            model(batch.images).argmax(1)
            count += len(batch.images)
    torch.cuda.synchronize()
    return count / (time.perf_counter() - start)
