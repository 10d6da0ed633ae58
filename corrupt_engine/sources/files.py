"""Image files: a folder of class folders, or a list of files with labels."""

import logging
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any, overload

import numpy as np

from ..errors import DecodeError, SourceError
from .decoding import decode_bytes
from .opening import opener
from .protocol import NO_LABEL, Indexable, copied, digest

log = logging.getLogger("corrupt_engine")

SUFFIXES = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
"""What a folder is searched for: torchvision's list, so that sample ids are ImageFolder's indices."""


class Paths(Sequence[Path]):
    """Paths that become Path objects when they are asked for: for a list of ImageNet's 1.28 million, making them all
    takes 5 s.
    """

    def __init__(self, given: Iterable[str | Path]) -> None:
        self.given = tuple(given)

    @overload
    def __getitem__(self, index: int) -> Path: ...

    @overload
    def __getitem__(self, index: slice) -> "Paths": ...

    def __getitem__(self, index: int | slice) -> "Path | Paths":
        if isinstance(index, slice):
            return Paths(self.given[index])
        return Path(self.given[index])

    def __iter__(self) -> Iterator[Path]:
        return map(Path, self.given)

    def __len__(self) -> int:
        return len(self.given)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Paths, tuple)) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


@dataclass(frozen=True)
class FileSource(Indexable):
    """Image files and a label each.

    Args:
        files: their paths.
        labels: one a file.
        classes: the names of the labels, in their order, where they come from folders.
    """

    files: Sequence[Path]
    labels: tuple[Any, ...] = field(repr=False)
    classes: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.files)

    def name(self, index: int) -> str:
        """What messages call the file.

        Args:
            index: the sample's number, from 0.

        Returns:
            Its path; bytes that are no UTF-8 are shown by their numbers.
        """
        return path_text(self.files[index])

    def short_name(self, index: int) -> str:
        """The file's path below the folder that all files have in common, with forward slashes.

        Args:
            index: the sample's number, from 0.

        Returns:
            A text that can be printed; the name alone where all lie in one folder.
        """
        return path_text(Path(os.path.relpath(self.files[index], self._root))).replace(os.sep, "/")

    @cached_property
    def _root(self) -> str:
        """The folder that all files have in common."""
        parents = {os.path.abspath(path.parent) for path in self.files}  # noqa: PTH100  (links stay what they are)
        return os.path.commonpath(parents) if parents else ""

    def label(self, index: int) -> Any:
        """The label, without the file being read.

        Args:
            index: the sample's number, from 0.

        Returns:
            One of `labels`; of a dict and the like a copy: what a loop does to a target is not done to it in the next.
        """
        return copied(self.labels[index])

    def encoded(self, index: int) -> bytes:
        """The file as it is stored.

        Args:
            index: the sample's number, from 0.

        Returns:
            Its bytes.

        Raises:
            DecodeError: it cannot be read.
        """
        try:
            return file_bytes(self.files[index])
        except (OSError, ValueError) as error:
            raise DecodeError(
                f"{self.name(index)} (sample {index}) cannot be read: {getattr(error, 'strerror', None) or error}"
            ) from error

    def decode(self, index: int) -> tuple[np.ndarray, Any]:
        """Read and decode with Pillow.

        EXIF orientation is ignored, as the published pipeline does, but for a TIFF's: see `decoding`.

        Args:
            index: the sample's number, from 0.

        Returns:
            (image, label): (H, W, 3) uint8 RGB, and the label as `label` gives it.

        Raises:
            DecodeError: the file cannot be read, or is no complete image.
        """
        return decode_bytes(self.encoded(index), self.name(index), index), self.label(index)

    def fingerprint(self) -> str:
        """A digest over the names below the common folder, the sizes and the labels; a missing file counts as such.

        Returns:
            64 hexadecimal digits.
        """
        sizes = (path.stat().st_size if path.exists() else "missing" for path in self.files)
        rows = zip(self.files, sizes, self.labels, strict=True)
        return digest(part for path, size, label in rows for part in (os.path.relpath(path, self._root), size, label))


OPENED = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
MOST_AT_ONCE = 1 << 20


def file_bytes(path: Path) -> bytes:
    """A file's bytes; OSError where it is none: a pipe would be waited for, and a device may have no end."""
    # Four calls of the system where path.stat() and path.read_bytes() make ten. Each hands the interpreter over, and a
    # thread that wants it back is woken in a tenth of a millisecond.
    descriptor = os.open(path, OPENED)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):  # of a folder, reading says what it is
            raise OSError("it is no file, but a pipe, a socket or a device")
        data = os.read(descriptor, found.st_size or MOST_AT_ONCE)
        if len(data) == found.st_size:
            return data
        parts = [data]  # the system may give less than was asked for
        while parts[-1]:
            parts.append(os.read(descriptor, MOST_AT_ONCE))
        return b"".join(parts)
    finally:
        os.close(descriptor)


def path_text(path: Path) -> str:
    """A path as text that can be printed and written whatever bytes its name has."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def folder_source(root: Path, *, allow_empty: bool = False) -> FileSource:
    """A folder of class folders as torchvision's ImageFolder reads it: classes sorted, and in each the folders and
    files sorted.

    Args:
        root: the folder that holds the class folders.
        allow_empty: take class folders without an image, which keep their places among the labels; as in torchvision,
            they are refused otherwise, because they mostly mean that a download was broken off.

    Returns:
        A FileSource, whose labels are the places of the class folders: 0, 1, ...

    Raises:
        SourceError: the folder is missing, has no class folder, or holds no image; or, unless allowed, one of the class
            folders holds none.
    """
    root = Path(root)
    if not root.is_dir():
        raise SourceError(f"{path_text(root)} is no folder; a folder of class folders of images is needed")
    classes = sorted(entry.name for entry in entries(root) if is_folder(entry))
    if not classes:
        raise SourceError(
            f"{path_text(root)} has no class folders; images are expected as {path_text(root)}/CLASS/IMAGE.jpg, "
            "or as a list of (path, label) pairs"
        )
    by_class = [list(_images(root / name)) for name in classes]
    found = [(path, label) for label, paths in enumerate(by_class) for path in paths]
    if not found:
        raise SourceError(
            f"{path_text(root)} holds no images in its {len(classes)} class folders; known are {', '.join(SUFFIXES)}"
        )
    shown = tuple(path_text(Path(name)) for name in classes)
    empty = [name for name, paths in zip(shown, by_class, strict=True) if not paths]
    if empty and not allow_empty:
        raise SourceError(
            f"{path_text(root)} has {len(empty)} class folder(s) without images ({', '.join(empty[:5])}"
            f"{', ...' if len(empty) > 5 else ''}); fill or remove them, or allow them: "
            "corrupt_engine.sources.folder_source(folder, allow_empty=True)"
        )
    return FileSource(tuple(path for path, _ in found), tuple(label for _, label in found), shown)


def entries(folder: Path | str) -> list["os.DirEntry[str]"]:
    """What a folder holds, by name; SourceError where it cannot be read."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise SourceError(
            f"the folder {path_text(Path(folder))} cannot be read: {error.strerror or error}; give yourself the right "
            "to, or move it elsewhere"
        ) from error


def is_folder(entry: "os.DirEntry[str]") -> bool:
    """Whether an entry is a folder or a link to one."""
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def is_readable(entry: "os.DirEntry[str]") -> bool:
    """Whether an entry is a file, or a link to one, or to nothing; not a pipe or a device, nor a link to one."""
    try:
        return entry.is_file() or (entry.is_symlink() and not os.path.exists(entry.path))  # noqa: PTH110
    except OSError:  # a link to itself
        return True


def _images(folder: Path) -> Iterable[Path]:
    """The image files below a folder, folder by folder. A folder that several links lead to is entered once, by its own
    path where it lies below; what is no file (a pipe, a device) is left out, a link that leads nowhere is not: reading
    it says so.
    """
    found: list[tuple[str, list[str]]] = []
    seen: set[tuple[int, int]] = set()
    waiting, links = [os.fspath(folder)], list[str]()
    while waiting or links:
        where = waiting.pop() if waiting else links.pop(0)
        state = os.stat(where)  # noqa: PTH116
        if (state.st_dev, state.st_ino) in seen:
            continue
        seen.add((state.st_dev, state.st_ino))
        names = []
        for entry in entries(where):
            if is_folder(entry):
                (links if entry.is_symlink() else waiting).append(entry.path)
            elif not entry.name.lower().endswith(SUFFIXES):
                continue
            elif is_readable(entry):
                names.append(entry.name)
            else:
                log.warning("%s is no file, and left out", path_text(Path(entry.path)))
        found.append((where, names))
    for where, names in sorted(found):
        for name in names:
            yield Path(where, name)


@opener("a folder of class folders, a list of (path, label) pairs or of paths", rank=1)
def _open(given: Any) -> FileSource | None:
    if isinstance(given, (str, Path)):
        return folder_source(Path(given))
    if isinstance(given, Sequence) and given and are_file_pairs(given):
        return FileSource(Paths(map(itemgetter(0), given)), tuple(map(itemgetter(1), given)))
    if isinstance(given, Sequence) and given and all(issubclass(kind, (str, Path)) for kind in set(map(type, given))):
        return FileSource(Paths(given), (NO_LABEL,) * len(given))
    return None


def are_file_pairs(items: Sequence[Any]) -> bool:
    """Whether every item is (path, label). It goes through the types without a loop of Python's: .1 s for 1.28 million
    items, where asking one after the other took .7.
    """
    kinds = set(map(type, items))
    return (
        all(issubclass(kind, (tuple, list)) for kind in kinds)
        and set(map(len, items)) == {2}
        and all(issubclass(kind, (str, Path)) for kind in set(map(type, map(itemgetter(0), items))))
    )
