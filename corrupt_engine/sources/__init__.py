"""Where images come from. `open_source` makes a Source of whatever a loader is given; the classes are for what needs
options.
"""

from .arrays import ArraySource
from .datasets import DatasetSource
from .depth import WithDepth, depth_folder, gives_depth, inverse_depth
from .detection import coco_source, voc_source
from .files import FileSource, folder_source
from .huggingface import HuggingFaceSource
from .noise import NoiseSource
from .opening import open_source, opener
from .protocol import EncodedSource, Source, fingerprint, short_name
from .tar import TarSource

__all__ = [
    "ArraySource",
    "DatasetSource",
    "EncodedSource",
    "FileSource",
    "HuggingFaceSource",
    "NoiseSource",
    "Source",
    "TarSource",
    "WithDepth",
    "coco_source",
    "depth_folder",
    "fingerprint",
    "folder_source",
    "gives_depth",
    "inverse_depth",
    "open_source",
    "opener",
    "short_name",
    "voc_source",
]
