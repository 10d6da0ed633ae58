"""Depth maps for the corruptions that need them, made of the images themselves: so each image has its own, and keeps it
wherever it stands.
"""

import numpy as np

from corrupt_engine.catalogue import find_corruption


def depth_of(image):
    """The depth of an image (H, W, C) or (H, W): .9 at the top to .1 at the bottom, nearer where it is dark; (H, W)
    float32.
    """
    height = image.shape[0]
    levels = image.reshape(*image.shape[:2], -1).mean(2) / 255
    return (0.1 + 0.6 * np.linspace(1, 0, height)[:, None] + 0.2 * levels).astype(np.float32)


def beside(name, images, variant=None):
    """What `corrupt()` and a kernel are given beside images (H, W), (H, W, C), (N, H, W, C) or a list of them: a depth
    map each where the corruption needs one.
    """
    if "depth" not in find_corruption(name, variant).needs:
        return {}
    if isinstance(images, list):
        return {"depth": [depth_of(np.asarray(image)) for image in images]}
    array = np.asarray(images)
    if array.ndim < 4:
        return {"depth": depth_of(array)}
    return {"depth": np.array([depth_of(image) for image in array], np.float32).reshape(array.shape[:3])}
