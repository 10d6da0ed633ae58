"""The host: NumPy arrays and torch tensors in its memory, the kernels as compiled loops on threads."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..kernels import loaded
from ..runtime.threads import map_threads, portions
from .device import Device, OnBatch, Shape, library_of


class Cpu(Device):
    """The host."""

    kind, title = "cpu", "CPU"
    on_host = True

    @property
    def name(self) -> str:
        """There is but one."""
        return self.kind

    @classmethod
    def find(cls, index: int | None) -> "Cpu":
        """The host can always be used."""
        return cls()

    @classmethod
    def owns(cls, array: Any) -> bool:
        """Whether this is a NumPy array, or a torch tensor in the host's memory."""
        return isinstance(array, np.ndarray) or (library_of(array) == "torch" and array.device.type == cls.kind)

    @classmethod
    def generators(cls) -> list[Any]:
        """torch's one."""
        import torch

        return [torch.get_rng_state()]

    @classmethod
    def set_generators(cls, states: list[Any]) -> None:
        """See `Device.set_generators`."""
        import torch

        torch.set_rng_state(states[0])

    def apply(
        self,
        run: OnBatch,
        images: Any,
        shape: Shape,
        ids: np.ndarray | None,
        threads: int,
        beside: np.ndarray | None = None,
    ) -> Any:
        """See `Device.apply`; a few images at a time, each on one thread."""
        src = _on_host(images).reshape(shape)
        dst = np.empty(shape, np.uint8)
        apply_in_parts(run, src, dst, ids, threads, *([] if beside is None else [beside]))
        result = dst.reshape(images.shape)
        if not isinstance(images, np.ndarray):
            import torch

            return torch.from_numpy(result)
        return result

    def stack(self, images: Sequence[Any]) -> Any:
        """As np.stack, or torch.stack."""
        if library_of(images[0]) == "torch":
            import torch

            return torch.stack(list(images))
        return np.stack(images)

    def content_ids(self, images: Any, shape: Shape, threads: int) -> np.ndarray:
        """See `Device.content_ids`."""
        src = _on_host(images).reshape(shape)
        ids = np.empty(shape[0], np.int64)

        def some(part: slice) -> None:
            ids[part] = _ids_of(_writeable(src[part]))

        in_parts(some, src, threads)
        return ids

    def numbers(self, values: Sequence[Any]) -> list[Any]:
        """The first number of each."""
        return [value.reshape(-1)[0] for value in values]


def _on_host(images: Any) -> np.ndarray:
    """Images of NumPy's or torch's as a contiguous array, the same memory where it is one."""
    return np.ascontiguousarray(images if isinstance(images, np.ndarray) else images.numpy())


def _writeable(images: np.ndarray) -> np.ndarray:
    """The same, copied where it is read-only, such as np.asarray of a PIL image: that is another type to the compiler,
    for which it would compile all again.
    """
    return images if images.flags.writeable else images.copy()


def _ids_of(images: np.ndarray) -> np.ndarray:
    """The sample ids (N,) int64 that contiguous images (N, H, W, C) make."""
    ids = np.empty(len(images), np.int64)
    loaded("content").image_ids(images.reshape(len(images), -1), *images.shape[1:], ids)
    return ids


def in_parts(work: Callable[[slice], None], src: np.ndarray, threads: int) -> None:
    """`work` on images (N, H, W, C) in parts that stay in a processor's cache, each on one thread."""
    parts = portions([None] * len(src), src[:1].nbytes, threads)
    map_threads(lambda k: work(parts[k]), len(parts), threads)


def apply_in_parts(
    run: OnBatch, src: np.ndarray, dst: np.ndarray, ids: np.ndarray | None, threads: int, *beside: np.ndarray
) -> None:
    """`run` from one C-contiguous (N, H, W, C) uint8 array into another, in parts that stay in a processor's cache.

    Ids that the images make are made part by part as well: as a step of its own before, on two threads, they took .5 ms
    of the 5 to 10 that 32 images took, most of it for waking a thread and waiting for the last.
    """
    cpu = loaded("cpu")
    if len(src) == 1:  # without what only several need: see `corrupt`
        image = _writeable(src)
        run(cpu, image, dst, _ids_of(image) if ids is None else ids, *beside)
        return

    def some(part: slice) -> None:
        images = _writeable(src[part])
        own = _ids_of(images) if ids is None else ids[part]
        run(cpu, images, dst[part], own, *(rows[part] for rows in beside))

    in_parts(some, src, threads)
