"""Map-style torch Datasets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from ..errors import DecodeError, SourceError
from ..transforms.image_forms import IMAGE_KEYS, may_be_images
from .decoding import UNREADABLE, as_image, denormalized
from .depth import as_depth
from .opening import opener
from .protocol import NO_LABEL, Indexable, copied, digest

ITERABLE = ("torch.utils.data.dataset", "IterableDataset")


class Targets(tuple[Any, ...]):
    """Several targets of one sample, which a loader gives out one after the other beside the image."""


class Fields(dict[str, Any]):
    """What a sample that is a dict holds beside its image.

    Args:
        key: under which the image was.
        order: all keys in the sample's order.
        others: the other fields.
    """

    LABELS = ("label", "labels", "target", "targets")

    def __init__(self, key: str, order: Sequence[str], others: Mapping[str, Any]) -> None:
        super().__init__(others)
        self.key, self.order = key, tuple(order)

    def sample(self, image: Any, others: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The sample with another image, and the other fields or what is given for them."""
        beside = self if others is None else others
        return {name: image if name == self.key else beside[name] for name in self.order}

    @property
    def label(self) -> Any:
        """The field that is called a label; None where none is."""
        return next((self[name] for name in self.LABELS if name in self), None)

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), (self.key, self.order, dict(self))


@dataclass(frozen=True)
class DatasetSource(Indexable):
    """A map-style torch Dataset of (image, label, ...), of dicts with an image under one of IMAGE_KEYS, or of images
    alone: PIL images, uint8 arrays (H, W, C), or uint8 tensors (C, H, W).

    It is a Dataset itself: with mean and std it may stand in a DataLoader whose order and workers a CorruptLoader takes
    over.

    Args:
        dataset: anything with len() and [i]. Further targets after the label are given out beside it.
        mean, std: what the data set's own transform normalized its float images with, (x / 255 - mean) / std; 0 and 1
            for ToTensor alone. The bytes are made from them again, to the nearest level.
        depth: where the depth map stands in an item, for corruptions that need one: 1 of (image, depth, label), or the
            key of an item that is a dict with "image" and "label". A map is (H, W), of the image's size.

    Raises:
        SourceError: only one of mean and std is given.
    """

    dataset: Any
    mean: Any = None
    std: Any = None
    depth: Any = None

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
            (image, label): (H, W, 1 or 3) uint8; several targets as Targets, those of a dict as Fields, none as
            NO_LABEL.

        Raises:
            DecodeError: the data set raises what Pillow does for a file that is no complete image.
            SourceError: the item is no (image, label), no image, and no dict that holds one.
            ImageError: the image is no uint8 of one or three channels or, with mean and std, no float image that they
                fit.
        """
        image, label, _ = self._sample(index)
        return self._image(image, index), label

    @property
    def gives_depth(self) -> bool:
        """Whether the items hold a depth map."""
        return self.depth is not None

    def decode_with_depth(self, index: int) -> tuple[np.ndarray, Any, np.ndarray]:
        """The data set's own item, with its depth map.

        Args:
            index: the sample's number, from 0.

        Returns:
            (image, label, depth): the first two as of `decode`; the last (H, W) float32.

        Raises:
            DecodeError, ImageError: as `decode`.
            SourceError: likewise; or the depth map is not there, or is of another size.
        """
        image, label, depth = self._sample(index)
        sized = self._image(image, index)
        return sized, label, as_depth(depth, sized.shape, self.name(index))

    def _sample(self, index: int) -> tuple[Any, Any, Any]:
        """(image, label, depth map) of an item, as `decode` and `decode_with_depth` give the label."""
        image, targets, depth = self._item(index)
        if isinstance(self.dataset, (list, tuple)):  # which gives the same objects each time
            targets = list(map(copied, targets))
        return image, targets[0] if len(targets) == 1 else Targets(targets), depth

    def _item(self, index: int) -> tuple[Any, list[Any], Any]:
        """(image, targets, depth map) of an item, the last None where none is told of."""
        try:
            item = self.dataset[index]
        except UNREADABLE as error:
            raise DecodeError(f"{self.name(index)} cannot be read: {error}") from error
        except StopIteration as error:  # which would be taken for the end of the batches
            raise SourceError(
                f"{self.name(index)} ended in StopIteration; a data set gives its items by number, in any order, and "
                "not by an iterator that runs out"
            ) from error
        if self.depth is not None:
            try:
                if isinstance(item, Mapping):
                    return item["image"], [item["label"]], item[self.depth]
                parts = list(item)
                depth = parts.pop(self.depth)
            except (TypeError, LookupError) as error:
                wanted = f'a dict with "image", "label" and {self.depth!r}, or a tuple with its place'
                raise SourceError(f"{self.name(index)} has no depth map {self.depth!r}; {wanted} is needed") from error
            image, *targets = parts
            return image, targets, depth
        if isinstance(item, Mapping):
            key = next((name for name in IMAGE_KEYS if name in item), None)
            if key is None:
                raise SourceError(
                    f"{self.name(index)} is a dict with {list(item)}; an image is needed under {', '.join(IMAGE_KEYS)}"
                )
            others = {name: value for name, value in item.items() if name != key}
            return item[key], [Fields(key, list(item), others)], None
        if isinstance(item, (tuple, list)):
            if len(item) < 2:
                raise SourceError(
                    f"{self.name(index)} is a {type(item).__name__} of {len(item)}; (image, label) is needed"
                )
            image, *targets = item
            return image, targets, None
        if isinstance(item, Image.Image) or len(getattr(item, "shape", ())) in (2, 3):
            return item, [NO_LABEL], None
        raise SourceError(
            f"{self.name(index)} is {type(item).__name__}; (image, label), a dict with an image, or an image is needed"
        )

    def _image(self, image: Any, index: int) -> np.ndarray:
        if self.mean is None:
            return as_image(image, self.name(index))
        return denormalized(image, self.mean, self.std, self.name(index))

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
    if is_iterable_dataset(given):
        raise SourceError(
            f"{type(given).__name__} is an IterableDataset, whose samples have no numbers to key the corruptions with; "
            "a map-style Dataset is needed"
        )
    if isinstance(given, (str, Mapping)) or not (hasattr(given, "__getitem__") and hasattr(given, "__len__")):
        return None
    if len(given) == 0:
        raise SourceError(f"the data set ({type(given).__name__}) is empty")
    if hasattr(type(given), "columns") and hasattr(type(given), "shape"):
        raise SourceError(
            f"this is a table ({type(given).__name__}), of which a column is no sample; give its rows as pairs: "
            'list(zip(table["path"], table["label"]))'
        )
    if isinstance(given, (tuple, list)) and len(given) == 2 and are_lists(*given):
        raise SourceError(
            "these are a list of images and one of labels, and a list has an image with its label in each place; give "
            "pairs, list(zip(images, labels)), or, of one size, arrays: (np.stack(images), labels)"
        )
    return DatasetSource(given)


def are_lists(first: Any, second: Any) -> bool:
    """Whether the first of two lists begins with an image, and the second with none: columns, and not two samples."""
    listed = isinstance(second, (list, tuple)) or len(getattr(second, "shape", ())) > 0
    if not (isinstance(first, list) and first and listed and len(second)):
        return False
    return may_be_images(first[0]) and not may_be_images(second[0])


def is_iterable_dataset(value: Any) -> bool:
    """Whether this is torch's IterableDataset or made from it, without importing torch for the question."""
    return any((cls.__module__, cls.__name__) == ITERABLE for cls in type(value).__mro__)
