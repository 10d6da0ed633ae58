"""ImageNet-P: sequences of frames, with what lies around the crop."""

import dataclasses
import importlib
import itertools
import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.catalogue import find_benchmark, load_baseline, strength
from corrupt_engine.metrics import flip_shares, top5_distances
from corrupt_engine.reports.formats import FORMATS, render
from corrupt_engine.transforms.corrupt import Settings, with_margin
from corrupt_engine.transforms.policies import Policy

from .golden_files import golden_image
from .reference import affine
from .reference.tolerance import Tolerance
from .small_sources import COUNT, labels, made_images
from .test_kernels import check
from .tiny import TinyImages, evaluate

SEQUENCES = {
    name: (*find_benchmark(name).corruptions, *find_benchmark(f"{name}-extra").corruptions)
    for name in ("imagenet-p", "imagenet-64-p", "cifar-10-p")
}
# Both sides even after the resize: else the middle of the crop is half a pixel from the image's.
PHOTO = np.asarray(Image.fromarray(golden_image("inputs/astronaut_224.png")).resize((320, 256)))
P = ce.Geometry(resize=256, crop=224)


def made(images, name, frame, variant="imagenet-p", geometry=P, **settings):
    """A frame as a loader makes it."""
    condition = ce.Condition(name, frame)
    options = {"variant": variant, "geometry": geometry, "mean": None, "num_workers": 0, **settings}
    (batch,) = ce.CorruptLoader((images, np.zeros(len(images), int)), condition, batch_size=len(images), **options)
    return batch[0].numpy().transpose(0, 2, 3, 1)


THIRDS = Tolerance(
    1,
    0.1,
    "scaled by .6 or .75, places are thirds of a pixel and many a value is whole: what is left of a third in float64 "
    "decides whether Pillow cuts it off to the byte below",
)


def all_around(seen):
    """Where no pixel near is unseen: at its edge Pillow repeats the last row or column, where here black follows."""
    around = np.pad(seen, ((2, 2), (2, 2), (0, 0)), mode="edge")
    return np.all([around[y : y + 224, x : x + 224] for y in range(5) for x in range(5)], axis=0)


def test_ids_from_the_content_are_of_the_crop_alone():
    """Not of what lies around it, which a sequence brings into view and a transform never sees."""
    other = np.zeros_like(PHOTO)
    other[16:240, 48:272] = PHOTO[16:240, 48:272]
    photos = np.stack([PHOTO, other])  # equal but for the margin
    options = {"variant": "imagenet-p", "geometry": P, "mean": None, "num_workers": 0, "ids": "content"}
    loader = ce.CorruptLoader((photos, np.zeros(2, int)), ce.Condition("translate", 9), extras="ids", **options)
    ((images, _, extras),) = loader
    assert extras["ids"].tolist() == ce.content_ids(P(PHOTO)[None]).tolist() * 2
    assert not torch.equal(images[0], images[1])  # the margin came into view


def amounts(name, frame, variant="imagenet-p"):
    return strength(name, variant, 224, 224).levels.params(frame)


def middle(image):
    top, left = (round((side - 224) / 2) for side in image.shape[:2])
    return image[top : top + 224, left : left + 224]


# What the table of the paper says of frame i, counted from 0: [kind, frames, parameters].
TABLE = {
    "gaussian_noise": (31, lambda i: {"sigma": 0.03 if i else 0.0}),
    "shot_noise": (31, lambda i: {"photons": 300.0 if i else math.inf}),
    "speckle_noise": (31, lambda i: {"sigma": 0.05 if i else 0.0}),
    "motion_blur": (31, lambda i: {"radius": 10, "sigma": 3.0, "angle": 4.0 * (i - 30)}),
    "zoom_blur": (31, lambda i: {"zooms": i, "step": 0.004}),
    "gaussian_blur": (31, lambda i: {"sigma": 0.25 + 0.035 * i}),
    "snow": (
        31,
        lambda i: {
            "mean": 0.05,
            "std": 0.3,
            "zoom": 3.0,
            "threshold": 0.5,
            "radius": 14,
            "sigma": 4.0,
            "mix": 0.85,
            "angle": 4.0 * i - 150,
        },
    ),
    "spatter": (
        31,
        lambda i: {
            "mean": 0.65,
            "std": 0.27,
            "sigma": 3.7,
            "threshold": 0.69,
            "strength": 0.6,
            "runs": i,
            "below": 0.05,
            "here": 0.1,
            "above": 0.15,
            "far": 0.7,
        },
    ),
    "brightness": (31, lambda i: {"added": 0.02 * (i - 15)}),
    "translate": (41, lambda i: {"angle": 0.0, "shift": i - 20.0, "scale": 1.0, "shear": 0.0, "smooth": 0}),
    "rotate": (31, lambda i: {"angle": i - 15.0, "shift": 0.0, "scale": 1.0, "shear": 0.0, "smooth": 1}),
    "shear": (31, lambda i: {"angle": 0.0, "shift": 0.0, "scale": 1.0, "shear": i - 15.0, "smooth": 1}),
    "tilt": (31, lambda i: {"angle": i - 15.0, "focal": 426.4}),
    "scale": (31, lambda i: {"angle": 0.0, "shift": 0.0, "scale": (40 + 2.5 * i) / 100, "shear": 0.0, "smooth": 1}),
}


@pytest.mark.parametrize("name", SEQUENCES["imagenet-p"])
def test_the_frames_have_the_published_parameters(name):
    frames, expected = TABLE[name]
    assert ce.Frames.of(name, "imagenet-p").frames == frames
    for i in range(frames):
        assert amounts(name, i + 1)._asdict() == pytest.approx(expected(i), abs=1e-9), i


def test_the_smaller_ones_have_their_own_numbers_of_frames():
    assert [ce.Frames.of(n, "imagenet-64-p").frames for n in ("translate", "motion_blur")] == [31, 31]
    assert [ce.Frames.of(n, "cifar-10-p").frames for n in ("translate", "motion_blur", "scale")] == [16, 21, 31]
    assert amounts("tilt", 31, "cifar-10-p").angle == pytest.approx(0.75 * 15)


@pytest.mark.parametrize(
    "name", ["zoom_blur", "brightness", "motion_blur", "translate", "rotate", "shear", "tilt", "scale"]
)
def test_a_frame_is_the_oracle_on_the_whole_image_and_then_cropped(name):
    of = strength(name, "imagenet-p", 224, 224)[0].name
    reference = importlib.import_module(f"tests.reference.{of}")
    for frame in (1, 9, 22, ce.Frames.of(name, "imagenet-p").frames):
        # A blur looks at the crop alone, and so did the published one.
        alone = name in ("brightness", "motion_blur")
        whole = reference.apply(middle(PHOTO) if alone else PHOTO, amounts(name, frame), {})
        expected = whole if alone else middle(whole)
        result = made(PHOTO[None], name, frame)[0]
        white = np.full_like(PHOTO, 255)
        inside = all_around(middle(white if alone else reference.apply(white, amounts(name, frame), {})) == 255)
        check(result[inside], expected[inside], THIRDS if name == "scale" else reference.TOLERANCE)


@pytest.mark.parametrize(
    ("angle", "shift", "scale", "shear"), [(9, 0, 1, 0), (0, -7, 1, 0), (0, 0, 0.4, 0), (3, 2, 1.2, -12)]
)
@pytest.mark.parametrize("smooth", [0, 1])
def test_the_affine_oracle_is_pillow(angle, shift, scale, shear, smooth):
    p = SimpleNamespace(angle=angle, shift=shift, scale=scale, shear=shear, smooth=smooth)
    how = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    matrix = affine.inverse_matrix(PHOTO, p).ravel()
    height, width = PHOTO.shape[:2]
    expected = np.asarray(Image.fromarray(PHOTO).transform((width, height), Image.Transform.AFFINE, matrix, how))
    # Where the nearest is asked for, Pillow counts places in 65536ths of a pixel.
    assert (affine.apply(PHOTO, p, {}) != expected).mean() <= (0 if smooth else 2e-3)


def test_a_pixel_moves_as_far_as_was_said():
    """Independent of the oracle: what stood at x is at x + shift."""
    for frame, shift in ((1, -20), (21, 0), (41, 20)):
        left = (320 - 224) // 2
        assert (made(PHOTO[None], "translate", frame)[0] == PHOTO[16:240, left - shift : left - shift + 224]).all()


def test_images_without_surroundings_are_black_there():
    small = PHOTO[:224, :224]
    moved = made(small[None], "translate", 1, geometry=None)[0]
    assert (moved[:, :204] == small[:, 20:]).all() and not moved[:, 204:].any()
    assert (ce.corrupt(small, "translate", 1, variant="imagenet-p") == moved).all()


def test_a_margin_changes_nothing_for_those_that_need_none():
    """Conditions that look around and such as do not, made from the same images."""
    both = [ce.Condition("scale", 1), ce.Condition("snow", 7), ce.Condition("clean", 0)]
    geometry, settings = with_margin(P, Settings(variant="imagenet-p"), both)
    assert geometry.margin == settings.margin == 169
    sized = geometry(PHOTO)[None]
    assert sized.shape == (1, 562, 562, 3) and not sized[0, :, 0].any()  # which the image does not reach
    ids = np.array([5])
    for condition in both:
        alone, plain = with_margin(P, Settings(variant="imagenet-p"), [condition])
        assert (settings.apply(sized, ids, condition) == plain.apply(alone(PHOTO)[None], ids, condition)).all()
    assert with_margin(P, Settings(), [ce.Condition("fog", 3)])[0] == P


SIZES = """
name = "sizes"
source = "a test, 2026"

[variants.of-any]
table = "any"
[variants.of-small]
table = "small"
up_to = 40
stored = { jpeg_quality = 50 }

[corruptions.light]
of = "brightness"
margin = 5
tables = { any = { added = [0.1] }, small = { added = [0.4] } }
"""
MEMBERS = """
name = "members"
source = "a test, 2026"
stored = { jpeg_quality = 50 }

[corruptions.light]
of = "brightness+solarize"
margin = 5
table = { brightness = 2, solarize = 1 }
"""


@pytest.mark.parametrize("text", [SIZES, MEMBERS], ids=["by size", "a chain of such"])
@pytest.mark.parametrize("as_stored", [False, True])
def test_a_margin_makes_no_image_larger(tmp_path, text, as_stored):
    """The table of 40 pixels, though 50 of them are looked at, and the blocks of a JPEG of 40."""
    path = tmp_path / "sizes.toml"
    path.write_text(text)
    geometry = ce.Geometry(resize=60, crop=40)
    alone = ce.corrupt(geometry(PHOTO), "light", 1, variant=path, as_stored=as_stored)
    options = {"variant": str(path), "geometry": geometry, "mean": None, "num_workers": 0, "as_stored": as_stored}
    ((images, _),) = ce.CorruptLoader([(PHOTO, 0)], "light", 1, **options)
    assert (images[0].permute(1, 2, 0).numpy() == alone).all()


def test_a_chain_sees_what_its_members_see():
    options = {"variant": "imagenet-p", "geometry": P, "mean": None, "num_workers": 0}

    def shown(name):
        ((images, _),) = ce.CorruptLoader([(PHOTO, 0)], name, 1, **options)
        return images.permute(0, 2, 3, 1).numpy()

    alone = shown("rotate")
    assert (shown("rotate@1+snow@0") == alone).all()
    assert (shown("rotate@1+brightness@9") == ce.corrupt(alone, "brightness", 9, variant="imagenet-p")).all()


def test_frames_are_single_conditions_side_by_side():
    policy = ce.Frames.of("snow", "imagenet-p")
    options = {
        "mean": None,
        "num_workers": 0,
        "batch_size": 4,
        "variant": "imagenet-p",
        "extras": ["ids", "conditions"],
    }
    seen = []
    for images, _, extras in ce.CorruptLoader((made_images(), labels()), policy, **options):
        assert images.shape[1:] == (31, 3, 16, 16) and len(images) == len(extras["ids"])
        assert extras["conditions"][0] == policy.conditions
        seen.append(images)
    assert sum(map(len, seen)) == COUNT
    for k in (0, 11, 30):
        single = ce.CorruptLoader((made_images(), labels()), policy.conditions[k], **options)
        for images, (alone, *_) in zip(seen, single, strict=True):
            assert (images[:, k] == alone).all()


def test_frames_go_on_where_they_were():
    policy = ce.Frames([("clean", 0), ("fog", 2), ("fog", 3)])
    assert Policy.from_json(policy.to_json()) == policy

    def loader():
        return ce.CorruptLoader((made_images(), labels()), policy, batch_size=3, num_workers=0, mean=None)

    whole = [images for images, _ in loader()]
    first = loader()
    begun = [images for images, _ in itertools.islice(first, 2)]
    other = loader()
    other.load_state_dict(json.loads(json.dumps(first.state_dict())))
    for images, expected in zip([*begun, *(images for images, _ in other)], whole, strict=True):
        assert (images == expected).all()


@pytest.mark.parametrize("workers", [0, 2])
def test_frames_do_not_depend_on_the_workers(workers):
    options = {"batch_size": 4, "mean": None, "variant": "cifar-10-p"}
    policy = ce.Frames.of("motion_blur", "cifar-10-p")
    made = [x for x, _ in ce.CorruptLoader((made_images(), labels()), policy, num_workers=workers, **options)]
    plain = [x for x, _ in ce.CorruptLoader((made_images(), labels()), policy, num_workers=0, **options)]
    assert all((a == b).all() for a, b in zip(made, plain, strict=True))


EQUAL = """
name = "equal"
source = "a test, 2026"

[corruptions.one]
of = "snow"
same_draws = {same}
table = {{ mean = [0.1, 0.1], std = 0.3, zoom = 3.0, threshold = 0.5, radius = 10, sigma = 4.0, mix = 0.8 }}
"""


@pytest.mark.parametrize("same", [True, False])
def test_frames_with_the_same_draws(same, tmp_path):
    path = tmp_path / "equal.toml"
    path.write_text(EQUAL.format(same=str(same).lower()))
    first, second = (ce.corrupt(PHOTO, "one", level, variant=path) for level in (1, 2))
    assert (first == second).all() == same


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("margin = -1", "margin is -1"),
        ("margin = 1.5", "margin"),
        ("same_draws = 1", "same_draws"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said(line, message, tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text(EQUAL.format(same="true").replace("same_draws = true", line))
    with pytest.raises(ce.BenchmarkError, match=message):
        ce.corrupt(PHOTO, "one", 1, variant=path)


def test_a_margin_needs_a_crop():
    with pytest.raises(ce.OptionError, match="margin"):
        ce.Geometry(resize=256, margin=3)


class Steady(torch.nn.Module):
    """Answers by the brightness of each image, in steps: what moves the brightness over a step flips."""

    def __init__(self):
        super().__init__()
        self.seen = 0

    def forward(self, images):
        self.seen += len(images)
        step = (images.mean(dim=(1, 2, 3)) * 20).floor().long().clamp(0, 19)
        return torch.nn.functional.one_hot(step, 20).float() * 9


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    record = tmp_path_factory.mktemp("p") / "p.sqlite"
    return evaluate(Steady(), TinyImages(12), "cifar-10-p", record=record), record


def published_flips(predictions, noise):
    """The procedure of the authors: frame by frame."""
    flips, before = [], predictions[0]
    for now in predictions[1:]:
        flips.append(now != before)
        before = before if noise else now
    return np.mean(flips)


def test_flips_are_the_published_ones(report):
    found, _ = report
    assert found.trials == 1
    for name, frames in found.severities.items():
        assert len(frames) == {"translate": 16, "motion_blur": 21}.get(name, 31)
        sequence = np.array([found.predictions[ce.Condition(name, s)].prediction for s in frames])
        expected = np.mean([published_flips(one, "noise" in name) for one in sequence.T])
        assert found.numbers["flip_probability"].cell(corruption=name).value == pytest.approx(expected)
    assert found.numbers["flip_probability"].value.max() > 0.1
    assert "mfr" not in found.numbers and "mce" not in found.numbers  # there are no published flips for CIFAR-10-P


def test_a_flip_is_only_one_where_the_prediction_changes():
    alternating, constant = np.array([[0], [1], [0], [1]]), np.full((4, 1), 3)
    assert flip_shares(alternating, "previous") == 1 and flip_shares(alternating, "first") == pytest.approx(2 / 3)
    assert (
        flip_shares(constant, "previous") == 0 and flip_shares(constant - 4, "previous") == 1
    )  # no predictions at all
    assert np.isnan(flip_shares(constant[:1], "first"))


def test_flip_rates_are_shares_of_the_baseline(report):
    found, record = report
    flips = found.numbers["flip_probability"].value
    halves = dict(zip(found.corruptions, np.where(flips > 0, flips / 2, 0.25), strict=True))
    twice = ce.Report.load(record, baseline=dataclasses.replace(found.as_baseline(), flips=halves))
    assert twice.numbers["flip_rate"].value.tolist() == pytest.approx(np.where(flips > 0, 2.0, 0.0).tolist())
    assert twice.numbers["mfr"].cell().value == pytest.approx(2.0 * (flips > 0).mean())
    assert twice.main[0] == "mFR" and found.main[0] == "Flips"
    own = find_benchmark("imagenet-p").baseline
    assert own.name == "AlexNet" and own.flips["gaussian_noise"] == 0.2365 and len(own.flips) == 10
    assert find_benchmark("imagenet-p-extra").baseline is None


@pytest.mark.parametrize("kind", FORMATS)
def test_reports_show_flips(kind, report):
    found, record = report
    text = render([found], kind)
    assert "flip" in text.lower()
    if kind == "text":
        assert "flip probability" in text and "s31" not in text  # no column a frame
    divided = ce.Report.load(record, baseline=found.as_baseline())
    assert ("mfr" if kind in ("csv", "json") else "mFR") in render([divided, divided], kind)


@pytest.mark.parametrize("trials", [1, 2])
def test_a_baseline_of_flips_alone_in_every_format(trials):
    """AlexNet's errors on the frames were not published."""
    found = evaluate(Steady(), TinyImages(3), "imagenet-p", trials=trials, geometry="none")
    assert "mfr" in found.numbers and list(found.over_trials()) == ["mean_error"]
    texts = {kind: render([found], kind) for kind in FORMATS}
    assert json.loads(texts["json"])["reports"][0]["over_trials"].keys() == {"mean_error"}
    assert ("mean_error over trials" in texts["text"]) == (trials == 2)


OF_FLIPS = """
name = "two-frames"
source = "a test, 2026"

[corruptions.brightness]
{flips}
table = {{ added = [0.1, 0.2] }}

[baseline]
name = "Other"
clean = 0.1
flips = {{ brightness = 0.3 }}
"""


@pytest.mark.parametrize(("line", "head"), [('flips = "first"', "mFR"), ("", "Mean")])
def test_a_baseline_of_flips_alone_divides_no_errors(line, head, tmp_path):
    """As that of ImageNet-P."""
    path = tmp_path / "mine.toml"
    path.write_text(OF_FLIPS.format(flips=line))
    found = evaluate(Steady(), TinyImages(12), path, trials=2)
    assert found.main[0] == head and "mce" not in found.over_trials()
    assert all(render([found], kind) for kind in FORMATS)


def test_flips_of_another_model_are_a_baseline_as_json(report, tmp_path):
    found, _ = report
    path = tmp_path / "other.json"
    path.write_text(render([found], "json"))
    assert load_baseline(path).flips == pytest.approx(found.as_baseline().flips)


def test_distances_follow_from_the_five_likeliest_classes(report):
    """Of each answer, kept in the record; the oracle below from all of them."""
    found, record = report
    numbers = ce.Report.load(record).numbers
    for name, frames in found.severities.items():
        five = np.array([found.predictions[ce.Condition(name, s)].five for s in frames])
        assert five.shape == (len(frames), 12, 5)
        assert (five[..., 0] == [found.predictions[ce.Condition(name, s)].prediction for s in frames]).all()
        # Who stands outside the five stands at the same place, so that any order of the others will do.
        ranks = np.full((len(frames), 12, 20), 20)
        for n, image in np.ndindex(five.shape[:2]):
            rest = [c for c in range(20) if c not in five[n, image]]
            ranks[n, image, [*five[n, image], *rest]] = np.arange(1, 21)
        expected = np.mean([slow_distance(ranks[:, image], "noise" in name) for image in range(12)])
        assert numbers["top5_distance"].cell(corruption=name).value == pytest.approx(expected, abs=1e-6)
    assert numbers["top5_distance"].value.max() > 0.1 and "mt5d" not in numbers
    assert evaluate(benchmark="imagenet-c-extra").predictions[ce.catalogue.CLEAN].five is None


@pytest.mark.parametrize(
    ("severities", "names"),
    [
        (range(1, 11), ""),
        (range(3, 8), "gaussian_noise"),
        ((1, 10, 20), "motion_blur"),
        ((5, 10), "gaussian_noise, motion_blur"),
    ],
)
def test_flips_between_frames_that_are_not_the_published_ones_are_told(severities, names):
    chosen = {"corruptions": "gaussian_noise, motion_blur", "severities": list(severities)}
    text = str(evaluate(Steady(), TinyImages(3), "imagenet-p", geometry="none", **chosen))
    assert "A part of imagenet-p" in text and ("Frames of" in text) == bool(names)
    assert not names or f"Frames of {names} are compared with the first, or the one before, of those that" in text


def test_mt5d_is_a_share_of_the_baselines_way(report, tmp_path):
    found, record = report
    own = found.numbers["top5_distance"].value
    halves = dict(zip(found.corruptions, np.where(own > 0, own / 2, 1.0), strict=True))
    divided = ce.Report.load(record, baseline=dataclasses.replace(found.as_baseline(), distances=halves))
    assert divided.numbers["mt5d"].cell().value == pytest.approx(2.0 * (own > 0).mean())
    low, high = divided.numbers["mt5d"].cell().low, divided.numbers["mt5d"].cell().high
    assert low < divided.numbers["mt5d"].cell().value < high
    assert "mT5D" in render([divided], "text") and "mT5D" not in render([found], "text")
    path = tmp_path / "other.json"
    path.write_text(render([found], "json"))
    assert load_baseline(path).distances == pytest.approx(found.as_baseline().distances)


def test_a_useless_answer_is_as_far_as_can_be():
    frames = np.array([[[3, 1, 4, 0, 2]], [[-1] * 5], [[-1] * 5]])
    assert top5_distances(frames[:2], "previous") == top5_distances(frames[1:], "previous") == 15
    assert np.isnan(top5_distances(frames[:1], "first"))


def slow_distance(ranks, noise):
    """The procedure of the authors, from the rank of each class: (frames, classes), 1 the likeliest."""
    below = np.minimum(np.arange(ranks.shape[1]), 5)  # of rank r the top five among the classes before it
    total, before = [], np.argsort(ranks[0])
    for now in ranks[1:]:
        total.append(np.abs(below[:5] - below[now[before] - 1][:5]).sum())
        before = before if noise else np.argsort(now)
    return np.mean(total)


@pytest.mark.parametrize("against", ["first", "previous"])
def test_top5_distances_are_the_published_ones(against):
    generator = np.random.Generator(np.random.PCG64(0))
    scores = generator.normal(size=(6, 7, 30))
    scores[1:] += 2 * scores[:1]
    rankings = np.argsort(-scores, axis=-1)
    expected = [slow_distance(np.argsort(rankings[:, n], axis=-1) + 1, against == "first") for n in range(7)]
    assert top5_distances(rankings, against) == pytest.approx(expected)
    assert top5_distances(rankings[..., :5], against) == pytest.approx(expected)
