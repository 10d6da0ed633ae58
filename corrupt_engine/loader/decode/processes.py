"""Decoding and corrupting in torch's worker processes."""

import gc
import multiprocessing
import pickle
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np

from ...errors import CorruptEngineError, WorkerError
from ...runtime.threads import Threads, portions
from ...sources import Source
from ...transforms.corrupt import Conditions
from ..samples import Batch, Recipe, loaded
from .workers import Workers


class _Items:
    """A map-style data set that gives the items of a batch at once: a Batch of images brought to size, or the exception
    that it ended in. Each image is laid into the batch before the next is asked for, which may lie in the same memory.
    """

    def __init__(self, source: Source, recipe: Recipe) -> None:
        self.source, self.recipe = source, recipe

    def __len__(self) -> int:
        return len(self.source)

    def __getitems__(self, ids: list[int]) -> Batch | CorruptEngineError:
        try:
            return loaded(self.source, ids, self.recipe, Threads(0))
        except CorruptEngineError as error:
            return error  # torch would raise it with the worker's traceback as its message


class _Collate:
    """A batch corrupted where the recipe says so and each sample has one turn and one frame.

    The images travel as a tensor: in shared memory, not through a pipe.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.conditions = Conditions(recipe.settings)

    def __call__(self, batch: Batch | CorruptEngineError) -> Any:
        """The batch; in a worker process pickled, with its tensors in shared memory.

        torch would do that in a thread which prints what goes wrong, and the batch would be waited for without end.
        """
        from torch.utils.data import get_worker_info

        made = self._made(batch)
        if get_worker_info() is None:
            return made
        try:
            return bytes(ForkingPickler.dumps(made))
        except (OSError, RuntimeError) as error:
            return unshared(error)
        except Exception as error:
            return WorkerError(
                f"a worker process cannot hand over what the data set gives beside its images: {error}; leave it out, "
                'or use backend="threads"'
            )

    def _made(self, batch: Batch | CorruptEngineError) -> tuple[Any, Batch] | CorruptEngineError:
        import torch

        if isinstance(batch, CorruptEngineError):
            return batch
        try:
            if self.recipe.policy.turns == 1 and self.recipe.policy.frames is None and self.recipe.in_workers:
                batch = corrupted(batch, self.recipe, self.conditions)
        except CorruptEngineError as error:
            return error
        if isinstance(batch.images, list):
            given = [image if image.flags.writeable else image.copy() for image in batch.images]  # or torch warns
            return list(map(torch.from_numpy, given)), replace(batch, images=None)
        return torch.from_numpy(batch.images), replace(batch, images=None)


def corrupted(batch: Batch, recipe: Recipe, conditions: Conditions) -> Batch:
    """A decoded batch under the conditions of its only turn, on the calling thread."""
    batch = recipe.keyed(batch)
    ids = batch.drawn_by
    chosen = recipe.conditions(ids)
    if isinstance(batch.images, list):
        depths = batch.depth or [None] * len(ids)
        singles = [
            conditions.apply(image[None], ids[n : n + 1], chosen[n], None if depths[n] is None else depths[n][None])[0]
            for n, image in enumerate(batch.images)
        ]
        return replace(batch, images=singles, corrupted=True, depth=None)
    images = [
        conditions.apply(
            batch.images[part], ids[part], chosen[part.start], None if batch.depth is None else batch.depth[part]
        )
        for part in portions(chosen, batch.images[:1].nbytes, threads=1)
    ]
    return replace(batch, images=np.concatenate(images) if images else batch.images, corrupted=True, depth=None)


def process_batches(
    source: Source, batches: Iterable[Sequence[int]], recipe: Recipe, workers: Workers
) -> Iterator[Batch]:
    """The batches from `workers.count` processes, or from the calling thread for 0. They start with the first batch."""
    iterator = _started(source, batches, recipe, workers)
    try:
        while True:
            try:
                item = next(iterator)
                item = ForkingPickler.loads(item) if isinstance(item, bytes) else item
            except RuntimeError as error:
                if str(error).startswith("received 0 items"):  # Python's word for a process with too many open files
                    raise unshared(error) from error
                raise
            except StopIteration:
                return
            except (OSError, EOFError) as error:
                if str(error).startswith("Caught "):
                    raise  # a worker's own, handed over by torch
                raise lost_worker(error) from error  # the connection over which a batch's memory is shared
            if isinstance(item, CorruptEngineError):
                raise item
            images, batch = item
            arrays = [image.numpy() for image in images] if isinstance(images, list) else images.numpy()
            yield replace(batch, images=arrays)
    finally:
        # An exception's traceback may keep torch's iterator alive, and with it the processes: end them here.
        if hasattr(iterator, "_shutdown_workers"):
            iterator._shutdown_workers()


def lost_worker(error: Exception) -> WorkerError:
    """What to raise where a worker process ended or did not answer.

    Args:
        error: torch's, or that of a broken connection.

    Returns:
        A WorkerError with its text, its likely cause and the way out.
    """
    return WorkerError(
        f"a worker process ended or did not answer ({type(error).__name__}: {error}); it may have run out of memory: "
        'use fewer num_workers, a smaller batch_size, or backend="threads"; or, where processes are spawned, the '
        'script does not begin its work under if __name__ == "__main__"'
    )


def unshared(error: Exception) -> WorkerError:
    """What to raise where the memory of a batch cannot be shared between processes."""
    return WorkerError(
        f"a worker process cannot share a batch's memory: {error}; make room in /dev/shm (docker run --shm-size), "
        "allow more open files (ulimit -n), or keep fewer batches; or use fewer num_workers, a smaller batch_size, or "
        'backend="threads"'
    )


def _started(source: Source, batches: Iterable[Sequence[int]], recipe: Recipe, workers: Workers) -> Iterator[Any]:
    from torch.utils.data import DataLoader

    if workers.count and multiprocessing.current_process().daemon:
        raise WorkerError(
            "a daemonic process, such as a worker of another loader, cannot start worker processes; use "
            'backend="threads" or num_workers=0'
        )
    work: Any = _Items(source, recipe)
    collate: Any = _Collate(recipe)  # of a Batch, in place of a list of items
    found = map(list, batches)
    known = isinstance(batches, Sequence)
    count = min(workers.count, len(batches)) if isinstance(batches, Sequence) else workers.count
    options: dict[str, Any] = {
        "timeout": workers.timeout,
        "multiprocessing_context": workers.context,
        "prefetch_factor": workers.prefetch,
    }
    loader = DataLoader(
        work,
        batch_sampler=list(found) if known else found,
        num_workers=count,
        collate_fn=collate,
        worker_init_fn=workers.init,
        **(options if count else {}),
    )
    if not count:
        return iter(loader)
    # Frozen objects are not collected in the forked workers: a finaliser that waits for a thread would wait for ever
    # there. Garbage is frozen with the rest, and collected here later: collecting it first took .1 s with torch
    # imported, 1 s in a large program.
    gc.freeze()
    try:
        return iter(loader)
    except OSError as error:
        raise WorkerError(
            f"worker processes cannot be started: {error}; they need room and the right to write in /dev/shm, and "
            'memory; or use backend="threads"'
        ) from error
    except (AttributeError, TypeError, pickle.PicklingError) as error:
        if "pickle" not in str(error):
            raise
        raise WorkerError(
            f"worker processes that are spawned get the data set and worker_init_fn pickled: {error}; define them at "
            'the top of a module, or use multiprocessing_context="fork" or backend="threads"'
        ) from error
    finally:
        gc.unfreeze()
