"""The host: NumPy arrays and torch tensors in its memory, the kernels as compiled loops on threads."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

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
        self, run: OnBatch, images: Any, shape: Shape, ids: np.ndarray, threads: int, beside: np.ndarray | None = None
    ) -> Any:
        """See `Device.apply`; a few images at a time, each on one thread."""
        torch_like = not isinstance(images, np.ndarray) and library_of(images) == "torch"
        src = np.ascontiguousarray(images.numpy() if torch_like else images).reshape(shape)
        dst = np.empty_like(src)
        apply_in_parts(run, src, dst, ids, threads, *([] if beside is None else [beside]))
        result = dst.reshape(images.shape)
        if torch_like:
            import torch

            return torch.from_numpy(result)
        return result

    def stack(self, images: Sequence[Any]) -> Any:
        """As np.stack, or torch.stack."""
        if library_of(images[0]) == "torch":
            import torch

            return torch.stack(list(images))
        return np.stack(images)

    def content_sums(self, images: Any, shape: Shape, threads: int) -> np.ndarray:
        """See `Device.content_sums`."""
        from ..kernels.content import sum_words, words_of

        array = np.ascontiguousarray(images.numpy() if library_of(images) == "torch" else images).reshape(shape)
        if not array.flags.writeable:  # another type to the compiler, as in `apply_in_parts`
            array = array.copy()
        sums = np.empty(len(array), np.uint64)
        parts = portions([None] * len(array), array[:1].nbytes, threads)
        map_threads(lambda k: sum_words(words_of(array[parts[k]]), sums[parts[k]]), len(parts), threads)
        return sums

    def numbers(self, values: Sequence[Any]) -> list[Any]:
        """The first number of each."""
        return [value.reshape(-1)[0] for value in values]


@functools.cache
def _primitives() -> Any:
    """The module of the primitives, imported when it is first needed."""
    from ..kernels import cpu

    return cpu


def apply_in_parts(
    run: OnBatch, src: np.ndarray, dst: np.ndarray, ids: np.ndarray, threads: int, *beside: np.ndarray
) -> None:
    """`run` from one C-contiguous (N, H, W, C) uint8 array into another, in parts that stay in a processor's cache."""
    cpu = _primitives()

    def some(part: slice) -> None:
        # A read-only array, such as np.asarray of a PIL image, is another type to the compiler, for which it would
        # compile all again.
        images = src[part] if src.flags.writeable else src[part].copy()
        run(cpu, images, dst[part], ids[part], *(rows[part] for rows in beside))

    if len(src) == 1:  # without what only several need: see `corrupt`
        some(slice(1))
        return
    parts = portions([None] * len(src), src[:1].nbytes, threads)
    map_threads(lambda k: some(parts[k]), len(parts), threads)
