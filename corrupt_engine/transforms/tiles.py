"""The bank of small pictures that stickers and mosaics are made of: a person's own, or a stand-in where it is asked for
by name.

LAION-C took them from photographs of a large collection, which is not published with it. A bank is a folder of
photographs, of which each is brought to 224 x 224 and then to the side of a tile, or one file .npy of (B, S, S, 3)
uint8; the environment variable CORRUPT_ENGINE_TILES says where.
"""

import functools
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import MissingTexturesError
from .geometry import Geometry

BANK_VARIABLE = "CORRUPT_ENGINE_TILES"
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
PHOTOGRAPH = Geometry(resize=256, crop=224)
PROCEDURAL = 1024
"""Tiles of the stand-in."""
SIDE = 32  # pixels that they are made with
USUAL = 16  # pixels, of a sticker


def find_bank() -> Path | None:
    """Where the person's own bank should be, or None where nobody said."""
    chosen = os.environ.get(BANK_VARIABLE)
    return Path(chosen) if chosen else None


def way_out() -> str:
    """What to do where there is no bank."""
    return (
        f"set {BANK_VARIABLE} to a folder of photographs, the more the better (the published images are made of "
        "100,000), or to a file .npy of tiles (B, S, S, 3) uint8; a stand-in for trials, not for publication, is "
        'textures="procedural"'
    )


def load_bank(path: Path, side: int) -> np.ndarray:
    """The tiles (B, side, side, 3) uint8 of a folder of photographs or of a file, or MissingTexturesError."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
        if not files:
            raise MissingTexturesError(
                f"the bank of tiles {path} holds no photograph ({', '.join(SUFFIXES)}); {way_out()}"
            )
        return np.stack([photograph(file, side) for file in files])
    try:
        bank = np.lib.format.open_memmap(path, mode="r")
    except MemoryError:
        raise
    except Exception as error:  # a damaged header is parsed as Python, and fails in its ways
        raise MissingTexturesError(f"the bank of tiles {path} cannot be read: {error}; {way_out()}") from error
    square = bank.ndim == 4 and bank.shape[3] == 3 and bank.shape[1] == bank.shape[2] and bank.size > 0
    if bank.dtype != np.uint8 or not square:
        raise MissingTexturesError(
            f"the bank of tiles {path} is {bank.dtype} of shape {bank.shape}; uint8 of (B, S, S, 3) is needed; "
            f"{way_out()}"
        )
    return np.stack([reduced(tile, side) for tile in bank])


def photograph(file: Path, side: int) -> np.ndarray:
    """The tile of one photograph, (side, side, 3) uint8, or MissingTexturesError."""
    try:
        with Image.open(file) as opened:
            whole = np.asarray(opened.convert("RGB"))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise MissingTexturesError(f"{file}, of the bank of tiles, cannot be read: {error}") from error
    return reduced(PHOTOGRAPH(whole), side)


def reduced(picture: np.ndarray, side: int) -> np.ndarray:
    """A square picture brought to a side, antialiased."""
    if len(picture) == side:
        return np.ascontiguousarray(picture)
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BILINEAR))


@functools.cache
def make_procedural() -> np.ndarray:
    """The stand-in, (1024, 32, 32, 3): clouds of two colours each, the same on every machine."""
    from ..kernels import cpu
    from ..kernels.draws import Words, host_array, uniform
    from ..kernels.philox import condition_key

    source = Words(0, np.arange(PROCEDURAL), condition_key(0, "procedural tiles", 0.0, 0))
    colors = host_array(uniform(0.0, 256.0, 2, 3), source)[:, :, None, None, :]
    clouds = cpu.draw(uniform(-1.0, 1.0, SIDE, SIDE), source._replace(stream=1))
    cpu.plasma(clouds, 2.0)
    share = clouds[..., None].astype(np.float64)
    pictures = colors[:, 0] * (1 - share) + colors[:, 1] * share
    return np.clip(pictures, 0, 255).astype(np.uint8)


@functools.lru_cache(maxsize=8)
def bank_of(kind: str, path: Path | None, changed: int, side: int) -> np.ndarray:
    """The tiles of a side, (B, side, side, 3) uint8, kept while file or folder is the one that `changed` then; of kind
    "published" the person's own, or "procedural". Raises MissingTexturesError.
    """
    if kind == "procedural":
        return np.stack([reduced(tile, side) for tile in make_procedural()])
    if path is None:
        raise MissingTexturesError(f"stickers and mosaics are made of a bank of tiles, and there is none; {way_out()}")
    return load_bank(path, side)


def tile_asset(kind: str) -> Callable[[int], np.ndarray]:
    """What kernels are handed: side -> (B, side, side, 3) uint8. Raises MissingTexturesError at once where nobody said
    where the bank is, or it is not there.
    """
    path = None if kind == "procedural" else find_bank()
    if kind != "procedural" and path is None:
        bank_of(kind, None, 0, USUAL)
    try:
        changed = 0 if path is None else path.stat().st_mtime_ns
    except OSError as error:
        raise MissingTexturesError(f"the bank of tiles {path} cannot be read: {error.strerror}; {way_out()}") from error
    return lambda side: bank_of(kind, path, changed, side)


def bank_fingerprint(kind: str) -> str:
    """Which bank it is: the first 16 digits of the SHA-256 of its tiles."""
    tiles = tile_asset(kind)(USUAL)
    return hashlib.sha256(repr(tiles.shape).encode() + tiles.tobytes()).hexdigest()[:16]
