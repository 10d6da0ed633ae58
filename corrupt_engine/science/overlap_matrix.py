"""The overlap of corruptions as a value: scores, their errors, and why some are undefined."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..catalogue import CLEAN
from ..errors import OptionError
from ..metrics import overlap_scores, own_gains, resampled_means
from ..metrics.corruption import ratio
from ..records.results import Results
from ..reports.aligned import aligned
from ..reports.together import ids_of
from ..runtime.checks import check_name, check_path
from ..runtime.files import read_json, write_json

KINDS = ("residual", "preserved")
MARGIN = 0.1
RESAMPLES = 1000
"""Standard errors of 1,000 resamples are themselves known to 1 / sqrt(2,000) of their size, 2 %."""


@dataclass(frozen=True)
class OverlapMatrix:
    """Overlap scores of n corruptions.

    Args:
        names: the corruptions.
        scores: (n, n), symmetric, 1 on the diagonal and not below 0; NaN where undefined.
        errors: (n, n), the standard error of each by a bootstrap over the test images; NaN where undefined.
        clean: (n + 1,), the accuracy on clean images, 0..1: of the model trained on those, then of that trained on each
            corruption.
        kept: (n + 1, n), the accuracy under each corruption, the mean over its levels; models likewise.
        undefined: why a corruption has no scores, by its name.
        kind: "residual": residual robustness, or "preserved": the share of the clean accuracy that is preserved.
        images: how many test images.
        facts: what made it: the benchmark, epochs, seed, seconds.

    Source: Laugros 2022, thesis 2022GRALT016, section 4.2.
    """

    names: tuple[str, ...]
    scores: np.ndarray
    errors: np.ndarray
    clean: np.ndarray
    kept: np.ndarray
    undefined: Mapping[str, str]
    kind: str
    images: int
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        standard: Results,
        trained: Mapping[str, Results],
        *,
        kind: str = "residual",
        margin: float = MARGIN,
        seed: int = 0,
        failed: Mapping[str, str] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> "OverlapMatrix":
        """From the predictions of the models.

        Args:
            standard: of the model trained on clean images.
            trained: by corruption, of the model trained with half of its images corrupted by it. All are of the same
                test images under these corruptions at the same levels.
            kind: of KINDS: what the scores are made of.
            margin: by how much the clean accuracy of a model may differ from the standard one's, 0..1.
            seed: fixes the bootstrap.
            failed: why there is no model of some further corruption, by its name.
            facts: what is to be kept with it.

        Returns:
            The OverlapMatrix. A corruption is undefined where training on it gained nothing, within a standard error,
            or cost more clean accuracy than the margin.

        Raises:
            UnknownNameError: there is no such kind.
            OptionError: the margin is wrong, or the results are not of the same images and conditions.
        """
        check_kind(kind, margin)
        failed = failed or {}
        names = tuple(trained)
        columns = np.stack(
            [right for results in (standard, *trained.values()) for right in answers(results, standard, names)], axis=1
        )
        means = columns.mean(0)[None]
        draws = resampled_means(columns, RESAMPLES, seed)
        shape = (len(names) + 1, len(names) + 1)
        (clean, kept, level), (_, _, levels) = (taken_apart(part.reshape(-1, *shape), kind) for part in (means, draws))
        gains, gain_errors = own_gains(level)[0], own_gains(levels).std(0, ddof=1)
        undefined = dict(failed)
        for n, name in enumerate(names):
            if not gains[n] > gain_errors[n]:
                undefined[name] = (
                    f"training on it gained nothing under it: {gains[n]:+.4f}, with a standard error of "
                    f"{gain_errors[n]:.4f}; train for longer, or at stronger levels"
                )
            elif abs(cost := clean[0, 0] - clean[0, n + 1]) > margin:
                undefined[name] = f"training on it changed the clean accuracy by {-cost:+.3f}, beyond {margin:g}"
        every = (*names, *(name for name in failed if name not in names))
        known = [n for n, name in enumerate(names) if name not in undefined]
        place = np.ix_(known, known)
        scores, errors = np.full((2, len(every), len(every)), np.nan)
        scores[place] = overlap_scores(level)[0][place]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of columns where all resamples are undefined
            errors[place] = np.nanstd(overlap_scores(levels), 0, ddof=1)[place]
        return cls(
            every,
            scores,
            errors,
            padded(clean[0], (len(every) + 1,)),
            padded(kept[0], (len(every) + 1, len(every))),
            undefined,
            kind,
            len(columns),
            dict(facts or {}),
        )

    @cached_property
    def mean(self) -> np.ndarray:
        """(n,): the mean score of each corruption with the others, its weight in the benchmark; NaN where none is
        defined.
        """
        others = np.where(np.eye(len(self.names), dtype=bool), np.nan, self.scores)
        counts = (~np.isnan(others)).sum(1)
        return ratio(np.nansum(others, 1), counts)

    @property
    def alone(self) -> tuple[str, ...]:
        """The corruptions that share nothing with any other: all their scores are 0."""
        return tuple(name for name, mean in zip(self.names, self.mean, strict=True) if mean == 0)

    def to_dict(self) -> dict[str, Any]:
        """Everything, in JSON's types.

        Returns:
            Each field by name, None for NaN; `from_dict` reads it back.
        """
        found = asdict(self)
        for name in ("scores", "errors", "clean", "kept"):
            found[name] = nothing(getattr(self, name).tolist())
        return found

    @staticmethod
    def from_dict(record: Mapping[str, Any]) -> "OverlapMatrix":
        """The matrix that `to_dict` was called on.

        Args:
            record: what `to_dict` gave.

        Returns:
            An equal one.

        Raises:
            OptionError: it is something else.
        """
        try:
            fields = {**record, "names": tuple(record["names"])}
            count = len(fields["names"])
            square, tall = (count, count), (count + 1, count)
            shapes: dict[str, tuple[int, ...]] = {"scores": square, "errors": square, "clean": tall[:1], "kept": tall}
            for name, shape in shapes.items():
                fields[name] = np.array(record[name], np.float64)
                if fields[name].shape != shape:
                    raise ValueError(f"{name} of {count} corruptions are {shape}, and here {fields[name].shape}")
            return OverlapMatrix(**fields)
        except (TypeError, ValueError, KeyError) as error:
            raise OptionError(f"this is no overlap matrix: {error}") from error

    def save(self, path: str | Path) -> Path:
        """Write it as JSON; `overlap_page` writes a page with a heat map.

        Args:
            path: the file.

        Returns:
            The path.

        Raises:
            OptionError: it cannot be written.
        """
        return write_json(check_path("path", path), "overlap matrix", self.to_dict())

    @staticmethod
    def load(path: str | Path) -> "OverlapMatrix":
        """Read what `save` wrote.

        Args:
            path: the file.

        Returns:
            The OverlapMatrix.

        Raises:
            OptionError: it cannot be read, or is something else.
        """
        return read_json(path, "an overlap matrix", OverlapMatrix.from_dict)

    def __str__(self) -> str:
        cells = [
            [name, *("?" if np.isnan(score) else f"{score:.2f}" for score in (*self.scores[n], self.mean[n]))]
            for n, name in enumerate(self.names)
        ]
        rows = aligned([("overlap", *(str(n + 1) for n in range(len(self.names))), "mean"), *cells], gap=1)
        rows += [f"{name} is undefined: {why}" for name, why in self.undefined.items()]
        return "\n".join(rows)


def check_kind(kind: str, margin: float) -> None:
    """UnknownNameError or OptionError for what the scores cannot be made of."""
    check_name("kind", kind, KINDS)
    if not isinstance(margin, (int, float)) or not 0 <= margin <= 1:
        raise OptionError(f"margin {margin!r} is no accuracy from 0 to 1")


def answers(results: Results, standard: Results, names: Sequence[str]) -> list[np.ndarray]:
    """(N,) each: the share of right answers to each image, clean and then under each corruption at all levels."""
    if not np.array_equal(ids_of(results), ids_of(standard)) or not np.array_equal(results.labels, standard.labels):
        raise OptionError(f"the results of {results.model} are of other images than those of {standard.model}")
    found = [results.predictions[CLEAN].correct.astype(np.float64)]
    for name in names:
        own = [key for key in standard.predictions if key.corruption == name]
        if not own or any(key not in results.predictions for key in own):
            raise OptionError(f"the results of {results.model} lack conditions of {name}")
        found.append(np.mean([results.predictions[key].correct for key in own], axis=0))
    return found


def taken_apart(means: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(..., n + 1, n + 1) accuracies, clean first -> clean (..., n + 1), under corruption (..., n + 1, n), and what the
    scores are made of, more being better.
    """
    clean, kept = means[..., 0], means[..., 1:]
    return clean, kept, kept - clean[..., None] if kind == "residual" else ratio(kept, clean[..., None])


def padded(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The values with NaN after them."""
    made = np.full(shape, np.nan)
    made[tuple(slice(size) for size in values.shape)] = values
    return made


def nothing(values: Any) -> Any:
    """NaN as None, in lists of lists."""
    if isinstance(values, list):
        return [nothing(value) for value in values]
    return None if values != values else values
