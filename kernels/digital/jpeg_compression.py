"""jpeg_compression: see the function."""

from typing import Any, NamedTuple

from ..registry import EXACT, corruption


class Params(NamedTuple):
    """Parameters of one severity."""

    quality: int  # of libjpeg, 1 to 100


@corruption(
    Params,
    {224: [25, 18, 15, 10, 7], 299: [23, 16, 13, 8, 5], 64: [65, 58, 50, 40, 25], 32: [80, 65, 58, 50, 40]},
    identity=[100],
    tolerance=EXACT,
)
def jpeg_compression(ops: Any, src: Any, dst: Any, p: Params, d: Any) -> None:
    """JPEG at a low quality, 4:2:0, byte-equal with Pillow's save and load: strong compression.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    ops.jpeg(src, dst, p.quality)
