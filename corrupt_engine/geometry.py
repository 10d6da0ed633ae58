"""What happens to a picture before it is corrupted: the resizing and cropping of the published benchmarks, as Pillow does it."""

from dataclasses import dataclass

import numpy as np

from .errors import OptionError, UnknownNameError


@dataclass(frozen=True)
class Geometry:
    """Resize and centre crop, in this order; None leaves a step out.

    Args:
        resize: an int brings the short side to it, aspect kept; a pair is (height, width).
        crop: side of the central square, or (height, width).
        crop_first: share of each side that is kept by a central crop before the resize (.875 for ImageNet-C at 299).

    The resize is Pillow's antialiased bilinear, to the bit, whichever backend decodes.

    >>> Geometry(resize=256, crop=224)(np.zeros((375, 500, 3), np.uint8)).shape
    (224, 224, 3)
    """

    resize: int | tuple[int, int] | None = None
    crop: int | tuple[int, int] | None = None
    crop_first: float | None = None

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """(H, W, C) uint8 in, (H', W', C) uint8 out; raises OptionError where the crop is larger than the picture."""
        from .kernels.primitives.pillow_resize import resize_window

        if self.crop_first is not None:
            keep = (int(self.crop_first * image.shape[0]), int(self.crop_first * image.shape[1]))
            top, left, bottom, right = centre(image.shape[:2], keep)
            image = image[top:bottom, left:right]
        height, width = self.resized(*image.shape[:2])
        window = centre((height, width), (height, width) if self.crop is None else self.crop_size)
        if (height, width) == image.shape[:2]:
            top, left, bottom, right = window
            return np.ascontiguousarray(image[top:bottom, left:right])
        return resize_window(np.ascontiguousarray(image), height, width, window, "bilinear")

    @property
    def crop_size(self) -> tuple[int, int]:
        """(height, width) of the crop, where there is one."""
        return (self.crop, self.crop) if isinstance(self.crop, int) else self.crop or (0, 0)

    def resized(self, height: int, width: int) -> tuple[int, int]:
        """The size that a picture is resized to before the crop."""
        if self.resize is None:
            return height, width
        if not isinstance(self.resize, int):
            return self.resize
        # torchvision's Resize: the long side is truncated.
        if width <= height:
            return int(self.resize * height / width), self.resize
        return self.resize, int(self.resize * width / height)


def centre(size: tuple[int, ...], kept: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The central window (top, left, bottom, right) of `kept` in `size`, placed as torchvision's CenterCrop does."""
    if kept[0] > size[0] or kept[1] > size[1]:
        raise OptionError(
            f"a crop of {kept[0]}x{kept[1]} does not fit a picture of {size[0]}x{size[1]}; give a larger resize or a smaller crop"
        )
    top, left = round((size[0] - kept[0]) / 2), round((size[1] - kept[1]) / 2)
    return top, left, top + kept[0], left + kept[1]


GEOMETRIES = {
    "imagenet-c": Geometry(resize=256, crop=224),
    "imagenet-c-299": Geometry(resize=(299, 299), crop_first=0.875),
    "imagenet-64-c": Geometry(resize=(64, 64)),
    "tiny-imagenet-c": Geometry(resize=(64, 64)),
    "none": Geometry(),
}
"""The published geometries by variant; "none" leaves pictures as they are (the CIFAR variants)."""


def find_geometry(geometry: "Geometry | str") -> Geometry:
    """A Geometry as it is, a name of GEOMETRIES looked up."""
    if isinstance(geometry, Geometry):
        return geometry
    if geometry not in GEOMETRIES:
        raise UnknownNameError("geometry", geometry, GEOMETRIES)
    return GEOMETRIES[geometry]
