"""ImageNet-C's layout: CORRUPTION/SEVERITY/CLASS/NAME.JPEG."""

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
        name = self._names[number] if self._names is not None else f"{str(label).replace('/', '_')}/{number:08d}"
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


def relative_names(source: FileSource) -> list[str]:
    """CLASS/STEM of every sample, or OptionError where two would be the same file."""
    seen: dict[str, int] = {}
    names = []
    for number, (path, label) in enumerate(zip(source.files, source.labels, strict=True)):
        name = f"{source.classes[label] if source.classes else label}/{path.stem}"
        if name.lower() in seen:
            raise OptionError(
                f"{source.files[seen[name.lower()]]} and {path} would both be stored as {name}{SUFFIX}; rename one, or "
                "export as npy"
            )
        seen[name.lower()] = number
        names.append(name)
    return names
