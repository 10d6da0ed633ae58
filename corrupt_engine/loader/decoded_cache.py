"""Decoded images in a file: each once, as the bytes that corruptions start from, for who evaluates many models.

The file is a header that says what the images are, a mark for each sample, and the images, (N, H, W, C) uint8, each at
its sample's place, mapped into memory where they are read. A mark is made of its image's bytes and written after them:
what a killed process or a machine without power left half written has another mark, and is decoded again. Several
processes may fill one file, since of a sample they all write the same bytes.
"""

import json
import math
import mmap
import os
import shutil
import stat
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import PIL

from ..errors import OptionError
from ..runtime.messages import readable
from ..sources import EncodedSource, Source
from ..sources.protocol import digest
from ..transforms.content import content_ids
from ..transforms.geometry import Geometry
from .decode.workers import Workers

HEADER = 4096
"""Bytes, a page: of JSON, filled up with spaces."""
FORMAT = "corrupt-engine decoded images, 1"


class Mapped(NamedTuple):
    """The file in memory, to be read: marks (N,) uint64, 0 where there is no image, and images (N, H, W, C) uint8."""

    marks: np.ndarray
    images: np.ndarray


class DecodedCache:
    """The images of a source brought to one size, in a file that is made with the first of them.

    It holds no open file, so that it can be pickled, and used after a fork.

    Args:
        path: the file.
        fingerprint: of the source.
        geometry: what the images went through.
        samples: of the source.
    """

    def __init__(self, path: Path, fingerprint: str, geometry: Geometry, samples: int) -> None:
        self.path, self.samples = path, samples
        self.told = {
            "format": FORMAT,
            "samples": samples,
            "source": digest([fingerprint]),  # a source's own may be of any length
            "geometry": repr(geometry),
            "margin": geometry.margin,
            "pillow": PIL.__version__,  # whose bytes they are, whatever decoded them
        }
        self._mapped: Mapped | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_mapped": None}

    def get(self, index: int) -> np.ndarray | None:
        """A sample's image (H, W, C) uint8, not to be written to; None where there is none, or only a part of it."""
        mapped = self._map()
        if mapped is None or not mapped.marks[index]:
            return None
        image: np.ndarray = mapped.images[index]
        return image if mark_of(image) == mapped.marks[index] else None

    def has(self, indices: Sequence[int]) -> bool:
        """Whether there is an image of each of these samples, as far as the marks tell."""
        mapped = self._map()
        return mapped is not None and bool(mapped.marks[np.asarray(indices, np.int64)].all())

    def put(self, index: int, image: np.ndarray) -> None:
        """Keep a sample's image; OptionError where its size is not that of the others, or the file cannot be
        written.
        """
        mapped = self._map() or self._create(image.shape)
        shape = mapped.images.shape[1:]
        if image.shape != shape:
            raise OptionError(
                f"decoded_cache {self.path} holds images of {shape}, and sample {index} is {image.shape}; give a "
                "geometry that makes them equal, or leave decoded_cache out"
            )
        mark = mark_of(image)
        if mapped.marks[index] == mark == mark_of(mapped.images[index]):
            return
        try:
            # Not through the mapping: on a full disk that would end the process.
            with self.path.open("r+b", buffering=0) as file:
                write_at(file, begin_of_images(self.samples) + index * math.prod(shape), image.tobytes())
                write_at(file, HEADER + 8 * index, mark.tobytes())
        except OSError as error:
            raise self._unwritable(error) from error

    def _map(self) -> Mapped | None:
        """The file, checked; None where it is not there yet."""
        if self._mapped is None:
            try:
                if not stat.S_ISREG(self.path.stat().st_mode):  # a pipe would be waited for
                    raise OSError("it is no file, but a folder, a pipe or a device")
                with self.path.open("rb") as file:
                    size = os.fstat(file.fileno()).st_size
                    shape = self._shape(file.read(HEADER), size)
                    whole = np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)
            except FileNotFoundError:
                return None
            except OSError as error:
                raise OptionError(
                    f"decoded_cache {self.path} cannot be read: {error.strerror or error}; give another file"
                ) from error
            begin = begin_of_images(self.samples)
            marks = whole[HEADER : HEADER + 8 * self.samples].view(np.uint64)
            self._mapped = Mapped(marks, whole[begin:].reshape(self.samples, *shape))
        return self._mapped

    def _shape(self, header: bytes, size: int) -> tuple[int, int, int]:
        """That of the file's images, if they are ours; else OptionError."""
        way = "delete it, or give another file"
        try:
            told = json.loads(header)
            height, width, channels = told.pop("shape")
            whole = size == begin_of_images(self.samples) + self.samples * height * width * channels
        except (ValueError, TypeError, AttributeError, KeyError):
            raise OptionError(f"decoded_cache {self.path} is no file of decoded images; {way}") from None
        for name, ours in self.told.items():
            if told.get(name) != ours:
                raise OptionError(
                    f"decoded_cache {self.path} holds the images of another {name} ({told.get(name)!r}, and here it is "
                    f"{ours!r}); {way}"
                )
        if not whole:
            raise OptionError(f"decoded_cache {self.path} has lost a part of itself; {way}")
        return height, width, channels

    def _create(self, shape: tuple[int, ...]) -> Mapped:
        """An empty file, unless another process makes one first."""
        begin = begin_of_images(self.samples)
        size = begin + self.samples * math.prod(shape)
        header = json.dumps({**self.told, "shape": shape}).encode()
        place = Path(os.path.realpath(self.path))  # where a link leads that was made before the file
        part = place.with_name(f"{place.name}.part-{os.getpid()}-{threading.get_ident()}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(place.parent).free
            if size > free:
                raise OptionError(
                    f"decoded_cache {self.path} would take {readable(size)}, and {readable(free)} are free there; give "
                    "a place on another disk, or leave it out"
                )
            try:
                with part.open("wb") as file:
                    file.write(header.ljust(HEADER))
                    file.truncate(size)
                take_place(part, place)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error
        mapped = self._map()
        if mapped is None:
            raise OptionError(f"decoded_cache {self.path} was deleted while it was made; run again")
        return mapped

    def _unwritable(self, error: OSError) -> OptionError:
        return OptionError(
            f"decoded_cache {self.path} cannot be written: {error.strerror or error}; give a place with room and the "
            "right to write, or leave it out"
        )


def mark_of(image: np.ndarray) -> np.uint64:
    """What stands for an image's bytes; never 0."""
    return np.uint64(content_ids(image, 1)[0]) + np.uint64(1)


def begin_of_images(samples: int) -> int:
    """Where they begin in a file, in bytes: at a page."""
    return -(-(HEADER + 8 * samples) // HEADER) * HEADER


def write_at(file: Any, place: int, data: bytes) -> None:
    """All of it: one call to the system may write less."""
    file.seek(place)
    while data:
        data = data[file.write(data) :]


def take_place(part: Path, target: Path) -> None:
    """Give a file its name, unless another has it by now."""
    try:
        os.link(part, target)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        part.replace(target)


def check_decoded_cache(path: Path, source: Source, workers: Workers) -> Path:
    """OptionError where decoded images cannot be kept in a file: those that the code of a data set makes may differ
    each time, those of a GPU's decoder are not everyone's, and arrays are decoded.
    """
    if not isinstance(source, EncodedSource):
        raise OptionError(
            f"decoded_cache keeps image files decoded, and {type(source).__name__} has none; leave it out"
        )
    if workers.decoder == "gpu":
        raise OptionError('decoded_cache keeps Pillow\'s pixels, and decoder="gpu" makes others; leave one of them out')
    return path
