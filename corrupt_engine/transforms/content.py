"""Sample ids from the images themselves, for where no index is known."""

from typing import Any

import numpy as np

from ..devices import device_of, plain_tensor
from ..runtime.threads import map_threads, thread_count
from .arrays import batch_shape


def content_ids(images: Any, threads: int | None = None) -> np.ndarray:
    """A sample id for each image, made of its bytes and its shape: the same for the same picture wherever it comes.

    It is what `corrupt()` and `Corrupt` use where no ids are given. Two images that are equal have one id, and so the
    same draws; where that is not wanted, as for black frames of a video, give ids.

    Args:
        images: uint8, (H, W), (H, W, 1 or 3), (N, H, W, 1 or 3), or a list of images of any sizes. NumPy, CuPy or
            torch; on a CUDA device the numbers are made there.
        threads: on the CPU at most this many threads; default the number of processors.

    Returns:
        (N,) int64 from 0 up, on the host; of one image (1,).

    Raises:
        ImageError: the images are no such arrays.
        OptionError: threads is no number from 1 up.
        DeviceError, MissingExtraError: the images are on a device on which kernels cannot run.

    >>> image = np.zeros((4, 6, 3), np.uint8)
    >>> ids = content_ids(np.stack([image, image, image + 1]))
    >>> bool(ids[0] == ids[1] != ids[2]), content_ids(image).shape
    (True, (1,))
    """
    count = thread_count(threads)
    if isinstance(images, (list, tuple)):
        if not images:
            return np.empty(0, np.int64)
        return np.concatenate(map_threads(lambda n: content_ids(images[n], 1), len(images), count))
    images = images if isinstance(images, np.ndarray) else plain_tensor(images)
    shape = batch_shape(images)
    return device_of(images).content_ids(images, shape, count) if shape[0] else np.empty(0, np.int64)
