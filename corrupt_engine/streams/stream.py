"""`Stream`: which corruption which image has at which time."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..catalogue import Condition, own_variant
from ..errors import OptionError
from ..runtime.checks import as_written, check_count, check_flag
from ..transforms.policies import check_conditions
from .orders import STEP, names_in_order, walk_of

if TYPE_CHECKING:
    from .walk import PairAccuracies
UP_AND_DOWN = (1, 2, 3, 4, 5, 4, 3, 2, 1)
MOST_SLOTS = 100
"""Into how many slots of time the images of each class are dealt, at most; RoTTA's number."""


class Plan(NamedTuple):
    """A stream over certain samples: in the order in which they come, the id of each (T,) int64 and the number of its
    stage (T,) int64.
    """

    ids: np.ndarray
    stages: np.ndarray


@dataclass(frozen=True)
class Stream:
    """An assignment over time: stages one after the other, in each of which every sample comes once, under one
    condition. A value: equal when it says the same, kept as JSON.

    What comes when follows from the seed, and not from the batch size; a batch has samples of one stage, where they are
    not mixed. `continual`, `gradual`, `recurring`, `mixed` and `walk` make the streams of the papers.

    Args:
        conditions: of the stages in their order, (corruption, severity[, trial]) each; ("clean", 0) for the images
            themselves.
        mix: the samples of all stages in one random order.
        correlation: how samples of a class come together. None: in random order, the same in every stage. 0: class by
            class. Above 0: each class is dealt to slots of time by a Dirichlet distribution with this concentration, so
            that few classes come at a time; .1 is usual. A number below 1 is more, one above 1 less correlated.
        reset: the model begins anew in each stage.
        name: what reports call it.
        stage_size: how many of the samples come in each stage, drawn for each by itself; None for all.
        variant: as for CorruptLoader, where that is told none: whose severities, and whose corruptions of these names,
            are meant. A benchmark that is named as the order of a stream is meant itself.

    Raises:
        OptionError: there are no conditions, one is none, the correlation is no number from 0 up, the size below 1, or
            stages that are mixed are to be begun anew.
        SeverityError: there is no such severity. (A corruption's name is looked up by the loader.)

    >>> Stream.continual().stages[14]
    Condition(corruption='jpeg_compression', severity=5.0, trial=0)
    >>> [int(stage.severity) for stage in Stream.gradual(["fog", "snow"]).stages][:11]
    [1, 2, 3, 4, 5, 4, 3, 2, 1, 1, 2]
    """

    conditions: tuple[Condition, ...]
    mix: bool = False
    correlation: float | None = None
    reset: bool = False
    name: str = "stream"
    stage_size: int | None = None
    variant: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "conditions", check_conditions(self.conditions))
        check_flag("mix", self.mix)
        check_flag("reset", self.reset)
        if self.stage_size is not None:
            object.__setattr__(self, "stage_size", check_count("stage_size", self.stage_size, 1))
        if isinstance(self.variant, Path):
            object.__setattr__(self, "variant", str(self.variant))
        if self.mix and self.reset:
            raise OptionError("reset=True has no meaning where the stages are mixed: there is no moment between them")
        if self.correlation is not None:
            object.__setattr__(self, "correlation", checked_correlation(self.correlation))

    @property
    def stages(self) -> tuple[Condition, ...]:
        """The condition of each stage."""
        return self.conditions

    @classmethod
    def continual(
        cls,
        order: "str | Path | int | Sequence[str]" = "imagenet-c",
        severity: float = 5,
        *,
        correlation: float | None = None,
        reset: bool = False,
    ) -> "Stream":
        """Each corruption once.

        Args:
            order: "imagenet-c" for the standard order or another benchmark, whose own severities are then meant, a
                number from 0 to 9 for one of CoTTA's ten orders, or names.
            severity: of all.
            correlation: as for the class.
            reset: as for the class: with it each corruption is an evaluation of its own.

        Returns:
            The Stream.

        Raises:
            OptionError, UnknownNameError, SeverityError, BenchmarkError: as for the class, and for the order.

        Source: Wang et al. 2021 (arXiv:2006.10726); continual: Wang et al. 2022 (arXiv:2203.13591).
        """
        stages = [Condition(name, severity) for name in names_in_order(order)]
        name = "reset" if reset else "continual"
        return cls(tuple(stages), correlation=correlation, reset=reset, name=name, variant=variant_of_order(order))

    @classmethod
    def gradual(
        cls,
        order: "str | Path | int | Sequence[str]" = "imagenet-c",
        severities: Iterable[float] = UP_AND_DOWN,
        *,
        correlation: float | None = None,
    ) -> "Stream":
        """Each corruption from weak to strong and back.

        Args:
            order: as for `continual`.
            severities: of each corruption, one after the other.
            correlation: as for the class.

        Returns:
            The Stream.

        Raises:
            OptionError, UnknownNameError, SeverityError, BenchmarkError: as for `continual`.

        Source: Wang et al. 2022 (arXiv:2203.13591), section 4.2. Differs: the first corruption too begins at the
        weakest, as in Marsden et al. 2024 (arXiv:2306.00650).
        """
        if not isinstance(severities, Iterable):
            raise OptionError(f"severities {severities!r} is no list; several are needed, such as (1, 2, 3, 2, 1)")
        levels = list(severities)
        stages = [Condition(name, level) for name in names_in_order(order) for level in levels]
        return cls(tuple(stages), correlation=correlation, name="gradual", variant=variant_of_order(order))

    @classmethod
    def recurring(
        cls,
        visits: int = 20,
        order: "str | Path | int | Sequence[str]" = 5,
        severity: float = 5,
        *,
        correlation: float | None = 0.1,
    ) -> "Stream":
        """All corruptions again and again.

        Args:
            visits: how often.
            order: as for `continual`.
            severity: of all.
            correlation: as for the class.

        Returns:
            The Stream.

        Raises:
            OptionError, UnknownNameError, SeverityError, BenchmarkError: as for `continual`; visits is below 1.

        Source: Hoang et al. 2024 (arXiv:2311.18193).
        """
        stages = [Condition(name, severity) for name in names_in_order(order)] * check_count("visits", visits, 1)
        return cls(tuple(stages), correlation=correlation, name="recurring", variant=variant_of_order(order))

    @classmethod
    def mixed(
        cls,
        order: "str | Path | int | Sequence[str]" = "imagenet-c",
        severity: float = 5,
        *,
        correlation: float | None = None,
    ) -> "Stream":
        """The images under all corruptions, in one random order.

        Args:
            order: as for `continual`.
            severity: of all.
            correlation: as for the class.

        Returns:
            The Stream.

        Raises:
            OptionError, UnknownNameError, SeverityError, BenchmarkError: as for `continual`.

        Source: Niu et al. 2023 (arXiv:2302.12400), mixed domain shifts; Marsden et al. 2024 (arXiv:2306.00650).
        """
        stages = [Condition(name, severity) for name in names_in_order(order)]
        return cls(tuple(stages), mix=True, correlation=correlation, name="mixed", variant=variant_of_order(order))

    @classmethod
    def walk(
        cls,
        accuracies: "PairAccuracies",
        difficulty: str | float = "medium",
        *,
        pairs: int = 10,
        stage_size: int | None = 1000,
        seed: int = 0,
        correlation: float | None = None,
    ) -> "Stream":
        """Corruptions that pass into each other at a level of accuracy that is held: the first fades while the next
        grows, in steps of a quarter of a severity, and then the next one's successor grows.

        Args:
            accuracies: of a model under pairs of corruptions, as `measure_pairs` gives them.
            difficulty: "easy", "medium" or "hard", as published: that the model is right on 40, 20 or 0 %; or an
                accuracy 0..1 with all corruptions that were measured.
            pairs: how many times one corruption passes into the next.
            stage_size: images in each step: 1000, 2000 and 5000 are the published speeds; None for all.
            seed: fixes which corruptions follow each other.
            correlation: as for the class.

        Returns:
            The Stream.

        Raises:
            UnknownNameError, OptionError: there is no such difficulty, or corruptions that it needs were not measured.

        Source: Press et al. 2023 (arXiv:2306.05401), Continuously Changing Corruptions. Differs: images are cropped as
        the loader says, not flipped and cropped at random; `as_stored=True` adds the published JPEG.
        """
        from .walk import PairAccuracies, cell, staircase

        if not isinstance(accuracies, PairAccuracies):
            raise OptionError(
                f"accuracies are a {type(accuracies).__name__}; PairAccuracies are needed, which measure_pairs() gives"
            )
        target, names = walk_of(difficulty)
        names = accuracies.corruptions if names is None else names
        if lacking := [name for name in names if name not in accuracies.corruptions]:
            raise OptionError(
                f"a walk of difficulty {difficulty!r} needs {', '.join(lacking)}, which the accuracies lack; measure "
                "them, or give an accuracy such as .2"
            )
        draw = drawer(seed, 0)
        conditions: list[Condition] = []
        first = names[draw.randint(len(names))]
        for _ in range(check_count("pairs", pairs, 1)):
            others = [name for name in names if name != first]
            second = others[draw.randint(len(others))]
            steps = staircase(accuracies.between(first, second), target)
            found = [cell(first, second, i * STEP, j * STEP) for i, j in steps]
            conditions += found[1:] if conditions and found[0] == conditions[-1] else found
            first = second
        called = difficulty if isinstance(difficulty, str) else f"{100 * difficulty:g} %"
        return cls(tuple(conditions), correlation=correlation, name=f"walk, {called}", stage_size=stage_size)

    def with_clean(self) -> "Stream":
        """The same stream, with a stage of clean images after each of its own.

        Returns:
            The Stream.

        Source: Niu et al. 2022 (arXiv:2204.02610), which looks at what is forgotten.
        """
        stages = [stage for own in self.conditions for stage in (own, Condition("clean", 0))]
        return replace(self, conditions=tuple(stages), name=f"{self.name} with clean")

    def plan(self, ids: Sequence[int] | np.ndarray, labels: Sequence[int] | np.ndarray | None, seed: int) -> Plan:
        """Which sample comes when.

        Args:
            ids: (N,) the samples.
            labels: (N,) their classes, whole numbers; needed where the stream is correlated.
            seed: any integer; it fixes the order.

        Returns:
            The Plan, of N or `stage_size` times as many steps as there are stages.

        Raises:
            OptionError: labels are needed and not given, or are not one for each sample; or a stage is larger than what
                there is.
        """
        samples = np.asarray(ids, np.int64)
        if self.correlation is not None and (labels is None or len(labels) != len(samples)):
            raise OptionError("a correlated stream needs the class of each sample; pass labels, or correlation=None")
        if self.stage_size is not None and self.stage_size > len(samples):
            raise OptionError(f"stage_size {self.stage_size} is more than the {len(samples)} samples that there are")
        classes = None if self.correlation is None else np.asarray(labels)
        drawn = [self._drawn(len(samples), seed, stage) for stage in range(len(self.conditions))]
        stages = np.repeat(np.arange(len(drawn)), len(drawn[0]))
        if self.mix:
            places = np.concatenate(drawn)
            order = self._order(None if classes is None else classes[places], len(places), seed, -1)
            return Plan(samples[places[order]], stages[order])
        places = np.concatenate(
            [
                own[self._order(None if classes is None else classes[own], len(own), seed, stage)]
                for stage, own in enumerate(drawn)
            ]
        )
        return Plan(samples[places], stages)

    def _drawn(self, count: int, seed: int, stage: int) -> np.ndarray:
        """Which of `count` samples come in a stage, ascending."""
        if self.stage_size is None:
            return np.arange(count)
        return np.sort(drawer(seed, len(self.conditions) + stage + 1).permutation(count)[: self.stage_size])

    def _order(self, classes: np.ndarray | None, count: int, seed: int, stage: int) -> np.ndarray:
        """In which order `count` samples come in a stage: the same in all, but for dealt classes."""
        if classes is None or self.correlation is None:
            return drawer(seed, 0).permutation(count)
        if self.correlation == 0:
            shuffled = drawer(seed, 0).permutation(count)
            return shuffled[np.argsort(classes[shuffled], kind="stable")]
        return dealt(classes, self.correlation, drawer(seed, stage + 1))

    def to_dict(self) -> dict[str, Any]:
        """Everything, in JSON's types.

        Returns:
            Each field by name; `Stream(**fields)` is an equal object.
        """
        return {**asdict(self), "conditions": [list(stage) for stage in self.conditions]}


def variant_of_order(order: Any) -> str | None:
    """The benchmark's own where the order is that of one; None for ImageNet-C's, and for names."""
    return own_variant(order) if isinstance(order, (str, Path)) else None


def checked_correlation(value: Any) -> float:
    """A number from 0 up, also one of NumPy's, or OptionError."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not 0 <= value < np.inf:
        raise OptionError(f"correlation {value!r} is neither None nor a number from 0 up")
    return value if type(value) is int else float(as_written(value))


def drawer(seed: int, stage: int) -> np.random.RandomState:
    """Draws for a stage: of NumPy's generators the one whose numbers are promised to stay."""
    digest = hashlib.sha256(f"{seed}\nstream\n{stage}".encode()).digest()
    return np.random.RandomState(np.frombuffer(digest, "<u4"))


def dealt(classes: np.ndarray, concentration: float, draw: np.random.RandomState) -> np.ndarray:
    """An order (N,) of samples of these classes (N,) in which few classes come at a time.

    The samples of each class, in random order, are dealt to slots of time in shares that a symmetric Dirichlet
    distribution gives; in a slot the classes come one after the other, in random order.

    Source: Yuan et al. 2023 (arXiv:2303.13899), section 4.1, with its 100 slots for 100 classes and more.
    """
    kinds = np.unique(classes)
    slots: list[list[np.ndarray]] = [[] for _ in range(min(len(kinds), MOST_SLOTS))]
    for kind in kinds:
        members = draw.permutation(np.flatnonzero(classes == kind))
        shares = dirichlet(concentration, len(slots), draw)
        cuts = np.floor(np.cumsum(shares)[:-1] * len(members)).astype(int)
        for slot, part in zip(slots, np.split(members, cuts), strict=True):
            slot.append(part)
    return np.concatenate([slot[n] for slot in slots for n in draw.permutation(len(slot))])


def dirichlet(concentration: float, count: int, draw: np.random.RandomState) -> np.ndarray:
    """Shares (count,) by a symmetric Dirichlet distribution. All of its gamma variates may be below what float64 holds,
    or their sum above: what is next to such a concentration is one share of 1, or equal ones.
    """
    shares = draw.dirichlet([min(concentration, 1e300)] * count)
    if np.isnan(shares).any():
        shares = np.zeros(count)
        shares[draw.randint(count)] = 1.0
    return shares
