"""Corruptions held to another library's functions under the same draws: how far their bytes lie apart."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from corrupt_engine.catalogue import find_benchmark, find_corruption
from corrupt_engine.kernels import cpu
from corrupt_engine.kernels.draws import Draws
from tests.golden_files import golden_image

PHOTOGRAPHS = ("cat", "astronaut")
IDS = range(8)
SIDE = 224
IMAGES = len(PHOTOGRAPHS) * len(IDS)
SAMPLED = "places and weights in float32, OpenCV's in steps"

Held = Callable[[np.ndarray, Any, Mapping[str, Any]], np.ndarray]
"""(image, parameters, draws) -> the other library's image."""


def differences(name: str, held: Held, benchmark: str) -> np.ndarray:
    """(mean, share above 0, above 1 and above 8 levels, most) over photographs and ids, in the middle of the levels."""
    file, found = find_benchmark(benchmark).file, []
    corruption = find_corruption(file.entries[name].of)
    levels = file.levels(name, corruption, file.usual)
    p = levels.params((len(levels.rows) + 1) // 2)
    for photograph in PHOTOGRAPHS:
        image = golden_image(f"inputs/{photograph}_{SIDE}.png")
        for number in IDS:
            spec = corruption.draws(p, SIDE, SIDE)
            d = Draws(spec, np.array([number]), (5, 6), cpu.draw)
            ours = np.empty((1, *image.shape), np.uint8)
            corruption.apply(cpu, image[None], ours, p, d)
            library = held(image.copy(), p, {key: np.array(getattr(d, key)[0]) for key in spec})
            apart = abs(ours[0].astype(int) - library)
            found.append((apart.mean(), *((apart > least).mean() for least in (0, 1, 8)), apart.max()))
    return np.append(np.mean(found, axis=0)[:4], np.max(found, axis=0)[4])


def table(held: Mapping[str, tuple[Held, str]], reasons: Mapping[str, str]) -> list[str]:
    """A row for each, by name: its function and the benchmark whose parameters it has; and why they differ."""
    lines = [
        "| | mean, levels | bytes that differ | by more than 1 | by more than 8 | most | why |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, (function, benchmark) in sorted(held.items()):
        mean, *shares, most = differences(name, function, benchmark)
        cells = [f"{mean:.3f}", *(f"{100 * share:.2f} %" for share in shares), f"{most:.0f}"]
        lines.append(f"| {name} | {' | '.join(cells)} | {reasons.get(name, '' if most == 0 else SAMPLED)} |")
        print(lines[-1])
    return [*lines, ""]


def write(
    result: Path,
    title: str,
    module: str,
    library: str,
    held: Mapping[str, tuple[Held, str]],
    reasons: Mapping[str, str],
) -> None:
    """The page of a comparison: `table` below what it is of.

    Args:
        result: the file.
        title: its heading.
        module: of this folder, which makes it.
        library: the other one, with its version.
        held: as for `table`.
        reasons: likewise.
    """
    about = (
        f"Made by `python -m benchmarks.{module}` with {library}: the same draws for both, {IMAGES} images of {SIDE} x "
        f"{SIDE}, in the middle of the levels."
    )
    result.write_text("\n".join([f"# {title}", "", about, "", *table(held, reasons)]))
