"""The primitives on a CUDA device under the names by which corruptions ask for them: the counterpart of
`kernels.cpu`.
"""

from typing import Any

import numpy as np

from . import filters, geometry, jpeg, layers, lookup, noise, reduction
from .kernel import Kernel


class Ops:
    """The primitives over one device, which gives memory and runs kernels (`device`, or one of `emulation`)."""

    def __init__(self, device: Any) -> None:
        self.device = device
        self.empty, self.upload, self.constant = device.empty, device.upload, device.constant

    def points(self, kernel: Kernel, space: tuple[int, ...], *args: Any) -> None:
        """Run a kernel on every place of a space (N, height, width)."""
        if min(space) > 0:
            self.device.points(kernel, tuple(map(int, space)), args)

    def stepwise(self, kernel: Kernel, count: int, steps: int, *args: Any) -> None:
        """Run a stepwise kernel on `count` images."""
        self.device.stepwise(kernel, count, steps, args)

    def settling(self, kernel: Kernel, count: int, *args: Any) -> None:
        """Run a settling kernel on `count` images."""
        self.device.settling(kernel, count, args)

    def copy(self, src: Any, dst: Any) -> None:
        """dst = src, broadcast along the channels."""
        dst[...] = src

    transition, draw = noise.transition, noise.draw
    lookup_channels, lookup_by_largest, lookup_with_texture = (
        lookup.lookup_channels,
        lookup.lookup_by_largest,
        lookup.lookup_with_texture,
    )
    contrast_curves, truncate, pixelwise, normalize = (
        lookup.contrast_curves,
        lookup.truncate,
        lookup.pixelwise,
        lookup.normalize,
    )
    luma = lookup.luma
    channel_sums, peak, peak_product = reduction.channel_sums, reduction.peak, reduction.peak_product
    separable, separable_bytes = filters.separable, filters.separable_bytes
    correlate_offsets, correlate_disk = filters.correlate_offsets, filters.correlate_disk
    zoom_sum, smooth_fields, pillow_resize = filters.zoom_sum, filters.smooth_fields, filters.pillow_resize
    warp, displace, shuffle, plasma = geometry.warp, geometry.displace, geometry.shuffle, geometry.plasma
    canny, chamfer, box3, correlate3, equalize = (
        layers.canny,
        layers.chamfer,
        layers.box3,
        layers.correlate3,
        layers.equalize,
    )
    jpeg = jpeg.jpeg


def check_args(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments of a launch: arrays, NumPy scalars, int; TypeError for a float, which would be float64."""
    for arg in args:
        if isinstance(arg, (float, np.float64)):
            raise TypeError("a kernel was given a float; wrap it in numpy.float32")
    return args
