"""Benchmarks drawn from categories of corruptions, and what they weigh."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..catalogue import Benchmark
from ..catalogue.writing import benchmark_text
from ..errors import OptionError, UnknownNameError
from ..runtime.checks import check_count, check_integer, check_path
from ..runtime.files import whole_file
from ..runtime.seeds import numpy_generator
from .categories import Categories
from .overlap_matrix import OverlapMatrix

PICKS = 1000


def draw(found: Categories, represented: int, each: int, seed: int = 0) -> tuple[str, ...]:
    """A benchmark drawn at random: some of the categories, and as many distinct corruptions of each.

    Args:
        found: the categories.
        represented: how many categories are drawn, from those with enough corruptions.
        each: how many corruptions of each.
        seed: fixes the draw.

    Returns:
        The names, category by category.

    Raises:
        OptionError: too few categories have so many corruptions.

    Source: Laugros 2022, thesis 2022GRALT016, algorithm 2.
    """
    check_count("represented", represented, 1)
    check_count("each", each, 1)
    large = [names for names in found.members if len(names) >= each]
    if len(large) < represented:
        raise OptionError(
            f"{represented} categories of {each} corruptions or more are needed, and there are {len(large)}; ask for "
            "fewer, or find categories with another threshold"
        )
    generator = numpy_generator(check_integer("seed", seed))
    chosen = sorted(generator.choice(len(large), represented, replace=False))
    drawn = [generator.choice(len(large[number]), each, replace=False) for number in chosen]
    return tuple(large[number][place] for number, own in zip(chosen, drawn, strict=True) for place in sorted(own))


def mean_overlap(matrix: OverlapMatrix, names: Sequence[str]) -> float:
    """The mean score over the pairs of a benchmark's corruptions: what it measures twice.

    Args:
        matrix: as `overlap` gives it.
        names: the corruptions, two or more.

    Returns:
        The mean of the defined scores; NaN where none is.

    Raises:
        UnknownNameError: the matrix has no such corruption.
        OptionError: there are fewer than two.
    """
    part = rows_of(matrix, names, names)
    if len(part) < 2:
        raise OptionError("an overlap is between two corruptions or more")
    pairs = part[np.triu_indices(len(part), 1)]
    known = pairs[~np.isnan(pairs)]
    return float(known.mean()) if len(known) else float("nan")


def uncovered(matrix: OverlapMatrix, names: Sequence[str]) -> tuple[str, ...]:
    """The corruptions that a benchmark does not cover: all their scores with its corruptions are 0.

    Args:
        matrix: as `overlap` gives it.
        names: the benchmark's corruptions.

    Returns:
        Names of the matrix, without the benchmark's own and without those of which a score is undefined.

    Raises:
        UnknownNameError: the matrix has no such corruption.

    Source: Laugros 2022, thesis 2022GRALT016, section 4.3.
    """
    part = rows_of(matrix, matrix.names, names)
    return tuple(name for name, row in zip(matrix.names, part, strict=True) if name not in names and (row == 0).all())


def suggest(
    matrix: OverlapMatrix, found: Categories, represented: int, each: int, picks: int = PICKS, seed: int = 0
) -> tuple[str, ...]:
    """Of many drawn benchmarks the one with the least mean overlap.

    Args:
        matrix: as `overlap` gives it.
        found: its categories.
        represented: how many categories, as for `draw`; n = 6 gave Syn2Nat.
        each: how many corruptions of each; Syn2Nat has k = 3.
        picks: how many are drawn.
        seed: fixes the draws.

    Returns:
        The names, category by category.

    Raises:
        OptionError: as for `draw`; or no drawn benchmark has two corruptions with a defined score.

    Source: Laugros 2022, thesis 2022GRALT016, algorithm 2 and section 4.4.
    """
    check_count("picks", picks, 1)
    if represented * each < 2:
        raise OptionError("a benchmark of one corruption has no overlap; ask for two or more")
    drawn = {draw(found, represented, each, seed + pick): None for pick in range(picks)}
    known = {names: mean for names in drawn if not np.isnan(mean := mean_overlap(matrix, names))}
    if not known:
        raise OptionError("no drawn benchmark has two corruptions with a defined score")
    return min(known, key=lambda names: known[names])


def unbalance(found: Categories, names: Sequence[str], seed: int = 0) -> tuple[str, ...]:
    """A benchmark with one corruption replaced so that its categories weigh more unequally.

    Args:
        found: the categories.
        names: the benchmark's corruptions, all of which have a category.
        seed: fixes which replacement is made of those that are allowed: the standard deviation of the number of
            representatives rises, and every category that is represented stays so.

    Returns:
        The names, the new one in the place of the old.

    Raises:
        UnknownNameError: a corruption has no category.
        OptionError: no replacement is allowed.

    Source: Laugros 2022, thesis 2022GRALT016, section 4.5.
    """
    for name in names:
        if name not in found.of:
            raise UnknownNameError("corruption in a category", name, found.of)
    counts = np.zeros(len(found.members), int)
    for name in names:
        counts[found.of[name]] += 1
    allowed = []
    for place, old in enumerate(names):
        for new in found.of:
            changed = counts.copy()
            changed[found.of[old]] -= 1
            changed[found.of[new]] += 1
            stay = ((changed > 0) == (counts > 0)).all()
            if new not in names and stay and changed[counts > 0].std() > counts[counts > 0].std():
                allowed.append((place, new))
    if not allowed:
        raise OptionError("no replacement unbalances this benchmark and leaves each of its categories represented")
    generator = numpy_generator(check_integer("seed", seed))
    place, new = allowed[generator.integers(len(allowed))]
    return (*names[:place], new, *names[place + 1 :])


def save_benchmark(path: str | Path, names: Sequence[str], of: Benchmark, source: str) -> Path:
    """Write a choice of a benchmark's corruptions as a benchmark file, which `evaluate` takes.

    Args:
        path: the file, NAME.toml; the benchmark is called NAME.
        names: the corruptions.
        of: the benchmark whose tables they have, from `find_benchmark`.
        source: what the file says of where it comes from.

    Returns:
        The path.

    Raises:
        UnknownNameError: the benchmark has no such corruption.
        OptionError: the file has another suffix or cannot be written.
    """
    target = check_path("path", path)
    if target.suffix != ".toml":
        raise OptionError(f"a benchmark file ends in .toml, and {target.name} does not")
    text = benchmark_text(target.stem, names, of, source)
    with whole_file(target, "benchmark file") as part:
        part.write_text(text, encoding="utf-8")
    return target


def rows_of(matrix: OverlapMatrix, rows: Sequence[str], columns: Sequence[str]) -> np.ndarray:
    """The scores of some corruptions with others."""
    for name in (*rows, *columns):
        if name not in matrix.names:
            raise UnknownNameError("corruption of the matrix", name, matrix.names)
    part: np.ndarray = matrix.scores[np.ix_([*map(matrix.names.index, rows)], [*map(matrix.names.index, columns)])]
    return part
