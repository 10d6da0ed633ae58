"""The iterator of one epoch, and how far it is."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .epochs import EpochPlan
from .pipeline import Made, Work, named_worker_errors
from .samples import Skipped


@dataclass
class Progress:
    """How far an epoch is: what has been received counts, whatever has been made ahead."""

    plan: EpochPlan
    turns: int = 1
    position: int = 0
    turn: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    begun: int = 0
    """The size of the present batch, where some of its turns, but not all, are done."""
    over: bool = False
    """Whether the consumer has been told that there are no more batches; the last one alone does not tell it."""

    def __post_init__(self) -> None:
        batches = self.plan.batches
        self.end = self.position + sum(map(len, batches)) if isinstance(batches, Sequence) else None

    @property
    def finished(self) -> bool:
        """Whether the last batch has been received; an endless sampler has none."""
        return self.position == self.end

    @property
    def work(self) -> Iterable[Work]:
        """What is left, each batch in all turns; the first one begins at the present turn."""
        batches = self.plan.batches
        work = (Work(ids, range(self.turn if n == 0 else 0, self.turns)) for n, ids in enumerate(batches))
        if not isinstance(batches, Sequence):
            return work
        listed = list(work)
        if listed:
            listed[-1] = listed[-1]._replace(padded=self.plan.padded)
        return listed

    def received(self, made: Made) -> None:
        """Count what the consumer was given."""
        if made.turn == 0:  # not again where an epoch goes on in the middle of a batch's turns
            self.skipped.extend(made.batch.skipped)
        if made.last:
            self.position, self.turn, self.begun = self.position + len(made.work.ids), 0, 0
        else:
            self.turn, self.begun = made.turn + 1, len(made.work.ids)


Begin = Callable[[], tuple[Progress, Generator[Made, None, None]]]


class Epoch(Iterator[Any]):
    """The iterator of one epoch. Its threads and processes end with it: the loader keeps the progress, and no reference
    to it.

    Args:
        begin: called at the first batch, as torch draws its order there: frameworks make iterators that they do not
            use.
        collate: makes what is given out.
        count: how many batches an epoch has.
    """

    def __init__(self, begin: Begin, collate: Callable[[Made], Any], count: Callable[[], int]) -> None:
        self._begin: Begin | None = begin
        self._collate, self._count = collate, count
        self._made: Iterator[Made] = iter(())
        self.progress: Progress | None = None
        self._closed = False

    def __len__(self) -> int:
        """Batches of the epoch, those that are done included, as torch's iterator has it."""
        return self._count()

    def __next__(self) -> Any:
        try:
            with named_worker_errors():
                return self._next()
        except BaseException:
            self.close()
            raise

    def _next(self) -> Any:
        if self._begin is not None:
            self.progress, self._made = self._begin()
            self._begin = None
        for made in self._made:
            given = None if made.images is None else self._collated(made)
            if self.progress is not None:
                self.progress.received(made)
            if made.images is not None:
                return given
        if self.progress is not None and not self._closed:
            self.progress.over = True
        raise StopIteration

    def _collated(self, made: Made) -> Any:
        try:
            return self._collate(made)
        except StopIteration as error:  # which would end the epoch without a word
            raise RuntimeError("a collate_fn or a batch transform raised StopIteration") from error

    def close(self) -> None:
        """End the threads and processes; the position stays, and there is nothing more to come."""
        if isinstance(self._made, Generator):
            self._made.close()
        self._begin, self._made, self._closed = None, iter(()), True
