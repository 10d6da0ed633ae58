"""Decoding with DALI's CPU threads.

DALI decodes; resizing is ours, because the published geometry is Pillow's: DALI's antialiased linear resize of a
512 x 512 photograph to 256 differed from it by up to 10 levels, on 17 % of the bytes. Plain JPEGs (three components,
every part in its place: `jpeg`) go to DALI, whose bytes equal Pillow's; everything else (PNG, CMYK, truncated and
damaged files) goes to Pillow in a thread, so that a file has the same outcome with every backend.
"""

import importlib
import io
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from PIL import Image

from ...errors import DecodeError
from ...runtime.threads import Threads
from ...sources import EncodedSource
from ...sources.decoding import decode_bytes
from ..samples import Batch, Recipe, Sample, Skipped, batch_of, left_out
from .jpeg import is_plain_jpeg

# batches decoded ahead; 1, 2, 3, 4 gave 368, 380, 377, 368 images/s (512 x 512 JPEGs, 2 cores): it hardly matters
READ_AHEAD = 2


class Feed:
    """Gives DALI the bytes of one batch after the other, and remembers for each what Pillow has to see to, or what it
    failed with.
    """

    def __init__(self, source: EncodedSource, plan: Sequence[Sequence[int]], blank: bytes) -> None:
        self.source, self.plan, self.blank = source, plan, np.frombuffer(blank, np.uint8)
        self.next = 0
        self.pending: deque[list[bytes | DecodeError | None]] = deque()

    def __call__(self) -> list[np.ndarray]:
        """The next batch's bytes; a blank image in the place of what DALI does not decode."""
        if self.next == len(self.plan):
            raise StopIteration
        encoded = [read(self.source, index) for index in self.plan[self.next]]
        self.next += 1
        undecoded: list[bytes | DecodeError | None] = []
        given = []
        for data in encoded:
            if isinstance(data, bytes) and is_plain_jpeg(data):
                undecoded.append(None)
                given.append(np.frombuffer(data, np.uint8))
            else:
                undecoded.append(data)
                given.append(self.blank)
        self.pending.append(undecoded)
        return given


def read(source: EncodedSource, index: int) -> bytes | DecodeError:
    """The encoded bytes, or why there are none."""
    try:
        return source.encoded(index)
    except DecodeError as error:
        return error


def build_pipeline(feed: Feed, batch_size: int, threads: int) -> Any:
    """A pipeline of one decoder on the CPU, fed by `feed`."""
    dali: Any = importlib.import_module("nvidia.dali")
    importlib.import_module("nvidia.dali.fn")

    pipeline = dali.Pipeline(
        batch_size=batch_size, num_threads=threads, device_id=None, prefetch_queue_depth=READ_AHEAD
    )
    with pipeline:
        encoded = dali.fn.external_source(source=feed, batch=True, dtype=dali.types.UINT8, ndim=1)
        pipeline.set_outputs(
            dali.fn.decoders.image(encoded, device="cpu", output_type=dali.types.RGB, adjust_orientation=False)
        )
    pipeline.build()
    return pipeline


def dali_batches(
    source: EncodedSource, plan: Sequence[Sequence[int]], recipe: Recipe, threads: Threads
) -> Iterator[Batch]:
    """The batches of `plan`, decoded by DALI and brought to size on as many threads of our own."""
    done = 0
    while done < len(plan):
        rest = plan[done:]
        feed = Feed(source, rest, blank_jpeg())
        pipeline = build_pipeline(feed, max(map(len, rest)), max(threads.count, 1))
        try:
            for indices in rest:
                try:
                    (decoded,) = pipeline.run()
                except RuntimeError:
                    # DALI loses the whole batch and itself over one bad file. Pillow names it, or reads what DALI could
                    # not.
                    yield _finish(source, indices, [read(source, index) for index in indices], None, recipe, threads)
                    done += 1
                    break
                yield _finish(source, indices, feed.pending.popleft(), decoded, recipe, threads)
                done += 1
        finally:
            # Left to the garbage collector, a pipeline may be collected in a forked child, whose copy has no threads to
            # end.
            pipeline._shutdown()


def _finish(
    source: EncodedSource,
    indices: Sequence[int],
    undecoded: Sequence[bytes | DecodeError | None],
    decoded: Any,
    recipe: Recipe,
    threads: Threads,
) -> Batch:
    def one(n: int) -> Sample | Skipped:
        index, data = indices[n], undecoded[n]
        try:
            if isinstance(data, DecodeError):
                raise data
            image = np.asarray(decoded.at(n)) if data is None else decode_bytes(data, source.name(index), index)
            label = source.label(index)
        except DecodeError as error:
            return left_out(source, index, error, recipe)
        return Sample(recipe.prepare_sample(image, index), label, index)

    return batch_of(one, len(indices), recipe.any_size, threads)


def blank_jpeg() -> bytes:
    """The smallest image, handed to DALI in the place of a file that Pillow decodes."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG")
    return buffer.getvalue()
