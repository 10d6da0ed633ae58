"""The primitives on the host, under the names by which corruptions ask for them.

A corruption receives this module (or its counterpart for another device) as `ops`; it never imports a device form
itself.
"""

from typing import Any

import numpy as np

from .draws import Draw, Words
from .primitives import fields
from .primitives.bytes3x3 import box3_cpu as box3
from .primitives.bytes3x3 import correlate3_cpu as correlate3
from .primitives.bytes3x3 import equalize_cpu as equalize
from .primitives.correlation import correlate_offsets_cpu as correlate_offsets
from .primitives.dense import smooth_fields_cpu as smooth_fields
from .primitives.disk import correlate_disk_cpu as correlate_disk
from .primitives.edges import canny_cpu as canny
from .primitives.edges import chamfer_cpu as chamfer
from .primitives.jpeg import jpeg_cpu as jpeg
from .primitives.lookup import contrast_curves_cpu as contrast_curves
from .primitives.lookup import lookup_by_largest_cpu as lookup_by_largest
from .primitives.lookup import lookup_channels_cpu as lookup_channels
from .primitives.lookup import lookup_with_texture_cpu as lookup_with_texture
from .primitives.lookup import luma_cpu as luma
from .primitives.median import median_cpu as median
from .primitives.pillow_resize import pillow_resize_cpu as pillow_resize
from .primitives.pixelwise import pixelwise_cpu as pixelwise
from .primitives.plasma import plasma_cpu as plasma
from .primitives.reduction import channel_sums_cpu as channel_sums
from .primitives.reduction import peak_cpu as peak
from .primitives.reduction import peak_product_cpu as peak_product
from .primitives.sampling import displace_cpu as displace
from .primitives.sampling import warp_cpu as warp
from .primitives.separable import separable_bytes_cpu as separable_bytes
from .primitives.separable import separable_cpu as separable
from .primitives.separable import truncate_cpu as truncate
from .primitives.shuffle import shuffle_cpu as shuffle
from .primitives.transition import transition_cpu as transition
from .primitives.zoom import zoom_sum_cpu as zoom_sum

__all__ = [
    "box3",
    "canny",
    "chamfer",
    "channel_sums",
    "constant",
    "contrast_curves",
    "copy",
    "correlate3",
    "correlate_disk",
    "correlate_offsets",
    "displace",
    "draw",
    "empty",
    "equalize",
    "jpeg",
    "lookup_by_largest",
    "lookup_channels",
    "lookup_with_texture",
    "luma",
    "median",
    "peak",
    "peak_product",
    "pillow_resize",
    "pixelwise",
    "plasma",
    "separable",
    "separable_bytes",
    "shuffle",
    "smooth_fields",
    "transition",
    "truncate",
    "upload",
    "warp",
    "zoom_sum",
]

empty = np.empty


def settle_allocator() -> None:
    """Bring the C library's allocator into the state that it comes to in a long-lived process.

    glibc gives arrays above a limit back to the system when they are freed, and takes them from it page by page the
    next time. The limit, 128 KiB at first, rises to the size of what is freed. Whether that had happened yet made
    defocus_blur .27 or .74 ms, and a peer's impulse_noise 1.4 or 2.9 ms, from one process to the next. Nothing is
    written to the array, so it takes no memory.
    """
    np.empty(31 << 20, np.uint8)


settle_allocator()


def upload(array: np.ndarray) -> np.ndarray:
    """A small array where the kernels read it: here, as it is."""
    return array


def constant(table: np.ndarray) -> np.ndarray:
    """A table that stays, where the kernels read it: here, as it is."""
    return table


def copy(src: np.ndarray, dst: np.ndarray) -> None:
    """dst = src."""
    dst[...] = src


def draw(spec: Draw, source: Words) -> np.ndarray:
    """A large draw for a batch: (N, *shape), float32, or int8 for integers."""
    n = len(source.ids)
    out: np.ndarray = np.empty((n, spec.size), np.int8 if spec.law == "integers" else np.float32)
    key: tuple[Any, ...] = (source.stream, source.ids, *source.key)
    if spec.law == "normal":
        fields.normal_field_cpu(out, np.float32(spec.a), np.float32(spec.b), fields.quantiles(), *key)
    elif spec.law == "uniform":
        fields.uniform_field_cpu(out, np.float32(spec.a), np.float32(spec.b), *key)
    else:
        fields.integer_field_cpu(out, int(spec.a), int(spec.b), *key)
    return out.reshape(n, *spec.shape)
