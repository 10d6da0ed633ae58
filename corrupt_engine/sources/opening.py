"""What a loader was given, as a Source."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import SourceError
from .arrays import ArraySource
from .datasets import DatasetSource
from .files import FileSource, folder_source
from .huggingface import HuggingFaceSource, is_huggingface
from .protocol import Source
from .tar import TARS, TarSource

ACCEPTED = (
    "a folder of class folders, a list of (path, label) pairs, tar shards, a .npy file, (images, labels) arrays, "
    "a Hugging Face Dataset, or a map-style torch Dataset"
)


def open_source(source: Any) -> Source:
    """Any accepted source. Raises SourceError."""
    if isinstance(source, (str, Path)):
        return _open_path(Path(source))
    if isinstance(source, Source):
        return source
    if is_huggingface(source):
        return HuggingFaceSource(source)
    if isinstance(source, (tuple, list)) and len(source) == 2 and all(_is_array(part) for part in source):
        return ArraySource(*source)
    if isinstance(source, (tuple, list)) and source and all(_is_tar(item) for item in source):
        return TarSource(source)
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
    if _is_tar(path):
        return TarSource(path)
    entries = sorted(path.iterdir()) if path.is_dir() else []
    shards = [entry for entry in entries if _is_tar(entry)]
    # Beside class folders, a tar is taken for what they were unpacked from.
    return TarSource(shards) if shards and not any(entry.is_dir() for entry in entries) else folder_source(path)


def _is_tar(value: Any) -> bool:
    return isinstance(value, (str, Path)) and str(value).endswith(TARS)


def _is_array(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype")


def is_file_pair(item: Any) -> bool:
    """Whether an item is (path, label)."""
    return isinstance(item, (tuple, list)) and len(item) == 2 and isinstance(item[0], (str, Path))
