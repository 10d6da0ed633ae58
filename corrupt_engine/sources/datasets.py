"""Map-style torch Datasets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import DecodeError, SourceError
from .decoding import UNREADABLE, as_image, denormalized
from .opening import opener
from .protocol import Indexable, digest


class Targets(tuple[Any, ...]):
    """Several targets of one sample, which a loader gives out one after the other beside the image."""


@dataclass(frozen=True)
class DatasetSource(Indexable):
    """A map-style torch Dataset of (image, label, ...): PIL images, uint8 arrays (H, W, C), or uint8 tensors (C, H, W).

    It is a Dataset itself: with mean and std it may stand in a DataLoader whose order and workers a CorruptLoader takes
    over.

    Args:
        dataset: anything with len() and [i]. Further targets after the label are given out beside it.
        mean, std: what the data set's own transform normalized its float images with, (x / 255 - mean) / std; 0 and 1
            for ToTensor alone. The bytes are made from them again, to the nearest level.

    Raises:
        SourceError: only one of mean and std is given.
    """

    dataset: Any
    mean: Any = None
    std: Any = None

    def __post_init__(self) -> None:
        if (self.mean is None) != (self.std is None):
            raise SourceError(
                "mean and std of normalized images belong together; give both (0 and 1 for ToTensor alone)"
            )

    def __len__(self) -> int:
        return len(self.dataset)

    @property
    def class_names(self) -> tuple[str, ...]:
        """What the data set calls its classes, as torchvision's do in `classes`; of several names the first."""
        found = getattr(self.dataset, "classes", None)
        names = (
            [name[0] if isinstance(name, tuple) and name else name for name in found]
            if isinstance(found, (list, tuple))
            else []
        )
        return tuple(names) if all(isinstance(name, str) for name in names) else ()

    def name(self, index: int) -> str:
        """What messages call the sample.

        Args:
            index: the sample's number, from 0.

        Returns:
            Its number, and the type of the data set.
        """
        return f"item {index} of {type(self.dataset).__name__}"

    def decode(self, index: int) -> tuple[np.ndarray, Any]:
        """The data set's own item.

        Args:
            index: the sample's number, from 0.

        Returns:
            (image, label): (H, W, 1 or 3) uint8; several targets as Targets.

        Raises:
            DecodeError: the data set raises what Pillow does for a file that is no complete image.
            SourceError: the item is no (image, label).
            ImageError: the image is no uint8 of one or three channels or, with mean and std, no float image that they
                fit.
        """
        try:
            item = self.dataset[index]
        except UNREADABLE as error:
            raise DecodeError(f"{self.name(index)} cannot be read: {error}") from error
        if not isinstance(item, (tuple, list)) or len(item) < 2:
            raise SourceError(f"{self.name(index)} is {type(item).__name__}; (image, label) is needed")
        image, *targets = item
        label = targets[0] if len(targets) == 1 else Targets(targets)
        if self.mean is None:
            return as_image(image, self.name(index)), label
        return denormalized(image, self.mean, self.std, self.name(index)), label

    def fingerprint(self) -> str:
        """A digest over the data set's type, length and labels where it lists them (`targets` or `labels`): all that is
        known of it.

        Returns:
            64 hexadecimal digits.
        """
        targets = getattr(self.dataset, "targets", getattr(self.dataset, "labels", None))
        listed = np.asarray(targets).tobytes().hex() if isinstance(targets, (list, tuple, np.ndarray)) else ""
        return digest([type(self.dataset).__qualname__, len(self.dataset), listed])


@opener("a map-style torch Dataset", rank=2)
def _open(given: Any) -> DatasetSource | None:
    if isinstance(given, (str, Mapping)) or not (hasattr(given, "__getitem__") and hasattr(given, "__len__")):
        return None
    if len(given) == 0:
        raise SourceError(f"the data set ({type(given).__name__}) is empty")
    return DatasetSource(given)
