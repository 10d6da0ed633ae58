"""How fast this machine makes each corruption."""

import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..catalogue import find_benchmark, own_variant
from ..runtime.checks import check_count
from ..transforms.corrupt import corrupt
from ..transforms.depth import stand_in


class Timing(NamedTuple):
    """The median time of one condition."""

    corruption: str
    severity: float
    milliseconds: float
    """An image."""
    images_per_second: float


def synthetic_image(size: int) -> np.ndarray:
    """A stand-in for a photograph, (size, size, 3) uint8: smooth colour, edges, a little grain; the same on every
    machine.
    """
    rows, columns = np.mgrid[0:size, 0:size] / size
    generator = np.random.Generator(np.random.PCG64(0))
    waves = np.stack(
        [
            np.sin(7 * rows + k) + np.cos(9 * columns * (k + 1)) + 0.7 * np.sign(np.sin(25 * (rows - columns)))
            for k in range(3)
        ],
        -1,
    )
    return np.clip(128 + 40 * waves + generator.normal(0, 6, (size, size, 3)), 0, 255).astype(np.uint8)


def measure(
    benchmark: str | Path = "imagenet-c",
    *,
    size: int = 224,
    batch: int = 8,
    severities: Sequence[float] | None = None,
    repeats: int = 5,
    threads: int | None = None,
    textures: str = "published",
) -> Iterator[Timing]:
    """Each condition of a benchmark on a batch of images: the median of `repeats` runs after one that is not counted.

    Args:
        benchmark: a name of `benchmarks()`, or a benchmark file of your own.
        size: side of the images.
        batch: how many images a run.
        severities: default all that each corruption has.
        repeats: runs that count.
        threads: default the number of processors.
        textures: as in `corrupt()`.

    Yields: a Timing as soon as it is measured. The first run compiles what is not yet in the cache.
    """
    images = np.repeat(synthetic_image(check_count("size", size, 1))[None], check_count("batch", batch, 1), axis=0)
    check_count("repeats", repeats, 1)
    variant = own_variant(benchmark)
    for name, levels in find_benchmark(benchmark).severities.items():
        depth = stand_in(name, images.shape, variant)
        for severity in levels if severities is None else severities:
            times = []
            for _ in range(repeats + 1):
                start = time.perf_counter()
                corrupt(images, name, severity, variant=variant, threads=threads, textures=textures, **depth)
                times.append(time.perf_counter() - start)
            median = statistics.median(times[1:])
            yield Timing(name, severity, 1000 * median / batch, batch / median)
