"""What a loader asks of a source. Sample i of a source has the sample id i."""

import copy
import hashlib
from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class Source(Protocol):
    """Samples by number; `decode` may be called from several threads and processes, and the source may be pickled.

    A source may also have `fingerprint() -> str`, see the function of that name. One whose attribute `gives_depth` is
    true has `decode_with_depth(index) -> (image, label, depth)` besides: the last (H, W) float32, of the image's size.
    """

    def __len__(self) -> int: ...

    def decode(self, index: int) -> tuple[np.ndarray, Any]:
        """One sample.

        Args:
            index: the sample's number, from 0.

        Returns:
            (image, label): the image (H, W, 1 or 3) uint8, the label whatever the source has.

        Raises:
            DecodeError: its image cannot be read.
        """
        ...

    def name(self, index: int) -> str:
        """What a message or a report calls the sample.

        Args:
            index: the sample's number, from 0.

        Returns:
            A text that can be printed whatever bytes a path has.
        """
        ...


@runtime_checkable
class EncodedSource(Source, Protocol):
    """A source of image files, which any decoder can decode."""

    def encoded(self, index: int) -> bytes:
        """The image file as it is stored.

        Args:
            index: the sample's number, from 0.

        Returns:
            Its bytes.

        Raises:
            DecodeError: there are none.
        """
        ...

    def label(self, index: int) -> Any:
        """The label, without the image being read.

        Args:
            index: the sample's number, from 0.

        Returns:
            What `decode` gives beside the image.
        """
        ...


class Indexable:
    """Mixed into sources, so that a loader's `dataset[i]` is (image, label) as with a torch Dataset."""

    def __getitem__(self: Any, index: int) -> tuple[np.ndarray, Any]:
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        pair: tuple[np.ndarray, Any] = self.decode(index)
        return pair


class _NoLabel:
    """Stands for the label of an image that has none."""

    def __repr__(self) -> str:
        return "NO_LABEL"

    def __reduce__(self) -> str:
        return "NO_LABEL"


NO_LABEL = _NoLabel()
"""The label of an image that has none; a loader gives such images out alone."""


def copied(label: Any) -> Any:
    """A label that may be written to: a copy of a container, an array or a tensor; anything else as it is.

    Args:
        label: any.

    Returns:
        An equal one.
    """
    changeable = isinstance(label, tuple) or hasattr(type(label), "__setitem__")
    return copy.deepcopy(label) if changeable else label


def short_name(source: Source, index: int) -> str:
    """What a record calls a sample: the same wherever the data set lies.

    Args:
        source: any source; its own `short_name(index)` is asked where it has one, else its `name`.
        index: the sample's number, from 0.

    Returns:
        A text that can be printed.
    """
    own = getattr(source, "short_name", None)
    return str(own(index)) if callable(own) else source.name(index)


def digest(parts: Iterable[Any]) -> str:
    """SHA-256 over the texts of the parts, as hexadecimal digits."""
    total = hashlib.sha256()
    for part in parts:
        text = str(part)
        try:
            data = text.encode("utf-8", "surrogateescape")  # a file's name gives its own bytes
        except UnicodeEncodeError:
            data = text.encode("utf-8", "surrogatepass")
        total.update(data + b"\0")
    return total.hexdigest()


def fingerprint(source: Source) -> str:
    """A digest that tells two data sets apart, for records of runs: cheap, so it covers names, sizes and labels of
    files, not their bytes.

    A source without a `fingerprint` of its own is told by its type, its length, its names, and its labels where it has
    them all.

    Args:
        source: any source; its own `fingerprint()` is asked where it has one.

    Returns:
        A text; equal ones mean the same data, as far as it covers them.
    """
    own = getattr(source, "fingerprint", None)
    if callable(own):
        return str(own())
    names = (source.name(index) for index in range(len(source)))
    return digest([type(source).__qualname__, len(source), *names, *getattr(source, "labels", ())])
