"""Decoding on the GPU: nvJPEG through DALI's "mixed" decoder, then the published geometry by the kernels' own exact
resize.

nvJPEG's pixels differ a little from those of libjpeg, which every other way of decoding gives; so this one is never
chosen by itself. What it gives is the same for every batch size and order: upsampling is the triangle filter, and no
share of the images goes to the hardware decoder, whose pixels differ again.
"""

import importlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...devices import Device, Workspace, find_device
from ...errors import DecodeError, DeviceError
from ...runtime.threads import Threads
from ...sources import EncodedSource
from ...sources.decoding import decode_bytes
from ...transforms.geometry import Geometry, Window, centre
from ..samples import Batch, Recipe, Sample, Skipped, left_out
from .dali import READ_AHEAD, Feed, blank_jpeg, read


def on_device_geometry(geometry: Geometry, ops: Any, image: Any) -> Any:
    """(1, H, W, C) uint8 on the device of `ops` to (1, H', W', C), contiguous: the bytes of `geometry(image)`."""
    if geometry.crop_first is not None:
        image = cropped(ops, image, geometry.kept_first(*image.shape[1:3]))
    height, width = geometry.resized(*image.shape[1:3])
    if (height, width) != tuple(image.shape[1:3]):
        resized = ops.empty((1, height, width, image.shape[3]), np.uint8)
        ops.pillow_resize(image, resized, "bilinear")
        image = resized
    return image if geometry.crop is None else cut_out(ops, image, *geometry.window(height, width))


def cropped(ops: Any, image: Any, kept: tuple[int, int]) -> Any:
    """The central window as a contiguous array."""
    return cut_out(ops, image, centre(tuple(image.shape[1:3]), kept))


def cut_out(ops: Any, image: Any, window: Window, padding: Any = ((0, 0), (0, 0))) -> Any:
    """A window as a contiguous array, with so many black pixels (above, below), (left, right)."""
    (top, left, bottom, right), ((above, below), (before, after)) = window, padding
    height, width = bottom - top, right - left
    out = ops.empty((1, above + height + below, before + width + after, image.shape[3]), np.uint8)
    if above or below or before or after:
        out[:] = 0
    ops.copy(image[:, top:bottom, left:right], out[:, above : above + height, before : before + width])
    return out


def build_device_pipeline(feed: Feed, batch_size: int, threads: int, device: Device) -> Any:
    """A pipeline of one decoder on a GPU, fed by `feed`."""
    dali: Any = importlib.import_module("nvidia.dali")
    importlib.import_module("nvidia.dali.fn")
    pipeline = dali.Pipeline(
        batch_size=batch_size, num_threads=threads, device_id=device.index, prefetch_queue_depth=READ_AHEAD
    )
    with pipeline:
        encoded = dali.fn.external_source(source=feed, batch=True, dtype=dali.types.UINT8, ndim=1)
        options = {
            "output_type": dali.types.RGB,
            "adjust_orientation": False,
            "jpeg_fancy_upsampling": True,
            "hw_decoder_load": 0.0,
        }
        pipeline.set_outputs(dali.fn.decoders.image(encoded, device="mixed", **options))
    try:
        pipeline.build()
    except RuntimeError as error:
        raise DeviceError(
            f"DALI {dali.__version__} cannot use {device.name} ({error}); its wheel must be for the driver's version: "
            f'{device.install}; or use decoder="cpu"'
        ) from error
    return pipeline


def device_batches(
    source: EncodedSource, plan: Sequence[Sequence[int]], recipe: Recipe, threads: Threads, name: str
) -> Iterator[Batch]:
    """The batches of `plan` with their images on the device of that name, as torch tensors (N, H, W, C) uint8.

    A batch that holds a file which DALI cannot decode is read by Pillow as a whole, which names the file.
    """
    device = find_device(name)
    done = 0
    while done < len(plan):
        rest = plan[done:]
        feed = Feed(source, rest, blank_jpeg())
        pipeline = build_device_pipeline(feed, max(map(len, rest)), max(threads.count, 1), device)
        try:
            for indices in rest:
                try:
                    (decoded,) = pipeline.run()
                    undecoded = feed.pending.popleft()
                except RuntimeError:
                    decoded, undecoded = None, [read(source, number) for number in indices]
                with (
                    device.workspace() as workspace
                ):  # whose end is awaited: DALI takes its memory back with the next run
                    batch = _finish(workspace, source, indices, undecoded, decoded, recipe)
                yield batch
                done += 1
                if decoded is None:
                    break
        finally:
            pipeline._shutdown()


def _finish(
    workspace: Workspace,
    source: EncodedSource,
    indices: Sequence[int],
    undecoded: Sequence[bytes | DecodeError | None],
    decoded: Any,
    recipe: Recipe,
) -> Batch:
    samples: list[Sample] = []
    skipped: list[Skipped] = []
    for n, index in enumerate(indices):
        data = undecoded[n]
        try:
            if isinstance(data, DecodeError):
                raise data
            image = workspace.array(decoded[n] if data is None else decode_bytes(data, source.name(index), index))
            label = source.label(index)
        except DecodeError as error:
            skipped.append(left_out(source, index, error, recipe))
            continue
        sized = on_device_geometry(recipe.geometry, workspace.ops, image[None])
        samples.append(Sample(sized, label, index))
    images: Any = np.empty((0, 1, 1, 3), np.uint8)
    if samples:
        images = workspace.tensor([sample.image for sample in samples])
    ids = np.array([sample.id for sample in samples], np.int64)
    return Batch(images, [sample.label for sample in samples], ids, tuple(skipped))
