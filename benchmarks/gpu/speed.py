"""How fast each condition is on the device, timed by the device's own events.

A condition is run `RUNS` times between two events, all launches included, after a warm-up that compiles and uploads
tables; the median of `GROUPS` such groups counts. Inputs and outputs rotate through buffers that are together larger
than the L2 cache, so that no run finds its images there. Bytes are the least there could be, the batch read once and
written once, so the share of the copy bandwidth says how far a corruption is from costing no more than a copy.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import corrupt_engine as ce
from corrupt_engine.catalogue import Condition
from corrupt_engine.transforms.corrupt import Settings
from tests.golden_files import photographs

from .result import Check

BATCH, SMALL_BATCH, SIDE = 256, 64, 224
RUNS, GROUPS = 3, 5
ROTATED = 160 << 20
"""Bytes of the buffers that inputs and outputs rotate through; an H200's L2 cache holds 50 MiB."""
COPIED = 1 << 31


def milliseconds(cupy: Any, work: Callable[[], object], runs: int = RUNS, groups: int = GROUPS) -> tuple[float, float]:
    """The median time of work() on the device, and the time the host took to enqueue it."""
    work()
    cupy.cuda.Device().synchronize()
    device, host = [], []
    for _ in range(groups):
        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        begin.record()
        start = time.perf_counter()
        for _ in range(runs):
            work()
        host.append(1000 * (time.perf_counter() - start) / runs)
        end.record()
        end.synchronize()
        device.append(cupy.cuda.get_elapsed_time(begin, end) / runs)
    return statistics.median(device), statistics.median(host)


def copy_bandwidth(check: Check) -> Iterator[dict[str, Any]]:
    """GB/s of a copy on the device, read and written bytes counted."""
    cupy = check.cupy
    src = cupy.zeros(COPIED, np.uint8)
    dst = cupy.empty(COPIED, np.uint8)
    time_ms, _ = milliseconds(cupy, lambda: cupy.copyto(dst, src))
    check.state["copy"] = 2 * src.nbytes / time_ms / 1e6
    print(f"  {check.state['copy']:,.0f} GB/s", flush=True)
    yield {"gb_per_s": check.state["copy"]}


def many(count: int = BATCH) -> np.ndarray:
    """(count, 224, 224, 3) uint8: two photographs, turned and shifted."""
    pair = photographs()
    images = [np.roll(np.rot90(pair[n % 2], n % 4), 7 * n, axis=1) for n in range(count)]
    return np.ascontiguousarray(np.stack(images)[:, :SIDE, :SIDE])


class Rotation:
    """Batches on the device, taken in turn, and as many places for results."""

    def __init__(self, cupy: Any, count: int) -> None:
        images = many(count)
        copies = max(2, -(-ROTATED // (2 * images.nbytes)))
        self.pairs = [
            (cupy.asarray(np.roll(images, k, axis=0)), cupy.empty(images.shape, np.uint8)) for k in range(copies)
        ]
        self.next = 0

    def __call__(self) -> tuple[Any, Any]:
        self.next = (self.next + 1) % len(self.pairs)
        return self.pairs[self.next]


def speed(check: Check) -> Iterator[dict[str, Any]]:
    """A row a corruption, severity and batch size; the benchmark's own conditions at 256 first."""
    yield from _rows(check, BATCH, ("imagenet-c", "imagenet-c-extra"))


def speed_of_small_batches(check: Check) -> Iterator[dict[str, Any]]:
    """The same with 64 images, where the host's part shows."""
    yield from _rows(check, SMALL_BATCH, ("imagenet-c",))


def _rows(check: Check, count: int, benchmarks: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    from corrupt_engine.kernels.cuda.device import current_ops

    cupy, ops, ids = check.cupy, current_ops(), np.arange(count)
    rotation = Rotation(cupy, count)
    predicted = check.state.get("predicted", {})
    copy = check.state.get("copy")
    settings = Settings(textures=check.textures)
    for severity in (3, 5, 1, 4, 2):  # what is not reached in time is spread over the corruptions
        for name in (name for benchmark in benchmarks for name in ce.corruptions(benchmark)):
            if check.over():
                return
            condition = settings.prepare(Condition(name, severity))

            def work(condition: Any = condition) -> None:
                src, dst = rotation()
                condition.run(ops, src, dst, ids)

            row: dict[str, Any] = {"corruption": name, "severity": severity, "batch": count}
            pool = cupy.get_default_memory_pool()
            pool.free_all_blocks()
            before = pool.total_bytes()
            row["ms"], row["host_ms"] = milliseconds(cupy, work)
            row["working_mib"] = round((pool.total_bytes() - before) / 2**20, 1)
            row["images_per_s"] = 1000 * count / row["ms"]
            row["gb_per_s"] = 2 * rotation.pairs[0][0].nbytes / row["ms"] / 1e6
            if copy:
                row["share_of_copy"] = row["gb_per_s"] / copy
            if forecast := predicted.get(f"{name} {severity}"):
                row["predicted_images_per_s"] = forecast
            row["kernels_ms"] = kernel_times(cupy, work)
            print(
                f"  {name:18s} {severity} x {count}: {row['images_per_s']:11,.0f} images/s"
                f"{f', predicted {forecast:11,.0f}' if forecast else ''}, host {row['host_ms']:.3f} ms",
                flush=True,
            )
            yield row


def kernel_times(cupy: Any, work: Callable[[], object]) -> dict[str, float]:
    """Milliseconds by kernel of one work()."""
    from corrupt_engine.kernels.cuda.device import CudaDevice

    launch, marks = CudaDevice.launch, []

    def timed(self: Any, kernel: Any, *args: Any) -> None:
        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        begin.record()
        launch(self, kernel, *args)
        end.record()
        marks.append((kernel.name, begin, end))

    CudaDevice.launch = timed  # type: ignore[method-assign]
    try:
        work()
    finally:
        CudaDevice.launch = launch  # type: ignore[method-assign]
    cupy.cuda.Device().synchronize()
    total: dict[str, float] = defaultdict(float)
    for name, begin, end in marks:
        total[name] += cupy.cuda.get_elapsed_time(begin, end)
    return dict(sorted(total.items(), key=lambda item: -item[1]))
