"""A node for your own DALI pipelines: `corrupt(images, ids, corruption=..., severity=..., seed=...)`, on the CPU and on
the GPU.

    from nvidia.dali import fn, pipeline_def, types
    from corrupt_engine.dali import corrupt

    @pipeline_def(batch_size=64, num_threads=4, device_id=None)
    def pipeline(files):
        encoded, ids = fn.readers.file(files=files, labels=list(range(len(files))))
        images = fn.decoders.image(encoded)
        images = fn.crop(fn.resize(images, resize_shorter=256), crop=(224, 224))
        images = corrupt(images, ids, corruption="fog", severity=3)
        mean, std = [123.7, 116.3, 103.5], [58.4, 57.1, 57.4]
        return fn.crop_mirror_normalize(images, mean=mean, std=std, dtype=types.FLOAT), ids
"""

import importlib
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

from ..catalogue import Condition, check_severity, corruptions
from ..devices import device_of
from ..errors import ImageError, MissingExtraError, OptionError, SeverityError
from ..runtime.checks import check_integer
from ..runtime.threads import map_threads, thread_count
from .arrays import batch_shape
from .corrupt import Conditions, Settings, corrupt_list


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
    """A DALI node that corrupts every sample; the bytes are those of `corrupt_engine.corrupt` for the same image and
    id.

    On the CPU the samples of a batch are corrupted by compiled functions on several threads, without Python's lock. On
    the GPU (images on device "gpu") they are corrupted as CuPy arrays on DALI's own stream, those of one size together.
    The ids are then read back to the host, a few bytes a batch.

    Args:
        images: a node of uint8 samples (H, W, 1 or 3), of any sizes.
        ids: a node of integers, one a sample: its index in the data set. DALI's readers give none; hand them the
            indices as labels.
        corruption: a name, or a node of integers, one a sample: positions in `corrupt_engine.corruptions()`, -1 for
            none.
        severity: a number as for `corrupt_engine.corrupt`, or a node of numbers, one a sample. One of 32 bits is the
            shortest decimal that it stands for, 2.3 as anywhere else.
        seed: as for `corrupt_engine.corrupt`.
        trial: likewise.
        variant: likewise.
        as_stored: likewise.
        textures: likewise.
        threads: on the CPU at most this many threads; default the number of processors.

    Returns:
        A node of uint8 samples of the same shapes on the same device.

    Raises:
        UnknownNameError, SeverityError, OptionError, BenchmarkError: for what is wrong with the arguments, while the
            pipeline is defined.
        MissingExtraError: DALI is not installed.
        MissingTexturesError: frost was asked for by its name and its photographs are not installed.
        RuntimeError: DALI's own, when the pipeline runs: a value inside a node is wrong.
    """
    try:
        fn: Any = importlib.import_module("nvidia.dali.fn")
    except ImportError as error:
        raise MissingExtraError("NVIDIA DALI", "dali") from error
    node = type(images)
    if not isinstance(corruption, (str, node)):
        raise OptionError(
            f"corruption {corruption!r} is a {type(corruption).__name__}; a name is needed, or, of several, a node of "
            "positions in corrupt_engine.corruptions(), one a sample"
        )
    if not isinstance(severity, (Real, node)):
        raise SeverityError(
            f"severity {severity!r} is a {type(severity).__name__}; a number is needed, or a node of numbers, one a "
            "sample, such as fn.random.uniform(range=(1, 5)) or fn.constant(fdata=2.5)"
        )
    settings = Settings(check_integer("seed", seed), variant, as_stored, textures)
    name = None if isinstance(corruption, node) else corruption
    level = None if isinstance(severity, node) else check_severity(severity)
    work = _Node(name, level, check_integer("trial", trial), settings, thread_count(threads))
    if (
        name is not None
        and level is not None
        and (needs := work.conditions.prepared(work.condition(name, level)).needs)
    ):
        raise OptionError(
            f"{name} needs {' and '.join(needs)} beside each image, which the node is not given; a CorruptLoader takes "
            "it (see corrupt_engine.sources.WithDepth)"
        )
    inputs = [ids, *(given for given, fixed in ((corruption, name), (severity, level)) if fixed is None)]
    if images.device != "cpu":
        inputs = [value.gpu() for value in inputs]
    layout = {"output_layouts": "HWC"}
    return fn.python_function(images, *inputs, function=work, batch_processing=True, device=images.device, **layout)


class _Node:
    """What a batch goes through. It holds no pipeline, as DALI asks."""

    def __init__(self, name: str | None, severity: float | None, trial: int, settings: Settings, threads: int) -> None:
        self.fixed, self.trial, self.threads = (name, severity), trial, threads
        self.names = tuple(corruptions())
        self.conditions = Conditions(settings)

    def condition(self, name: str, severity: float) -> Condition:
        """A corruption at a severity in the trial of this node."""
        return Condition(name, severity, self.trial)

    def __call__(self, images: list[Any], ids: list[Any], *varying: list[Any]) -> list[Any]:
        numbers = np.array([int(value) for value in _on_host(ids)], np.int64)
        given = [_on_host(values) for values in varying]
        name, severity = self.fixed
        names = [self.name(value) for value in given.pop(0)] if name is None else [name] * len(images)
        levels = [check_severity(value) for value in given.pop(0)] if severity is None else [severity] * len(images)
        conditions = [None if n is None else self.condition(n, s) for n, s in zip(names, levels, strict=True)]
        if images and not device_of(images[0]).on_host:
            return self.in_groups(images, numbers, conditions)

        def one(k: int) -> Any:
            image, condition = _checked(images[k]), conditions[k]
            if condition is None:
                return image
            prepared = self.conditions.prepared(condition)
            return prepared.apply(image, (1, *image.shape), numbers[k : k + 1], threads=1)

        return map_threads(one, len(images), self.threads)

    def in_groups(self, images: list[Any], ids: np.ndarray, conditions: Sequence[Condition | None]) -> list[Any]:
        """On a device: all samples of one condition together."""
        results = [_checked(image) for image in images]
        for condition in dict.fromkeys(conditions):
            if condition is None:
                continue
            members = [k for k, other in enumerate(conditions) if other == condition]
            prepared = self.conditions.prepared(condition)
            done = corrupt_list(prepared, [images[k] for k in members], ids[members], threads=1)
            for k, result in zip(members, done, strict=True):
                results[k] = result
        return results

    def name(self, value: Any) -> str | None:
        """The corruption at a position of the list, None for -1."""
        position = int(value)
        if not -1 <= position < len(self.names):
            raise OptionError(
                f"corruption number {position} does not exist; allowed are 0 to {len(self.names) - 1}, and -1 for none"
            )
        return None if position == -1 else self.names[position]


def _checked(image: Any) -> Any:
    if image.ndim != 3 or image.shape[2] not in (1, 3):
        raise ImageError(
            f"a sample has shape {tuple(image.shape)}; (H, W, 1 or 3) is needed, before any transposition to CHW"
        )
    batch_shape(image)
    return image


def _on_host(values: list[Any]) -> list[Any]:
    """One number a sample; from another device with one copy for the batch."""
    return device_of(values[0]).numbers(values) if values else []
