"""The ways in which a corruption may be written, and how each becomes the arithmetic on a batch that the engine runs.

The batch form says everything; the others are for what most corruptions are. All but "image" run on every device.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from .draws import Draw
from .primitives.pixelwise import PixelFunction
from .primitives.transition import cached_tables, element_words

Apply = Callable[..., None]


class Form(NamedTuple):
    """How a function of this form is turned into `apply(ops, src, dst, p, d)`; the draws that the form implies."""

    apply: Callable[[Callable[..., Any]], Apply]
    draws: Callable[[Any, int, int], dict[str, Draw]] | None = None
    host_only: bool = False


def from_law(law: Callable[[Any], np.ndarray]) -> Apply:
    """A pointwise noise: every element is drawn from the law that its own value selects, one word each."""
    table = cached_tables(law)

    def apply(ops: Any, src: Any, dst: Any, p: Any, d: Any) -> None:
        ops.transition(src, dst, table(p), d.noise)

    return apply


def from_curve(curve: Callable[[Any], Any]) -> Apply:
    """A tone curve, the same for all images: one table look-up an element."""

    @functools.lru_cache(maxsize=64)
    def table(p: Any) -> np.ndarray:
        values = np.asarray(curve(p))
        if values.shape not in ((256,), (3, 256)):
            raise ValueError(f"a curve has the shape (256,) or (3, 256), not {values.shape}")
        return np.broadcast_to(values.astype(np.uint8), (3, 256))

    def apply(ops: Any, src: Any, dst: Any, p: Any, d: Any) -> None:
        ops.lookup_channels(src, dst, np.ascontiguousarray(np.broadcast_to(table(p), (len(src), 3, 256))))

    return apply


def from_pixel(function: Callable[..., Any]) -> Apply:
    """Scalar arithmetic on one pixel; the parameters follow the place, in the order of their fields."""
    pixel = PixelFunction(function)

    def apply(ops: Any, src: Any, dst: Any, p: Any, d: Any) -> None:
        ops.pixelwise(pixel, src, dst, *p)

    return apply


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
    "pixel": Form(from_pixel),
    "image": Form(from_image, host_only=True),
}
