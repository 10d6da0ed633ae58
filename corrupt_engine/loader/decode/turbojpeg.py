"""Decoding with libjpeg-turbo through simplejpeg, on whichever thread or process asks.

simplejpeg hands a file's bytes to the library and gets RGB; Pillow, which holds the same library, decodes into four
bytes a pixel and copies twice: 1.8 ms in place of 1.2 for 500 x 375 pixels. Only plain JPEGs (`jpeg`) come here,
and a file over which the library warns is Pillow's too, so that a file has the same outcome with every decoder: of
170,000 mutated files 49,522 were decoded here, and none differed. Two versions of the library could differ in a
byte; `turbojpeg_agrees` asks them.

What was tried and left out: decoding to a half or a quarter has other bytes. Decoding only what a crop keeps has the
same ones, and would save 12 % where 74 % of the columns and 88 % of the rows are kept (libjpeg-turbo called from C; the
entropy coding must be read in any case), but simplejpeg has no way to ask, and DALI's decodes the whole. A buffer that
is used again, or decoding, resizing and corrupting each image on one core in one go, gained nothing.
"""

import functools
import importlib.util
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from ...errors import MissingExtraError, OptionError
from ...sources import EncodedSource, Source
from ...sources.decoding import decode_bytes
from .jpeg import is_plain_jpeg

TURBOJPEG_PACKAGE = "simplejpeg"
"""The installable package that brings libjpeg-turbo."""


def turbojpeg_installed() -> bool:
    """Whether simplejpeg can be imported. Nothing is imported for the question.

    Returns:
        True where it is installed.
    """
    return importlib.util.find_spec(TURBOJPEG_PACKAGE) is not None


@functools.cache
def turbojpeg_agrees() -> bool:
    """Whether simplejpeg is there and gives Pillow's bytes of a few small JPEGs: at both kinds of subsampling and at
    none, whole and progressive. 2 ms, once a process.

    Returns:
        False too where it cannot be imported.
    """
    if not turbojpeg_installed():
        return False
    try:
        return all(np.array_equal(decode_turbojpeg(data), decode_bytes(data, "a sample")) for data in samples())
    except (ImportError, ValueError):  # a build for another processor, or another interface
        return False


def samples() -> list[bytes]:
    """JPEGs of 37 x 51 pixels with colours and edges in them, as Pillow writes them."""
    y, x = np.mgrid[:37, :51]
    picture = np.stack([5 * x % 256, 7 * y % 256, 255 * (x // 3 % 2) * (y // 5 % 2)], axis=2).astype(np.uint8)
    found = []
    for options in ({"subsampling": 0}, {"subsampling": 1}, {"subsampling": 2}, {"progressive": True}):
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "JPEG", quality=85, **options)
        found.append(buffer.getvalue())
    return found


def decode_turbojpeg(data: bytes) -> np.ndarray:
    """A plain JPEG's bytes as (H, W, 3) uint8 RGB; ValueError where the library refuses it or warns."""
    import simplejpeg

    image: np.ndarray = simplejpeg.decode_jpeg(data, "RGB", fastdct=False, fastupsample=False, strict=True)
    return image


def decode_file(data: bytes, name: str, index: int | None = None) -> np.ndarray:
    """An image file's bytes as (H, W, 3) uint8 RGB: by libjpeg-turbo where it is a plain JPEG, else by Pillow.

    Args:
        data: the file.
        name: what messages call it.
        index: the sample's number, for messages.

    Returns:
        What `decode_bytes` gives.

    Raises:
        DecodeError: the file is no readable image.
    """
    if is_plain_jpeg(data):
        try:
            return decode_turbojpeg(data)
        except ValueError:  # Pillow reads it, or says what is wrong with it
            pass
    return decode_bytes(data, name, index)


@dataclass(frozen=True)
class ByTurbojpeg:
    """A source of image files, whose JPEGs libjpeg-turbo decodes."""

    source: EncodedSource

    def __len__(self) -> int:
        return len(self.source)

    def decode(self, index: int) -> tuple[np.ndarray, Any]:
        """As the source's own, to the byte."""
        return decode_file(self.source.encoded(index), self.name(index), index), self.label(index)

    def label(self, index: int) -> Any:
        """The source's own."""
        return self.source.label(index)

    def name(self, index: int) -> str:
        """What the source calls the sample."""
        return self.source.name(index)


def check_turbojpeg(source: Source) -> None:
    """Fail where simplejpeg is not installed, or has nothing to decode."""
    if not turbojpeg_installed():
        raise MissingExtraError("simplejpeg", "turbojpeg", 'use decoder="pillow"')
    if not isinstance(source, EncodedSource):
        raise OptionError(
            f'decoder="turbojpeg" decodes image files, and {type(source).__name__} has none; leave decoder out'
        )
