"""Frost's photographs: where they are found, that they are the published ones, and how they are prepared.

They are published with the ImageNet-C scripts and inside the PyPI packages imagecorruptions and imagecorruptions-imaug
(Apache-2.0). They are only read as files, from the folder in the environment variable CORRUPT_ENGINE_FROST or else from
an installed package. A stand-in made by a formula exists, and is used only where it is asked for by name.
"""

import functools
import hashlib
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from ..errors import MissingTexturesError
from ..kernels.kept import kept

FOLDER_VARIABLE = "CORRUPT_ENGINE_FROST"
PACKAGE = "imagecorruptions"
TEXTURES = ("published", "procedural")

FILES = {
    "frost1.png": "ff9f907860bd7a835d459e32f9d588062b7f61ee267343cc7222b56753a14755",
    "frost2.png": "fe211a89b336999c207a852ce05818d4545d0b57c5beadd824b4cc9d9a9b6137",
    "frost3.png": "2d0d50b4a9bb213f38b024ef7768731bb83cc08d2f26b5766bbc167cdfa0e504",
    "frost4.jpg": "3f8b91ca1a9fa7167b09e773da53f5ae60d0a1fd88f02a783f6e328a72887f6e",
    "frost5.jpg": "5fc6a19df4a429ba68abdcc8f8a4278d4c9f81c9ccafd2c92ab0c8cf8992ebd2",
}
"""The five files that the published script draws from, in its order, with their SHA-256."""

COVER = 1.1
"""A texture smaller than the image is enlarged to this many times the smallest cover (our rule; the original knows no
such case).
"""
SPARE, ALWAYS = 16, 1 << 20
"""Of an enlarged texture at most SPARE pixels for each of the image are made, and ALWAYS pixels in any case, from the
middle of its longer side: the five for an image of 65,000 x 1 pixels would take 140 GB. Images up to seven times as
long as wide have the whole texture."""


class Atlas(NamedTuple):
    """All textures in one buffer: texture t is (heights[t], widths[t], 3) uint8 from offsets[t] on."""

    pixels: np.ndarray
    offsets: np.ndarray
    heights: np.ndarray
    widths: np.ndarray


def find_folder() -> Path | None:
    """The folder that should hold the published textures, or None where there is none."""
    if chosen := os.environ.get(FOLDER_VARIABLE):
        return Path(chosen)
    if PACKAGE not in _found:
        spec = importlib.util.find_spec(PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            return None
        _found[PACKAGE] = Path(spec.submodule_search_locations[0]) / "frost"
    return _found[PACKAGE]


_found: dict[str, Path] = {}
"""Where a package was found: looking for it takes .3 ms, half of a frost. What is not there may come yet."""


@functools.lru_cache(maxsize=4)
def load_published(folder: Path | None) -> tuple[np.ndarray, ...]:
    """The five textures as (H, W, 3) uint8 RGB, or MissingTexturesError."""
    way = (
        f'get them with: pip install "corrupt-engine[reference]", or put {", ".join(FILES)} of the ImageNet-C scripts '
        "in a folder and set "
        f'{FOLDER_VARIABLE} to it; a stand-in for trials, not for publication, is textures="procedural"'
    )
    if folder is None:
        raise MissingTexturesError(f"frost needs its published photographs, and they are not installed; {way}")
    photographs = []
    for name, digest in FILES.items():
        path = folder / name
        if not path.is_file():
            raise MissingTexturesError(f"frost needs {name}, and {folder} does not hold it; {way}")
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise MissingTexturesError(
                f"{path} is not the published texture: its SHA-256 does not begin with {digest[:12]}; {way}"
            )
        with Image.open(path) as photograph:
            photographs.append(np.asarray(photograph.convert("RGB")))
    return tuple(photographs)


@functools.cache
def make_procedural() -> tuple[np.ndarray, ...]:
    """Five stand-ins of the published sizes: bluish-white needles of thresholded plasma, the same on every machine."""
    from ..kernels import cpu
    from ..kernels.draws import Words, uniform
    from ..kernels.philox import condition_key

    sizes = ((600, 900), (315, 560), (315, 560), (350, 527), (495, 660))
    key = condition_key(0, "procedural frost", 0.0, 0)
    photographs = []
    for number, (height, width) in enumerate(sizes):
        plasma = cpu.draw(uniform(-1.0, 1.0, 1024, 1024), Words(0, np.array([number]), key))
        cpu.plasma(plasma, 1.6)
        ridges = 1.0 - np.abs(2.0 * plasma[0, :height, :width] - 1.0)
        light = np.clip(ridges, 0.0, 1.0)[..., None] ** 2
        photographs.append((light * np.array([205.0, 225.0, 240.0])).astype(np.uint8))
    return tuple(photographs)


def prepare(photograph: np.ndarray, scale: float, height: int, width: int) -> np.ndarray:
    """A texture reduced by the variant's scale, and enlarged where the image is larger than it."""
    if scale != 1.0:
        from ..kernels.primitives.opencv_resize import opencv_bilinear

        photograph = opencv_bilinear(photograph, scale)
    rows, columns = photograph.shape[:2]
    if rows >= height and columns >= width:
        return photograph
    factor = COVER * max(height / rows, width / columns)
    wide, high = max(width, round(columns * factor)), max(height, round(rows * factor))
    left = top = 0.0
    if wide * high > (most := max(ALWAYS, SPARE * height * width)):
        if width / columns > height / rows:
            whole, high = high, max(height, most // wide)
            top = rows * (1 - high / whole) / 2
        else:
            whole, wide = wide, max(width, most // high)
            left = columns * (1 - wide / whole) / 2
    part = (left, top, columns - left, rows - top)
    return np.asarray(Image.fromarray(photograph).resize((wide, high), Image.Resampling.BICUBIC, box=part))


@kept
def make_atlas(kind: str, folder: Path | None, scale: float, height: int, width: int, only: int | None = None) -> Atlas:
    """The atlas for images of at least this size; of one texture alone where `only` says which."""
    photographs = make_procedural() if kind == "procedural" else load_published(folder)
    ready = [
        prepare(photograph, scale, height, width) if only in (None, number) else photograph[:0]
        for number, photograph in enumerate(photographs)
    ]
    sizes = np.array([photograph.size for photograph in ready])
    return Atlas(
        np.concatenate([photograph.reshape(-1) for photograph in ready]),
        np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64),
        np.array([photograph.shape[0] for photograph in ready], np.int64),
        np.array([photograph.shape[1] for photograph in ready], np.int64),
    )


@kept
def smallest(kind: str, folder: Path | None, scale: float) -> tuple[int, int]:
    """The height and the width that every texture has at least."""
    atlas = make_atlas(kind, folder, scale, 1, 1)
    return int(atlas.heights.min()), int(atlas.widths.min())


def texture_asset(kind: str) -> Callable[[float, int, int, np.ndarray], Atlas]:
    """What the frost kernel is handed: (scale, height, width, drawn) -> Atlas with the textures whose numbers were
    drawn. Raises MissingTexturesError at once.
    """
    folder = None if kind == "procedural" else find_folder()
    if kind != "procedural":
        load_published(folder)

    def atlas(scale: float, height: int, width: int, drawn: np.ndarray) -> Atlas:
        least = smallest(kind, folder, scale)
        if height <= least[0] and width <= least[1]:
            return make_atlas(kind, folder, scale, 1, 1)
        # Enlarging all five takes 30 to 80 ms for an image of 500 x 375 pixels; one by itself needs one.
        return make_atlas(kind, folder, scale, height, width, int(drawn[0]) if (drawn == drawn[0]).all() else None)

    return atlas
