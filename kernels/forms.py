"""The ways in which a corruption may be written, and how each becomes the arithmetic on a batch that the engine runs.

The batch form says everything; the others are for what most corruptions are. All but "image" run on every device.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from .draws import Draw
from .kept import kept
from .primitives.pixelwise import PixelFunction
from .primitives.transition import cached_tables, element_words

Apply = Callable[..., None]
SLIGHT = 1e-6  # what probabilities of a law may be off by, from rounding: the shipped ones are by 1e-12 at most


class Form(NamedTuple):
    """How a function of this form is turned into `apply(ops, src, dst, p, d)`; the draws that the form implies."""

    apply: Callable[..., Apply]
    draws: Callable[[Any, int, int], dict[str, Draw]] | None = None
    host_only: bool = False
    prepared: bool = False
    """Whether `apply` also takes what is made on the host first (see `from_pixel`)."""


def from_law(law: Callable[[Any], np.ndarray]) -> Apply:
    """A pointwise noise: every element is drawn from the law that its own value selects, one word each."""

    def checked(p: Any) -> np.ndarray:
        values = np.asarray(law(p), np.float64)
        if values.shape != (256, 256):
            raise ValueError(f"corruption {law.__name__!r}: a law has the shape (256, 256), not {values.shape}")
        sums = values.sum(axis=1)
        if not (values.min() >= -SLIGHT and abs(sums - 1.0).max() <= SLIGHT):
            raise ValueError(
                f"corruption {law.__name__!r}: a row of a law has probabilities from 0 up whose sum is 1, and these go "
                f"from {values.min():g} up, their sums from {sums.min():g} to {sums.max():g}"
            )
        return values

    table = cached_tables(checked)

    def apply(ops: Any, src: Any, dst: Any, p: Any, d: Any) -> None:
        ops.transition(src, dst, table(p), d.noise)

    return apply


def from_curve(curve: Callable[..., Any]) -> Apply:
    """A tone curve, one table look-up an element: the same for all images, or of a function (p, d) another for each."""

    def checked(values: Any) -> np.ndarray:
        values = np.asarray(values)
        if values.shape not in ((256,), (3, 256)):
            raise ValueError(
                f"corruption {curve.__name__!r}: a curve has the shape (256,) or (3, 256), not {values.shape}"
            )
        if values.dtype != np.uint8 and not (values.min() >= 0 and values.max() < 256):
            raise ValueError(
                f"corruption {curve.__name__!r}: a curve has levels from 0 to 255, and these go from {values.min():g} "
                f"to {values.max():g}: np.clip them"
            )
        return np.broadcast_to(values.astype(np.uint8), (3, 256))

    @kept
    def table(p: Any) -> np.ndarray:
        return checked(curve(p))

    def apply(ops: Any, src: Any, dst: Any, p: Any, d: Any) -> None:
        ops.lookup_channels(src, dst, np.ascontiguousarray(np.broadcast_to(table(p), (len(src), 3, 256))))

    def apply_each(ops: Any, src: Any, dst: Any, p: Any, d: Any) -> None:
        # Stacked, equal channels would keep the order in memory of the one that they were made from.
        tables = np.empty((len(src), 3, 256), np.uint8)
        for n in range(len(src)):
            tables[n] = checked(curve(p, _OfOneImage(d, n)))
        ops.lookup_channels(src, dst, tables)

    return apply_each if len(inspect.signature(curve).parameters) == 2 else apply


def from_pixel(function: Callable[..., Any], prepare: Callable[..., Any] | None = None) -> Apply:
    """Scalar arithmetic on one pixel. After the place, `function` takes by name what it needs of the parameters, of
    the draws, and of what `prepare(p, d, count, height, width)` makes of both on the host: arrays by name, a row an
    image, such as the matrix of a rotation.
    """
    pixel = PixelFunction(function)
    names = tuple(inspect.signature(function).parameters)[4:]

    def apply(ops: Any, src: Any, dst: Any, p: Any, d: Any) -> None:
        made = {} if prepare is None else prepare(p, d, *src.shape[:3])

        def value(name: str) -> Any:
            if name in p._fields:
                return getattr(p, name)
            found = made[name] if name in made else getattr(d, name)
            return ops.upload(_single(found)) if isinstance(found, np.ndarray) else found

        ops.pixelwise(pixel, src, dst, *map(value, names))

    return apply


def _single(values: np.ndarray) -> np.ndarray:
    """Numbers as kernels take them: float32 and int32 for what is twice as long."""
    shorter = {"float64": np.float32, "int64": np.int32}.get(values.dtype.name)
    return np.ascontiguousarray(values if shorter is None else values.astype(shorter))


class _OfOneImage:
    """The draws of a batch, as those of its n-th image."""

    def __init__(self, draws: Any, n: int) -> None:
        self._draws, self._n = draws, n

    def __getattr__(self, name: str) -> Any:
        return getattr(self._draws, name)[self._n]


def from_image(function: Callable[..., Any]) -> Apply:
    """Plain NumPy, image by image."""

    def apply(ops: Any, src: Any, dst: Any, p: Any, d: Any) -> None:
        for n in range(len(src)):
            image = src[n].view()
            image.flags.writeable = False
            made = np.asarray(function(image, p, _OfOneImage(d, n)))
            if made.shape != image.shape or made.dtype != np.uint8:
                raise ValueError(
                    f"corruption {function.__name__!r} gave {made.dtype} of shape {made.shape}; uint8 of shape "
                    f"{image.shape} is needed"
                )
            dst[n] = made

    return apply


FORMS: Mapping[str, Form] = {
    "batch": Form(lambda function: function),
    "law": Form(from_law, element_words),
    "curve": Form(from_curve),
    "pixel": Form(from_pixel, prepared=True),
    "image": Form(from_image, host_only=True),
}
