"""Hugging Face `datasets` with an image column."""

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DecodeError, SourceError
from .decoding import decode_bytes
from .files import file_bytes
from .opening import opener
from .protocol import Indexable


class HuggingFaceSource(Indexable):
    """A `datasets.Dataset`. Its images are decoded here, from the encoded bytes, and not by `datasets`: that would
    rotate some by EXIF.

    Args:
        dataset: one split.
        image: the image column; default the only one of type Image.
        label: the label column; default the only ClassLabel, or the column "label".

    Raises:
        SourceError: for another kind of data set, one without rows or with a transform of its own, where a column does
            not exist or is not clear, or a row has no label.
    """

    def __init__(self, dataset: Any, image: str | None = None, label: str | None = None) -> None:
        kind = type(dataset).__name__
        if kind in ("DatasetDict", "IterableDatasetDict"):
            raise SourceError(
                f"this is a {kind} with the splits {', '.join(dataset)}; pass one of them, such as "
                f"dataset[{next(iter(dataset), '')!r}]"
            )
        if not hasattr(dataset, "__len__"):
            raise SourceError(
                f"this is an {kind}, whose samples have no numbers to key the corruptions with; load it without "
                "streaming=True"
            )
        if dataset.format["type"] == "custom":
            raise SourceError(
                "the data set has a transform of its own, and images are decoded from their bytes, without it; "
                "dataset.with_format(None) leaves it out, and corrupt_engine.sources.DatasetSource(dataset) takes what "
                "it makes"
            )
        from datasets import ClassLabel, Image

        features = dataset.features
        images = [name for name, feature in features.items() if isinstance(feature, Image)]
        classes = [name for name, feature in features.items() if isinstance(feature, ClassLabel)] or [
            n for n in ("label",) if n in features
        ]
        self._image = _column("image", image, images, features)
        self._label = _column("label", label, classes, features)
        self.dataset = dataset
        names = getattr(features[self._label], "names", None)
        self.classes = tuple(names) if names else ()
        self._rows = (
            dataset.with_format(None)
            .select_columns([self._image, self._label])
            .cast_column(self._image, Image(decode=False))
        )
        if not len(dataset):
            raise SourceError("the data set has no rows")
        # What the table holds is known at once; which rows of it are taken, only by reading their labels.
        if self._rows.data.column(self._label).null_count:
            given = self._rows.select_columns(self._label)[:][self._label]
            without = [n for n, value in enumerate(given) if value is None]
            if without:
                raise SourceError(
                    f"{len(without)} of {len(dataset)} rows have no label in the column {self._label!r}, the first is "
                    f"row {without[0]}; leave them out: dataset.filter(lambda row: row[{self._label!r}] is not None)"
                )

    def __len__(self) -> int:
        return len(self.dataset)

    @property
    def labels(self) -> tuple[Any, ...]:
        """The label of each row."""
        return tuple(self._rows.select_columns(self._label)[:][self._label])

    def name(self, index: int) -> str:
        """What messages call the row.

        Args:
            index: the sample's number, from 0.

        Returns:
            Its number, and the file's name where there is one.
        """
        cell = self._rows[index][self._image]
        path = Path(cell["path"]).name if cell and cell.get("path") else ""
        return f"row {index}{f' ({path})' if path else ''}"

    def label(self, index: int) -> Any:
        """The label, without the image being decoded.

        Args:
            index: the sample's number, from 0.

        Returns:
            The label column's value.
        """
        return self._rows[index][self._label]

    def encoded(self, index: int) -> bytes:
        """The image file as it is stored.

        Args:
            index: the sample's number, from 0.

        Returns:
            The image column's bytes, or those of the file that it names.

        Raises:
            DecodeError: the row has no image, or its file cannot be read.
        """
        return self._bytes(self._rows[index][self._image], index)

    def decode(self, index: int) -> tuple[np.ndarray, Any]:
        """The row, decoded with Pillow.

        Args:
            index: the sample's number, from 0.

        Returns:
            (image, label): (H, W, 3) uint8 RGB, and the label column's value.

        Raises:
            DecodeError: the row has no image, or one that cannot be read.
        """
        row = self._rows[index]
        return decode_bytes(self._bytes(row[self._image], index), self.name(index), index), row[self._label]

    def fingerprint(self) -> str:
        """The one that `datasets` keeps.

        Returns:
            A text, which changes with every operation on the data set.
        """
        return str(self.dataset._fingerprint)

    def _bytes(self, cell: dict[str, Any] | None, index: int) -> bytes:
        if not cell or (cell.get("bytes") is None and cell.get("path") is None):
            raise DecodeError(f"row {index} (sample {index}) has no image")
        if cell["bytes"] is not None:
            return bytes(cell["bytes"])
        try:
            return file_bytes(Path(cell["path"]))
        except (OSError, ValueError) as error:
            raise DecodeError(
                f"{self.name(index)} (sample {index}) cannot be read: {getattr(error, 'strerror', None) or error}"
            ) from error


def _column(what: str, asked: str | None, found: list[str], columns: Any) -> str:
    if asked is not None and asked not in columns:
        raise SourceError(f"there is no column {asked!r}; there are {', '.join(columns)}")
    if asked is None and len(found) != 1:
        raise SourceError(
            f"{'no' if not found else 'more than one'} {what} column was found among {', '.join(columns)}; name it: "
            f'corrupt_engine.sources.HuggingFaceSource(dataset, {what}="...")'
        )
    return found[0] if asked is None else asked


@opener("a Hugging Face Dataset")
def _open(given: Any) -> HuggingFaceSource | None:
    return HuggingFaceSource(given) if is_huggingface(given) else None


def is_huggingface(value: Any) -> bool:
    """Whether this comes from `datasets`, without importing it for the question."""
    return any(cls.__module__.partition(".")[0] == "datasets" for cls in type(value).__mro__) and (
        hasattr(value, "features") or "DatasetDict" in type(value).__name__
    )
