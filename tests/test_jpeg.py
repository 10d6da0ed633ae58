"""The JPEG primitive against Pillow's save and load: equal to the bit at every size, quality and kind of content."""

import io

import numpy as np
import pytest
from PIL import Image

from corrupt_engine.kernels import cpu

from .golden_files import golden_image


def pillow(image, quality):
    buffer = io.BytesIO()
    Image.fromarray(image if image.shape[2] == 3 else image[..., 0]).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer)).reshape(image.shape)


def kernel(image, quality):
    dst = np.empty((1, *image.shape), np.uint8)
    cpu.jpeg(np.ascontiguousarray(image[None]), dst, quality)
    return dst[0]


@pytest.mark.parametrize("quality", range(1, 101))
def test_every_quality(quality):
    image = golden_image("inputs/cat_64.png")[:61, :45]
    assert (kernel(image, quality) == pillow(image, quality)).all()


@pytest.mark.parametrize("content", ["photograph", "noise", "edges"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_size_of_a_block_and_its_neighbours(content, channels):
    generator = np.random.Generator(np.random.PCG64(5))
    for height in (1, 2, 7, 8, 9, 15, 16, 17, 18, 33):
        for width in (1, 2, 3, 4, 5, 6, 8, 15, 16, 17, 31, 34):
            image = np.ascontiguousarray(golden_image("inputs/cat_64.png")[:height, :width, :channels])
            if content == "noise":
                image = generator.integers(0, 256, image.shape).astype(np.uint8)
            elif content == "edges":
                image = generator.integers(0, 2, image.shape).astype(np.uint8) * 255
            for quality in (7, 85):
                assert (kernel(image, quality) == pillow(image, quality)).all(), (height, width, quality)


def test_a_batch_of_larger_pictures():
    for name in ("cat", "astronaut"):
        image = np.tile(golden_image(f"inputs/{name}_224.png"), (2, 2, 1))[:375, :333]
        assert (kernel(image, 18) == pillow(image, 18)).all()


def test_another_quality_is_noticed():
    image = golden_image("inputs/cat_64.png")
    assert (kernel(image, 50) != pillow(image, 51)).any()
