"""Stages before a model: held to OpenCV and scikit-image, seen by the record, and the same whatever the batch."""

import cv2
import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.models import LoadedModel
from corrupt_engine.science import Defence, defended
from corrupt_engine.science.defences import KINDS, noise_level, opencv_sigma

from .golden_files import golden_image
from .tiny import TinyImages, TinyModel, evaluate, same_answers

CAT = golden_image("inputs/cat_64.png")
PAIR = torch.from_numpy(np.stack([CAT, np.ascontiguousarray(CAT[::-1])]))


def behind(text, images=PAIR, **options):
    return Defence.of(text)(images, **options).numpy()


@pytest.mark.parametrize("side", [3, 5, 7])
def test_low_pass_is_opencvs(side):
    made = behind(f"low_pass:{side}")[0].astype(int)
    theirs = cv2.GaussianBlur(CAT.astype(np.float32), (side, side), opencv_sigma(side))
    assert abs(made - theirs).max() <= 0.5 + 1e-3  # ours is rounded


@pytest.mark.parametrize("side", [3, 5])
def test_median_is_opencvs_within(side):
    rim = side // 2
    inner = slice(rim, -rim), slice(rim, -rim)
    assert (behind(f"median:{side}")[0][inner] == cv2.medianBlur(CAT, side)[inner]).all()


def test_jpeg_and_bits():
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(CAT).save(buffer, "JPEG", quality=40)
    stored = np.asarray(Image.open(buffer)).astype(int)
    assert abs(behind("jpeg:40")[0].astype(int) - stored).max() <= 1
    levels = np.unique(behind("bits:2"))
    assert len(levels) > 2 and set(levels.tolist()) <= {0, 85, 170, 255}
    assert (behind("bits:8") == PAIR.numpy()).all()


def test_noise_has_its_deviation_and_goes_by_the_picture():
    grey = np.full((1, 128, 128, 3), 128, np.uint8)
    made = behind("noise:0.05", torch.from_numpy(grey)).astype(float) - 128
    assert made.std() == pytest.approx(0.05 * 255, rel=0.02)
    both = behind("noise:0.05")
    assert (behind("noise:0.05", PAIR[1:])[0] == both[1]).all() and (behind("noise:0.05", seed=1) != both).any()
    assert (both[0] != both[1][::-1]).any()


def test_the_noise_level_is_found():
    noisy = np.random.default_rng(3).normal(0.5, 0.1, (256, 256))
    assert noise_level(noisy) == pytest.approx(0.1, rel=0.03)
    assert noise_level(np.ones((9, 9))) == 0 and noise_level(np.ones((1, 1))) == 0


def test_non_local_means_takes_noise_away():
    pytest.importorskip("skimage", reason="scikit-image is not installed")
    noisy = torch.from_numpy(ce.corrupt(PAIR.numpy(), "gaussian_noise", 1, ids=[0, 1]))
    made = behind("nl_means", noisy).astype(float)
    assert np.abs(made - PAIR.numpy()).mean() < 0.8 * np.abs(noisy.numpy().astype(float) - PAIR.numpy()).mean()
    flat = torch.full((1, 16, 16, 1), 7, dtype=torch.uint8)
    assert (behind("nl_means", flat) == 7).all()


def test_clahe_raises_contrast():
    skimage = pytest.importorskip("skimage.exposure", reason="scikit-image is not installed")
    dull = torch.from_numpy(ce.corrupt(PAIR.numpy(), "contrast", 3))
    made = behind("clahe", dull)
    assert made.std() > 1.3 * dull.numpy().std()
    alone = np.rint(skimage.equalize_adapthist(dull[1].numpy(), clip_limit=0.01) * 255)
    assert (made[1] == alone).all()
    assert behind("clahe", dull[..., :1]).shape == (2, 64, 64, 1)
    column = dull[:1, :, :1].contiguous()  # of one pixel's width: three colours are no three columns
    alone = np.rint(skimage.equalize_adapthist(column[0].numpy(), clip_limit=0.01) * 255)
    assert (behind("clahe", column)[0] == alone).all()


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("shape", [(0, 8, 8, 3), (1, 16, 23, 1), (3, 33, 17, 3)], ids=str)
def test_any_size_and_no_image(name, shape):
    if KINDS[name].on_host:
        pytest.importorskip("skimage", reason="scikit-image is not installed")
    images = torch.from_numpy(np.random.default_rng(0).integers(0, 256, shape, np.uint8))
    kept = images.clone()
    made = Defence(name)(images)
    assert made.shape == images.shape and made.dtype == torch.uint8 and torch.equal(images, kept)
    if shape[0] == 3:
        assert torch.equal(Defence(name)(images[1:2])[0], made[1])


def run(model, **options):
    return evaluate(model, TinyImages(), "imagenet-c-extra", mean="model", std="model", name=None, **options)


def plain():
    return LoadedModel(TinyModel(), "tiny", (0.1, 0.2, 0.3), (0.9, 1.0, 1.1))


def test_a_stage_that_changes_nothing_leaves_every_answer():
    """The bytes are normalized behind the stages to the very floats that a loader makes."""
    assert same_answers(run(defended(plain(), "bits:8")), run(plain()))
    assert not same_answers(run(defended(plain(), "bits:1")), run(plain()))


def test_stages_in_their_order():
    first, second = ["low_pass:5", "bits:2"], ["bits:2", "low_pass:5"]
    assert not same_answers(run(defended(plain(), first)), run(defended(plain(), second)))
    images = PAIR.permute(0, 3, 1, 2)
    seen = []
    model = defended(LoadedModel(lambda given: seen.append(given) or given.mean((2, 3)), "f", 0.0, 1.0), first)
    model.function(images)
    by_hand = Defence.of("bits:2")(Defence.of("low_pass:5")(PAIR))
    assert torch.equal((seen[0] * 255).round().byte(), by_hand.permute(0, 3, 1, 2))


@pytest.mark.parametrize("size", [1, 7])
def test_the_answers_whatever_the_batch(size):
    model = defended(plain(), ["noise:0.1", "low_pass:3"])
    assert same_answers(run(model, batch_size=size), run(model))


def test_a_record_tells_with_and_without_apart(tmp_path):
    record = tmp_path / "r.sqlite"
    report = run(defended(plain(), "median:3"), record=record)
    assert report.model == "tiny behind median:3"
    for other in (plain(), defended(plain(), "median:5"), defended(plain(), "median:3", seed=1)):
        with pytest.raises(ce.RecordError, match="belongs to another evaluation"):
            run(other, record=record)
    assert same_answers(run(defended(plain(), "median:3"), record=record), report)


def test_on_the_command_line(tmp_path, monkeypatch, capsys):
    from .test_several_models import run as command
    from .tiny import working_folder

    place = working_folder(tmp_path, 7)
    stages = ["--defence", "noise:0.04", "--defence", "low_pass"]
    code, shown, _ = command(place, monkeypatch, capsys, "own_network:network", "data", *stages)
    assert code == 0 and "tiny behind noise:0.04, low_pass:3" in shown
    code, _, said = command(place, monkeypatch, capsys, "own_network:network", "data", "--defence", "medan")
    assert code == 2 and "did you mean 'median'" in said


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("blur", ce.UnknownNameError, "low_pass"),
        ("median:4", ce.OptionError, "side of a square"),
        ("low_pass:x", ce.OptionError, "'x' is no number"),
        ("jpeg:0", ce.OptionError, "quality"),
        ("bits:9", ce.OptionError, "bits of each channel"),
        ("noise:0", ce.OptionError, "deviation"),
    ],
)
def test_wrong_stages(text, error, message):
    with pytest.raises(error, match=message):
        defended(plain(), text)


def test_values():
    assert Defence.of("median:5") == Defence("median", 5) != Defence("median")
    assert str(Defence("low_pass")) == "low_pass:3" and {Defence("bits"): 1}[Defence.of("bits")] == 1
    with pytest.raises(ce.OptionError, match="no stages"):
        defended(plain(), [])
