"""The one producer: decode, resize, corrupt, to tensor, ahead of the consumer.

Loaders, sweeps, evaluations and exports differ in which batches they want, and how often each: that is their `Work`.
"""

import contextlib
import functools
import itertools
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ..catalogue import Condition
from ..devices import at_second_try, find_device
from ..runtime.buffers import Buffers
from ..runtime.prefetch import prefetched
from ..runtime.threads import Threads
from ..sources import Source
from ..transforms.tensors import HostToTensor, OfSizes, TensorFormat, ToTensor, make_to_tensor, taken
from .decode import Workers, decoded_batches, lost_worker
from .samples import Batch, Recipe


class Work(NamedTuple):
    """A batch of samples, and the turns of the policy in which it is wanted, one after the other; at least one. The
    last `padded` of the samples are repeated only to make the shards equal.
    """

    ids: Sequence[int]
    turns: Sequence[int]
    padded: int = 0


class Made(NamedTuple):
    """A batch in one of its turns."""

    work: Work
    batch: Batch
    turn: int
    conditions: list[Any]
    """One an image; a tuple of them where it has frames."""
    images: Any
    """A tensor (N, C, H, W) or (N, frames, C, H, W), or of several sizes a list of tensors (C, H, W), ready for the
    stream that is current where it is received; None where no sample could be read.
    """

    @property
    def last(self) -> bool:
        """Whether the batch is done with."""
        return self.images is None or self.turn == self.work.turns[-1]


@dataclass(frozen=True)
class Pipeline:
    """What a run makes its batches with.

    Args:
        source: the samples.
        recipe: what fixes their bytes.
        workers: who works.
        tensor_format: what comes out.
        buffers: the host's memory for it, which runs may share.
    """

    source: Source
    recipe: Recipe
    workers: Workers
    tensor_format: TensorFormat
    buffers: Buffers

    def run(
        self, work: Iterable[Work], decoded: Iterable[Batch] | None = None, keep: bool = False
    ) -> Generator[Made, None, None]:
        """Each batch decoded once, and then made in each of its turns. A batch of which nothing could be read comes
        once.

        The next one is made while the caller is busy with the last; close the iterator to stop that.

        Args:
            work: what is wanted, in this order; of an iterator, a bounded number ahead of the caller.
            decoded: the batches where they are decoded already, one for each of `work`.
            keep: a device keeps each decoded batch, because the same ones come again.
        """
        workers = self.workers
        forks = decoded is None and workers.backend == "torch"
        with contextlib.ExitStack() as ending:
            ending.enter_context(named_worker_errors())
            decoding = Threads(0 if decoded is not None or forks else workers.count)
            ending.callback(decoding.close)
            count = workers.making(self.recipe.policy.frames or self.recipe.policy.turns)
            making = decoding if count == decoding.count else Threads(count)
            ending.callback(making.close)

            def make() -> Iterator[Made]:
                wanted, ids = two_of(work)
                batches = self._decoded(ids, decoding) if decoded is None else contextlib.nullcontext(decoded)
                with batches as found, self._ahead(found, decoded is None and not forks) as ready:
                    yield from self._made(wanted, ready, making, keep)

            def hurry() -> None:
                decoding.close()
                making.close()

            # torch's processes work ahead by themselves, and forking them from another thread is not safe.
            busy = workers.count if decoded is None else count
            made = make() if forks or busy == 0 else prefetched(make, workers.prefetch, hurry)
            ending.callback(made.close)  # type: ignore[attr-defined]
            for one in made if work or not isinstance(work, Sequence) else ():
                yield one._replace(images=taken(one.images))

    def decoded(self, batches: Sequence[Sequence[int]]) -> Generator[Batch, None, None]:
        """The batches brought to size and not corrupted: (N, H, W, C) uint8 with labels, sample ids, and what was
        skipped.
        """
        threads = Threads(0 if self.workers.backend == "torch" else self.workers.count)
        with named_worker_errors(), contextlib.closing(threads):
            recipe = replace(self.recipe, in_workers=False)
            yield from decoded_batches(self.source, batches, recipe, self.workers, threads)

    def _decoded(self, batches: Iterable[Sequence[int]], threads: Threads) -> "contextlib.closing[Any]":
        return contextlib.closing(decoded_batches(self.source, batches, self.recipe, self.workers, threads))

    def _ahead(self, batches: Iterable[Batch], here: bool) -> "contextlib.AbstractContextManager[Iterable[Batch]]":
        """Batches for a device decoded while the turns of the last one are made there, where they are decoded here.

        On the host both want the same processors, and a thread of its own for decoding would gain nothing.
        """
        if not here or find_device(self.tensor_format.device).on_host:
            return contextlib.nullcontext(batches)
        return contextlib.closing(prefetched(lambda: iter(batches), 1))  # type: ignore[type-var]

    def _made(self, work: Iterable[Work], batches: Iterable[Batch], threads: Threads, keep: bool) -> Iterator[Made]:
        to_tensor = make_to_tensor(self.tensor_format, self.recipe.settings, threads, self.buffers, keep)
        for one, batch in zip(work, batches, strict=True):
            batch = self.recipe.keyed(batch)
            if not len(batch.ids):
                yield Made(one, batch, one.turns[0], [], None)
                continue
            frames = self.recipe.policy.frames
            for turn in one.turns:
                numbers = [turn] if frames is None else range(frames)
                conditions = [self.recipe.conditions(batch.drawn_by, number) for number in numbers]
                images = [self._images(to_tensor, batch, given, threads) for given in conditions]
                if frames is None:
                    yield Made(one, batch, turn, conditions[0], images[0])
                else:
                    yield Made(one, batch, turn, list(zip(*conditions, strict=True)), images)

    def _images(self, to_tensor: ToTensor, batch: Batch, conditions: list[Condition], threads: Threads) -> Any:
        given = None if batch.corrupted else conditions
        make = functools.partial(to_tensor, batch.images, batch.drawn_by, given, batch.depth)
        if isinstance(batch.images, list):
            make = functools.partial(one_by_one, to_tensor, batch, given, threads)
        return at_second_try(
            make,
            f"to make a batch of {len(batch.ids)} images",
            "give a smaller batch_size (--batch-size), or free memory that others use",
        )


def one_by_one(to_tensor: ToTensor, batch: Batch, conditions: list[Condition] | None, threads: Threads) -> OfSizes:
    """The tensors (C, H, W) of a batch of images of several sizes; on the host an image a thread."""

    def one(n: int) -> Any:
        depth = None if batch.depth is None else batch.depth[n][None]
        only = None if conditions is None else conditions[n : n + 1]
        return to_tensor(batch.images[n][None], batch.drawn_by[n : n + 1], only, depth)

    count = len(batch.images)
    return OfSizes(threads.map(one, count) if isinstance(to_tensor, HostToTensor) else map(one, range(count)))


def two_of(work: Iterable[Work]) -> tuple[Iterable[Work], Iterable[Sequence[int]]]:
    """The work, and the sample ids of each piece of it; an iterator is taken from when either is."""
    if isinstance(work, Sequence):
        return work, [one.ids for one in work]
    work, again = itertools.tee(work)
    return work, (one.ids for one in again)


def consecutive(samples: int, batch_size: int | None) -> list[range]:
    """The sample ids 0 to samples - 1 in batches."""
    size = batch_size or 1
    return [range(start, min(start + size, samples)) for start in range(0, samples, size)]


@contextlib.contextmanager
def named_worker_errors() -> Iterator[None]:
    """torch's word for a worker that was killed or did not answer as WorkerError.

    torch raises the former wherever the main thread happens to be when the signal comes, so it must be caught around
    all that we do.
    """
    try:
        yield
    except RuntimeError as error:
        if not str(error).startswith("DataLoader "):
            raise
        raise lost_worker(error) from error
