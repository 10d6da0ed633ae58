"""Images that were stored with too few pixels or too few bits."""

from typing import Any, NamedTuple

from ..registry import corruption


class Pixelate(NamedTuple):
    """Parameters of pixelate."""

    factor: float  # of each side


class Jpeg(NamedTuple):
    """Parameters of jpeg_compression."""

    quality: int  # of libjpeg, 1 to 100


@corruption(Pixelate, identity={"factor": 1.0})
def pixelate(ops: Any, src: Any, dst: Any, p: Pixelate, d: Any) -> None:
    """Box resize to int(side * factor) and back, byte-equal with Pillow: too few pixels, enlarged.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    n, height, width, channels = src.shape
    small = ops.empty((n, max(1, int(height * p.factor)), max(1, int(width * p.factor)), channels), src.dtype)
    ops.pillow_resize(src, small, "box")
    ops.pillow_resize(small, dst, "box")


@corruption(Jpeg, identity={"quality": 100})
def jpeg_compression(ops: Any, src: Any, dst: Any, p: Jpeg, d: Any) -> None:
    """JPEG at a low quality, 4:2:0, byte-equal with Pillow's save and load: strong compression.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    ops.jpeg(src, dst, p.quality)
