"""Images as people's pipelines hold them, as (H, W, C) uint8 arrays and back: PIL images, arrays and tensors with the
channels first or last, torchvision's tv_tensors.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..devices import device_of, library_of, plain_tensor
from ..errors import ImageError
from ..runtime.checks import check_name

LAYOUTS = ("auto", "channels_first", "channels_last")
PIL_MODES = ("RGB", "L")
IMAGE_KEYS = ("image", "images", "img", "pixel_values")
"""Under which keys of a sample that is a dict images are looked for."""


@dataclass(frozen=True)
class Form:
    """One image, or several of one size, as the kernels want them, and the way back.

    Args:
        given: what it was made of.
        images: (H, W), (H, W, C) or (N, H, W, C) uint8, of NumPy, CuPy or torch.
        back: makes the kind that was given of an array of that shape.
    """

    given: Any
    images: Any
    back: Callable[[Any], Any]

    @property
    def count(self) -> int:
        """How many images there are."""
        return int(self.images.shape[0]) if self.is_batch else 1

    @property
    def is_batch(self) -> bool:
        """Whether the first axis is that of several images."""
        return len(self.images.shape) == 4

    def images_one_by_one(self) -> list[Any]:
        """Each image, (H, W) or (H, W, C)."""
        return list(self.images) if self.is_batch else [self.images]

    def joined(self, made: list[Any], images: list[Any]) -> Any:
        """The kind that was given, of what was made of each image; what was given itself where that is the images."""
        if all(one is other for one, other in zip(made, images, strict=True)):
            return self.given
        return self.back(device_of(made[0]).stack(made) if self.is_batch else made[0])


def is_pil(value: Any) -> bool:
    """Whether this is one of Pillow's images; asked without importing it."""
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(value, pillow.Image)


def may_be_images(value: Any) -> bool:
    """Whether this can hold images: one of Pillow's, or an array or tensor with at least two axes."""
    return is_pil(value) or (library_of(value) in ("numpy", "torch", "cupy") and len(getattr(value, "shape", ())) > 1)


def form_of(value: Any, layout: str = "auto") -> Form:
    """Whatever kind of image this is, as the kernels want it.

    Args:
        value: a PIL image of mode RGB or L; a uint8 array or tensor, (H, W), (H, W, C), (C, H, W), or a batch of them.
        layout: of LAYOUTS. "auto" takes the channels of a tensor to be first where they can be, as torchvision has
            them, and those of an array to be last.

    Returns:
        The Form.

    Raises:
        ImageError: it is no image, of another type than uint8, or has neither one nor three channels.
    """
    if is_pil(value):
        return form_of_pil(value)
    library = library_of(value)
    if library not in ("numpy", "torch", "cupy") or not hasattr(value, "shape"):
        raise ImageError(f"{type(value).__name__} is no image; a PIL image, or an array or tensor of uint8, is needed")
    if str(value.dtype).removeprefix("torch.") != "uint8":
        raise ImageError(
            f"the image has dtype {value.dtype}; uint8 (0 to 255) is needed: put Corrupt before ToTensor, ToDtype and "
            "Normalize"
        )
    if not channels_first(value, library, layout):
        return Form(value, plain_tensor(value), lambda made: wrapped(made, value))
    if library == "torch":
        moved = plain_tensor(value).movedim(-3, -1)
        return Form(value, moved, lambda made: wrapped(made.movedim(-1, -3).contiguous(), value))
    xp = np if library == "numpy" else sys.modules["cupy"]
    return Form(value, xp.moveaxis(value, -3, -1), lambda made: xp.ascontiguousarray(xp.moveaxis(made, -1, -3)))


def form_of_pil(image: Any) -> Form:
    """One of Pillow's, which comes back in its mode, with its `info`: the EXIF orientation, the colour profile."""
    from PIL import Image

    if image.mode not in PIL_MODES:
        way = 'image.convert("RGB") first'
        if image.mode[0] in "IF":
            way = (
                "bring it to bytes first; convert() would clip at 255. Of 16 bits the upper 8, as files are read: "
                'Image.fromarray((numpy.asarray(image) >> 8).astype("uint8"))'
            )
        raise ImageError(f"the PIL image has mode {image.mode!r}; {' and '.join(PIL_MODES)} can be corrupted: {way}")

    def back(made: np.ndarray) -> Any:
        found = Image.fromarray(made)
        found.info = dict(image.info)  # as what Pillow makes of an image has it: exif_transpose may come next
        return found

    return Form(image, np.asarray(image), back)


def wrapped(made: Any, like: Any) -> Any:
    """A tensor as the type of what it was made of: torchvision's Image for an Image."""
    if type(like).__module__.partition(".")[0] != "torchvision":
        return made
    return sys.modules["torchvision.tv_tensors"].wrap(made, like=like)


def channels_first(value: Any, library: str, layout: str) -> bool:
    """Whether the axis before the height is that of the channels; ImageError where no axis can be."""
    shape = tuple(value.shape)
    if len(shape) == 2:
        return False
    first, last = (len(shape) in (3, 4) and shape[axis] in (1, 3) for axis in (-3, -1))
    wanted = {"channels_first": first, "channels_last": last, "auto": first or last}[layout]
    if not wanted or 0 in shape[-3:]:
        raise ImageError(
            f"the image has shape {shape}; one or three channels are needed, first or last, as (C, H, W) or (H, W, C), "
            f"or (H, W), or a batch of them{'' if layout == 'auto' else f', with layout={layout!r}'}"
        )
    if layout != "auto":
        return layout == "channels_first"
    return first if library == "torch" else not last


def check_layout(layout: str) -> str:
    """The layout, if it is one of LAYOUTS; else UnknownNameError."""
    check_name("layout", layout, LAYOUTS)
    return layout
