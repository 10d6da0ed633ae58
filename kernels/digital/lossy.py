"""Images that were stored with too few pixels or too few bits."""

from typing import Any, NamedTuple

import numpy as np

from ..registry import corruption


class Pixelate(NamedTuple):
    """Parameters of pixelate."""

    factor: float  # of each side


class Jpeg(NamedTuple):
    """Parameters of jpeg_compression."""

    quality: int  # of libjpeg, 1 to 100


class Thumbnail(NamedTuple):
    """Parameters of thumbnail_resize."""

    factor: float  # of each side


class Quantization(NamedTuple):
    """Parameters of quantization."""

    bits: float  # of each channel; a channel has 2^bits levels, rounded


@corruption(Pixelate, identity={"factor": 1.0}, within={"factor": (0.0, 10.0)})
def pixelate(ops: Any, src: Any, dst: Any, p: Pixelate, d: Any) -> None:
    """Box resize to int(side * factor) and back, byte-equal with Pillow: too few pixels, enlarged.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    small_and_back(ops, src, dst, p.factor, "box")


@corruption(Jpeg, identity={"quality": 100})
def jpeg_compression(ops: Any, src: Any, dst: Any, p: Jpeg, d: Any) -> None:
    """JPEG at a low quality, 4:2:0, byte-equal with Pillow's save and load: strong compression.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    ops.jpeg(src, dst, p.quality)


@corruption(Thumbnail, identity={"factor": 1.0}, within={"factor": (0.0, 10.0)})
def thumbnail_resize(ops: Any, src: Any, dst: Any, p: Thumbnail, d: Any) -> None:
    """Bilinear resize to int(side * factor) and back, byte-equal with Pillow: a thumbnail, enlarged.

    Source: Laugros 2022 (thesis 2022GRALT016), figures 3.2 and 4.3.
    """
    small_and_back(ops, src, dst, p.factor, "bilinear")


def small_and_back(ops: Any, src: Any, dst: Any, factor: float, kind: str) -> None:
    """dst = src resized to int(side * factor), at least one pixel, and back."""
    n, height, width, channels = src.shape
    small = ops.empty((n, max(1, int(height * factor)), max(1, int(width * factor)), channels), src.dtype)
    ops.pillow_resize(src, small, kind)
    ops.pillow_resize(small, dst, kind)


@corruption(Quantization, form="curve", identity={"bits": 8.0})
def quantization(p: Quantization) -> np.ndarray:
    """The nearest of round(2^bits) levels from black to white, evenly apart, in each channel: too few bits.

    Source: Laugros 2022 (thesis 2022GRALT016), figures 3.2 and 4.3.
    """
    steps = max(1, round(2.0**p.bits) - 1)
    return np.rint(np.rint(np.arange(256) * steps / 255) * 255 / steps)
