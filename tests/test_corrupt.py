"""`corrupt()`: what it takes, what it gives back, what it refuses."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

import corrupt_engine as ce

from .golden_files import golden_image


def test_torch_in_torch_out(cat):
    tensor = torch.from_numpy(cat.copy())
    out = ce.corrupt(tensor, "fog", severity=2, seed=4)
    assert isinstance(out, torch.Tensor) and out.dtype == torch.uint8
    assert (out.numpy() == ce.corrupt(cat, "fog", severity=2, seed=4)).all()


class TvImage(torch.Tensor):
    """As torchvision's: a tensor of a class whose module is not torch's."""


TvImage.__module__, TvImage.__qualname__ = "torchvision.tv_tensors._image", "Image"


def test_a_subclass_of_tensor_is_a_tensor(cat):
    expected = ce.corrupt(cat, "fog", 3)
    tensor = torch.from_numpy(cat.copy())
    for kind in (TvImage, type("Mine", (TvImage,), {"__module__": "mine"})):
        image = tensor.as_subclass(kind)
        made = ce.corrupt(image, "fog", 3)
        assert type(made) is torch.Tensor and (made.numpy() == expected).all()
        listed = ce.corrupt([image, cat], "fog", 3, ids=[0, 0])
        assert type(listed[0]) is torch.Tensor and (listed[0].numpy() == listed[1]).all()
        assert (ce.corrupt(torch.stack([image, image]).as_subclass(kind), "fog", 3)[0].numpy() == expected).all()
    with pytest.raises(ce.ImageError, match="float32"):
        ce.corrupt(tensor.float().as_subclass(TvImage), "fog")


def test_what_is_only_called_tensor_is_none():
    class Tensor:
        shape, dtype = (8, 8, 3), np.dtype(np.uint8)

    with pytest.raises(ce.ImageError, match="images are Tensor"):
        ce.corrupt(Tensor(), "fog")


def test_a_list_may_be_ragged(cat):
    images = [cat, cat[:100, :57], cat[:, :, 0]]
    out = ce.corrupt(images, "snow", severity=3, ids=[4, 5, 6])
    for image, result, number in zip(images, out, [4, 5, 6], strict=True):
        assert (result == ce.corrupt(image, "snow", severity=3, ids=number)).all()


def test_default_ids_are_those_of_the_content(cat):
    out = ce.corrupt(np.stack([cat, cat[::-1]]), "gaussian_noise", severity=1)
    assert (
        out
        == ce.corrupt(np.stack([cat, cat[::-1]]), "gaussian_noise", severity=1, ids=ce.content_ids([cat, cat[::-1]]))
    ).all()
    assert (out[1] == ce.corrupt(cat[::-1], "gaussian_noise", severity=1)).all()
    assert (out[1] != ce.corrupt(cat[::-1], "gaussian_noise", severity=1, ids=ce.content_ids(cat))).any()


def test_the_table_follows_the_size_unless_named(cat):
    small = golden_image("inputs/cat_32.png")
    by_size = ce.corrupt(small, "gaussian_blur", severity=3)
    assert (by_size == ce.corrupt(small, "gaussian_blur", severity=3, variant="cifar-10-c")).all()
    assert (by_size != ce.corrupt(small, "gaussian_blur", severity=3, variant="imagenet-c")).any()
    assert (
        ce.corrupt(cat, "contrast", severity=2) == ce.corrupt(cat, "contrast", severity=2, variant="imagenet-c")
    ).all()


def test_as_stored_is_pillows_save_and_load(cat):
    plain = ce.corrupt(cat, "gaussian_noise", severity=3)
    buffer = io.BytesIO()
    Image.fromarray(plain).save(buffer, "JPEG", quality=85, optimize=True)
    assert (ce.corrupt(cat, "gaussian_noise", severity=3, as_stored=True) == np.asarray(Image.open(buffer))).all()
    assert (ce.corrupt(cat, "gaussian_noise", severity=0, as_stored=True) == cat).all()
    small = golden_image("inputs/cat_32.png")
    assert (ce.corrupt(small, "fog", as_stored=True) == ce.corrupt(small, "fog")).all()


def test_grey_counts_as_three_equal_channels(cat):
    grey = cat[..., :1]
    colour = np.repeat(grey, 3, axis=2)
    for name in ("gaussian_noise", "fog", "motion_blur", "jpeg_compression"):
        first = ce.corrupt(colour, name, severity=3, ids=0)[..., :1]
        assert (ce.corrupt(grey, name, severity=3, ids=0) == first).all(), name
    tinted = Image.fromarray(ce.corrupt(colour, "frost", severity=3, ids=0)).convert("L")
    assert (ce.corrupt(grey, "frost", severity=3, ids=0)[..., 0] == np.asarray(tinted)).all()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: ce.corrupt(x, "gausian_noise"), ce.UnknownNameError, "'gaussian_noise'"),
        (lambda x: ce.corrupt(x, "zzz"), ce.UnknownNameError, "allowed are added_rain"),
        (lambda x: ce.corrupt(x, "fog", severity=6), ce.SeverityError, "severity 6"),
        (lambda x: ce.corrupt(x, "fog", severity=-0.1), ce.SeverityError, "-0.1"),
        (lambda x: ce.corrupt(x, "fog", severity=float("nan")), ce.SeverityError, "nan"),
        (lambda x: ce.corrupt(x, "fog", severity="3"), ce.SeverityError, "'3'"),
        (lambda x: ce.corrupt(x, "fog", severity=True), ce.SeverityError, "True"),
        (lambda x: ce.corrupt(x, "fog", variant="imagenet"), ce.UnknownNameError, "'imagenet-c'"),
        (lambda x: ce.corrupt(x, "frost", textures="fake"), ce.UnknownNameError, "published, procedural"),
        (lambda x: ce.corrupt(x.astype(np.float32), "fog"), ce.ImageError, "float32"),
        (lambda x: ce.corrupt(x[..., :2], "fog"), ce.ImageError, "(224, 224, 2)"),
        (lambda x: ce.corrupt(np.moveaxis(x, -1, 0), "fog"), ce.ImageError, "channels last"),
        (lambda x: ce.corrupt(x[:0], "fog"), ce.ImageError, "at least 1"),
        (lambda x: ce.corrupt(x[0, 0], "fog"), ce.ImageError, "shape (3,)"),
        (lambda x: ce.corrupt("cat.png", "fog"), ce.ImageError, "str"),
        (lambda x: ce.corrupt(x, "fog", ids=[1, 2]), ce.OptionError, "1 integer"),
        (lambda x: ce.corrupt(x, "fog", ids=1.5), ce.OptionError, "float64"),
        (lambda x: ce.corrupt(x, "fog", seed=1.5), ce.OptionError, "seed 1.5"),
        (lambda x: ce.corrupt(x, "fog", trial="a"), ce.OptionError, "trial 'a'"),
        (lambda x: ce.corrupt(x, "fog", threads=0), ce.OptionError, "threads 0"),
        (lambda x: ce.corrupt(x, "fog", threads="two"), ce.OptionError, "threads"),
        (lambda x: ce.corrupt(np.stack([x, x]), "fog", threads=1.5), ce.OptionError, "threads"),
    ],
)
def test_bad_input_is_named(cat, call, error, words):
    with pytest.raises(error) as caught:
        call(cat)
    assert words in str(caught.value)
    assert isinstance(caught.value, ce.CorruptEngineError) and isinstance(caught.value, ValueError)


def test_any_integer_seed_is_a_seed(cat):
    results = [ce.corrupt(cat, "gaussian_noise", seed=s).tobytes() for s in (-1, 0, 2**63, 2**200)]
    assert len(set(results)) == 4
