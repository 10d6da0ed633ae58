"""The primitives on a CUDA device under the names by which corruptions ask for them: the counterpart of
`kernels.cpu`.
"""

from typing import Any

from . import (
    bytes3x3,
    disk,
    edges,
    fields,
    jpeg,
    lookup,
    median,
    normalize,
    offsets,
    pixelwise,
    plasma,
    reduction,
    resize,
    separable,
    shuffle,
    smooth,
    transition,
    warp,
    zoom,
)
from .program import Kernel


class Ops:
    """The primitives over one device, which gives memory and launches kernels."""

    def __init__(self, device: Any) -> None:
        self.device = device
        self.empty, self.upload, self.constant = device.empty, device.upload, device.constant

    def launch(self, kernel: Kernel, grid: tuple[int, ...], block: tuple[int, ...], *args: Any) -> None:
        """Run a kernel on a grid of blocks of threads; nothing where the grid is empty."""
        if min(grid) > 0:
            self.device.launch(kernel, grid, block, args)

    def copy(self, src: Any, dst: Any) -> None:
        """dst = src, broadcast along the channels."""
        dst[...] = src

    transition, draw = transition.transition, fields.draw
    lookup_channels, lookup_by_largest = lookup.lookup_channels, lookup.lookup_by_largest
    lookup_with_texture, luma = lookup.lookup_with_texture, lookup.luma
    contrast_curves, truncate = lookup.contrast_curves, lookup.truncate
    normalize = normalize.normalize
    pixelwise = pixelwise.pixelwise
    channel_sums, peak, peak_product = reduction.channel_sums, reduction.peak, reduction.peak_product
    separable, separable_bytes = separable.separable, separable.separable_bytes
    correlate_offsets, correlate_disk = offsets.correlate_offsets, disk.correlate_disk
    zoom_sum, smooth_fields, pillow_resize = zoom.zoom_sum, smooth.smooth_fields, resize.pillow_resize
    warp, displace, shuffle, plasma = warp.warp, warp.displace, shuffle.shuffle, plasma.plasma
    canny, chamfer = edges.canny, edges.chamfer
    box3, correlate3, equalize = bytes3x3.box3, bytes3x3.correlate3, bytes3x3.equalize
    jpeg, median = jpeg.jpeg, median.median
