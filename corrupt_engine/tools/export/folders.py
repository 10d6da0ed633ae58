"""ImageNet-C's layout: CORRUPTION/SEVERITY/CLASS/NAME.JPEG."""

import os
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ...catalogue import STORED_QUALITY, Condition
from ...errors import OptionError
from ...loader.samples import Batch
from ...sources import FileSource, Source

SUFFIX = ".JPEG"
LONGEST = 60  # letters of a label in a folder's name: at four bytes each within what file systems take
MOST_BYTES = 255  # of a name, on the common file systems


class FolderLayout:
    """A file an image; it is whole or absent, so the files themselves say what is done."""

    def __init__(self, folder: Path, plan: Sequence[Condition], source: Source) -> None:
        self.folder, self.plan, self.source = folder, plan, source
        self._names = relative_names(source) if isinstance(source, FileSource) else None
        # A Dataset tells a label, and so the folder, only when it decodes: what is there is found by its number.
        files = () if self._names is not None else folder.glob(f"*/*/*/*{SUFFIX}")
        self._there = {(path.parts[-4], path.parts[-3], path.stem) for path in files}

    def path(self, condition: Condition, number: int, label: Any) -> Path:
        """Where an image goes."""
        name = self._names[number] if self._names is not None else f"{folder_name(label)}/{number:08d}"
        return self.folder / condition.corruption / f"{condition.severity:g}" / f"{name}{SUFFIX}"

    def missing(self, ids: np.ndarray) -> list[Condition]:
        """The conditions of which a file of these samples is not there."""
        if self._names is None:
            stems = [f"{number:08d}" for number in ids.tolist()]
            return [
                c
                for c in self.plan
                if not all((c.corruption, f"{c.severity:g}", stem) in self._there for stem in stems)
            ]
        return [c for c in self.plan if not all(self.path(c, n, None).exists() for n in ids.tolist())]

    def write(self, batch: Batch, condition: Condition, images: np.ndarray) -> None:
        """JPEG files with the published quality and subsampling."""
        for image, number, label in zip(images, batch.ids.tolist(), batch.labels, strict=True):
            path = self.path(condition, number, label)
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            pil_image = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
            pil_image.save(part, "JPEG", quality=STORED_QUALITY, optimize=True)
            part.replace(path)

    def finished(self, batch: Batch) -> None:
        """Nothing to note."""

    def close(self) -> None:
        """Nothing to rename."""


def folder_name(label: Any) -> str:
    """A folder's name for a label that may come from a file of anybody's: what would lead elsewhere, or can be no name,
    is replaced. Two labels may share a folder, since the files in it are numbered.

    >>> folder_name("../x"), folder_name(""), folder_name(7), folder_name("a cat")
    ('.._x', '_', '7', 'a cat')
    """
    text = str(label).encode("utf-8", "backslashreplace").decode()
    text = "".join("_" if letter in '/\\:*?"<>|' or not letter.isprintable() else letter for letter in text)[:LONGEST]
    return text if text.strip(". ") else "_" * max(len(text), 1)


def relative_names(source: FileSource) -> list[str]:
    """CLASS/STEM of every sample, or OptionError where one can be no file below the folder, or two would be the same
    one, also where a file system does not tell cases or forms of accents apart.
    """
    seen: dict[str, int] = {}
    names = []
    for number, (path, label) in enumerate(zip(source.files, source.labels, strict=True)):
        name = str(source.classes[label] if source.classes else label)
        for part in (name, f"{path.stem}{SUFFIX}"):
            if not is_name(part):
                raise OptionError(
                    f"{source.name(number)} of class {name!r} cannot be stored: {part!r} can be no name of a file; use "
                    "other labels, or export as npy"
                )
        name = f"{name}/{path.stem}"
        same = unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())
        if same in seen:
            raise OptionError(
                f"{source.name(seen[same])} and {source.name(number)} would both be stored as {name}{SUFFIX}; rename "
                "one, or export as npy"
            )
        seen[same] = number
        names.append(name)
    return names


def is_name(text: str) -> bool:
    """Whether a text can be the name of one file or folder."""
    try:
        size = len(os.fsencode(text))
    except UnicodeEncodeError:
        return False
    return text != ".." and Path(text).parts == (text,) and "\0" not in text and size <= MOST_BYTES
