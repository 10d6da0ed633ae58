"""What a loader was given, as a Source."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import SourceError
from .arrays import ArraySource
from .datasets import DatasetSource
from .files import FileSource, folder_source
from .protocol import Source

ACCEPTED = "a folder of class folders, a list of (path, label) pairs, a .npy file, (images, labels) arrays, or a map-style torch Dataset"


def open_source(source: Any) -> Source:
    """Any accepted source. Raises SourceError."""
    if isinstance(source, (str, Path)):
        return _open_path(Path(source))
    if isinstance(source, Source):
        return source
    if isinstance(source, (tuple, list)) and len(source) == 2 and all(_is_array(part) for part in source):
        return ArraySource(*source)
    if isinstance(source, Sequence) and source and all(is_file_pair(item) for item in source):
        return FileSource(tuple(Path(path) for path, _ in source), tuple(label for _, label in source))
    if hasattr(source, "__getitem__") and hasattr(source, "__len__"):
        if len(source) == 0:
            raise SourceError(f"the data set ({type(source).__name__}) is empty")
        return DatasetSource(source)
    raise SourceError(f"a source cannot be made of {type(source).__name__}; pass {ACCEPTED}")


def _open_path(path: Path) -> Source:
    if path.suffix == ".npy":
        return ArraySource(path)
    return folder_source(path)


def _is_array(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype")


def is_file_pair(item: Any) -> bool:
    """Whether an item is (path, label)."""
    return isinstance(item, (tuple, list)) and len(item) == 2 and isinstance(item[0], (str, Path))
