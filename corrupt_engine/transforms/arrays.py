"""What arrays of images and their sample ids must look like."""

from typing import Any

import numpy as np

from ..devices import device_of, library_of
from ..errors import ImageError, OptionError

MOST_ID = 2**63 - 1


def batch_shape(images: Any) -> tuple[int, int, int, int]:
    """(N, H, W, C) of any accepted array; ImageError for others."""
    if not isinstance(images, np.ndarray):
        if library_of(images) not in ("torch", "cupy"):
            raise ImageError(
                f"images are {type(images).__name__}; pass a NumPy or CuPy array or a torch tensor of uint8, or a list "
                "of them (from a PIL image: np.asarray(image))"
            )
        device_of(images)
        if str(getattr(images, "layout", "torch.strided")) != "torch.strided":
            raise ImageError(f"images have the layout {images.layout}; pass a dense tensor: images.to_dense()")
    # NumPy's own comparison first, .04 us: making the name of the dtype takes 2.4, a tenth of the call for a small
    # image.
    if images.dtype != np.uint8 and str(images.dtype).removeprefix("torch.") != "uint8":
        raise ImageError(f"images have dtype {images.dtype}; uint8 (0 to 255) is needed, before any normalization")
    shape = tuple(images.shape)
    if len(shape) == 2:
        batch = (1, *shape, 1)
    elif len(shape) == 3 and shape[2] in (1, 3):
        batch = (1, *shape)
    elif len(shape) == 4 and shape[3] in (1, 3):
        batch = shape
    else:
        raise ImageError(
            f"images have shape {shape}; allowed are (H, W), (H, W, 1 or 3) and (N, H, W, 1 or 3), channels last "
            "(from channels first: images.permute(0, 2, 3, 1) in torch, np.moveaxis(images, -3, -1) in NumPy)"
        )
    if 0 in batch[1:]:
        raise ImageError(f"images have shape {shape}; height and width must be at least 1")
    return batch


def check_ids(ids: Any, count: int) -> np.ndarray:
    """Sample ids as (count,) int64, or OptionError."""
    if type(ids) is int and count == 1 and -MOST_ID <= ids <= MOST_ID:
        return np.array([ids], np.int64)
    try:
        numbers = np.atleast_1d(np.asarray(ids))
    except ValueError as error:
        raise OptionError(f"ids must be {count} integer(s), one an image; got {ids!r}") from error
    if numbers.shape == (count,) == (0,):  # an empty list has no integers' type
        return np.zeros(0, np.int64)
    if numbers.dtype.kind not in "iu" or numbers.shape != (count,):
        raise OptionError(f"ids must be {count} integer(s), one an image; got {numbers.dtype} of shape {numbers.shape}")
    if numbers.dtype == np.uint64 and (numbers > MOST_ID).any():
        raise OptionError(f"ids must be at most {MOST_ID}; got {numbers.max()}")
    return numbers.astype(np.int64)
