"""The page about minimal sample distances."""

from pathlib import Path

import numpy as np

from ..reports.pages import Section, save, table
from ..runtime.checks import check_path
from .charts import heat_map
from .sample_distances import SampleDistances


def distances_page(found: SampleDistances, path: str | Path) -> Path:
    """Write a page with the heat map of minimal sample distances, in clustered order, and what is nearest to what.

    Args:
        found: as `minimal_sample_distances` gives it.
        path: the file.

    Returns:
        The path.

    Raises:
        OptionError: it cannot be written.
    """
    facts = found.facts
    about = [f"{found.images:,} images"]
    about += [f"{name} {facts[name]}" for name in ("features", "benchmark", "seed") if name in facts]
    if levels := facts.get("severities"):
        about.append(f"severities {', '.join(map(str, levels))}")
    title = f"Minimal sample distances of {len(found.names)} corruptions"
    return save(check_path("path", path), title, ", ".join(about), sections(found))


def sections(found: SampleDistances) -> list[Section]:
    """What stands on it."""
    form = f".{found.decimals}f"
    drawn = heat_map(
        found.names,
        found.distances,
        shades=nearness(found.distances),
        form=form,
        corner="mean under, nearest sample under",
        tip="from the mean under {} to the nearest sample under {}",
    )
    rows = [
        (name, others[0], format(found.distances[n, found.names.index(others[0])], form), ", ".join(others[1:3]))
        for n, (name, others) in enumerate(found.nearest.items())
        if others
    ]
    return [
        Section(
            "What is near what",
            (
                "From the mean feature vector of the images under the corruption of the row to the nearest feature "
                "vector of an image under that of the column. Dark is near: training on the column's corruption is "
                "then likely to help under the row's. Not symmetric; on the diagonal are the corruption's own "
                "images. Colors go from the least distance to the greatest between two corruptions. Those that are "
                "near stand together.",
            ),
            drawn,
        ),
        Section(
            "Each corruption",
            ("What is nearest to its mean, of the others.",),
            table(("Corruption", "Nearest", "Distance", "Then"), rows),
        ),
    ]


def nearness(distances: np.ndarray) -> np.ndarray:
    """(n, n) on 0..1: 1 for the least distance, 0 for the greatest between two corruptions."""
    others = distances[~np.eye(len(distances), dtype=bool)]
    least, greatest = distances.min(initial=np.inf), others.max(initial=-np.inf)
    if not greatest > least:
        return np.ones_like(distances)
    shades: np.ndarray = ((greatest - distances) / (greatest - least)).clip(0, 1)
    return shades
