"""One pass over a plan: batches decoded, corrupted and given out, with the position counted where they are received."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .backends import Workers, decoded_batches
from .buffers import Buffers
from .catalogue import Condition
from .finishing import Finisher, make_finisher
from .ordering import Plan
from .output import Output
from .prefetching import prefetched
from .process_decoding import named_worker_errors
from .recipe import Batch, Recipe, Skipped
from .sources import Source
from .threads import Threads


class Step(NamedTuple):
    """A finished batch (None where all of it was skipped), and how far the epoch is when it has been received."""

    position: int
    turn: int
    skipped: tuple[Skipped, ...]
    made: "Made | None"


class Made(NamedTuple):
    """A tensor (N, C, H, W), possibly still in the making on a device, and what it was made from."""

    images: Any
    batch: Batch
    conditions: list[Condition]


def steps(source: Source, plan: Plan, recipe: Recipe, workers: Workers, output: Output, position: int, turn: int) -> Iterator[Step]:
    """The plan's batches, each as often as the assignment has turns; the first one begins at `turn`."""
    with contextlib.ExitStack() as ending:
        decoding = Threads(workers.count if workers.backend != "torch" else 0)
        ending.callback(decoding.close)
        finishing = decoding if workers.threads == decoding.count else Threads(workers.threads)
        ending.callback(finishing.close)
        buffers = Buffers(workers.prefetch + 2)  # those that wait, the one being made, the one being used

        def make() -> Iterator[Step]:
            batches = decoded_batches(source, plan.batches, recipe, workers, decoding)
            with contextlib.closing(batches):  # type: ignore[type-var]
                yield from _finished(batches, plan, recipe, make_finisher(output, finishing, buffers), position, turn)

        def hurry() -> None:
            decoding.close()
            finishing.close()

        # torch's processes work ahead by themselves, and forking them from another thread is not safe.
        ahead = 0 if workers.backend == "torch" or workers.count == 0 else workers.prefetch
        made = prefetched(make, ahead, hurry) if ahead else make()
        ending.callback(made.close)  # type: ignore[attr-defined]
        yield from made


def _finished(batches: Iterator[Batch], plan: Plan, recipe: Recipe, finisher: Finisher, position: int, turn: int) -> Iterator[Step]:
    turns = recipe.assignment.turns
    for indices, batch in zip(plan.batches, batches, strict=True):
        skipped = batch.skipped
        after = position + len(indices)
        if not len(batch.ids):
            yield Step(after, 0, skipped, None)
        for now in range(turn, turns) if len(batch.ids) else ():
            conditions = recipe.conditions(batch.ids, now)
            images = finisher.finish(batch, conditions, recipe.settings)
            last = now == turns - 1
            yield Step(after if last else position, 0 if last else now + 1, skipped, Made(images, batch, conditions))
            skipped = ()
        position, turn = after, 0


@dataclass
class Progress:
    """How far an epoch is: what has been received counts, whatever has been made ahead."""

    plan: Plan
    position: int = 0
    turn: int = 0
    skipped: list[Skipped] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.end = self.position + sum(map(len, self.plan.batches))

    @property
    def finished(self) -> bool:
        """Whether the last batch has been received."""
        return self.position == self.end


class Epoch(Iterator[Any]):
    """The iterator of one epoch. Its threads and processes end with it: the loader keeps the progress, and no reference to it.

    `begin` is called at the first batch, as torch draws its order there: frameworks make iterators that they do not use.
    """

    def __init__(self, begin: Callable[[], tuple[Progress, Iterator[Step]]], form: Callable[[Made], Any]) -> None:
        self._begin: Callable[[], tuple[Progress, Iterator[Step]]] | None = begin
        self._form = form
        self._steps: Iterator[Step] = iter(())

    def __next__(self) -> Any:
        try:
            with named_worker_errors():
                return self._next()
        except BaseException:
            self.close()
            raise

    def _next(self) -> Any:
        if self._begin is not None:
            self.progress, self._steps = self._begin()
            self._begin = None
        for step in self._steps:
            self.progress.position, self.progress.turn = step.position, step.turn
            self.progress.skipped.extend(step.skipped)
            if step.made is not None:
                return self._form(step.made)
        raise StopIteration

    def close(self) -> None:
        """End the threads and processes; the position stays, and there is nothing more to come."""
        if hasattr(self._steps, "close"):
            self._steps.close()
        self._begin, self._steps = None, iter(())
