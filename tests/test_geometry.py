"""The geometry against Pillow, to the bit."""

import numpy as np
import PIL
import pytest
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.kernels import cpu
from corrupt_engine.kernels.primitives.pillow_resize import columns_first
from corrupt_engine.transforms.geometry import Geometry, find_geometry

from .golden_files import golden_image

PHOTO = np.tile(golden_image("inputs/astronaut_224.png"), (3, 3, 1))


def resized(image, height, width, kind):
    """Pillow's resize with the order of passes of Pillow 13, which older versions lack; `test_order_of_passes` compares
    with 13 itself.
    """
    between = (image.shape[1], height) if columns_first(*image.shape[:2], height, width) else (width, image.shape[0])
    return np.asarray(Image.fromarray(image).resize(between, kind).resize((width, height), kind))


@pytest.mark.skipif(
    int(PIL.__version__.split(".")[0]) < 13, reason="Pillow before 13 always makes the pass along the rows first"
)
def test_order_of_passes():
    generator = np.random.Generator(np.random.PCG64(3))
    for _ in range(200):
        height, width, new_height, new_width = generator.integers(3, 120, 4).tolist()
        image = generator.integers(0, 256, (height, width, 3)).astype(np.uint8)
        for kind in (Image.Resampling.BOX, Image.Resampling.BILINEAR):
            expected = np.asarray(Image.fromarray(image).resize((new_width, new_height), kind))
            assert (resized(image, new_height, new_width, kind) == expected).all()


def pillow_imagenet(image):
    """Resize(256) and CenterCrop(224) as torchvision does them with Pillow."""
    height, width = image.shape[:2]
    size = (256, int(256 * height / width)) if width <= height else (int(256 * width / height), 256)
    left, top = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
    return np.asarray(
        Image.fromarray(image).resize(size, Image.Resampling.BILINEAR).crop((left, top, left + 224, top + 224))
    )


@pytest.mark.parametrize(
    "size", [(375, 500), (500, 375), (256, 256), (300, 301), (224, 640), (100, 130), (1, 3), (601, 599)]
)
def test_imagenet_geometry_is_pillows(size):
    image = np.ascontiguousarray(PHOTO[: size[0], : size[1]])
    assert (find_geometry("imagenet-c")(image) == pillow_imagenet(image)).all()


@pytest.mark.parametrize("size", [(375, 500), (100, 57), (64, 64)])
def test_small_geometry_is_pillows(size):
    image = np.ascontiguousarray(PHOTO[: size[0], : size[1]])
    expected = resized(image, 64, 64, Image.Resampling.BILINEAR)
    assert (find_geometry("tiny-imagenet-c")(image) == expected).all()


def test_299_crops_first():
    image = np.ascontiguousarray(PHOTO[:375, :500])
    height, width = int(0.875 * 375), int(0.875 * 500)
    top, left = round((375 - height) / 2), round((500 - width) / 2)
    expected = Image.fromarray(image[top : top + height, left : left + width]).resize(
        (299, 299), Image.Resampling.BILINEAR
    )
    assert (find_geometry("imagenet-c-299")(image) == np.asarray(expected)).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 2000), (2, 1), (7, 1)])
def test_a_crop_before_the_resize_keeps_at_least_a_pixel(size):
    """None would be left of a side of one pixel, and the resize would read what is not there."""
    image = np.full((*size, 3), 9, np.uint8)
    for geometry in (find_geometry("imagenet-c-299"), Geometry(resize=8, crop_first=0.5, crop=8)):
        found = geometry(image)
        assert found.shape[:2] == geometry.of_depth(image[:, :, 0]).shape
        assert min(found.shape) > 0 and (found == 9).all()


@pytest.mark.parametrize("kind", ["box", "bilinear"])
@pytest.mark.parametrize("target", [(1, 1), (10, 70), (33, 47), (64, 64), (200, 100)])
@pytest.mark.parametrize("channels", [1, 3])
def test_resize_is_pillows(kind, target, channels):
    src = np.ascontiguousarray(golden_image("inputs/cat_64.png")[None, :41, :, :channels])
    dst = np.empty((1, *target, channels), np.uint8)
    cpu.pillow_resize(src, dst, kind)
    filters = {"box": Image.Resampling.BOX, "bilinear": Image.Resampling.BILINEAR}
    assert (dst[0].squeeze() == resized(src[0].squeeze(), *target, filters[kind]).squeeze()).all()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_neither_way_along_the_rows_leaves_its_image(channels):
    """Sixteen rows are made at a time, and 32 bytes of each; fewer of either one by one."""
    generator = np.random.Generator(np.random.PCG64(5))
    for rows in (1, 15, 16, 17, 31, 33):
        for width in (8, 9, 10, 11, 31, 32, 33, 40, 100):
            src = generator.integers(0, 256, (3, rows, width, channels)).astype(np.uint8)
            for made in (7, 8, 10, 11, 31, 32, 33, 64):
                dst = np.full((3, rows, made, channels), 77, np.uint8)
                cpu.pillow_resize(src[1:2], dst[1:2], "bilinear")
                for channel in range(channels):
                    wanted = resized(src[1, :, :, channel], rows, made, Image.Resampling.BILINEAR)
                    np.testing.assert_array_equal(dst[1, :, :, channel], wanted, err_msg=str((rows, width, made)))
                assert (dst[::2] == 77).all()


def test_bad_geometry():
    with pytest.raises(ce.UnknownNameError, match="'imagenet-c'"):
        find_geometry("imagenet")
    with pytest.raises(ce.OptionError, match="crop of 224x224 does not fit an image of 100x100"):
        ce.Geometry(crop=224)(np.zeros((100, 100, 3), np.uint8))


@pytest.mark.parametrize(
    "options", [{"resize": 0}, {"crop": -3}, {"crop": (5, 0)}, {"resize": 2.5}, {"crop_first": 1.5}]
)
def test_what_is_no_geometry_is_refused(options):
    (name,) = options
    with pytest.raises(ce.OptionError, match=name):
        Geometry(**options)


def test_what_is_cropped_away_is_not_made_and_changes_nothing():
    """The window of the resize, with the rows and columns that it needs, is Pillow's whole resize and then its crop."""
    generator = np.random.Generator(np.random.PCG64(11))
    for _ in range(150):
        height, width, new_height, new_width = generator.integers(2, 150, 4).tolist()
        kept = (int(generator.integers(1, new_height + 1)), int(generator.integers(1, new_width + 1)))
        image = generator.integers(0, 256, (height, width, 3)).astype(np.uint8)
        top, left = round((new_height - kept[0]) / 2), round((new_width - kept[1]) / 2)
        whole = resized(image, new_height, new_width, Image.Resampling.BILINEAR)
        found = Geometry(resize=(new_height, new_width), crop=kept)(image)
        assert np.array_equal(found, whole[top : top + kept[0], left : left + kept[1]]), (image.shape, whole.shape)


def test_a_window_a_row_off_is_noticed(monkeypatch):
    """The test above fails on it."""
    from corrupt_engine.kernels.primitives import pillow_resize

    real = pillow_resize.resize_window

    def moved(src, height, width, window, kind):
        top, left, bottom, right = window
        return real(src, height, width, (top + 1, left, bottom + 1, right) if bottom < height else window, kind)

    monkeypatch.setattr(pillow_resize, "resize_window", moved)
    with pytest.raises(AssertionError):
        test_what_is_cropped_away_is_not_made_and_changes_nothing()


def test_numbers_of_numpy_are_sides():
    made = ce.Geometry(resize=np.int64(64), crop=(np.int32(32), 16))
    assert made == ce.Geometry(resize=64, crop=(32, 16)) and repr(made) == repr(ce.Geometry(resize=64, crop=(32, 16)))
    assert made(np.zeros((80, 90, 3), np.uint8)).shape == (32, 16, 3)
    for wrong in (True, 0, 2.0, (1, 2, 3), "a"):
        with pytest.raises(ce.OptionError, match="is neither a number of pixels from 1 up nor"):
            ce.Geometry(resize=wrong)
