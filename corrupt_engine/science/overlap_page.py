"""The page about an overlap matrix."""

from pathlib import Path

import numpy as np

from ..reports.pages import Section, save, table
from ..runtime.checks import check_path
from .charts import heat_map
from .overlap_matrix import OverlapMatrix

KIND_NAMES = {"residual": "residual robustness", "preserved": "the accuracy that is preserved"}


def overlap_page(matrix: OverlapMatrix, path: str | Path) -> Path:
    """Write a page with the heat map of a matrix, in clustered order, and what its corruptions weigh.

    Args:
        matrix: as `overlap` gives it.
        path: the file.

    Returns:
        The path.

    Raises:
        OptionError: it cannot be written.
    """
    facts = matrix.facts
    about = [f"{matrix.images:,} test images", KIND_NAMES[matrix.kind]]
    about += [f"{name} {facts[name]}" for name in ("benchmark", "epochs", "seed") if name in facts]
    return save(
        check_path("path", path), f"Overlap of {len(matrix.names)} corruptions", ", ".join(about), sections(matrix)
    )


def sections(matrix: OverlapMatrix) -> list[Section]:
    """What stands on it."""
    found = [
        Section(
            "What overlaps",
            (
                "1 where training on one corruption helps under the other as much as training on that one itself, 0 "
                "where it does not help: two corruptions with a high score measure the same thing. Below each its "
                "standard error over the test images. Those that are alike stand together.",
            ),
            heat_map(matrix.names, matrix.scores, matrix.errors),
        )
    ]
    return [*found, *undefined(matrix), each(matrix), *took(matrix)]


def undefined(matrix: OverlapMatrix) -> list[Section]:
    """Why some have no score; nothing where all have."""
    if not matrix.undefined:
        return []
    rows = list(matrix.undefined.items())
    return [
        Section("What is undefined", ("These have no score, for a ratio would be of noise.",), table(("", ""), rows))
    ]


def each(matrix: OverlapMatrix) -> Section:
    """What each corruption weighs, and what training on it gave."""
    means = [
        (
            name,
            told(matrix.mean[n]),
            percent(matrix.clean[n + 1]),
            percent(matrix.kept[0, n]),
            percent(matrix.kept[n + 1, n]),
        )
        for n, name in enumerate(matrix.names)
    ]
    told_alone = ", ".join(matrix.alone) or "none"
    return Section(
        "Each corruption",
        (
            "Mean overlap: with the others, that is how much weight what it measures has in the benchmark. "
            f"Without overlap with any other: {told_alone}. The accuracies are those of the model trained with it, "
            f"and for comparison of the one trained on clean images, which is right for {percent(matrix.clean[0])} "
            "of those.",
        ),
        table(
            ("Corruption", "Mean overlap", "Clean accuracy", "Under it, clean training", "Under it, own training"),
            means,
        ),
    )


def took(matrix: OverlapMatrix) -> list[Section]:
    """How long the trainings took; nothing where that is not known."""
    seconds = matrix.facts.get("seconds")
    if not seconds:
        return []
    spent = [(name, f"{value:,.0f} s") for name, value in seconds.items()]
    return [Section("What it took", ("Of the time for training, that for images is a part.",), table(("", ""), spent))]


def told(value: float) -> str:
    """A score, or what stands for none."""
    return "?" if np.isnan(value) else f"{value:.2f}"


def percent(value: float) -> str:
    """An accuracy, or what stands for none."""
    return "?" if np.isnan(value) else f"{100 * value:.1f} %"
