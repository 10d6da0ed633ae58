"""Corruptions that behave alike, found from their overlap: K-means on the rows of the matrix."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..errors import MissingExtraError, OptionError
from ..runtime.checks import check_integer
from .overlap_matrix import OverlapMatrix

THRESHOLD = 0.5


@dataclass(frozen=True)
class Categories:
    """Corruptions in categories.

    Args:
        members: the names in each category, the largest category first.
        within: the mean Pearson correlation of the matrix's rows over the pairs within a category; NaN where none has
            two members.
        between: the mean over all other pairs; NaN where there is one category.
        left_out: names without a category, since their scores are undefined.

    Source: Laugros 2022, thesis 2022GRALT016, chapter 4.
    """

    members: tuple[tuple[str, ...], ...]
    within: float
    between: float
    left_out: tuple[str, ...] = ()

    @property
    def of(self) -> dict[str, int]:
        """The number of each corruption's category, from 0."""
        return {name: number for number, names in enumerate(self.members) for name in names}

    def to_dict(self) -> dict[str, Any]:
        """Everything, in JSON's types.

        Returns:
            Each field by name, None for NaN.
        """
        found = asdict(self)
        return {name: None if value != value else value for name, value in found.items()}

    @staticmethod
    def from_dict(record: Mapping[str, Any]) -> "Categories":
        """What `to_dict` was called on.

        Args:
            record: what it gave.

        Returns:
            An equal one.

        Raises:
            OptionError: it is something else.
        """
        try:
            within, between = (np.nan if record[name] is None else record[name] for name in ("within", "between"))
            return Categories(
                tuple(map(tuple, record["members"])), float(within), float(between), tuple(record["left_out"])
            )
        except (TypeError, ValueError, KeyError) as error:
            raise OptionError(f"these are no categories: {error}") from error

    def __str__(self) -> str:
        lines = [f"{number + 1}  {', '.join(names)}" for number, names in enumerate(self.members)]
        lines.append(f"mean correlation within {shown(self.within)}, between {shown(self.between)}")
        return "\n".join(lines + ([f"undefined: {', '.join(self.left_out)}"] if self.left_out else []))


def categories(matrix: OverlapMatrix, threshold: float = THRESHOLD, seed: int = 0) -> Categories:
    """K-means on the rows of an overlap matrix, with as many categories as it takes.

    Args:
        matrix: as `overlap` gives it.
        threshold: K is raised from 1 until the mean Pearson correlation of the rows within a category exceeds this, or
            there is a category for each.
        seed: fixes where K-means begins.

    Returns:
        The Categories.

    Raises:
        OptionError: fewer than two corruptions have scores, or the threshold is no correlation.
        MissingExtraError: scikit-learn is not installed.

    Source: Laugros 2022, thesis 2022GRALT016, chapter 4: six categories for forty corruptions.
    """
    try:
        from sklearn.cluster import KMeans
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "science") from error
    check_integer("seed", seed)
    if not isinstance(threshold, (int, float)) or not -1 <= threshold < 1:
        raise OptionError(f"threshold {threshold!r} is no correlation from -1 to below 1")
    known = ~np.isnan(np.diag(matrix.scores))
    names = np.array(matrix.names)[known]
    left_out = tuple(name for name, there in zip(matrix.names, known, strict=True) if not there)
    if len(names) < 2:
        raise OptionError(f"{len(names)} corruptions have scores; two or more are needed (undefined: {left_out})")
    rows = matrix.scores[np.ix_(known, known)]
    alike = correlations(rows)
    for count in range(1, len(names) + 1):
        labels = np.arange(len(names))
        if count < len(names):
            labels = KMeans(count, n_init=20, random_state=seed % 2**32).fit_predict(rows)
        within, between = means(alike, labels)
        if not within <= threshold:  # NaN where no category has two members
            break
    groups = [tuple(names[labels == label].tolist()) for label in np.unique(labels)]
    groups.sort(key=lambda group: (-len(group), matrix.names.index(group[0])))
    return Categories(tuple(groups), within, between, left_out)


def correlations(rows: np.ndarray) -> np.ndarray:
    """Pearson's for each pair of rows; of rows without any spread 1 where they are equal, else 0."""
    centred = rows - rows.mean(1, keepdims=True)
    sizes = np.linalg.norm(centred, axis=1)
    flat = sizes < 1e-12
    scale = np.where(flat, 1.0, sizes)
    found: np.ndarray = centred @ centred.T / np.outer(scale, scale)
    both = flat[:, None] & flat[None]
    found[both] = (np.abs(rows[:, None] - rows[None]).max(-1) < 1e-12)[both]
    return found


def means(alike: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """The mean over pairs within a category and over the other pairs; NaN where there are none."""
    above = np.triu_indices(len(labels), 1)
    same = labels[above[0]] == labels[above[1]]
    pairs = alike[above]
    return tuple(float(part.mean()) if len(part) else float("nan") for part in (pairs[same], pairs[~same]))  # type: ignore[return-value]


def shown(value: float) -> str:
    """A correlation, or what stands for none."""
    return "?" if np.isnan(value) else f"{value:.2f}"
