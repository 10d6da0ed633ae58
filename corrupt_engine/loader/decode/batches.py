"""Decoded batches, with the same bytes from each way of getting them: DALI's threads, libjpeg-turbo or Pillow in our
own threads or in torch's processes.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence

from ...runtime.threads import Threads
from ...sources import EncodedSource, Source
from ..samples import Batch, Recipe, thread_batches
from .processes import process_batches
from .turbojpeg import ByTurbojpeg
from .workers import Workers

AT_ONCE = 64
"""Batches of an endless sampler that DALI is told of at once: a pipeline knows its batches, and making another takes
10 ms.
"""


def decoded_batches(
    source: Source, batches: Iterable[Sequence[int]], recipe: Recipe, workers: Workers, threads: Threads
) -> Iterator[Batch]:
    """Each image decoded once and brought to size; worker processes also corrupt them, where there is one turn.

    Args:
        source: the samples.
        batches: the sample ids of each batch; of an iterator, a bounded number ahead of the caller.
        recipe: the geometry and, for worker processes, the conditions.
        workers: who decodes.
        threads: those of this process, for backends that have no workers of their own.

    Returns:
        An iterator of Batch, one for each of `batches`, in their order.
    """
    if workers.backend == "dali" and isinstance(source, EncodedSource):
        plans = [batches] if isinstance(batches, Sequence) else pieces(batches)
        return one_after_the_other(dali_or_kept(source, plan, recipe, workers, threads) for plan in plans)
    if workers.decoder == "turbojpeg" and isinstance(source, EncodedSource) and not recipe.needs_depth:
        source = ByTurbojpeg(source)  # one that gives depth too decodes both itself
    if workers.backend == "torch":
        return process_batches(source, batches, recipe, workers)
    return thread_batches(source, batches, recipe, threads)


def dali_or_kept(
    source: EncodedSource, plan: Sequence[Sequence[int]], recipe: Recipe, workers: Workers, threads: Threads
) -> Iterator[Batch]:
    """The batches of a plan by DALI, unless all of them are kept decoded."""
    if workers.decode_on != "cpu":
        from .gpu import device_batches

        return device_batches(source, plan, recipe, threads, workers.decode_on)
    if recipe.kept is not None and all(map(recipe.kept.has, plan)):
        return thread_batches(source, plan, recipe, threads)
    from .dali import dali_batches

    return dali_batches(source, plan, recipe, threads)


def pieces(batches: Iterable[Sequence[int]]) -> Iterator[list[Sequence[int]]]:
    """The batches, AT_ONCE at a time."""
    items = iter(batches)
    while piece := list(itertools.islice(items, AT_ONCE)):
        yield piece


def one_after_the_other(plans: Iterable[Iterator[Batch]]) -> Iterator[Batch]:
    """What each gives; the one that is left early is closed."""
    for batches in plans:
        yield from batches  # which closes it with this generator
