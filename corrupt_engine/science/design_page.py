"""The page about categories of corruptions, and about a benchmark that is drawn from them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import UnknownNameError
from ..reports.formats.html.svg import element
from ..reports.pages import Section, save, table
from ..runtime.checks import check_path
from .categories import Categories
from .charts import heat_map
from .design import mean_overlap, rows_of, uncovered
from .overlap_matrix import OverlapMatrix
from .overlap_page import each, told, undefined


def design_page(matrix: OverlapMatrix, found: Categories, path: str | Path, names: Sequence[str] = ()) -> Path:
    """Write a page with the heat map of an overlap matrix in blocks of its categories, and with the balance and the
    coverage of a benchmark.

    Args:
        matrix: as `overlap` gives it.
        found: its categories.
        path: the file.
        names: the benchmark's corruptions, two or more, all of which have a category; none where there is none.

    Returns:
        The path.

    Raises:
        UnknownNameError: a corruption has no category, or the matrix has none of that name.
        OptionError: the page cannot be written, or the benchmark is of one corruption.
    """
    for name in names:
        if name not in found.of:
            raise UnknownNameError("corruption in a category", name, found.of)
    parts = [in_blocks(matrix, found)]
    if names:
        parts += [balance(matrix, found, names), coverage(matrix, names)]
    about = [f"{len(matrix.names)} corruptions", f"{len(found.members)} categories"]
    about += [f"a benchmark of {len(names)}"] if names else []
    return save(
        check_path("path", path),
        "Categories of corruptions",
        ", ".join(about),
        [*parts, *undefined(matrix), each(matrix)],
    )


def in_blocks(matrix: OverlapMatrix, found: Categories) -> Section:
    """The heat map, and how much categories overlap within and with the others."""
    groups = [[matrix.names.index(name) for name in members] for members in (*found.members, found.left_out)]
    rows = []
    for n, members in enumerate(found.members):
        others = [name for other in found.members if other is not members for name in other]
        within = mean_overlap(matrix, members) if len(members) > 1 else float("nan")
        rows.append((str(n + 1), ", ".join(members), told(within), told(mean_with(matrix, members, others))))
    return Section(
        "What belongs together",
        (
            "Corruptions whose scores with all others are alike, by K-means on the rows of the matrix: each block is a "
            f"category. The mean correlation of two rows is {told(found.within)} within a category and "
            f"{told(found.between)} between two. In a cell is the overlap, and below it its standard error over the "
            "test images.",
        ),
        heat_map(matrix.names, matrix.scores, matrix.errors, groups=groups)
        + element("p", "How much the categories overlap, in the mean over pairs:")
        + table(("Category", "Corruptions", "Mean overlap within", "With others"), rows),
    )


def balance(matrix: OverlapMatrix, found: Categories, names: Sequence[str]) -> Section:
    """What the benchmark measures twice, and how its categories are represented."""
    weights = [
        (name, str(found.of[name] + 1), told(mean_with(matrix, [name], [other for other in names if other != name])))
        for name in names
    ]
    counts = [(str(n + 1), str(len(set(members) & set(names)))) for n, members in enumerate(found.members)]
    represented = [int(count) for _, count in counts if count != "0"]
    return Section(
        "The benchmark, and what it measures twice",
        (
            f"Its {len(names)} corruptions overlap by {told(mean_overlap(matrix, names))} in the mean over pairs. "
            "Below is each one's mean overlap with the others: where these are alike, all that the benchmark measures "
            f"has the same weight. Of {len(found.members)} categories {len(represented)} are represented; the "
            f"standard deviation of the number of their representatives is {float(np.std(represented)):.2f}.",
        ),
        table(("Corruption", "Category", "Mean overlap with the others"), weights)
        + element("p", "How many of each category there are:")
        + table(("Category", "Representatives"), counts),
    )


def coverage(matrix: OverlapMatrix, names: Sequence[str]) -> Section:
    """What the benchmark says nothing of."""
    without = uncovered(matrix, names)
    others = [name for name in matrix.names if name not in names]
    greatest = [
        (name, names[int(np.nanargmax(row))], float(np.nanmax(row)))
        for name, row in zip(others, rows_of(matrix, others, names), strict=True)
        if not np.isnan(row).all()
    ]
    return Section(
        "What it does not cover",
        (
            f"Without overlap with any of its corruptions: {', '.join(without) or 'none of the others'}. Below is the "
            "greatest overlap of each other corruption with one of the benchmark's, the least first.",
        ),
        table(
            ("Corruption", "Greatest overlap", "With"),
            [
                (name, told(score), other if score > 0 else "")
                for name, other, score in sorted(greatest, key=lambda row: row[2])
            ],
        ),
    )


def mean_with(matrix: OverlapMatrix, rows: Sequence[str], columns: Sequence[str]) -> float:
    """The mean of the defined scores of some corruptions with others; NaN where none is."""
    part = rows_of(matrix, rows, columns)
    known = part[~np.isnan(part)]
    return float(known.mean()) if len(known) else float("nan")
