"""What the page shows: a card for each corruption, with the photograph at its severities."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, features

from ...catalogue import find_benchmark, find_corruption, own_variant, strength
from ...catalogue.facts import corruption_facts, facts_of
from ...errors import MissingTexturesError
from ...runtime.checks import check_count
from ...transforms.corrupt import corrupt
from ...transforms.depth import RAMP, stand_in

MOST = 5
"""Severities of a corruption that are shown; of more, so many in equal steps, the weakest and the strongest too."""
KIND = "webp" if features.check("webp") else "jpeg"
QUALITY = 60
"""At 160 pixels a picture is 3.4 KB as WebP and 5.1 as JPEG of quality 70, the mean of 209 of the test photograph."""


class Picture(NamedTuple):
    """The photograph under one condition.

    Args:
        severity: a whole number; 0 for the clean one.
        data: an image file of this module's KIND.
    """

    severity: int
    data: bytes


class Card(NamedTuple):
    """A corruption on the page.

    Args:
        name: of the corruption, as its benchmark calls it.
        family: its heading.
        about: formula and cause.
        source: where it was published.
        benchmarks: those that have it.
        milliseconds: its measured time; None where there is none.
        most: how many severities it has.
        pictures: from the weakest to the strongest; at most MOST of them.
    """

    name: str
    family: str
    about: str
    source: str
    benchmarks: tuple[str, ...]
    milliseconds: float | None
    most: int
    pictures: tuple[Picture, ...]


def cards(
    image: np.ndarray,
    names: Sequence[str] | None = None,
    *,
    benchmark: str | Path | None = None,
    tile: int = 160,
    seed: int = 0,
    textures: str = "published",
) -> tuple[list[Card], dict[str, str]]:
    """One photograph under many corruptions.

    Args:
        image: (H, W, 3) uint8.
        names: corruptions; default all, or all of the benchmark.
        benchmark: whose names and severity tables are used, by name or file; default each corruption's home benchmark.
        tile: the longer side of a picture in pixels; a smaller image stays as it is.
        seed: fixes what is random.
        textures: as in `corrupt()`.

    Returns:
        (cards, left out): the cards by family and name; and why others have none, by name: no known benchmark has
        severities of it, or what it needs is not installed.

    Raises:
        UnknownNameError, OptionError, ImageError, BenchmarkError: as `corrupt()`.
        MissingTexturesError: a corruption that was named needs them.
    """
    check_count("tile", tile, 16)
    planned, left_out = outlines(image.shape[0], image.shape[1], names, benchmark)
    variant = None if benchmark is None else own_variant(benchmark)
    found: list[Card] = []
    options: dict[str, Any] = {"seed": seed, "variant": variant, "textures": textures}
    for card in planned:
        depth = stand_in(card.name, image.shape, variant)
        try:
            pictures = [
                made._replace(data=encoded(corrupt(image, card.name, made.severity, **options, **depth), tile))
                for made in card.pictures
            ]
        except MissingTexturesError as error:
            if names is not None:
                raise
            left_out[card.name] = str(error)
            continue
        found.append(card._replace(pictures=tuple(pictures)))
    return found, left_out


def outlines(
    height: int, width: int, names: Sequence[str] | None = None, benchmark: str | Path | None = None
) -> tuple[list[Card], dict[str, str]]:
    """What `cards` gives, without the pictures: their data are empty."""
    facts = corruption_facts()
    variant = None if benchmark is None else own_variant(benchmark)
    everything = facts if benchmark is None else find_benchmark(benchmark).corruptions
    found: list[Card] = []
    left_out: dict[str, str] = {}
    for name in everything if names is None else dict.fromkeys(names):
        meant = find_corruption(name, variant)
        known = facts[meant.name] if meant.name in facts else facts_of(meant, variant)
        if names is None and benchmark is None and not known.benchmarks:
            left_out[name] = "it belongs to no known benchmark, so its severities are not known"
            continue
        most = strength(name, variant, height, width).levels.most
        time = None if known.speed is None else known.speed.milliseconds
        pictures = tuple(Picture(severity, b"") for severity in sampled(most))
        homes = tuple(known.benchmarks)
        about = f"{known.about} (here with {RAMP})" if known.needs else known.about
        found.append(Card(name, known.family, about, known.source, homes, time, most, pictures))
    return sorted(found, key=lambda card: (card.family, card.name)), left_out


def sampled(most: int) -> list[int]:
    """The severities that are shown of so many.

    >>> sampled(3), sampled(31)
    ([1, 2, 3], [1, 9, 16, 24, 31])
    """
    steps = min(most, MOST)
    return [1 + int((most - 1) * n / max(1, steps - 1) + 0.5) for n in range(steps)]


def encoded(image: np.ndarray, tile: int) -> bytes:
    """An image as a small file."""
    picture = Image.fromarray(image)
    if (scale := tile / max(picture.size)) < 1:
        width, height = (max(1, round(side * scale)) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.save(file, KIND, quality=QUALITY)
    return file.getvalue()
