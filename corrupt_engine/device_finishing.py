"""From a decoded batch to a finished tensor on a CUDA device: uploaded once, then corrupted and normalised there.

The work goes to a stream of its own, so that the next batch, or the next condition, is made while a model computes on this one.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .catalogue import CLEAN, Condition
from .cuda import normalise_on_device
from .output import Output
from .recipe import Batch, Settings


class Pending:
    """A tensor that a stream is still making."""

    def __init__(self, tensor: Any, done: Any) -> None:
        self.tensor, self.done = tensor, done

    def take_over(self) -> Any:
        """The tensor, for work on the stream that is current now: that stream waits, the host does not."""
        import torch

        stream = torch.cuda.current_stream(self.tensor.device)
        stream.wait_event(self.done)
        self.tensor.record_stream(stream)
        return self.tensor


class DeviceFinisher:
    """Finishes whole batches on a device.

    Args:
        output: what the tensors look like, and where they are.
        keep: keep every batch's pictures on the device, for when the same batch comes again under another condition; without, the
            last batch is kept.
    """

    def __init__(self, output: Output, keep: bool = False) -> None:
        import torch

        self.output, self.keep = output, keep
        self.stream: Any = torch.cuda.Stream(torch.device(output.device))  # type: ignore[no-untyped-call]
        self._uploaded: dict[int, tuple[Batch, Any]] = {}

    def finish(self, batch: Batch, conditions: Sequence[Condition], settings: Settings) -> Pending:
        """uint8 (N, H, W, C) -> corrupt -> a tensor (N, C, H, W) on the device, still in the making."""
        import torch

        with torch.cuda.stream(self.stream):
            pictures = self._upload(batch)
            if not batch.corrupted:
                pictures = corrupt_groups(pictures, batch.ids, conditions, settings)
            result = self.output.empty(tuple(pictures.shape))
            normalise_on_device(pictures, self.output.words(result), self.output.tables(pictures.shape[3]), not self.output.channels_last)
            done = torch.cuda.Event()  # type: ignore[no-untyped-call]
            done.record(self.stream)
        return Pending(result, done)

    def _upload(self, batch: Batch) -> Any:
        import torch

        kept = self._uploaded.get(id(batch))
        if kept is None:
            if not self.keep:
                self._uploaded.clear()
            if isinstance(batch.images, np.ndarray):
                # torch's page-locked memory is not given out again before the copy from it has ended.
                pictures = torch.from_numpy(np.ascontiguousarray(batch.images)).pin_memory().to(self.output.device, non_blocking=True)
            else:
                pictures = batch.images  # decoded there
            kept = self._uploaded[id(batch)] = (batch, pictures)
        return kept[1]


def corrupt_groups(pictures: Any, ids: np.ndarray, conditions: Sequence[Condition], settings: Settings) -> Any:
    """Pictures (N, H, W, C), each under its own condition; those of one condition together."""
    groups: dict[Condition, list[int]] = {}
    for n, condition in enumerate(conditions):
        groups.setdefault(condition, []).append(n)
    if len(groups) == 1:
        return settings.apply(pictures, ids, conditions[0])
    result = pictures.clone()
    for condition, members in groups.items():
        if condition.corruption != CLEAN.corruption:
            result[members] = settings.apply(pictures[members], ids[members], condition)
    return result
