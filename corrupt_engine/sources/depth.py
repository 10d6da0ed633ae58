"""Depth maps beside the images of any source."""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..devices import library_of, plain_tensor
from ..errors import DecodeError, SourceError
from .arrays import are_columns
from .files import FileSource, path_text
from .opening import open_source, opener
from .protocol import Indexable, Source, digest, fingerprint, short_name

ASKED = ("labels", "classes", "class_names", "dataset")  # of a source by a loader and an evaluation, where it has them
MAP_SUFFIXES = (".npy", ".png")
FARTHEST = 0.5  # as the published depths of ImageNet were limited


def gives_depth(source: Source) -> bool:
    """Whether a source has a depth map beside each image: its `gives_depth` says so, and it has `decode_with_depth`.

    Args:
        source: any source.

    Returns:
        True where `decode_with_depth` may be called.
    """
    return bool(getattr(source, "gives_depth", False))


def inverse_depth(values: np.ndarray) -> np.ndarray:
    """Depths from 16-bit inverse depths, which MiDaS writes (0 is infinitely far), as ImageNet-3DCC made them: 512 / v,
    at most 0.5.

    Args:
        values: (H, W), 0 to 65535.

    Returns:
        (H, W) float32.

    Source: Kar et al. 2022 (arXiv:2203.01441), the published code.

    >>> inverse_depth(np.array([[0, 2048, 65535]])).round(4)
    array([[0.5   , 0.25  , 0.0078]], dtype=float32)
    """
    near = values.astype(np.float32) / np.float32(512.0) + np.float32(1e-6)
    depth: np.ndarray = np.minimum(np.float32(1.0) / near, np.float32(FARTHEST))
    return depth


def stored_depth(values: np.ndarray) -> np.ndarray:
    """Depths of what files of either kind hold: floats are depths, 16-bit numbers inverse ones.

    Args:
        values: (H, W), floats or uint16.

    Returns:
        (H, W) floats; what is neither as it is, which `as_depth` refuses.
    """
    return inverse_depth(values) if values.dtype == np.uint16 else values


def depth_folder(source: Any, folder: str | Path) -> "WithDepth":
    """Image files with the depth maps of another folder, which has the same folders and names.

    Args:
        source: a folder of class folders, or another source whose samples are files.
        folder: for CLASS/IMAGE.jpg it has CLASS/IMAGE.npy, floats from 0 up, or CLASS/IMAGE.png, 16-bit inverse depth
            as MiDaS writes it (`inverse_depth`).

    Returns:
        A WithDepth.

    Raises:
        SourceError: the source is none of files, the folder is missing, or it lacks the map of an image.
    """
    opened, root = open_source(source), Path(folder)
    if not isinstance(opened, FileSource):
        raise SourceError(
            f"depth maps in a folder go by the names of image files, and {type(opened).__name__} has none; use "
            "WithDepth(source, maps)"
        )
    if not root.is_dir():
        raise SourceError(f"{path_text(root)} is no folder; a folder of depth maps is needed")
    # Of files that are listed the folder is told by them: of one class alone it would be the class's.
    below = source if isinstance(source, (str, os.PathLike)) and Path(source).is_dir() else None
    maps = []
    for index in range(len(opened)):
        place = root / (opened.short_name(index) if below is None else os.path.relpath(opened.files[index], below))
        found = [file for suffix in MAP_SUFFIXES if (file := place.with_suffix(suffix)).is_file()]
        if len(found) != 1:
            either = " or ".join(path_text(place.with_suffix(suffix)) for suffix in MAP_SUFFIXES)
            raise SourceError(
                f"{path_text(root)} has {'both kinds of' if found else 'no'} depth map for {opened.name(index)}; one "
                f"is needed, {either}"
            )
        maps.append(found[0])
    return WithDepth(opened, maps, stored_depth)


class WithDepth(Indexable):
    """The samples of a source, each with a depth map, for corruptions that need one.

    Args:
        source: anything that a CorruptLoader takes.
        maps: (N, H, W); or N files, .npy or PNG; or a function of the sample's number that gives an array (H, W). Each
            is of its image's size, as stored. A loader resizes and crops them as the images, without new values: each
            pixel has the depth at its middle.
        convert: what makes depths, floats from 0 up, of what is stored, such as `inverse_depth` of 16-bit PNG; None
            where it is depths.

    Raises:
        SourceError: the source cannot be used, or there is another number of maps.
    """

    gives_depth = True

    def __init__(
        self,
        source: Any,
        maps: "np.ndarray | Sequence[Any] | Callable[[int], Any]",
        convert: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> None:
        self.source: Source = open_source(source)
        self.maps: Any = maps
        self.convert = convert
        if not callable(maps) and len(maps) != len(self.source):
            raise SourceError(f"there are {len(maps)} depth maps and {len(self.source)} images; one an image is needed")

    def __getattr__(self, name: str) -> Any:
        if name in ASKED and "source" in self.__dict__:
            return getattr(self.source, name)
        raise AttributeError(name)

    def __len__(self) -> int:
        return len(self.source)

    def name(self, index: int) -> str:
        """What messages call the sample.

        Args:
            index: the sample's number, from 0.

        Returns:
            What the source calls it.
        """
        return self.source.name(index)

    def short_name(self, index: int) -> str:
        """What a record calls the sample.

        Args:
            index: the sample's number, from 0.

        Returns:
            What it calls that of the source.
        """
        return short_name(self.source, index)

    def decode(self, index: int) -> tuple[np.ndarray, Any]:
        """The sample alone.

        Args:
            index: the sample's number, from 0.

        Returns:
            (image, label), as the source gives them.

        Raises:
            DecodeError: its image cannot be read.
        """
        return self.source.decode(index)

    def decode_with_depth(self, index: int) -> tuple[np.ndarray, Any, np.ndarray]:
        """The sample and its depth map.

        Args:
            index: the sample's number, from 0.

        Returns:
            (image, label, depth): the last (H, W) float32, of the image's size.

        Raises:
            DecodeError: its image or its map cannot be read.
            SourceError: the map holds no floats, or is of another size.
        """
        image, label = self.source.decode(index)
        given = self.maps(index) if callable(self.maps) else self.maps[index]
        stored = _read(given, self.name(index)) if isinstance(given, (str, Path)) else _array(given)
        depth = stored if self.convert is None else self.convert(stored)
        return image, label, as_depth(depth, image.shape, self.name(index))

    def fingerprint(self) -> str:
        """A digest over the source's, the maps' bytes, or their files' names and sizes, and the functions' names.

        Returns:
            64 hexadecimal digits.
        """
        total = hashlib.sha256()
        for one in () if callable(self.maps) else self.maps:
            path = Path(one) if isinstance(one, (str, Path)) else None
            size = path.stat().st_size if path is not None and path.exists() else 0
            total.update(f"{path.name}{size}".encode() if path is not None else np.asarray(one, np.float32).tobytes())
        named = [getattr(function, "__qualname__", "") for function in (self.maps, self.convert)]
        return digest([fingerprint(self.source), *named, total.hexdigest()])


def as_depth(given: Any, shape: tuple[int, ...], name: str) -> np.ndarray:
    """A depth map as (H, W) float32 of the size of its image.

    Args:
        given: an array or a tensor, (H, W), or with one channel.
        shape: of the image, (H, W, C).
        name: the sample, for messages.

    Returns:
        The map, contiguous.

    Raises:
        SourceError: it holds no floats, or is of another size.
    """
    array = _array(given)
    if array.ndim == 3 and 1 in (array.shape[0], array.shape[2]):
        array = array.reshape(array.shape[1:] if array.shape[0] == 1 else array.shape[:2])
    if array.dtype.kind != "f":
        raise SourceError(
            f"the depth map of {name} has dtype {array.dtype}; floats are needed: WithDepth(source, maps, convert) "
            "takes what makes them of what is stored, such as corrupt_engine.sources.inverse_depth"
        )
    if array.shape != tuple(shape[:2]):
        raise SourceError(
            f"the depth map of {name} is {' x '.join(map(str, array.shape))} and the image {shape[0]} x {shape[1]}; "
            "they must be of one size"
        )
    return np.ascontiguousarray(array, np.float32)


def _array(given: Any) -> np.ndarray:
    array: np.ndarray = plain_tensor(given).numpy() if library_of(given) == "torch" else np.asarray(given)
    return array


def _read(path: str | Path, name: str) -> np.ndarray:
    try:
        if Path(path).suffix == ".npy":
            array: np.ndarray = np.load(path, allow_pickle=False)
            return array
        with Image.open(path, formats=("PNG",)) as file:
            return np.array(file)
    except MemoryError:
        raise
    except Exception as error:  # whatever a decoder trips over, the file is at fault
        raise DecodeError(f"{path_text(Path(path))}, the depth map of {name}, cannot be read: {error}") from error


@opener("(images, labels, depth maps) arrays")
def _open(given: Any) -> WithDepth | None:
    return WithDepth(tuple(given[:2]), given[2]) if are_columns(given, 3) else None
