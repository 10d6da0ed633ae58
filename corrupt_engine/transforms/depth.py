"""Depth maps beside images: how they are given, and a stand-in where a tool has none."""

from typing import Any

import numpy as np

from ..catalogue import find_corruption
from ..devices import library_of, plain_tensor
from ..errors import OptionError

INVERSE = 2.0, 128.0
"""1 / depth at the top and at the bottom of the ramp: the range of the depths that were published for ImageNet."""
RAMP = "a synthetic ramp of depth, near at the bottom and far at the top"
"""What pages call the stand-in."""


def ramp(height: int, width: int) -> np.ndarray:
    """A stand-in for the depth of a photograph: near at the bottom and far at the top, as of the ground under a
    horizon, where 1 / depth changes in equal steps.

    >>> ramp(4, 2)[:, 0].round(4)
    array([0.5   , 0.0227, 0.0116, 0.0078], dtype=float32)
    """
    rows = 1.0 / np.linspace(*INVERSE, height)
    return np.repeat(rows[:, None], width, axis=1).astype(np.float32)


def stand_in(name: str, shape: tuple[int, ...], variant: str | None = None) -> dict[str, Any]:
    """What `corrupt()` is given besides for images (H, W, C) or (N, H, W, C), where a tool has photographs alone.

    Args:
        name: of the corruption.
        shape: of the images.
        variant: as for `corrupt()`.

    Returns:
        {"depth": the ramp, for each image}, or nothing where nothing is needed.
    """
    if "depth" not in find_corruption(name, variant).needs:
        return {}
    height, width = shape[-3:-1]
    return {"depth": np.ascontiguousarray(np.broadcast_to(ramp(height, width), (*shape[:-3], height, width)))}


def check_depth(depth: Any, shape: tuple[int, ...], name: str) -> np.ndarray:
    """A depth map for each image as the kernels take it.

    Args:
        depth: floats (N, H, W), of one image also (H, W); NumPy, CuPy or torch.
        shape: of the images, (N, H, W, C).
        name: the corruption, for the message.

    Returns:
        (N, H, W) float32 on the host, contiguous and writeable.

    Raises:
        OptionError: there is none, or it is no depth of these images.
    """
    if depth is None:
        raise OptionError(
            f"{name} needs a depth map beside each image: give depth= to corrupt(), floats of shape "
            f"{tuple(shape[:3])} in the unit that its benchmark has; a loader needs a source that gives them (see "
            "corrupt_engine.sources.WithDepth)"
        )
    array = on_host(depth)
    if array.dtype.kind != "f":
        raise OptionError(
            f"depth has dtype {array.dtype}; floats are needed (of 16-bit inverse depths corrupt_engine.sources."
            "inverse_depth makes them)"
        )
    allowed = [tuple(shape[:3]), (*shape[:3], 1), *([shape[1:3], (*shape[1:3], 1)] if shape[0] == 1 else [])]
    if array.shape not in allowed:
        raise OptionError(
            f"depth has shape {array.shape}; {tuple(shape[:3])} is needed, a map of the size of each image"
        )
    made = np.ascontiguousarray(array, np.float32).reshape(shape[:3])
    if made.size and not (made.min() >= 0 and np.isfinite(made.max())):
        raise OptionError(f"depth goes from {made.min()} to {made.max()}; numbers from 0 up are needed")
    # A read-only array is another type to the compiler, for which it would compile all again.
    return made if made.flags.writeable else made.copy()


def on_host(depth: Any) -> np.ndarray:
    """An array of NumPy, CuPy or torch as one of NumPy; OptionError for what is none."""
    library = library_of(depth)
    try:
        if library == "torch":
            array: np.ndarray = plain_tensor(depth).detach().float().cpu().numpy()
            return array if depth.is_floating_point() else array.astype(np.int64)
        return depth.get() if library == "cupy" else np.asarray(depth)
    except (TypeError, ValueError) as error:
        raise OptionError(f"depth cannot be used as an array: {error}") from error
