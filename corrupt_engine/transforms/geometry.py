"""What happens to an image before it is corrupted: the resizing and cropping of the published benchmarks, as Pillow
does it.
"""

from dataclasses import dataclass, field
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from ..catalogue import find_benchmark, variants
from ..errors import OptionError, UnknownNameError
from ..kernels import loaded


@dataclass(frozen=True)
class Geometry:
    """Resize and centre crop, in this order; None leaves a step out.

    Args:
        resize: an int brings the short side to it, aspect kept; a pair is (height, width).
        crop: side of the central square, or (height, width).
        crop_first: share of each side that is kept by a central crop before the resize, 0..1 (.875 for ImageNet-C at
            299); at least a pixel.
        margin: pixels that are kept on each side beyond the crop, black where the image has none: what a corruption
            that moves the scene brings into view. They are cut off after the corruption.

    The sizes and the window are those of torchvision's Resize and CenterCrop; the resize is Pillow's antialiased
    bilinear, to the bit, whichever backend decodes.

    Raises:
        OptionError: a side is no whole number from 1 up, or the share is not above 0 and at most 1.

    >>> Geometry(resize=256, crop=224)(np.zeros((375, 500, 3), np.uint8)).shape
    (224, 224, 3)
    """

    resize: int | tuple[int, int] | None = None
    crop: int | tuple[int, int] | None = None
    crop_first: float | None = None
    margin: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        for name in ("resize", "crop"):
            value = pixels(getattr(self, name))
            sides = value if isinstance(value, tuple) else (value,) * 2
            if value is not None and (len(sides) != 2 or not all(type(side) is int and side > 0 for side in sides)):
                raise OptionError(f"{name} {value!r} is neither a number of pixels from 1 up nor (height, width)")
            object.__setattr__(self, name, value)
        if self.crop_first is not None and not 0 < self.crop_first <= 1:
            raise OptionError(f"crop_first {self.crop_first!r} is no share of a side: above 0, at most 1")
        if type(self.margin) is not int or self.margin < 0 or (self.margin and self.crop is None):
            raise OptionError(f"margin {self.margin!r} is no number of pixels from 0 up, around a crop")

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Bring an image to size.

        Args:
            image: (H, W, C) uint8.

        Returns:
            (H', W', C) uint8, contiguous, the margin included.

        Raises:
            OptionError: the crop is larger than the image.
        """
        if self.resize is self.crop is self.crop_first is None:  # and so no margin
            return np.ascontiguousarray(image)
        if self.crop_first is not None:
            top, left, bottom, right = centre(image.shape[:2], self.kept_first(*image.shape[:2]))
            image = image[top:bottom, left:right]
        height, width = self.resized(*image.shape[:2])
        window, padding = self.window(height, width)
        if (height, width) == image.shape[:2]:
            top, left, bottom, right = window
            made = np.ascontiguousarray(image[top:bottom, left:right])
        else:
            made = loaded("primitives.pillow_resize").resize_window(
                np.ascontiguousarray(image), height, width, window, "bilinear"
            )
        return np.pad(made, (*padding, (0, 0))) if self.margin else made

    def of_depth(self, depth: np.ndarray) -> np.ndarray:
        """Bring a depth map to the size of its image.

        Of each pixel of the result the depth at its middle: a mean of two depths would be one where nothing is.

        Args:
            depth: (H, W).

        Returns:
            (H', W'), contiguous, the margin included, at which the nearest depth stands where the image has none.

        Raises:
            OptionError: the crop is larger than the image.
        """
        if self.crop_first is not None:
            top, left, bottom, right = centre(depth.shape, self.kept_first(*depth.shape))
            depth = depth[top:bottom, left:right]
        size = self.resized(*depth.shape)
        (top, left, bottom, right), padding = self.window(*size)
        rows, columns = (
            (2 * np.arange(first, last) + 1) * given // (2 * made)
            for first, last, given, made in (
                (top, bottom, depth.shape[0], size[0]),
                (left, right, depth.shape[1], size[1]),
            )
        )
        return np.ascontiguousarray(np.pad(depth[rows[:, None], columns], padding, "edge"))

    def window(self, height: int, width: int) -> tuple["Window", tuple[tuple[int, int], tuple[int, int]]]:
        """What is kept of an image after it was resized.

        Args:
            height: of the resized image, in pixels.
            width: of the resized image, in pixels.

        Returns:
            (window, padding): the window (top, left, bottom, right) with what there is of the margin, and how many
            black pixels are missing to it, ((above, below), (left, right)).

        Raises:
            OptionError: the crop is larger than the image.
        """
        top, left, bottom, right = centre((height, width), (height, width) if self.crop is None else self.crop_size)
        wide = (top - self.margin, left - self.margin, bottom + self.margin, right + self.margin)
        kept = (max(wide[0], 0), max(wide[1], 0), min(wide[2], height), min(wide[3], width))
        return kept, ((kept[0] - wide[0], wide[2] - kept[2]), (kept[1] - wide[1], wide[3] - kept[3]))

    @property
    def crop_size(self) -> tuple[int, int]:
        """(height, width) of the crop, where there is one."""
        return (self.crop, self.crop) if isinstance(self.crop, int) else self.crop or (0, 0)

    def kept_first(self, height: int, width: int) -> tuple[int, int]:
        """The size of the central crop before the resize.

        Args:
            height: of the image, in pixels.
            width: of the image, in pixels.

        Returns:
            (height, width), in pixels, from 1 up; that of the image without crop_first.
        """
        share = 1.0 if self.crop_first is None else self.crop_first
        return max(int(share * height), 1), max(int(share * width), 1)

    def resized(self, height: int, width: int) -> tuple[int, int]:
        """The size that an image is resized to before the crop.

        Args:
            height: of the image, in pixels, after crop_first.
            width: of the image, in pixels, after crop_first.

        Returns:
            (height, width), in pixels. The long side is truncated, as torchvision's Resize does.
        """
        if self.resize is None:
            return height, width
        if not isinstance(self.resize, int):
            return self.resize
        # torchvision's Resize: the long side is truncated.
        if width <= height:
            return int(self.resize * height / width), self.resize
        return self.resize, int(self.resize * width / height)


def pixels(value: Any) -> Any:
    """NumPy's whole numbers as Python's, alone or in a pair; all else as it is."""
    if isinstance(value, (tuple, list)):
        return tuple(map(pixels, value))
    return int(value) if isinstance(value, Integral) and not isinstance(value, bool) else value


Window = tuple[int, int, int, int]
"""(top, left, bottom, right), the last two excluded."""


def centre(size: tuple[int, ...], kept: tuple[int, ...]) -> Window:
    """The central window (top, left, bottom, right) of `kept` in `size`, placed as torchvision's CenterCrop does."""
    if kept[0] > size[0] or kept[1] > size[1]:
        raise OptionError(
            f"a crop of {kept[0]}x{kept[1]} does not fit an image of {size[0]}x{size[1]}; give a larger resize or a "
            "smaller crop"
        )
    top, left = round((size[0] - kept[0]) / 2), round((size[1] - kept[1]) / 2)
    return top, left, top + kept[0], left + kept[1]


NONE = "none"


def geometries() -> dict[str, Geometry]:
    """The published geometries by variant; "none" leaves images as they are."""
    return {**{name: Geometry(**variant.geometry) for name, variant in variants().items()}, NONE: Geometry()}


def find_geometry(geometry: "Geometry | str") -> Geometry:
    """A Geometry as it is; a name of `geometries()`, a benchmark or a file of your own looked up.

    Raises:
        OptionError: it is neither.
        UnknownNameError: there is no such name.
        BenchmarkError: the file cannot be used.
    """
    if isinstance(geometry, Geometry):
        return geometry
    if not isinstance(geometry, (str, Path)):
        raise OptionError(
            f"geometry {geometry!r} is neither a name such as 'imagenet-c' nor a Geometry such as Geometry(resize=256, "
            "crop=224)"
        )
    known = geometries()
    if geometry in known:
        return known[geometry]
    try:
        return Geometry(**find_benchmark(geometry).usual.geometry)
    except UnknownNameError as error:
        raise UnknownNameError("geometry", geometry, known) from error
