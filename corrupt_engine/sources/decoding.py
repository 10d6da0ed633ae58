"""From encoded bytes, PIL images, arrays and tensors to (H, W, 1 or 3) uint8.

Image files come out as torchvision's default loader gives them, `Image.open(file).convert("RGB")`, because the
published pipeline used it. What that means for the less usual ones:

    EXIF orientation    ignored: the image stays as it is stored; but of a TIFF, which Pillow turns
    CMYK, YCCK          Pillow's conversion, without colour profiles
    palette, alpha      the palette's colours; transparency is dropped
    grey                three equal channels
    16 bits a channel   the upper 8 bits. Pillow gives them for colour (of a PPM, whose range the file says, the nearest
                        of 256 levels); for grey (PNG, TIFF, PGM) its conversion clips at 255, which is not followed
    12 bits             likewise, of a grey TIFF
    32-bit, float       DecodeError
    animated            the first frame
    truncated, empty, not an image, too large for Pillow's limit        DecodeError
    any format but those of FORMATS     DecodeError, whatever the file's name: Pillow would start a program for some
"""

import io
import re
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from ..devices import library_of, plain_tensor
from ..errors import DecodeError, ImageError

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
"""What is opened, by Pillow's names; PPM stands for PGM and PBM too."""

BITS_PER_SAMPLE = 258
"""The number of a TIFF's tag."""

UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)
"""What Pillow raises for files that are no complete image, where a data set of others may open them."""

OTHERS = (
    ("Encapsulated PostScript", rb"%!PS|\xc5\xd0\xd3\xc6"),
    ("PDF", rb"%PDF"),
    ("AVIF", rb"....ftypavi[fs]"),
    ("HEIC", rb"....ftyp(?:hei|hev|mif1|msf1)"),
    ("a video (MP4)", rb"....ftyp"),
    ("JPEG XL", rb"\xff\x0a|\0\0\0\x0cJXL "),
    ("JPEG 2000", rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"),
    ("DDS", rb"DDS "),
    ("Photoshop", rb"8BPS"),
    ("ICO", rb"\0\0\x01\0"),
    ("OpenEXR", rb"\x76\x2f\x31\x01"),
    ("Radiance HDR", rb"#\?RADIANCE|#\?RGBE"),
    ("QOI", rb"qoif"),
    ("FITS", rb"SIMPLE  ="),
    ("HDF5", rb"\x89HDF"),
    ("a NumPy array", rb"\x93NUMPY"),
    ("a ZIP archive", rb"PK\x03\x04"),
    ("gzip", rb"\x1f\x8b"),
    ("a pointer of Git LFS, not the file itself", rb"version https://git-lfs"),
    ("SVG", rb"\s*(?:<\?xml[^>]*>\s*)?<svg"),
    ("an HTML page", rb"(?i)\s*(?:<!doctype html|<html)"),
)
"""What a file may be that is none of FORMATS, by how it begins: for messages alone."""


def decode_bytes(data: bytes, name: str, index: int | None = None) -> np.ndarray:
    """An image file's bytes as (H, W, 3) uint8 RGB; DecodeError naming the sample if they are none."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as pil_image:
            return pil_to_array(pil_image)
    except MemoryError:
        raise
    except Exception as error:  # whatever a decoder trips over, the file is at fault
        unknown = isinstance(error, UnidentifiedImageError)  # whose message holds an address in memory
        reason = "it is empty" if not data else described(data) if unknown else str(error) or type(error).__name__
        which = "" if index is None else f" (sample {index})"
        raise DecodeError(f"{name}{which} is no readable image: {reason}") from error


def described(data: bytes) -> str:
    """What a file is that Pillow does not open, in words.

    >>> described(b"%!PS-Adobe-3.0 EPSF-3.0")
    'it is Encapsulated PostScript, and read are JPEG, PNG, GIF, BMP, TIFF, WEBP, PPM'
    """
    for what, begins in OTHERS:
        if re.match(begins, data[:256], re.DOTALL):
            return f"it is {what}, and read are {', '.join(FORMATS)}"
    return "it is of no known format"


def pil_to_array(pil_image: Image.Image) -> np.ndarray:
    """A PIL image as (H, W, 3) uint8 RGB; ValueError for a mode whose range is not that of bytes."""
    if pil_image.mode == "RGB":
        return np.asarray(pil_image)  # convert() would copy it
    if pil_image.mode.startswith("I;16") or (
        pil_image.mode == "I" and pil_image.format in ("PNG", "PPM")
    ):  # "I" for a PGM, and in older versions of Pillow for a PNG
        spare = 4 if getattr(pil_image, "tag_v2", {}).get(BITS_PER_SAMPLE) == (12,) else 8
        upper = (np.asarray(pil_image).astype(np.uint32) >> spare).astype(np.uint8)
        return np.repeat(upper[:, :, None], 3, axis=2)
    if pil_image.mode in ("I", "F"):
        raise ValueError(
            f"its pixels are {'32-bit integers' if pil_image.mode == 'I' else 'floats'}, whose range is unknown; store "
            "8 bits"
        )
    if pil_image.mode == "P" and "transparency" in pil_image.info:
        pil_image = pil_image.convert("RGBA")  # the same colours; straight to RGB, Pillow warns of some palettes
    return np.asarray(pil_image.convert("RGB"))


def as_image(image: Any, name: str) -> np.ndarray:
    """A data set's image as (H, W, 1 or 3) uint8, or ImageError."""
    if isinstance(image, Image.Image):
        try:
            image.load()
        except MemoryError:
            raise
        except Exception as error:  # a file that was opened and not yet read
            raise DecodeError(f"{name} cannot be read: {error}") from error
        try:
            return pil_to_array(image)
        except ValueError as error:
            raise ImageError(f"{name} cannot be used: {error}") from error
    array = to_array(image, name)
    if array.dtype != np.uint8:
        raise ImageError(
            f"{name} has dtype {array.dtype}; uint8 is needed: leave ToTensor and Normalize out of the data set's "
            "transform, "
            "or say what they did: corrupt_engine.sources.DatasetSource(dataset, mean=..., std=...)"
        )
    return checked_shape(array, name)


def to_array(image: Any, name: str) -> np.ndarray:
    """An array (H, W[, C]) or tensor ([C,] H, W) as an array, channels last."""
    if isinstance(image, np.ndarray):
        return image[..., None] if image.ndim == 2 else image
    if library_of(image) == "torch":
        try:
            array: np.ndarray = plain_tensor(image).detach().cpu().numpy()
        except (TypeError, RuntimeError) as error:  # of bfloat16, which holds 256 levels too coarsely; a sparse one
            raise ImageError(
                f"{name} is a tensor of {image.dtype} that NumPy cannot hold ({error}); give bytes (uint8), or "
                "float32 with the mean and std of corrupt_engine.sources.DatasetSource"
            ) from error
        return array[..., None] if array.ndim == 2 else np.moveaxis(array, 0, -1)
    raise ImageError(
        f"{name} is a {type(image).__name__}; a PIL image, a NumPy array (H, W, C) or a tensor (C, H, W) is needed"
    )


def checked_shape(array: np.ndarray, name: str) -> np.ndarray:
    """The array, contiguous, if it is (H, W, 1 or 3) and not empty; else ImageError."""
    if array.ndim != 3 or array.shape[2] not in (1, 3) or 0 in array.shape:
        raise ImageError(
            f"{name} has shape {tuple(array.shape)} with the channels last; one or three channels are needed, "
            "last in arrays and first in tensors"
        )
    return np.ascontiguousarray(array)


def denormalized(image: Any, mean: Any, std: Any, name: str) -> np.ndarray:
    """A float image (x / 255 - mean) / std as the bytes x it was made from, rounded; ImageError where they leave 0..255
    by half a level.
    """
    array = to_array(image, name)
    if array.dtype.kind != "f":
        raise ImageError(f"{name} has dtype {array.dtype}; with mean and std given, floats are expected")
    levels = 255.0 * (array.astype(np.float64) * np.asarray(std, np.float64) + np.asarray(mean, np.float64))
    low, high = (float(levels.min()), float(levels.max())) if levels.size else (0.0, 0.0)
    if not (low >= -0.5 and high <= 255.5):
        raise ImageError(
            f"{name} would have bytes from {low:.1f} to {high:.1f}; mean and std are not those that it was normalized "
            "with"
        )
    return checked_shape(np.clip(np.rint(levels), 0, 255).astype(np.uint8), name)
