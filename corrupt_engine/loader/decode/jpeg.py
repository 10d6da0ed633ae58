"""Which JPEG files are sound as far as their structure tells, without decoding them.

What DALI and Pillow make of a damaged file differs: one refuses what the other fills with grey, and DALI loses a whole
batch over some. Both use the same library, and of a file whose every segment is in its place they make the same bytes,
also where the entropy-coded data holds wrong bits. So the segments are checked here, and the marks within the
entropy-coded data.
"""

import numpy as np
from PIL import Image

from ...kernels import loaded

LARGEST = 1 << 26
"""Pixels beyond which a file is Pillow's affair, which warns of large ones, and refuses larger ones."""


def is_plain_jpeg(data: bytes) -> bool:
    """Whether these are the bytes of a whole JPEG of three components in YCbCr, every part of it in its place.

    >>> is_plain_jpeg(b"not an image")
    False
    """
    is_plain = loaded("jpeg_structure").is_plain
    return bool(is_plain(np.frombuffer(data, np.uint8), min(LARGEST, Image.MAX_IMAGE_PIXELS or LARGEST)))
