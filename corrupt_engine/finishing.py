"""From a decoded batch to a finished tensor: corrupted, normalised, in the wanted type and layout. The host's form."""

from collections.abc import Sequence
from typing import Any, Protocol

from .buffers import Buffers
from .catalogue import Condition
from .normalising import write_packed, write_planes
from .output import Output
from .recipe import Batch, Settings
from .threads import Threads, portions


class Finisher(Protocol):
    """Makes tensors of decoded batches."""

    def finish(self, batch: Batch, conditions: Sequence[Condition], settings: Settings) -> Any:
        """uint8 (N, H, W, C) -> corrupt -> a tensor (N, C, H, W), or something whose `take_over()` gives it."""


class HostFinisher:
    """A few pictures at a time, so that they stay in the processor's cache from the corruption to their planes."""

    def __init__(self, output: Output, threads: Threads, buffers: Buffers) -> None:
        self.output, self.threads, self.buffers = output, threads, buffers

    def finish(self, batch: Batch, conditions: Sequence[Condition], settings: Settings) -> Any:
        """As `Finisher`: a torch tensor."""
        import torch

        count, height, width, channels = batch.images.shape
        output = self.output
        tables = output.tables(channels)
        shape = (count, height, width, channels) if output.channels_last else (count, channels, height, width)
        words = self.buffers.empty(shape, tables.dtype)
        write = write_packed if output.channels_last else write_planes

        parts = portions(conditions, height * width * channels, self.threads.count)

        def some(k: int) -> None:
            part = parts[k]
            pictures = batch.images[part]
            if not batch.corrupted:
                pictures = settings.apply(pictures, batch.ids[part], conditions[part.start], threads=1)
            write(pictures, words[part], tables)

        self.threads.map(some, len(parts))
        kind = torch.uint8 if output.mean is None else getattr(torch, output.dtype)
        # torch knows no arithmetic on unsigned words, so they change hands as signed ones.
        result = torch.from_numpy(words.view(f"i{tables.itemsize}") if tables.itemsize > 1 else words).view(kind)
        result = result.permute(0, 3, 1, 2) if output.channels_last else result
        return result.pin_memory() if output.pin_memory else result


def make_finisher(output: Output, threads: Threads, buffers: Buffers, keep: bool = False) -> Finisher:
    """The finisher for a device. keep: a device keeps every batch that it is given, because each comes again."""
    if output.device == "cpu":
        return HostFinisher(output, threads, buffers)
    from .device_finishing import DeviceFinisher

    return DeviceFinisher(output, keep)


def taken(images: Any) -> Any:
    """The tensor, ready for the stream that is current where it is received."""
    return images.take_over() if hasattr(images, "take_over") else images
