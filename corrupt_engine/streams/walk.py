"""Walks through pairs of corruptions: the second grows while the first fades, at a level of accuracy that is held.

Source: Press et al. 2023, "RDumb" (arXiv:2306.05401), section 3 and its published code (MIT).
"""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np

from ..catalogue import CLEAN, Condition, chain_name, check_severity, find_variant, strength
from ..catalogue.writing import toml
from ..errors import OptionError, RecordError
from ..evaluation.run import evaluate
from ..loader.defaults import own_unless_given
from ..loader.loader import CorruptLoader
from ..models import as_loaded
from ..runtime.checks import check_path, refuse
from ..runtime.files import whole_file
from ..sources import open_source
from .orders import STEP


@dataclass(frozen=True)
class PairAccuracies:
    """The accuracy of a model where an image has one corruption and then another, for each two in both orders.

    Args:
        corruptions: their names.
        severities: ascending from 0, the same for all.
        accuracies: (C, C, S, S) on 0..1: of the first corruption, the second, and their severities; NaN where both are
            the same.
        model: the model's name.
        images: how many were evaluated.
    """

    corruptions: tuple[str, ...]
    severities: tuple[float, ...]
    accuracies: np.ndarray
    model: str
    images: int

    def between(self, first: str, second: str, step: float = STEP) -> np.ndarray:
        """The accuracies of a pair in finer steps.

        Args:
            first: the corruption that comes first.
            second: the one that is applied to its result.
            step: of the severities.

        Returns:
            (steps, steps) from severity 0 to the strongest measured, bilinear between what was measured; of the first
            corruption and the second.

        Raises:
            OptionError: one was not measured, or both are the same.
        """
        for name in (first, second):
            if name not in self.corruptions or first == second:
                raise OptionError(
                    f"{first!r} and {second!r} are no pair of different ones of {', '.join(self.corruptions)}"
                )
        table = self.accuracies[self.corruptions.index(first), self.corruptions.index(second)]
        fine = np.arange(0, self.severities[-1] + step / 2, step)
        rows = np.array([np.interp(fine, self.severities, row) for row in table])
        return np.array([np.interp(fine, self.severities, column) for column in rows.T]).T

    def save(self, path: str | Path) -> Path:
        """Write them.

        Args:
            path: a file .json.

        Returns:
            The path.

        Raises:
            OptionError: the file has another suffix or cannot be written.
        """
        file = check_path("path", path)
        if file.suffix != ".json":
            raise OptionError(f"accuracies of pairs are saved as .json, and {file.name} is none")
        known = {
            f"{a} {b}": self.accuracies[n, m].round(6).tolist()
            for (n, a), (m, b) in permutations(enumerate(self.corruptions), 2)
        }
        held = {"model": self.model, "images": self.images, "severities": self.severities, "accuracies": known}
        with whole_file(file, "table of accuracies") as part:
            part.write_text(json.dumps(held), encoding="utf-8")
        return file

    @classmethod
    def load(cls, path: str | Path) -> "PairAccuracies":
        """Those that `save` wrote, or a table of the same form from elsewhere.

        Args:
            path: the file: "severities", and "accuracies" by "FIRST SECOND", for each two corruptions in both orders.

        Returns:
            The PairAccuracies.

        Raises:
            RecordError: it does not exist or is no such table.
        """
        file = check_path("path", path)
        try:
            held = json.loads(file.read_text(encoding="utf-8"))
            severities = tuple(float(one) for one in held["severities"])
            check_ascending(severities)
            names = tuple(dict.fromkeys(pair.split(" ")[0] for pair in held["accuracies"]))
            table = np.full((len(names), len(names), len(severities), len(severities)), np.nan)
            if len(names) < 2:
                raise ValueError("there are no pairs")
            for (n, a), (m, b) in permutations(enumerate(names), 2):
                own = np.array(held["accuracies"][f"{a} {b}"], np.float64)
                if own.shape != table.shape[2:] or not ((own >= 0) & (own <= 1)).all():
                    raise ValueError(
                        f"{a} {b} needs {len(severities)} x {len(severities)} accuracies from 0 to 1, and has "
                        f"{' x '.join(map(str, own.shape)) or 1} from {own.min():g} to {own.max():g}"
                    )
                table[n, m] = own
            return cls(names, severities, table, str(held["model"]), int(held["images"]))
        except OSError as error:
            raise RecordError(f"{file} cannot be read: {error.strerror or error}") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RecordError(
                f"{file} is no table of accuracies of pairs as PairAccuracies.save writes it: {error}"
            ) from error


def measure_pairs(
    model: Any,
    source: Any,
    corruptions: Sequence[str],
    *,
    severities: Sequence[float] = (0, 1, 2, 3, 4, 5),
    record: str | Path | None = None,
    limit: int | None = None,
    **options: Any,
) -> PairAccuracies:
    """The accuracy of a model under each two of some corruptions in both orders: what a walk needs.

    With C corruptions and S severities above 0 it evaluates C S + C (C - 1) S^2 conditions: 4,620 for fourteen and the
    usual five. The published tables have steps of a quarter, 73,080.

    Args:
        model: as for `evaluate`.
        source: likewise; images are brought to the size that `geometry` says, else to the model's own, else to that of
            ImageNet-C, as by `evaluate_stream`.
        corruptions: two or more names.
        severities: ascending from 0; up to the strongest level of each.
        record: the file of an ordinary record, which a killed run goes on from.
        limit: how many of the images are taken.
        options: the other options of `evaluate`.

    Returns:
        The PairAccuracies.

    Raises:
        OptionError: there are fewer than two corruptions or severities, they do not ascend from 0, or an option is
            decided here.
        SeverityError: one is above a corruption's strongest.
        UnknownNameError, SourceError, RecordError: as for `evaluate`.

    Source: Press et al. 2023 (arXiv:2306.05401), section 3.
    """
    refuse("measure_pairs", options, ("benchmark", "severities", "trials", "mistakes", "variant"), "it is decided here")
    names = tuple(corruptions)
    if isinstance(corruptions, str) or len(names) < 2 or len(set(names)) < len(names):
        raise OptionError(f"corruptions {corruptions!r} are not two or more different names")
    levels = [check_severity(one) for one in severities]
    check_ascending(levels)
    for name in names:
        check_severity(levels[-1], strength(name, None, 224, 224).levels.most, name)
    opened, loaded = open_source(source), as_loaded(model)
    options = own_unless_given(options, geometry=loaded.geometry)
    geometry = CorruptLoader(opened, num_workers=0, geometry=options.pop("geometry")).geometry
    quality = None
    if options.get("as_stored"):
        height, width, _ = geometry(opened.decode(0)[0]).shape
        quality = find_variant(None, height, width, names[0])[1].stored_quality
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pairs.toml"
        file.write_text(pairs_text(names, levels[1:], quality), encoding="utf-8")
        report = evaluate(loaded, opened, file, record=record, limit=limit, mistakes=0, geometry=geometry, **options)

    def accuracy(condition: Condition) -> float:
        return float(report.predictions[condition].correct.mean())

    table = np.full((len(names), len(names), len(levels), len(levels)), np.nan)
    above = range(1, len(levels))
    for (n, a), (m, b) in permutations(enumerate(names), 2):
        table[n, m, 0, 0] = accuracy(CLEAN)
        for i in above:
            table[n, m, i, 0] = accuracy(Condition(alone(a), i))
            table[n, m, 0, i] = accuracy(Condition(alone(b), i))
            for j in above:
                table[n, m, i, j] = accuracy(Condition(then(a, b), (i - 1) * len(above) + j))
    return PairAccuracies(names, tuple(levels), table, report.model, report.samples)


def check_ascending(severities: Sequence[float]) -> None:
    """OptionError for severities that a walk has no use of."""
    if len(severities) < 2 or severities[0] != 0 or sorted(set(severities)) != list(severities):
        raise OptionError(f"severities {tuple(severities)} do not ascend from 0")


def alone(name: str) -> str:
    """What the file of pairs calls a corruption by itself."""
    return f"{name}_alone"


def then(first: str, second: str) -> str:
    """What it calls two of them."""
    return f"{first}_then_{second}"


def pairs_text(names: Sequence[str], levels: Sequence[float], quality: int | None) -> str:
    """A benchmark file of each corruption by itself, and of each two at all pairs of levels; quality of the stored
    JPEG.
    """
    entries: dict[str, Any] = {}
    for name in names:
        other = next(one for one in names if one != name)
        entries[alone(name)] = {"of": chain_name([name, other]), "table": {name: list(levels), other: 0}}
    for a, b in permutations(names, 2):
        pairs = [(i, j) for i in levels for j in levels]
        entries[then(a, b)] = {
            "of": chain_name([a, b]),
            "table": {a: [i for i, _ in pairs], b: [j for _, j in pairs]},
        }
    about = {"stored": {} if quality is None else {"jpeg_quality": quality}, "corruptions": entries}
    return toml({"name": "pairs", "source": "Press et al. 2023, arXiv:2306.05401", **about})


def staircase(accuracies: np.ndarray, target: float) -> list[tuple[int, int]]:
    """A way from the first corruption alone to the second alone: in each step the first is one weaker, or the second
    one stronger.

    It ends where the second alone comes nearest to the target. To each cell leads the predecessor with which the mean
    accuracy from the start comes nearest to it, and of all starts the one is taken whose whole way does. (Where the
    published facts leave open at which strength it ends, this keeps the accuracy where the next pair takes over.)

    Args:
        accuracies: (S, S) by the steps of the first and the second.
        target: the mean accuracy that is wanted, 0..1.

    Returns:
        (step of the first, step of the second) from (start, 0) to (0, end).
    """
    end = 1 + int(np.argmin(np.abs(accuracies[0, 1:] - target)))
    best: tuple[float, list[tuple[int, int]]] = (np.inf, [])
    for start in range(1, len(accuracies)):
        ways: dict[tuple[int, int], tuple[float, list[tuple[int, int]]]] = {}
        for i in range(start, -1, -1):
            for j in range(end + 1):
                before = [ways[cell] for cell in ((i + 1, j), (i, j - 1)) if cell in ways] or [(0.0, [])]
                sums = [(total + float(accuracies[i, j]), [*way, (i, j)]) for total, way in before]
                ways[i, j] = min(sums, key=lambda one: abs(one[0] / len(one[1]) - target))
        total, way = ways[0, end]
        best = min(best, (abs(total / len(way) - target), way), key=lambda one: one[0])
    return best[1]


def cell(first: str, second: str, severity: float, other: float) -> Condition:
    """The condition of one place of a way."""
    if not other:
        return Condition(first, severity)
    if not severity:
        return Condition(second, other)
    return Condition(chain_name([(first, severity), (second, other)]), 1)
