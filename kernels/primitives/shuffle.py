"""The local pixel shuffle of glass blur."""

from ..jit import cpu


@cpu
def shuffle_cpu(image, offsets, delta):
    """The images (N, H, W, C) uint8, shuffled in place: in raster order from the lower right, a pixel takes the value at its offset.

    The caller goes on with what is returned; a device may leave `image` as it was.
    offsets: (N, passes, H, W, 2) of (dx, dy). Pixels closer than `delta` to the edge stay; so does everything where the
    window is empty. A pixel may copy one that this pass has already changed, as the published script does.
    """
    height, width = image.shape[1], image.shape[2]
    for n in range(image.shape[0]):
        for step in range(offsets.shape[1]):
            for y in range(height - delta, delta, -1):
                for x in range(width - delta, delta, -1):
                    dx, dy = offsets[n, step, y, x, 0], offsets[n, step, y, x, 1]
                    for c in range(image.shape[3]):
                        image[n, y, x, c] = image[n, y + dy, x + dx, c]
    return image
