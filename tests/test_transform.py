"""`ce.Corrupt`: what goes in comes out, of the same kind; the bytes are those of `corrupt()` and of the loader."""

import collections
import io
import pickle
import sys
import types
import warnings

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

import corrupt_engine as ce

RNG = np.random.default_rng(11)
IMAGE = RNG.integers(0, 256, (20, 27, 3), np.uint8)
OTHER = RNG.integers(0, 256, (14, 9, 3), np.uint8)
NOISE = ce.Corrupt("gaussian_noise", 3, seed=4)


def wanted(image, **options):
    return ce.corrupt(image, "gaussian_noise", 3, seed=4, **options)


def channels_first(image):
    return np.ascontiguousarray(np.moveaxis(image, -1, 0))


FORMS = {
    "PIL": (Image.fromarray, np.asarray),
    "array, channels last": (lambda image: image, lambda made: made),
    "array, channels first": (channels_first, lambda made: np.moveaxis(made, 0, -1)),
    "tensor, channels last": (torch.from_numpy, lambda made: made.numpy()),
    "tensor, channels first": (
        lambda image: torch.from_numpy(channels_first(image)),
        lambda made: made.permute(1, 2, 0).numpy(),
    ),
    "tensor, not contiguous": (
        lambda image: torch.from_numpy(image).permute(2, 0, 1),
        lambda made: made.permute(1, 2, 0).numpy(),
    ),
    "batch of arrays": (lambda image: image[None], lambda made: made[0]),
    "batch of tensors": (
        lambda image: torch.from_numpy(channels_first(image))[None],
        lambda made: made[0].permute(1, 2, 0).numpy(),
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_gives_back_what_it_was_given(form):
    to, back = FORMS[form]
    given = to(IMAGE.copy())
    made = NOISE(given)
    assert type(made) is type(given)
    assert getattr(made, "shape", None) == getattr(given, "shape", None)
    assert (back(made) == wanted(IMAGE)).all()
    assert (back(given) == IMAGE).all()  # which is left as it was


def test_greyscale():
    grey = IMAGE[..., 0]
    expected = wanted(grey)
    for given in (grey, grey[..., None], grey[None]):
        made = NOISE(given)
        assert made.shape == given.shape and (made.reshape(expected.shape) == expected).all()
    made = NOISE(Image.fromarray(grey))
    assert made.mode == "L" and (np.asarray(made) == expected).all()
    assert (NOISE(torch.from_numpy(grey)[None])[0].numpy() == expected).all()


def test_a_photograph_keeps_its_orientation():
    """A corrupted one stayed lying on its side where a clean one was turned."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = io.BytesIO()
    Image.fromarray(IMAGE).save(data, "JPEG", exif=exif)
    photo = Image.open(data)
    made = NOISE(photo)
    assert made.getexif()[0x0112] == 6 and made.info == photo.info and made.info is not photo.info
    turned = ImageOps.exif_transpose(made)
    assert (np.asarray(turned) == np.rot90(np.asarray(made), -1)).all()


def test_layouts_that_are_not_clear():
    """Three rows: tensors have their channels first and arrays last, unless it is said."""
    image = RNG.integers(0, 256, (3, 8, 3), np.uint8)
    assert (NOISE(image) == wanted(image)).all()
    moved = np.moveaxis(image, 0, -1)
    assert (NOISE(torch.from_numpy(image)).numpy() == np.moveaxis(wanted(moved), -1, 0)).all()
    last = ce.Corrupt("gaussian_noise", 3, seed=4, layout="channels_last")
    assert (last(torch.from_numpy(image)).numpy() == wanted(image)).all()
    first = ce.Corrupt("gaussian_noise", 3, seed=4, layout="channels_first")
    assert (first(image) == np.moveaxis(wanted(moved), -1, 0)).all()
    with pytest.raises(ce.ImageError, match="channels_last"):
        last(torch.zeros(3, 8, 8, dtype=torch.uint8))


@pytest.fixture
def torchvision(monkeypatch):
    """A stand-in for what of torchvision is used: a tensor that knows its type, and `wrap`."""

    class TVTensor(torch.Tensor):
        __module__ = "torchvision.tv_tensors"

    class BoundingBoxes(TVTensor):
        __module__ = "torchvision.tv_tensors"

    found = types.ModuleType("torchvision.tv_tensors")
    found.Image, found.BoundingBoxes = TVTensor, BoundingBoxes
    found.wrap = lambda made, like: made.as_subclass(type(like))
    monkeypatch.setitem(sys.modules, "torchvision.tv_tensors", found)
    return found


def test_torchvision_images(torchvision):
    image = torch.from_numpy(channels_first(IMAGE)).as_subclass(torchvision.Image)
    boxes = torch.zeros(2, 4).as_subclass(torchvision.BoundingBoxes)
    made, kept = NOISE(image, boxes)
    assert type(made) is torchvision.Image and kept is boxes
    assert (made.as_subclass(torch.Tensor).permute(1, 2, 0).numpy() == wanted(IMAGE)).all()
    with pytest.warns(UserWarning, match="elastic_transform moves pixels, and BoundingBoxes"):
        ce.Corrupt("elastic_transform")(image, boxes)


Pair = collections.namedtuple("Pair", "image target")


def test_samples():
    target = {"boxes": torch.zeros(1, 4), "labels": [1]}
    expected = wanted(IMAGE)
    made = NOISE((IMAGE, target))
    assert type(made) is tuple and (made[0] == expected).all() and made[1] is target
    made = NOISE(IMAGE, target, 7)
    assert type(made) is tuple and (made[0] == expected).all() and made[1] is target and made[2] == 7
    made = NOISE([IMAGE, 7])
    assert type(made) is list and (made[0] == expected).all() and made[1] == 7
    made = NOISE(Pair(IMAGE, target))
    assert type(made) is Pair and (made.image == expected).all() and made.target is target
    made = NOISE([IMAGE, OTHER])
    assert type(made) is list and (made[0] == expected).all() and (made[1] == wanted(OTHER)).all()
    assert NOISE([]) == []


@pytest.mark.parametrize("kind", [dict, collections.OrderedDict, collections.UserDict])
def test_samples_that_are_dicts(kind):
    mask = IMAGE[..., 0]
    sample = kind(image=IMAGE, mask=mask, label=3)
    made = NOISE(sample)
    assert type(made) is kind and list(made) == ["image", "mask", "label"]
    assert (made["image"] == wanted(IMAGE)).all() and made["mask"] is mask
    assert sample["image"] is IMAGE
    made = ce.Corrupt("gaussian_noise", 3, seed=4, keys=["left", "right"])(kind(left=IMAGE, right=[OTHER, IMAGE]))
    assert (made["left"] == wanted(IMAGE)).all() and (made["right"][0] == wanted(OTHER)).all()


def test_as_albumentations_calls():
    mask = IMAGE[..., 0]
    made = NOISE(image=IMAGE, mask=mask)
    assert (made["image"] == wanted(IMAGE)).all() and made["mask"] is mask
    made = NOISE(IMAGE, shape=IMAGE.shape, cols=27, rows=20)  # what its Lambda says beside the image
    assert (made == wanted(IMAGE)).all()


def test_hugging_face():
    datasets = pytest.importorskip("datasets")
    images = [Image.fromarray(IMAGE), Image.fromarray(OTHER)]
    kept = datasets.Dataset.from_dict(
        {"img": images, "label": [0, 1]}, features=datasets.Features(img=datasets.Image(), label=datasets.Value("int8"))
    )
    kept.set_transform(NOISE)
    assert (np.asarray(kept[1]["img"]) == wanted(OTHER)).all() and kept[1]["label"] == 1
    assert (np.asarray(kept[:]["img"][0]) == wanted(IMAGE)).all()


def test_ids():
    expected = wanted(IMAGE, ids=9)
    assert (expected != wanted(IMAGE)).any()
    assert (NOISE(IMAGE, id=9) == expected).all()
    assert (NOISE((IMAGE, 1), id=9)[0] == expected).all()
    assert (NOISE({"image": IMAGE}, id=9)["image"] == expected).all()
    known = ce.Corrupt("gaussian_noise", 3, seed=4, id_key="index")
    assert (known({"image": IMAGE, "index": 9})["image"] == expected).all()
    assert (known({"image": IMAGE, "index": 2}, id=9)["image"] == expected).all()
    made = known({"image": [OTHER, IMAGE], "index": torch.tensor([2, 9])})
    assert (made["image"][0] == wanted(OTHER, ids=2)).all() and (made["image"][1] == expected).all()
    data = np.stack([IMAGE] * 3), np.arange(3)
    loader = ce.CorruptLoader(data, "gaussian_noise", 3, seed=4, mean=None, batch_size=3)
    images, _ = next(iter(loader))
    assert (NOISE(torch.from_numpy(channels_first(IMAGE)), id=2) == images[2]).all()


class Pictures(torch.utils.data.Dataset):
    def __init__(self, transform):
        self.transform = transform

    def __len__(self):
        return 12

    def __getitem__(self, index):
        image = np.random.default_rng(index).integers(0, 256, (16, 16, 3), np.uint8)
        return torch.from_numpy(self.transform(image)), index


@pytest.mark.filterwarnings("ignore:This DataLoader will create")
@pytest.mark.parametrize("workers", [0, 1, 4])
def test_any_order_and_worker(workers):
    transform = ce.Corrupt(["fog", "gaussian_noise", "contrast"], (1, 5), p=0.8)
    alone = [Pictures(transform)[n][0] for n in range(12)]
    order = [5, 2, 9, 0, 11, 7, 1]
    loader = torch.utils.data.DataLoader(Pictures(transform), batch_size=3, sampler=order, num_workers=workers)
    seen = {int(n): image for images, numbers in loader for image, n in zip(images, numbers, strict=True)}
    assert sorted(seen) == sorted(order)
    assert all((seen[n] == alone[n]).all() for n in order)


def test_batches_by_the_picture():
    drawn = ce.Corrupt(["fog", "gaussian_noise"], (1, 5), p=0.6, seed=2)
    batch = RNG.integers(0, 256, (20, 8, 8, 3), np.uint8)
    made = drawn(batch)
    assert all((drawn(image) == one).all() for image, one in zip(batch, made, strict=True))
    assert all((a == b).all() for a, b in zip(drawn(list(batch)), made, strict=True))
    first = torch.from_numpy(batch).permute(0, 3, 1, 2)
    assert (drawn(first).permute(0, 2, 3, 1).numpy() == made).all()
    clean = [bool((image == one).all()) for image, one in zip(batch, made, strict=True)]
    assert 2 <= sum(clean) <= 15  # .4 of 20, and not all or none


def test_what_is_drawn():
    drawn = ce.Corrupt(["fog", "snow"], (1, 2.5), p=0.25)
    severities = sorted({one.severity for one in drawn.policy.conditions})
    assert severities == [round(1 + n / 10, 1) for n in range(16)]
    given = drawn.policy.assign(np.arange(40_000), epoch=0, seed=0)
    found = collections.Counter(one.corruption for one in given)
    for name, share in (("clean", 0.75), ("fog", 0.125), ("snow", 0.125)):
        assert abs(found[name] / 40_000 - share) < 5 * (share * (1 - share) / 40_000) ** 0.5
    assert {one.severity for one in given if one.corruption != "clean"} == set(severities)
    assert sorted({one.severity for one in ce.Corrupt("fog", (1, 1.25)).policy.conditions}) == [1.0, 1.1, 1.2, 1.25]
    mixture = ce.Mixture([("fog", 3), ("snow", 1)], corrupted=0.5)
    assert ce.Corrupt(mixture).policy is mixture


def test_epochs():
    fresh = ce.Corrupt("gaussian_noise", 3, seed=4)
    first = fresh(IMAGE)
    fresh.set_epoch(1)
    assert (fresh(IMAGE) != first).any() and (fresh(IMAGE) == wanted(IMAGE, trial=1)).all()
    fresh.set_epoch(0)
    assert (fresh(IMAGE) == first).all()
    fixed = ce.Corrupt(ce.Condition("gaussian_noise", 3, 5), seed=4)
    fixed.set_epoch(1)
    assert (fixed(IMAGE) == wanted(IMAGE, trial=5)).all()


def test_can_be_pickled():
    drawn = ce.Corrupt(["fog", "gaussian_noise"], (1, 5), seed=3, as_stored=True)
    drawn.set_epoch(2)
    drawn(IMAGE)
    again = pickle.loads(pickle.dumps(drawn))
    assert (again(IMAGE) == drawn(IMAGE)).all() and again.epoch == 2 and repr(again) == repr(drawn)
    assert repr(drawn) == "Corrupt(['fog', 'gaussian_noise'], (1, 5), seed=3, as_stored=True)"


def test_what_is_clean_stays_the_same_object():
    clean = ce.Corrupt("fog", 3, p=0)
    photo = Image.fromarray(IMAGE)
    assert clean(photo) is photo and clean(IMAGE) is IMAGE


def test_moved_pixels_are_warned_of_once():
    moving = ce.Corrupt(["elastic_transform", "glass_blur", "fog"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        moving(IMAGE, 3)
        moving({"image": IMAGE, "label": 2})
        NOISE({"image": IMAGE, "boxes": []})
    with pytest.warns(UserWarning, match="elastic_transform, glass_blur moves pixels, and bboxes"):
        moving(image=IMAGE, bboxes=[])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        moving(image=IMAGE, bboxes=[])
    with pytest.warns(UserWarning, match="segmentation"):
        ce.Corrupt("elastic_transform")(IMAGE, [{"segmentation": [], "category_id": 1}])


def encoded(mode):
    data = io.BytesIO()
    Image.new(mode, (8, 8)).save(data, "PNG")
    return Image.open(data)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (IMAGE.astype(np.float32), ce.ImageError, "dtype float32.*before ToTensor"),
        (torch.zeros(3, 8, 8), ce.ImageError, "dtype torch.float32"),
        (np.zeros((8, 8, 4), np.uint8), ce.ImageError, r"shape \(8, 8, 4\)"),
        (np.zeros((0, 8, 3), np.uint8), ce.ImageError, r"shape \(0, 8, 3\)"),
        (encoded("RGBA"), ce.ImageError, "mode 'RGBA'.*convert"),
        (encoded("P"), ce.ImageError, "mode 'P'"),
        (encoded("I;16"), ce.ImageError, r"mode 'I;16'.*convert\(\) would clip at 255.*>> 8"),
        ("photo.jpg", ce.ImageError, "str is no image"),
        (None, ce.ImageError, "NoneType is no image"),
        ((), ce.OptionError, "empty"),
        ({"photo": IMAGE}, ce.OptionError, r"\['photo'\], none of image, images"),
        ({}, ce.OptionError, "none of image"),
        ([IMAGE, "x.jpg"], None, None),
        (["x.jpg", IMAGE], ce.ImageError, "str is no image"),
    ],
)
def test_what_is_no_image(given, error, message):
    if error is None:
        assert NOISE(given)[1] == "x.jpg"
        return
    with pytest.raises(error, match=message):
        NOISE(given)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (("fogg",), {}, ce.UnknownNameError, "did you mean 'fog'"),
        (("fog", 9), {}, ce.SeverityError, "9"),
        (("fog", (3, 1)), {}, ce.OptionError, r"severity \(3, 1\)"),
        (("fog", (1, 2, 3)), {}, ce.OptionError, "pair"),
        (("fog", 3), {"p": 2}, ce.OptionError, "2"),
        (([],), {}, ce.OptionError, "no conditions"),
        (("fog",), {"layout": "HWC"}, ce.UnknownNameError, "channels_first"),
        (("fog",), {"variant": "imagenet"}, ce.UnknownNameError, "imagenet-c"),
        ((ce.Mixture([("fog", 3)]), 3), {}, ce.OptionError, "Mixture holds its own"),
        ((ce.Condition("fog", 3), None), {"p": 0.5}, ce.OptionError, "Condition holds its own"),
        ((ce.Grid.of(["fog"]),), {}, ce.OptionError, "Grid makes several images of one"),
        (("fog_3d", 3), {}, ce.OptionError, "fog_3d needs a depth map"),
    ],
)
def test_wrong_arguments(arguments, options, error, message):
    with pytest.raises(error, match=message):
        ce.Corrupt(*arguments, **options)


def test_wrong_samples_of_dicts():
    with pytest.raises(ce.OptionError, match="keys="):
        ce.Corrupt("fog", keys="photo")({"image": IMAGE})
    with pytest.raises(ce.OptionError, match="id_key='index'"):
        ce.Corrupt("fog", id_key="index")({"image": IMAGE})
    with pytest.raises(ce.OptionError, match="ids must be 1"):
        NOISE(IMAGE, id=[1, 2])
