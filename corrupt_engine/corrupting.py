"""`corrupt()`: one condition on arrays in memory."""

import functools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

from .catalogue import check_severity, find_corruption, find_table
from .errors import ImageError, OptionError, UnknownNameError
from .options import check_count, check_integer
from .textures import TEXTURES, texture_asset

T = TypeVar("T")
STORED_QUALITY = 85
"""JPEG quality of the published copies of ImageNet-C, 4:2:0 (spec: Hendrycks and Dietterich's generation scripts)."""


def corrupt(
    images: Any,
    corruption: str,
    severity: float = 3,
    *,
    seed: int = 0,
    ids: Any = None,
    trial: int = 0,
    variant: str | None = None,
    as_stored: bool = False,
    textures: str = "published",
    threads: int | None = None,
) -> Any:
    """Corrupt one image, a batch, or a list of images of any sizes; what comes back is of the same kind and shape.

    The bytes depend on (image, sample id, corruption, severity, seed, trial) and the severity table, and on nothing else:
    not on the batch, the order or the number of threads.

    Args:
        images: uint8, (H, W), (H, W, 1) or (H, W, 3), a batch (N, H, W, 1 or 3), or a list of images. NumPy or torch (CPU).
        corruption: a name of `corruptions()`.
        severity: 0 (no change) to 5; between whole numbers the parameters are interpolated.
        seed: any integer; with ids and trial it fixes all that is random.
        ids: the sample id of each image (an int, or N of them): its index in the data set. Default 0, 1, 2, ...
        trial: the number of a repetition with other draws.
        variant: the published variant whose severity table is used, such as "imagenet-c" or "cifar-10-c". Default by the
            shorter side: up to 40 pixels the 32 table, up to 96 the 64 table, else the 224 table.
        as_stored: add the JPEG-85 4:2:0 stage of the published copies (the CIFAR variants were stored without one).
        textures: "published" for frost's photographs, or "procedural" for a stand-in that must not be published from.
        threads: at most this many threads; default the number of processors.

    Raises:
        UnknownNameError, SeverityError, ImageError: for what is wrong with the arguments.
        MissingTexturesError: frost was asked for and its photographs are not installed.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261).

    >>> batch = np.zeros((2, 32, 32, 3), np.uint8)
    >>> both = corrupt(batch, "gaussian_noise", severity=2.5, seed=1, ids=[7, 8])
    >>> bool((both[1] == corrupt(batch[1], "gaussian_noise", severity=2.5, seed=1, ids=8)).all())
    True
    """
    settings: dict[str, Any] = {
        "severity": severity,
        "seed": seed,
        "trial": trial,
        "variant": variant,
        "as_stored": as_stored,
        "textures": textures,
    }
    if isinstance(images, (list, tuple)):
        numbers = check_ids(ids, len(images))
        return map_threads(lambda i: corrupt(images[i], corruption, ids=int(numbers[i]), threads=1, **settings), len(images), threads)
    kind, src = to_batch(images)
    numbers = check_ids(ids, len(src))
    dst = np.empty_like(src)
    corrupt_batch(src, dst, numbers, corruption, threads=threads, **settings)
    return kind(dst)


def corrupt_batch(
    src: np.ndarray,
    dst: np.ndarray,
    ids: np.ndarray,
    corruption: str,
    severity: float,
    *,
    seed: int = 0,
    trial: int = 0,
    variant: str | None = None,
    as_stored: bool = False,
    textures: str = "published",
    threads: int | None = None,
) -> None:
    """`corrupt()` from one C-contiguous (N, H, W, 1 or 3) uint8 array into another; ids (N,) int64."""
    chosen = find_corruption(corruption)
    level = check_severity(severity)
    table = find_table(variant, *src.shape[1:3])
    if textures not in TEXTURES:
        raise UnknownNameError("textures", textures, TEXTURES)
    assets = {name: texture_asset(textures) for name in chosen.assets} if level else {}
    check_integer("seed", seed)
    check_integer("trial", trial)
    from .kernels import cpu, engine

    def one(n: int) -> None:
        # Image by image on the host: what a corruption passes from step to step then stays in the second-level cache.
        part = slice(n, n + 1)
        engine.run(
            cpu, chosen, src[part], dst[part], ids[part], severity=level, table=table, seed=int(seed), trial=int(trial), assets=assets
        )
        if as_stored and level and table != 32:
            cpu.jpeg(dst[part].copy(), dst[part], STORED_QUALITY)

    map_threads(one, len(src), threads)


def to_batch(images: Any) -> tuple[Callable[[np.ndarray], Any], np.ndarray]:
    """Any accepted array as a contiguous (N, H, W, C) uint8 batch, and the function that brings a batch back to its kind."""
    torch_like = type(images).__module__.partition(".")[0] == "torch"
    if torch_like and images.device.type != "cpu":
        raise ImageError(f"images are on device {str(images.device)!r}; only the CPU is supported so far: pass images.cpu()")
    if type(images).__module__.partition(".")[0] == "cupy":
        raise ImageError("images are a CuPy array; only the CPU is supported so far: pass cupy.asnumpy(images)")
    if not torch_like and not isinstance(images, np.ndarray):
        raise ImageError(
            f"images are {type(images).__name__}; pass a NumPy array or torch tensor of uint8, or a list of them (np.asarray(picture))"
        )
    array = images.numpy() if torch_like else images
    if array.dtype != np.uint8:
        raise ImageError(f"images have dtype {array.dtype}; uint8 (0 to 255) is needed, before any normalisation")
    shape = array.shape
    if len(shape) == 2:
        batch = array[None, :, :, None]
    elif len(shape) == 3 and shape[2] in (1, 3):
        batch = array[None]
    elif len(shape) == 4 and shape[3] in (1, 3):
        batch = array
    else:
        raise ImageError(
            f"images have shape {tuple(shape)}; allowed are (H, W), (H, W, 1 or 3) and (N, H, W, 1 or 3), channels last "
            "(from channels first: images.permute(0, 2, 3, 1) in torch, np.moveaxis(images, -3, -1) in NumPy)"
        )
    if 0 in batch.shape[1:]:
        raise ImageError(f"images have shape {tuple(shape)}; height and width must be at least 1")

    def back(result: np.ndarray) -> Any:
        shaped = result.reshape(shape)
        if torch_like:
            import torch

            return torch.from_numpy(shaped)
        return shaped

    return back, np.ascontiguousarray(batch)


def check_ids(ids: Any, count: int) -> np.ndarray:
    """Sample ids as (count,) int64: the given ones, or 0, 1, 2, ..."""
    if ids is None:
        return np.arange(count, dtype=np.int64)
    numbers = np.atleast_1d(np.asarray(ids))
    if numbers.dtype.kind not in "iu" or numbers.shape != (count,):
        raise OptionError(f"ids must be {count} integer(s), one an image; got {numbers.dtype} of shape {numbers.shape}")
    return numbers.astype(np.int64)


@functools.lru_cache(maxsize=4)
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="corrupt-engine")


def map_threads(work: Callable[[int], T], count: int, threads: int | None) -> list[T]:
    """[work(0), work(1), ...] on at most `threads` threads; the pool is kept, one a process."""
    limit = processors() if threads is None else check_count("threads", threads, 1)
    if min(limit, count) <= 1:
        return [work(n) for n in range(count)]
    return list(_pool(limit, os.getpid()).map(work, range(count)))


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
