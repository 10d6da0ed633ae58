"""`corrupt()`: one condition on arrays in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .catalogue import check_severity, find_corruption, find_table
from .cuda import empty_like, library_of, on_device, run_on_device, stacked
from .errors import ImageError, OptionError, UnknownNameError
from .options import check_integer
from .textures import TEXTURES, texture_asset
from .threads import map_threads, portions, thread_count

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
        images: uint8, (H, W), (H, W, 1) or (H, W, 3), a batch (N, H, W, 1 or 3), or a list of images of any
            sizes. NumPy, CuPy or torch; on a CUDA device the work is done there, on the stream that the library uses at the moment.
        corruption: a name of `corruptions()`.
        severity: 0 (no change) to 5; between whole numbers the parameters are interpolated.
        seed: any integer; with ids and trial it fixes all that is random.
        ids: the sample id of each image (an int, or N of them): its index in the data set. Default 0, 1, 2, ...
        trial: the number of a repetition with other draws.
        variant: the published variant whose severity table is used, such as "imagenet-c" or "cifar-10-c". Default by the
            shorter side: up to 40 pixels the 32 table, up to 96 the 64 table, else the 224 table.
        as_stored: add the JPEG-85 4:2:0 stage of the published copies (the CIFAR variants were stored without one).
        textures: "published" for frost's photographs, or "procedural" for a stand-in that must not be published from.
        threads: on the CPU at most this many threads; default the number of processors.

    Raises:
        UnknownNameError, SeverityError, ImageError: for what is wrong with the arguments.
        MissingTexturesError: frost was asked for and its photographs are not installed.
        DeviceError, MissingExtraError: the images are on a device on which the kernels cannot run.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261).

    >>> batch = np.zeros((2, 32, 32, 3), np.uint8)
    >>> both = corrupt(batch, "gaussian_noise", severity=2.5, seed=1, ids=[7, 8])
    >>> bool((both[1] == corrupt(batch[1], "gaussian_noise", severity=2.5, seed=1, ids=8)).all())
    True
    """
    plan = Plan.of(corruption, severity, seed=seed, trial=trial, variant=variant, as_stored=as_stored, textures=textures)
    if isinstance(images, (list, tuple)):
        return corrupt_list(plan, images, check_ids(ids, len(images)), threads)
    shape = batch_shape(images)
    return corrupt_array(plan, images, shape, check_ids(ids, shape[0]), threads)


@dataclass(frozen=True)
class Plan:
    """One condition, checked and ready to run on any device."""

    corruption: Any
    level: float
    assets: Mapping[str, Any]
    seed: int
    trial: int
    variant: str | None
    as_stored: bool

    @classmethod
    def of(cls, corruption: str, severity: float, *, seed: int, trial: int, variant: str | None, as_stored: bool, textures: str) -> "Plan":
        """Check the arguments of `corrupt()`."""
        chosen = find_corruption(corruption)
        level = check_severity(severity)
        find_table(variant, 224, 224)
        if textures not in TEXTURES:
            raise UnknownNameError("textures", textures, TEXTURES)
        assets = {name: texture_asset(textures) for name in chosen.assets} if level else {}
        return cls(chosen, level, assets, check_integer("seed", seed), check_integer("trial", trial), variant, as_stored)

    def run(self, ops: Any, src: Any, dst: Any, ids: np.ndarray) -> None:
        """dst = the condition on src: contiguous uint8 batches (N, H, W, 1 or 3) on the device of `ops`; ids (N,) int64 on the host."""
        from .kernels import engine

        table = find_table(self.variant, *src.shape[1:3])
        key: dict[str, Any] = {"severity": self.level, "table": table, "seed": self.seed, "trial": self.trial}
        engine.run(ops, self.corruption, src, dst, ids, **key, assets=self.assets)
        if self.as_stored and self.level and table != 32:
            ops.jpeg(dst, dst, STORED_QUALITY)


def corrupt_batch(plan: Plan, src: np.ndarray, dst: np.ndarray, ids: np.ndarray, threads: int | None = None) -> None:
    """A plan from one C-contiguous (N, H, W, 1 or 3) uint8 array into another; ids (N,) int64."""
    from .kernels import cpu

    parts = portions([plan] * len(src), src[:1].nbytes, thread_count(threads))

    def some(k: int) -> None:
        part = parts[k]
        # A read-only array, such as np.asarray of a PIL picture, is another type to the compiler, for which it would compile all again.
        pictures = src[part] if src.flags.writeable else src[part].copy()
        plan.run(cpu, pictures, dst[part], ids[part])

    map_threads(some, len(parts), threads)


def corrupt_array(plan: Plan, images: Any, shape: tuple[int, int, int, int], ids: np.ndarray, threads: int | None = None) -> Any:
    """A new array of the same kind, on the same device; `shape` (N, H, W, C) is how the images' own shape is read."""
    if on_device(images):
        out = empty_like(images)
        if ids.size:
            run_on_device(plan.run, images, out, ids, shape)
        return out
    torch_like = library_of(images) == "torch"
    src = np.ascontiguousarray(images.numpy() if torch_like else images).reshape(shape)
    dst = np.empty_like(src)
    corrupt_batch(plan, src, dst, ids, threads)
    result = dst.reshape(images.shape)
    if torch_like:
        import torch

        return torch.from_numpy(result)
    return result


def corrupt_list(plan: Plan, images: Sequence[Any], ids: np.ndarray, threads: int | None) -> list[Any]:
    """Images of any sizes and kinds, one by one on the host; those on a device as one batch a size."""
    shapes = [batch_shape(image) for image in images]
    for k, shape in enumerate(shapes):
        if shape[0] != 1 or len(images[k].shape) == 4:
            raise ImageError(
                f"item {k} of the list has shape {tuple(images[k].shape)}; a list holds single images, (H, W) or (H, W, 1 or 3)"
            )
    results: list[Any] = [None] * len(images)
    host: list[int] = []
    groups: dict[Any, list[int]] = {}
    for k, image in enumerate(images):
        if on_device(image):
            groups.setdefault((type(image), str(image.device), tuple(image.shape)), []).append(k)
        else:
            host.append(k)

    def one(i: int) -> None:
        k = host[i]
        results[k] = corrupt_array(plan, images[k], shapes[k], ids[k : k + 1], threads=1)

    map_threads(one, len(host), threads)
    for members in groups.values():
        batch = stacked([images[k] for k in members])
        shape = (len(members), *shapes[members[0]][1:])
        for k, result in zip(members, corrupt_array(plan, batch, shape, ids[members]), strict=True):
            results[k] = result
    return results


def batch_shape(images: Any) -> tuple[int, int, int, int]:
    """(N, H, W, C) of any accepted array; ImageError for others."""
    library = library_of(images)
    if library not in ("torch", "cupy") and not isinstance(images, np.ndarray):
        raise ImageError(
            f"images are {type(images).__name__}; pass a NumPy or CuPy array or a torch tensor of uint8, or a list of them "
            "(from a PIL picture: np.asarray(picture))"
        )
    if library == "torch" and images.device.type not in ("cpu", "cuda"):
        raise ImageError(f"images are on device {str(images.device)!r}; corruptions run on the CPU and on CUDA: pass images.cpu()")
    # NumPy's own comparison first, .04 us: making the name of the dtype takes 2.4, a tenth of the call for a small picture.
    if images.dtype != np.uint8 and str(images.dtype).removeprefix("torch.") != "uint8":
        raise ImageError(f"images have dtype {images.dtype}; uint8 (0 to 255) is needed, before any normalisation")
    shape = tuple(images.shape)
    if len(shape) == 2:
        batch = (1, *shape, 1)
    elif len(shape) == 3 and shape[2] in (1, 3):
        batch = (1, *shape)
    elif len(shape) == 4 and shape[3] in (1, 3):
        batch = shape
    else:
        raise ImageError(
            f"images have shape {shape}; allowed are (H, W), (H, W, 1 or 3) and (N, H, W, 1 or 3), channels last "
            "(from channels first: images.permute(0, 2, 3, 1) in torch, np.moveaxis(images, -3, -1) in NumPy)"
        )
    if 0 in batch[1:]:
        raise ImageError(f"images have shape {shape}; height and width must be at least 1")
    return batch


def check_ids(ids: Any, count: int) -> np.ndarray:
    """Sample ids as (count,) int64: the given ones, or 0, 1, 2, ..."""
    if ids is None:
        return np.arange(count, dtype=np.int64)
    numbers = np.atleast_1d(np.asarray(ids))
    if numbers.dtype.kind not in "iu" or numbers.shape != (count,):
        raise OptionError(f"ids must be {count} integer(s), one an image; got {numbers.dtype} of shape {numbers.shape}")
    return numbers.astype(np.int64)
