"""The geometry against Pillow, to the bit."""

import numpy as np
import pytest
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.geometry import GEOMETRIES, find_geometry
from corrupt_engine.kernels import cpu

from .golden_files import picture

PHOTO = np.tile(picture("inputs/astronaut_224.png"), (3, 3, 1))


def pillow_imagenet(image):
    """Resize(256) and CenterCrop(224) as torchvision does them with Pillow."""
    height, width = image.shape[:2]
    size = (256, int(256 * height / width)) if width <= height else (int(256 * width / height), 256)
    left, top = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR).crop((left, top, left + 224, top + 224)))


@pytest.mark.parametrize("size", [(375, 500), (500, 375), (256, 256), (300, 301), (224, 640), (100, 130), (1, 3), (601, 599)])
def test_imagenet_geometry_is_pillows(size):
    image = np.ascontiguousarray(PHOTO[: size[0], : size[1]])
    assert (GEOMETRIES["imagenet-c"](image) == pillow_imagenet(image)).all()


@pytest.mark.parametrize("size", [(375, 500), (100, 57), (64, 64)])
def test_small_geometry_is_pillows(size):
    image = np.ascontiguousarray(PHOTO[: size[0], : size[1]])
    expected = np.asarray(Image.fromarray(image).resize((64, 64), Image.Resampling.BILINEAR))
    assert (GEOMETRIES["tiny-imagenet-c"](image) == expected).all()


def test_299_crops_first():
    image = np.ascontiguousarray(PHOTO[:375, :500])
    height, width = int(0.875 * 375), int(0.875 * 500)
    top, left = round((375 - height) / 2), round((500 - width) / 2)
    expected = Image.fromarray(image[top : top + height, left : left + width]).resize((299, 299), Image.Resampling.BILINEAR)
    assert (GEOMETRIES["imagenet-c-299"](image) == np.asarray(expected)).all()


@pytest.mark.parametrize("kind", ["box", "bilinear"])
@pytest.mark.parametrize("target", [(1, 1), (10, 70), (33, 47), (64, 64), (200, 100)])
@pytest.mark.parametrize("channels", [1, 3])
def test_resize_is_pillows(kind, target, channels):
    src = np.ascontiguousarray(picture("inputs/cat_64.png")[None, :41, :, :channels])
    dst = np.empty((1, *target, channels), np.uint8)
    cpu.pillow_resize(src, dst, kind)
    filters = {"box": Image.Resampling.BOX, "bilinear": Image.Resampling.BILINEAR}
    expected = Image.fromarray(src[0].squeeze()).resize(target[::-1], filters[kind])
    assert (dst[0].squeeze() == np.asarray(expected).squeeze()).all()


def test_bad_geometry():
    with pytest.raises(ce.UnknownNameError, match="'imagenet-c'"):
        find_geometry("imagenet")
    with pytest.raises(ce.OptionError, match="crop of 224x224 does not fit a picture of 100x100"):
        ce.Geometry(crop=224)(np.zeros((100, 100, 3), np.uint8))
