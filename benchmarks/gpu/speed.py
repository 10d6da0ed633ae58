"""How fast each condition is on the device: batches of 256 at 224 x 224, timed by the device's own events.

A condition is run `RUNS` times between two events, all launches included, after a warm-up that compiles and uploads
tables; the median of `GROUPS` such groups counts. Bytes are the least there could be, the batch read once and written
once, so the share of the copy bandwidth says how far a corruption is from costing no more than a copy.
"""

import statistics
import time
from collections import defaultdict

import numpy as np

import corrupt_engine as ce
from corrupt_engine.catalogue import Condition
from corrupt_engine.transforms.corrupt import Settings
from tests.golden_files import golden_image

BATCH, SIDE = 256, 224
RUNS, GROUPS = 3, 5


def milliseconds(cupy, work, runs=RUNS, groups=GROUPS):
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


def copy_bandwidth(cupy) -> float:
    """GB/s of a copy of 2 GiB on the device, read and written bytes counted."""
    src = cupy.zeros(1 << 31, np.uint8)
    dst = cupy.empty_like(src)
    time_ms, _ = milliseconds(cupy, lambda: cupy.copyto(dst, src))
    return 2 * src.nbytes / time_ms / 1e6


def photographs(cupy):
    """(256, 224, 224, 3) uint8 on the device: two photographs, turned and shifted."""
    pair = [golden_image("inputs/cat_224.png"), golden_image("inputs/astronaut_224.png")]
    images = [np.roll(np.rot90(pair[n % 2], n % 4), 7 * n, axis=1) for n in range(BATCH)]
    return cupy.asarray(np.stack(images))


def kernel_times(cupy, work) -> dict[str, float]:
    """Milliseconds by kernel name of one work()."""
    from corrupt_engine.kernels.cuda import device

    launch, marks = device.CudaDevice._launch, []

    def timed(self, kernel, *args):
        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        begin.record()
        launch(self, kernel, *args)
        end.record()
        marks.append((kernel.name, begin, end))

    device.CudaDevice._launch = timed
    try:
        work()
    finally:
        device.CudaDevice._launch = launch
    cupy.cuda.Device().synchronize()
    total = defaultdict(float)
    for name, begin, end in marks:
        total[name] += cupy.cuda.get_elapsed_time(begin, end)
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def conditions(cupy, textures: str, seconds: float) -> list[dict]:
    """A row for every corruption and severity; stops adding rows when `seconds` are over."""
    from corrupt_engine.kernels.cuda.device import current_ops

    src = photographs(cupy)
    dst, ids, ops = cupy.empty_like(src), np.arange(BATCH), current_ops()
    deadline, rows = time.monotonic() + seconds, []
    for name in (*ce.corruptions("imagenet-c"), *ce.corruptions("imagenet-c-extra")):
        for severity in (1, 2, 3, 4, 5):
            if time.monotonic() > deadline:
                return rows
            condition = Settings(textures=textures).prepare(Condition(name, severity))

            def work(condition=condition):
                condition.run(ops, src, dst, ids)

            on_device, on_host = milliseconds(cupy, work)
            gigabytes = 2 * src.nbytes / on_device / 1e6
            row = {"corruption": name, "severity": severity, "ms": on_device, "host_ms": on_host}
            rows.append(
                {
                    **row,
                    "images_per_s": 1000 * BATCH / on_device,
                    "gb_per_s": gigabytes,
                    "kernels_ms": kernel_times(cupy, work),
                }
            )
    return rows
