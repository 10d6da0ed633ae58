"""What each image gets: one condition, one drawn for each sample, every condition of a grid, or the frames of a
sequence.

All are values: equal when they say the same, keyed by the sample id where they draw, and kept as JSON. A corruption's
name is looked up by what uses them, a loader say, whose `variant` may be a file that gives it.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from ..catalogue import CLEAN, Condition, check_severity, is_chain, strength
from ..catalogue.chain import THEN, links_of
from ..errors import OptionError
from ..runtime.checks import check_count, check_flag, check_integer, check_name, check_numbers


@dataclass(frozen=True)
class Policy:
    """The common part; use Single, Mixture, Grid or Frames.

    Args:
        conditions: those that can come up.
    """

    kind: ClassVar[str] = ""

    conditions: tuple[Condition, ...]

    @property
    def turns(self) -> int:
        """How often a batch is given out, each time under other conditions."""
        return 1

    @property
    def frames(self) -> int | None:
        """How many images each image becomes, in a tensor (N, frames, C, H, W); None where it stays one."""
        return None

    def assign(self, ids: np.ndarray, *, epoch: int, seed: int, turn: int = 0) -> list[Condition]:
        """The condition of each sample; it depends on nothing but the arguments.

        Args:
            ids: (N,) int64, the sample ids.
            epoch: the epoch, from 0.
            seed: what fixes the draws.
            turn: which of the `turns`.

        Returns:
            N conditions.
        """
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Everything, in JSON's types.

        Returns:
            The kind and each field by name; `from_dict` reads it back to an equal object.
        """
        return {"kind": self.kind, **{name: _plain(value) for name, value in asdict(self).items()}}

    def to_json(self) -> str:
        """Everything, as a text.

        Returns:
            JSON, which `from_json` reads back to an equal object.
        """
        return json.dumps(self.to_dict())

    @staticmethod
    def from_dict(record: Mapping[str, Any]) -> "Policy":
        """The policy that `to_dict` was called on.

        Args:
            record: what `to_dict` gave.

        Returns:
            An equal object.

        Raises:
            UnknownNameError: there is no such kind of policy.
            OptionError: the fields are not that kind's, or a value is wrong.
            SeverityError: a severity is wrong.
        """
        if not isinstance(record, Mapping):
            raise OptionError(f"{record!r} is no policy; what to_dict() or to_json() gave is needed")
        fields = dict(record)
        kind = fields.pop("kind", None)
        check_name("kind of policy", kind, KINDS)
        try:
            return KINDS[kind](**fields)
        except TypeError as error:
            raise OptionError(f"this is no {kind}: {error}") from error

    @staticmethod
    def from_json(text: str) -> "Policy":
        """The policy that `to_json` was called on.

        Args:
            text: what `to_json` gave.

        Returns:
            An equal object.

        Raises:
            UnknownNameError, OptionError, SeverityError: as `from_dict`; OptionError also for what is not JSON.
        """
        try:
            record = json.loads(text)
        except (TypeError, ValueError) as error:
            raise OptionError(f"this is no policy: {error}; what to_json() gave is needed") from error
        return Policy.from_dict(record)


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def several(values: Any) -> list[Any]:
    """What is no list as a list of it alone; a set in one order, since its own is another in each run of Python."""
    if isinstance(values, (set, frozenset)):
        return sorted(values, key=str)
    return list(values) if isinstance(values, Iterable) and not isinstance(values, str) else [values]


def check_conditions(conditions: Iterable[Any]) -> tuple[Condition, ...]:
    """Conditions from (corruption, severity[, trial]) each, checked but for their names: a benchmark file may give
    them, and whoever uses them knows which.
    """
    checked = []
    if not isinstance(conditions, Iterable):
        raise OptionError(f"{conditions!r} is no list of conditions, (corruption, severity) each")
    for item in several(conditions):
        if isinstance(item, str) or not isinstance(item, Sequence) or not 2 <= len(item) <= 3:
            raise OptionError(
                f"{item!r} is no condition; (corruption, severity) or (corruption, severity, trial) is needed"
            )
        name, severity, trial = (*item, 0)[:3]
        severity = check_severity(severity)
        if not isinstance(name, str):
            raise OptionError(f"{item!r} is no condition; its corruption must be a name")
        if name == CLEAN.corruption:
            severity = CLEAN.severity  # whatever a default said: there is nothing to be strong
        elif is_chain(name):
            links_of(name)
        checked.append(Condition(name, severity, check_integer("trial", trial)))
    if not checked:
        raise OptionError("there are no conditions; give at least one (corruption, severity)")
    return tuple(checked)


@dataclass(frozen=True)
class Single(Policy):
    """The same condition for every image.

    Args:
        conditions: the one condition, (corruption, severity[, trial]), in a sequence.

    Raises:
        OptionError: it is none, or there is another number of them.
        SeverityError: there is no such severity.
    """

    kind: ClassVar[str] = "single"

    def __post_init__(self) -> None:
        object.__setattr__(self, "conditions", check_conditions(self.conditions))
        if len(self.conditions) != 1:
            raise OptionError(f"Single holds one condition, not {len(self.conditions)}; use Mixture or Grid")

    def assign(self, ids: np.ndarray, *, epoch: int, seed: int, turn: int = 0) -> list[Condition]:
        """The one condition, N times.

        Args:
            ids: (N,) int64, the sample ids.
            epoch: the epoch, from 0; not looked at.
            seed: what fixes the draws; there are none.
            turn: which of the `turns`; not looked at.

        Returns:
            N conditions.
        """
        return [self.conditions[0]] * len(ids)


@dataclass(frozen=True)
class InTurn(Policy):
    """Every image under every condition, in their order: what a Grid and Frames have in common."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "conditions", check_conditions(self.conditions))

    def assign(self, ids: np.ndarray, *, epoch: int, seed: int, turn: int = 0) -> list[Condition]:
        """One of the conditions, N times.

        Args:
            ids: (N,) int64, the sample ids.
            epoch: the epoch, from 0; not looked at.
            seed: what fixes the draws; there are none.
            turn: which of the turns or frames, and so which condition.

        Returns:
            N conditions.
        """
        return [self.conditions[turn]] * len(ids)


@dataclass(frozen=True)
class Grid(InTurn):
    """Every image under every condition, decoded once: a batch comes back once for each condition, in their order.

    Args:
        conditions: (corruption, severity[, trial]) each; ("clean", 0) for the image itself.

    Raises:
        OptionError: there are none, or one is no condition.
        SeverityError: a severity is no number from 0 up.

    >>> Grid.of(["fog", "snow"], severities=[1, 5]).turns  # the clean condition comes first
    5
    """

    kind: ClassVar[str] = "grid"

    @classmethod
    def of(
        cls,
        corruptions: str | Iterable[str],
        severities: float | Iterable[float] = (1, 2, 3, 4, 5),
        trials: int | Iterable[int] = (0,),
        *,
        clean: bool = True,
    ) -> "Grid":
        """Every corruption at every severity in every trial.

        Args:
            corruptions: names of `corruptions()`, or one.
            severities: 0 to the strongest level; fractions allowed; or one.
            trials: the numbers of repetitions with other draws, or one.
            clean: whether the clean condition comes first.

        Returns:
            The Grid; the trials vary fastest, then the severities.

        Raises:
            OptionError, SeverityError: as for the class.
        """
        names, levels, repeats = map(several, (corruptions, severities, trials))
        crossed = [Condition(name, level, trial) for name in names for level in levels for trial in repeats]
        return cls((*([CLEAN] if check_flag("clean", clean) else []), *crossed))

    @property
    def turns(self) -> int:
        """One for each condition."""
        return len(self.conditions)


@dataclass(frozen=True)
class Frames(InTurn):
    """Every image as a sequence: under each condition once, the frames together in a tensor (N, frames, C, H, W).

    Args:
        conditions: of the frames in their order, (corruption, severity[, trial]) each; ("clean", 0) for the image
            itself.

    Raises:
        OptionError: there are none, or one is no condition.
        SeverityError: a severity is no number from 0 up.

    >>> Frames.of("translate", variant="imagenet-p").frames
    41
    """

    kind: ClassVar[str] = "frames"

    @classmethod
    def of(cls, corruption: str, variant: str | None = None, trial: int = 0) -> "Frames":
        """All levels of a corruption, in their order.

        Args:
            corruption: its name, such as a sequence of "imagenet-p".
            variant: the variant, benchmark or benchmark file whose levels are meant, to be given to the loader as well.
            trial: the number of a repetition with other draws.

        Returns:
            The Frames.

        Raises:
            UnknownNameError, OptionError, BenchmarkError: there is no such corruption or variant.
        """
        most = strength(corruption, variant, 224, 224).levels.most
        return cls(tuple(Condition(corruption, level, trial) for level in range(1, most + 1)))

    @property
    def frames(self) -> int:
        """One for each condition."""
        return len(self.conditions)


@dataclass(frozen=True)
class Mixture(Policy):
    """For training: in each epoch every sample stays clean, or gets one of the conditions, drawn by its id.

    Args:
        conditions: (corruption, severity[, trial]) each.
        corrupted: the probability of not staying clean, 0..1: one number, or (first, last) for a share that grows
            linearly over `epochs` and then stays.
        epochs: how many epochs the growth takes, the last of them having the last share.
        weights: how likely each condition is, relative to the others, from 0 up; equally without.
        fresh: draw all anew in each epoch: which samples stay clean, their conditions, and the corruption's own
            randomness (its trial is then the epoch's number). Without, a sample has one condition and one corrupted
            copy for good; where the share grows, it turns from its clean image to that.

    Raises:
        OptionError: there are no conditions or one is none, or a share, the epochs, the weights or `fresh` are wrong.
        SeverityError: a severity is no number from 0 up.

    `constant`, `incremental` and `half` are the recipes that papers compare.

    >>> Mixture([("fog", 3), ("snow", 2)], corrupted=(0.05, 0.95), epochs=10).share(9)
    0.95
    """

    kind: ClassVar[str] = "mixture"

    corrupted: float | tuple[float, float] = 0.5
    epochs: int = 1
    weights: Sequence[float] | None = None
    fresh: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "conditions", check_conditions(self.conditions))
        object.__setattr__(self, "epochs", check_count("epochs", self.epochs, 1))
        object.__setattr__(self, "fresh", check_flag("fresh", self.fresh))
        shares = check_numbers("corrupted", self.corrupted)
        if not 1 <= len(shares) <= 2 or not all(0 <= share <= 1 for share in shares):
            raise OptionError(f"corrupted {self.corrupted!r} is neither a probability from 0 to 1 nor a pair of them")
        object.__setattr__(self, "corrupted", shares[0] if shares[0] == shares[-1] else shares)
        if self.weights is not None:
            weights = check_numbers("weights", self.weights)
            if len(weights) != len(self.conditions) or not all(0 <= w < math.inf for w in weights) or sum(weights) == 0:
                raise OptionError(
                    f"weights {self.weights!r} must be {len(self.conditions)} numbers from 0 up, not all 0"
                )
            object.__setattr__(self, "weights", weights)

    @classmethod
    def constant(cls, conditions: Iterable[Any], weights: Sequence[float] | None = None) -> "Mixture":
        """Every sample corrupted, in all epochs the same copy of it.

        Args:
            conditions: (corruption, severity[, trial]) each.
            weights: as for the class.

        Returns:
            The Mixture.

        Raises:
            OptionError, SeverityError: as for the class.

        Source: Cavey, Dolan and Stock, "Strategies for Robust Image Classification".
        """
        return cls(check_conditions(conditions), 1.0, weights=weights, fresh=False)

    @classmethod
    def incremental(
        cls,
        conditions: Iterable[Any],
        epochs: int,
        first: float = 0.05,
        last: float = 1.0,
        weights: Sequence[float] | None = None,
    ) -> "Mixture":
        """A share of the samples corrupted that grows linearly over the epochs.

        Args:
            conditions: (corruption, severity[, trial]) each.
            epochs: how many epochs there are.
            first: the share in the first, 0..1. The paper's text says that 5 % are clean then, its reasoning that 5 %
                are corrupted; the first is `first=0.95`.
            last: the share in the last.
            weights: as for the class.

        Returns:
            The Mixture.

        Raises:
            OptionError, SeverityError: as for the class.

        Source: Cavey, Dolan and Stock, "Strategies for Robust Image Classification".
        """
        return cls(check_conditions(conditions), (first, last), epochs, weights)

    @classmethod
    def half(cls, conditions: Iterable[Any], weights: Sequence[float] | None = None) -> "Mixture":
        """Each sample corrupted with probability one half, drawn anew in each epoch, so about half of a batch.

        Args:
            conditions: (corruption, severity[, trial]) each.
            weights: as for the class.

        Returns:
            The Mixture.

        Raises:
            OptionError, SeverityError: as for the class.

        Source: Laugros 2022, thesis 2022GRALT016, chapter 4. Differs: the half is drawn by each sample's id, not
        counted off in the batch, so that what an image gets does not depend on which others it comes with.
        """
        return cls(check_conditions(conditions), 0.5, weights=weights)

    def share(self, epoch: int) -> float:
        """The probability of being corrupted in an epoch.

        Args:
            epoch: its number, from 0.

        Returns:
            The share, 0..1.
        """
        if not isinstance(self.corrupted, tuple):
            return self.corrupted
        first, last = self.corrupted
        done = 1.0 if self.epochs == 1 else min(max(epoch, 0) / (self.epochs - 1), 1.0)
        return first + (last - first) * done if done < 1 else last

    def assign(self, ids: np.ndarray, *, epoch: int, seed: int, turn: int = 0) -> list[Condition]:
        """A draw for each id from two words of the keyed generator; its key holds the seed and, where draws are fresh,
        the epoch.

        Args:
            ids: (N,) int64, the sample ids.
            epoch: the epoch, from 0: it decides the share too.
            seed: what fixes the draws.
            turn: which of the `turns`; there is but one.

        Returns:
            N conditions.
        """
        from ..kernels.draws import Words
        from ..kernels.philox import condition_key

        key = condition_key(seed, "mixture", epoch if self.fresh else 0, 0)
        edges = np.cumsum(self.weights if self.weights is not None else [1.0] * len(self.conditions))
        edges /= edges[-1]
        words = Words(0, np.asarray(ids, np.int64), key).array((2,))
        which = np.searchsorted(edges, words[:, 1] * 2.0**-32, side="right")
        which[words[:, 0] >= self.share(epoch) * 2.0**32] = len(self.conditions)
        given = [
            one._replace(trial=epoch) if self.fresh and one.corruption != CLEAN.corruption else one
            for one in self.conditions
        ]
        given.append(CLEAN)
        return [given[n] for n in which.tolist()]


KINDS: dict[str, type[Policy]] = {cls.kind: cls for cls in (Single, Mixture, Grid, Frames)}


def as_policy(corruption: Any, severity: float | None, trial: int) -> Policy:
    """A Policy as it is, a Condition, or a corruption's name with its severity (default 3) and trial."""
    if isinstance(corruption, str):
        return Single((Condition(corruption, 3 if severity is None else severity, trial),))
    if isinstance(corruption, Sequence) and all(isinstance(one, Sequence) for one in corruption):
        raise OptionError(
            f"corruption {corruption!r} is a {type(corruption).__name__}. Each image under each of several: sweep() or "
            "Grid.of(names, severities); each image under one that is drawn for it: Mixture([(name, severity), ...]); "
            f'one after the other: a chain, "NAME{THEN}NAME"'
        )
    if severity is not None or trial != 0:
        raise OptionError(
            f"severity and trial belong to a corruption's name; {type(corruption).__name__} holds its own"
        )
    if isinstance(corruption, Policy):
        return corruption
    if isinstance(corruption, Sequence):
        return Single((corruption,))  # type: ignore[arg-type]
    raise OptionError(
        f"corruption is a {type(corruption).__name__}; a name, a Condition, a Mixture, a Grid or Frames is needed"
    )
