"""Arrays of images in memory, or in .npy files that are mapped into it."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from ..devices import library_of, plain_tensor
from ..errors import SourceError
from .files import path_text
from .opening import opener
from .protocol import Indexable


class ArraySource(Indexable):
    """Images (N, H, W[, 1 or 3]) uint8 with a label each: NumPy arrays, torch tensors, or paths of .npy files.

    A loader makes one of the tuple (images, labels); a list of arrays are images, unless the first has four axes, or
    three and labels of fewer beside it.

    Args:
        images: channels last, as CIFAR-10-C has them. A file is mapped, not read.
        labels: N of them, (N,) or as Keras has whole numbers (N, 1); for a file without labels, `labels.npy` beside it.

    Raises:
        SourceError: for another shape or dtype, no images, a missing or damaged file, another number of labels, or
            labels that are nothing (None, NaN).
    """

    def __init__(self, images: Any, labels: Any = None) -> None:
        self.path = Path(images) if isinstance(images, (str, Path)) else None
        if labels is None:
            if self.path is None:
                raise SourceError("labels are missing; give (images, labels)")
            labels = self.path.with_name("labels.npy")
        self.images = _array(images, "images")
        self.labels = _labels(_array(labels, "labels"))
        if self.images.ndim == 3:
            self.images = self.images[..., None]
        dtype, shape = self.images.dtype, self.images.shape
        if dtype != np.uint8 or len(shape) != 4 or shape[3] not in (1, 3) or 0 in shape[1:]:
            raise SourceError(
                f"images are {dtype} of shape {shape}; uint8 (N, H, W) or (N, H, W, 1 or 3) is needed, channels last"
            )
        if not len(self.images):
            raise SourceError(f"there are no images: their shape is {shape}")
        if self.labels.shape[:1] != self.images.shape[:1]:
            raise SourceError(
                f"there are {len(self.images)} images and labels of shape {self.labels.shape}; one label an image is "
                "needed"
            )

    def __len__(self) -> int:
        return len(self.images)

    def name(self, index: int) -> str:
        """What messages call the image.

        Args:
            index: the sample's number, from 0.

        Returns:
            Its number, and the file's path where there is one.
        """
        return f"image {index} of {'an array' if self.path is None else path_text(self.path)}"

    def decode(self, index: int) -> tuple[np.ndarray, Any]:
        """One image.

        Args:
            index: the sample's number, from 0.

        Returns:
            (image, label): (H, W, 1 or 3) uint8; the label is a plain value where labels are (N,), else
            a copy of a row of them.
        """
        label = self.labels[index]
        return np.ascontiguousarray(self.images[index]), label.item() if label.ndim == 0 else np.array(label)

    def fingerprint(self) -> str:
        """A digest over all bytes and labels.

        Returns:
            64 hexadecimal digits.
        """
        total = hashlib.sha256(repr((self.images.shape, self.labels.shape, str(self.labels.dtype))).encode())
        for array in (self.images, self.labels):
            for part in array:
                total.update(np.ascontiguousarray(part).tobytes())
        return total.hexdigest()

    def __getstate__(self) -> dict[str, Any]:
        # A mapped array would be pickled with all its bytes; the file is mapped again instead.
        return {**self.__dict__, "images": None} if self.path is not None else self.__dict__

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.path is not None:
            self.__init__(self.path, state["labels"])  # type: ignore[misc]


@opener("a .npy file, (images, labels) arrays")
def _open(given: Any) -> ArraySource | None:
    if isinstance(given, (str, Path)):
        return ArraySource(given) if Path(given).suffix in (".npy", ".npz") else None
    if is_array(given):  # a data set of images without labels
        torch = library_of(given) == "torch"
        if is_one_image(given) or (torch and len(given.shape) == 3 and given.shape[0] == 3):
            raise SourceError(
                f"an array of shape {tuple(given.shape)} is one image; give images[None], or grey ones (N, H, W) "
                f"as {'images[:, None]' if torch else 'images[..., None]'}"
            )
        return None
    if not are_columns(given, 2):
        return None
    images, labels = given
    shape, of_labels = tuple(images.shape), tuple(getattr(labels, "shape", ()))
    if is_one_image(images):
        raise SourceError(
            f"a tuple is (images, labels), and images of shape {shape} are one image; give several images as a list, "
            "one with its label as (images[None], [label]), or grey ones (N, H, W) as images[..., None]"
        )
    if of_labels == shape and shape[0 if len(shape) == 3 else -1] == 3 and str(labels.dtype).endswith("uint8"):
        raise SourceError(
            f"labels are uint8 of shape {shape}, which is that of the images; give images without labels as a list or "
            "as one array, or, where images are what is to be predicted, corrupt_engine.sources.ArraySource(images, "
            "labels)"
        )
    return ArraySource(images, labels)


def is_array(value: Any) -> bool:
    """Whether this is an array or a tensor, of whatever library."""
    return hasattr(value, "shape") and hasattr(value, "dtype")


def is_one_image(array: Any) -> bool:
    """Whether an array's shape is that of one image, (H, W) or with the channels last, rather than of several."""
    shape = array.shape
    return len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4))


def are_columns(given: Any, count: int) -> bool:
    """Whether this is images, labels and so on, `count` in all: a tuple that begins with an array, or a list of arrays
    of which the first cannot be one image among others.
    """
    if not isinstance(given, (tuple, list)) or len(given) != count or not is_array(given[0]):
        return False
    if isinstance(given, tuple):
        return count == 2 or all(map(is_array, given))
    if not all(map(is_array, given)):
        return False
    axes = len(given[0].shape)
    return axes == 4 or (axes == 3 and not is_one_image(given[0]) and len(given[1].shape) < 3)


def _array(value: Any, what: str) -> np.ndarray:
    if isinstance(value, (str, Path)):
        path = path_text(Path(value))
        try:
            mapped = np.load(value, mmap_mode="r", allow_pickle=False)
        except MemoryError:
            raise
        except Exception as error:  # a damaged header is parsed as Python, and fails in its ways
            raise SourceError(f"{what}: {path} cannot be read as a .npy file: {error}") from error
        if isinstance(mapped, np.ndarray):
            return mapped
        names = ", ".join(mapped.files[:9])
        mapped.close()
        raise SourceError(
            f"{what}: {path} is an archive of arrays ({names}), which cannot be mapped; write the one that is meant "
            "with np.save, or give (images, labels)"
        )
    try:
        array: np.ndarray = plain_tensor(value).numpy() if library_of(value) == "torch" else np.asarray(value)
        return array
    except (TypeError, ValueError, RuntimeError) as error:
        raise SourceError(f"{what} cannot be used as one array: {error}") from error


def _labels(labels: np.ndarray) -> np.ndarray:
    """Labels that a batch can be made of, one type for all; SourceError where they hold nothing, or no plain values."""
    if labels.dtype == object:
        for n, label in enumerate(labels.ravel().tolist()):
            if not isinstance(label, (int, float, str, np.generic)):
                raise SourceError(f"label {n} is {label!r}; a number or a name is needed of each image")
        labels = np.array(labels.tolist())
    if labels.dtype.kind in "cmM":
        raise SourceError(f"labels have dtype {labels.dtype}; numbers or names are needed")
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise SourceError(f"label {int(np.argmax(np.isnan(labels.reshape(len(labels), -1)).any(1)))} is NaN")
    # Beside predictions (N,) a column would be compared with all of them.
    column = labels.ndim == 2 and labels.shape[1] == 1 and labels.dtype.kind in "iu"
    return labels[:, 0] if column else labels
