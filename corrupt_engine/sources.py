"""Where pictures come from: a folder of class folders, a list of files, or a torch Dataset.

A source knows how many samples there are and how to give sample i as (H, W, C) uint8 with its label. i is the sample id.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from PIL import Image

from .errors import DecodeError, ImageError, SourceError

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".ppm", ".tif", ".tiff", ".webp")


@runtime_checkable
class Source(Protocol):
    """What a loader asks of a source; `decode` may be called from several threads and processes."""

    def __len__(self) -> int: ...

    def decode(self, index: int) -> tuple[np.ndarray, Any]:
        """Sample `index` as ((H, W, 1 or 3) uint8, label)."""
        ...

    def name(self, index: int) -> str:
        """What a message or a report calls the sample."""
        ...


@dataclass(frozen=True)
class FileSource:
    """Image files and a label each; `classes` names the labels where they come from folders."""

    files: tuple[Path, ...]
    labels: tuple[Any, ...]
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.files)

    def name(self, index: int) -> str:
        """The file's path."""
        return str(self.files[index])

    def read(self, index: int) -> bytes:
        """The file's bytes, or DecodeError."""
        try:
            return self.files[index].read_bytes()
        except OSError as error:
            raise DecodeError(f"{self.files[index]} (sample {index}) cannot be read: {error.strerror or error}") from error

    def decode(self, index: int) -> tuple[np.ndarray, Any]:
        """Read and decode with Pillow."""
        return decode_bytes(self.read(index), f"{self.files[index]} (sample {index})"), self.labels[index]


@dataclass(frozen=True)
class DatasetSource:
    """A map-style torch Dataset of (image, label, ...): PIL images, uint8 arrays (H, W, C), or uint8 tensors (C, H, W)."""

    dataset: Any

    def __len__(self) -> int:
        return len(self.dataset)

    def name(self, index: int) -> str:
        """The sample's number in the data set."""
        return f"sample {index} of {type(self.dataset).__name__}"

    def decode(self, index: int) -> tuple[np.ndarray, Any]:
        """The data set's own item, its image as (H, W, C) uint8."""
        item = self.dataset[index]
        if not isinstance(item, (tuple, list)) or len(item) < 2:
            raise SourceError(f"{self.name(index)} is {type(item).__name__}; (image, label) is needed")
        image, *rest = item
        return as_image(image, self.name(index)), rest[0] if len(rest) == 1 else tuple(rest)


def decode_bytes(data: bytes, name: str) -> np.ndarray:
    """An image file's bytes as (H, W, 3) uint8 RGB, as torchvision's default loader gives them; DecodeError if it is none."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return np.asarray(picture.convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DecodeError(f"{name} is no readable image: {error}") from error


def as_image(image: Any, name: str) -> np.ndarray:
    """A data set's image as (H, W, 1 or 3) uint8, or ImageError."""
    if isinstance(image, Image.Image):
        return np.asarray(image.convert("RGB"))
    if isinstance(image, np.ndarray):
        array = image[..., None] if image.ndim == 2 else image
    elif type(image).__module__.partition(".")[0] == "torch":
        array = image.numpy()
        array = array[..., None] if array.ndim == 2 else np.moveaxis(array, 0, -1)
    else:
        raise ImageError(f"{name} is a {type(image).__name__}; a PIL image, a NumPy array (H, W, C) or a tensor (C, H, W) is needed")
    if array.dtype != np.uint8:
        raise ImageError(f"{name} has dtype {array.dtype}; uint8 is needed: leave ToTensor and Normalize out of the data set's transform")
    if array.ndim != 3 or array.shape[2] not in (1, 3) or 0 in array.shape:
        raise ImageError(f"{name} has shape {tuple(image.shape)}; one or three channels are needed, last in arrays and first in tensors")
    return np.ascontiguousarray(array)


def folder_source(root: Path) -> FileSource:
    """A folder of class folders as torchvision's ImageFolder reads it: classes and files in sorted order.

    Raises SourceError where the folder is missing, has no class folder, or holds no image.
    """
    if not root.is_dir():
        raise SourceError(f"{root} is no folder; a folder of class folders of images is needed")
    classes = sorted(entry.name for entry in root.iterdir() if entry.is_dir())
    if not classes:
        raise SourceError(
            f"{root} has no class folders; images are expected as {root}/CLASS/IMAGE.jpg, or as a list of (path, label) pairs"
        )
    found = [
        (path, label)
        for label, name in enumerate(classes)
        for path in sorted((root / name).rglob("*"))
        if path.suffix.lower() in SUFFIXES and path.is_file()
    ]
    if not found:
        raise SourceError(f"{root} holds no images in its {len(classes)} class folders; known are {', '.join(SUFFIXES)}")
    return FileSource(tuple(path for path, _ in found), tuple(label for _, label in found), tuple(classes))


def open_source(source: Any) -> Source:
    """Any accepted source: a folder's path, a list of (path, label) pairs, a torch Dataset, or a Source as it is."""
    if isinstance(source, (str, Path)):
        return folder_source(Path(source))
    if isinstance(source, Source):
        return source
    if isinstance(source, Sequence) and source and all(is_file_pair(item) for item in source):
        return FileSource(tuple(Path(path) for path, _ in source), tuple(label for _, label in source))
    if hasattr(source, "__getitem__") and hasattr(source, "__len__"):
        if len(source) == 0:
            raise SourceError(f"the data set ({type(source).__name__}) is empty")
        return DatasetSource(source)
    raise SourceError(
        f"a source cannot be made of {type(source).__name__}; pass a folder of class folders, a list of (path, label) pairs, "
        "or a map-style torch Dataset of (image, label)"
    )


def is_file_pair(item: Any) -> bool:
    """Whether an item is (path, label)."""
    return isinstance(item, (tuple, list)) and len(item) == 2 and isinstance(item[0], (str, Path))
