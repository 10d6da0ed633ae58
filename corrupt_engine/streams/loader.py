"""`StreamLoader`: the batches of a stream."""

import contextlib
import functools
import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..catalogue import Condition
from ..errors import OptionError, StateError
from ..evaluation.labels import Labels
from ..evaluation.subset import chosen_ids
from ..loader.cache import MEMORY, Cache
from ..loader.defaults import own_unless_given
from ..loader.epochs import OF_AN_EPOCH
from ..loader.loader import CorruptLoader
from ..loader.pipeline import Work, consecutive
from ..loader.samples import Batch
from ..runtime.checks import check_count, check_integer, refuse
from ..transforms.policies import Grid, Policy
from .stream import Plan, Stream

log = logging.getLogger("corrupt_engine")
RESERVED = ("corruption", "severity", "trial", "on_error")


class StreamBatch(NamedTuple):
    """One batch of a stream.

    Args:
        images: (N, C, H, W) as for CorruptLoader, on its device.
        labels: (N,) int64.
        ids: (N,) int64, the sample ids.
        stages: (N,) int64, the number of each one's stage.
        conditions: of each.
        start: how many samples of the stream came before.
        begins: whether a stage begins with it.
    """

    images: Any
    labels: Any
    ids: np.ndarray
    stages: np.ndarray
    conditions: list[Condition]
    start: int
    begins: bool


@dataclass(frozen=True)
class Planned(Policy):
    """What each image of each batch gets: the turn is the number of the batch."""

    of_batches: tuple[np.ndarray, ...] = ()

    @property
    def turns(self) -> int:
        """At least two, so that it is not left to worker processes, which know of no turns."""
        return max(2, len(self.of_batches))

    def assign(self, ids: np.ndarray, *, epoch: int, seed: int, turn: int = 0) -> list[Condition]:
        """As planned.

        Args:
            ids: (N,) int64; as many as the batch has.
            epoch: not looked at.
            seed: not looked at.
            turn: which batch.

        Returns:
            N conditions.
        """
        return [self.conditions[stage] for stage in self.of_batches[turn].tolist()]


class StreamLoader:
    """The batches of a stream in order, for those who adapt to it in a loop of their own.

    Each image is decoded once and kept, where that takes no more than `memory`; else in every stage again.

    Args:
        source: as for CorruptLoader.
        stream: the Stream.
        samples: which samples come in each stage, such as a published subset; default all.
        limit: so many of them, chosen by the seed.
        batch_size: images a batch.
        seed: fixes the order and the corruptions' own draws.
        labels: class numbers for labels or class folders that are none.
        memory: the most bytes of decoded images that are kept.
        options: the other options of CorruptLoader (mean, std, geometry, variant, device, num_workers, ...); the
            variant is the stream's unless given.

    Yields:
        StreamBatch.

    Raises:
        OptionError, SourceError, UnknownNameError: as for CorruptLoader, and for samples that there are not; from the
            iterator, images of several sizes in a batch.
        MissingExtraError, MissingTexturesError, DeviceError, BenchmarkError, PluginError: as for CorruptLoader.

    >>> data = np.zeros((4, 8, 8, 3), np.uint8), np.arange(4)
    >>> loader = StreamLoader(data, Stream.continual(["fog", "contrast"]), batch_size=3)
    >>> [(len(batch.ids), batch.conditions[0].corruption, batch.begins) for batch in loader]
    [(3, 'fog', True), (1, 'fog', False), (3, 'contrast', True), (1, 'contrast', False)]
    """

    def __init__(
        self,
        source: Any,
        stream: Stream,
        *,
        samples: Sequence[int] | np.ndarray | None = None,
        limit: int | None = None,
        batch_size: int = 64,
        seed: int = 0,
        labels: Mapping[Any, int] | None = None,
        memory: int = MEMORY,
        **options: Any,
    ) -> None:
        if not isinstance(stream, Stream):
            raise OptionError(f"stream is a {type(stream).__name__}; a Stream is needed, such as Stream.continual()")
        refuse("StreamLoader", options, RESERVED, "the stream decides it")
        refuse("StreamLoader", options, OF_AN_EPOCH, "the stream says what comes when")
        self.stream, self.memory = stream, check_count("memory", memory, 0)
        distinct = Grid(tuple(dict.fromkeys(stream.conditions)))
        size = check_count("batch_size", batch_size, 1)
        options = own_unless_given(options, variant=stream.variant)
        self.loader = CorruptLoader(
            source, distinct, seed=check_integer("seed", seed), num_shards=1, shard_id=0, **options
        )
        self.loader.schedule.check_takes_all("StreamLoader")
        self.labels = Labels(self.loader.source, labels)
        self.samples = chosen(samples, limit, len(self.loader.source), seed)
        known = class_numbers(self.loader.source, self.labels, self.samples) if stream.correlation is not None else None
        self.plan = stream.plan(self.samples, known, seed)
        self.batch_size = size
        self.parts = batches_of(self.plan, size, stream.mix)
        self._next = self._resume = 0

    def __len__(self) -> int:
        return len(self.parts)

    def state_dict(self) -> dict[str, Any]:
        """Where the latest iterator is: what was received counts. Another iterator begins the stream again.

        Returns:
            Plain values, which JSON can keep.
        """
        return {"samples": 0 if not self._next else self.parts[self._next - 1].stop, "of": self.identity()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Make the next iteration continue where `state_dict` was called.

        Args:
            state: what it gave.

        Raises:
            StateError: it is none, is of another stream, or lies within a batch of this one.
        """
        if not isinstance(state, Mapping) or not {"of", "samples"} <= state.keys():
            raise StateError(f"this is no state of a StreamLoader: {state!r}")
        if state["of"] != self.identity():
            raise StateError(f"the state is of another stream: {state['of']}, and this is {self.identity()}")
        starts = [0, *(part.stop for part in self.parts)]
        if state["samples"] not in starts:
            raise StateError(f"the state is at sample {state['samples']}, where no batch of this batch_size begins")
        self._next = self._resume = starts.index(state["samples"])

    def identity(self) -> dict[str, Any]:
        """What fixes the order and the bytes.

        Returns:
            By name, in JSON's types.
        """
        same = self.loader.identity()
        fixed: dict[str, Any] = {name: same[name] for name in ("settings", "geometry", "ids") if name in same}
        return {"stream": self.stream.to_dict(), "samples": len(self.samples), "order": self._order, **fixed}

    @functools.cached_property
    def _order(self) -> str:
        """Which sample comes when, as a hash."""
        return digest_of(self.plan.ids)

    def __iter__(self) -> Iterator[StreamBatch]:
        first, self._resume = self._resume, 0
        self._next = 0 if first == len(self.parts) else first
        if first == len(self.parts):
            return
        numbers = range(first, len(self.parts))
        work = [Work(self.plan.ids[self.parts[n]].tolist(), (n,)) for n in numbers]
        policy = Planned(self.stream.conditions, tuple(self.plan.stages[part] for part in self.parts))
        pipeline = self.loader.pipeline(policy=policy)
        decoded = self._kept(pipeline, work)
        with contextlib.closing(pipeline.run(work, decoded)) as made:
            for one in made:
                part = self.parts[one.turn]
                stages = self.plan.stages[part].copy()  # what is given out may be written to
                labels = self.labels.numbers(one.batch.labels)
                self._next = one.turn + 1
                begins = not self.stream.mix and (part.start == 0 or self.plan.stages[part.start - 1] != stages[0])
                yield StreamBatch(
                    one.images, labels, one.batch.ids, stages, list(one.conditions), part.start, bool(begins)
                )
        self._next = 0

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_resume": self._next}  # as a CorruptLoader's, a copy goes on where this one is

    def _kept(self, pipeline: Any, work: Sequence[Work]) -> Iterable[Batch] | None:
        """The decoded batches from memory, where each image is wanted more than once and all fit."""
        if len(self.stream.conditions) < 2 or not self.memory:
            return None
        cache = Cache()
        wanted = np.unique(np.concatenate([np.asarray(one.ids) for one in work]))
        parts = [wanted[part.start : part.stop] for part in consecutive(len(wanted), self.batch_size)]
        try:
            with contextlib.closing(pipeline.decoded(parts)) as batches:
                cache.take(batches, len(wanted), self.memory)
        except OptionError as error:
            log.info("every stage decodes its images: %s", error)
            return None
        return (cache.batch(np.searchsorted(wanted, one.ids)) for one in work)


def chosen(samples: Any, limit: int | None, count: int, seed: int) -> np.ndarray:
    """The sample ids of each stage, or OptionError."""
    if limit is not None:
        check_count("limit", limit, 1)
    if samples is None:
        return chosen_ids(count, limit, seed)
    given = np.asarray(samples)
    if given.ndim != 1 or given.dtype.kind not in "iu" or not len(given):
        raise OptionError(f"samples are {given.dtype} of shape {given.shape}; a list of sample numbers is needed")
    if given.min() < 0 or given.max() >= count or len(np.unique(given)) < len(given):
        raise OptionError(f"samples run from {given.min()} to {given.max()}: 0 to {count - 1} are there, once each")
    found: np.ndarray = given[chosen_ids(len(given), limit, seed)].astype(np.int64)
    return found


def class_numbers(source: Any, labels: Labels, samples: np.ndarray) -> np.ndarray:
    """The class of each sample; where the source lists no labels, and gives none by itself, from the items."""
    listed, alone = getattr(source, "labels", None), getattr(source, "label", None)
    if listed is not None:
        found = [listed[n] for n in samples]
    else:
        found = [source.decode(int(n))[1] if alone is None else alone(int(n)) for n in samples]
    numbers: np.ndarray = labels.numbers(found).numpy()
    return numbers


def batches_of(plan: Plan, size: int, mix: bool) -> list[slice]:
    """The batches of a plan; they end where a stage does, unless stages are mixed."""
    ends = [len(plan.ids)] if mix else [*(np.flatnonzero(np.diff(plan.stages)) + 1).tolist(), len(plan.ids)]
    parts, start = [], 0
    for end in ends:
        parts += [slice(first, min(first + size, end)) for first in range(start, end, size)]
        start = end
    return parts


def digest_of(samples: np.ndarray) -> str:
    """A hash of sample ids in their order."""
    return hashlib.sha256(samples.astype("<i8").tobytes()).hexdigest()[:16]
