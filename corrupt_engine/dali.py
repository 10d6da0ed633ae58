"""A node for your own DALI pipelines: `corrupt(images, ids, corruption=..., severity=..., seed=...)`, on the CPU and on the GPU.

from nvidia.dali import fn, pipeline_def
from corrupt_engine.dali import corrupt

@pipeline_def(batch_size=64, num_threads=4, device_id=None)
def pipeline(files):
encoded, ids = fn.readers.file(files=files, labels=list(range(len(files))))
images = fn.decoders.image(encoded)
images = fn.crop(fn.resize(images, resize_shorter=256), crop=(224, 224))
images = corrupt(images, ids, corruption="fog", severity=3)
return fn.crop_mirror_normalize(images, mean=[123.7, 116.3, 103.5], std=[58.4, 57.1, 57.4], dtype=types.FLOAT), ids
"""

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from .catalogue import check_severity, corruptions, find_corruption
from .corrupting import Plan, batch_shape, corrupt_array, corrupt_list
from .cuda import on_device
from .errors import ImageError, MissingExtraError, OptionError
from .options import check_integer
from .threads import map_threads


def corrupt(
    images: Any,
    ids: Any,
    *,
    corruption: Any,
    severity: Any = 3,
    seed: int = 0,
    trial: int = 0,
    variant: str | None = None,
    as_stored: bool = False,
    textures: str = "published",
    threads: int | None = None,
) -> Any:
    """A DALI node that corrupts every sample; the bytes are those of `corrupt_engine.corrupt` for the same image and id.

    On the CPU the samples of a batch are corrupted by compiled functions on several threads, without Python's lock. On the
    GPU (images on device "gpu") they are corrupted as CuPy arrays on DALI's own stream, those of one size together. The ids
    are then read back to the host, a few bytes a batch.

    Args:
        images: a node of uint8 samples (H, W, 1 or 3), of any sizes.
        ids: a node of integers, one a sample: its index in the data set. DALI's readers give none; hand them the indices as labels.
        corruption: a name, or a node of integers, one a sample: positions in `corrupt_engine.corruptions()`, -1 for none.
        severity: a number from 0 to 5, or a node of numbers, one a sample.
        seed: as for `corrupt_engine.corrupt`.
        trial: likewise.
        variant: likewise.
        as_stored: likewise.
        textures: likewise.
        threads: on the CPU at most this many threads; default the number of processors.

    Returns:
        A node of uint8 samples of the same shapes on the same device.

    Raises:
        UnknownNameError, SeverityError, OptionError, MissingExtraError, MissingTexturesError: while the pipeline is defined;
        a wrong value inside a node is raised by the pipeline's run, as DALI's RuntimeError.
    """
    try:
        fn: Any = importlib.import_module("nvidia.dali.fn")
    except ImportError as error:
        raise MissingExtraError("NVIDIA DALI", "dali") from error
    node = type(images)
    options = {"seed": check_integer("seed", seed), "trial": check_integer("trial", trial), "variant": variant, "as_stored": as_stored}
    fixed: dict[str, Any] = {"corruption": None if isinstance(corruption, node) else find_corruption(corruption).name}
    fixed["severity"] = None if isinstance(severity, node) else check_severity(severity)
    work = _Work(fixed, {**options, "textures": textures}, threads)
    if None not in fixed.values():
        work.plan(fixed["corruption"], fixed["severity"])
    inputs = [ids, *(given for given, value in zip((corruption, severity), fixed.values(), strict=True) if value is None)]
    gpu = images.device == "gpu"
    if gpu:
        inputs = [value.gpu() for value in inputs]
    layout = {"output_layouts": "HWC"}
    return fn.python_function(images, *inputs, function=work, batch_processing=True, device=images.device, **layout)


class _Work:
    """What a batch goes through. It holds no pipeline, as DALI asks."""

    def __init__(self, fixed: dict[str, Any], options: dict[str, Any], threads: int | None) -> None:
        self.fixed, self.options, self.threads = fixed, options, threads
        self.names = tuple(corruptions())
        self._plans: dict[tuple[str, float], Plan] = {}

    def plan(self, corruption: str, severity: float) -> Plan:
        """The plan of a condition, made once."""
        key = corruption, severity
        if key not in self._plans:
            self._plans[key] = Plan.of(corruption, severity, **self.options)
        return self._plans[key]

    def __call__(self, images: list[Any], ids: list[Any], *varying: list[Any]) -> list[Any]:
        numbers = np.array([int(value) for value in _on_host(ids)], np.int64)
        given = [_on_host(values) for values in varying]
        names, levels = ([self.fixed[key]] * len(images) for key in ("corruption", "severity"))
        if self.fixed["corruption"] is None:
            names = [self.name(value) for value in given.pop(0)]
        if self.fixed["severity"] is None:
            levels = [check_severity(float(value)) for value in given.pop(0)]
        conditions = [None if name is None else (name, level) for name, level in zip(names, levels, strict=True)]
        if images and on_device(images[0]):
            return self.in_groups(images, numbers, conditions)

        def one(k: int) -> Any:
            image, condition = _checked(images[k]), conditions[k]
            if condition is None:
                return image
            return corrupt_array(self.plan(*condition), image, (1, *image.shape), numbers[k : k + 1], threads=1)

        return map_threads(one, len(images), self.threads)

    def in_groups(self, images: list[Any], ids: np.ndarray, conditions: Sequence[tuple[str, float] | None]) -> list[Any]:
        """On a device: all samples of one condition together."""
        results = [_checked(image) for image in images]
        for condition in dict.fromkeys(conditions):
            if condition is None:
                continue
            members = [k for k, other in enumerate(conditions) if other == condition]
            done = corrupt_list(self.plan(*condition), [images[k] for k in members], ids[members], threads=None)
            for k, result in zip(members, done, strict=True):
                results[k] = result
        return results

    def name(self, value: Any) -> str | None:
        """The corruption at a position of the list, None for -1."""
        position = int(value)
        if not -1 <= position < len(self.names):
            raise OptionError(f"corruption number {position} does not exist; allowed are 0 to {len(self.names) - 1}, and -1 for none")
        return None if position == -1 else self.names[position]


def _checked(image: Any) -> Any:
    if image.ndim != 3 or image.shape[2] not in (1, 3):
        raise ImageError(f"a sample has shape {tuple(image.shape)}; (H, W, 1 or 3) is needed, before any transposition to CHW")
    batch_shape(image)
    return image


def _on_host(values: list[Any]) -> list[Any]:
    """One number a sample; from a device with one copy for the batch."""
    if values and on_device(values[0]):
        import cupy

        return list(cupy.asnumpy(cupy.stack([value.reshape(-1)[0] for value in values])))
    return [value.reshape(-1)[0] for value in values]
