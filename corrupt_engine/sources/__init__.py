"""Where pictures come from. `open_source` makes a Source of whatever a loader is given; the classes are for what needs options."""

from .arrays import ArraySource
from .datasets import DatasetSource
from .files import FileSource, folder_source
from .opening import open_source
from .protocol import EncodedSource, Source, fingerprint

__all__ = [
    "ArraySource",
    "DatasetSource",
    "EncodedSource",
    "FileSource",
    "Source",
    "fingerprint",
    "folder_source",
    "open_source",
]
