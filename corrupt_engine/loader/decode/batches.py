"""Decoded batches, with the same bytes from each way of getting them: DALI's threads, Pillow in our own threads,
torch's processes.
"""

from collections.abc import Iterator, Sequence

from ...runtime.threads import Threads
from ...sources import EncodedSource, Source
from ..samples import Batch, Recipe, thread_batches
from .processes import process_batches
from .workers import Workers


def decoded_batches(
    source: Source, batches: Sequence[Sequence[int]], recipe: Recipe, workers: Workers, threads: Threads
) -> Iterator[Batch]:
    """Each image decoded once and brought to size; worker processes also corrupt them, where there is one turn.

    Args:
        source: the samples.
        batches: the sample ids of each batch.
        recipe: the geometry and, for worker processes, the conditions.
        workers: who decodes.
        threads: those of this process, for backends that have no workers of their own.

    Returns:
        An iterator of Batch, one for each of `batches`, in their order.
    """
    if workers.backend == "dali" and isinstance(source, EncodedSource):
        if workers.decode_on != "cpu":
            from .gpu import device_batches

            return device_batches(source, batches, recipe, threads, workers.decode_on)
        from .dali import dali_batches

        return dali_batches(source, batches, recipe, threads)
    if workers.backend == "torch":
        return process_batches(source, batches, recipe, workers)
    return thread_batches(source, batches, recipe, threads)
