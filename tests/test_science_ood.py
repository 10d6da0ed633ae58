"""Images of no class: noise as a source, the detection error, and the table of regularizers."""

import pickle
from math import erf, sqrt

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.metrics import detection_error, mean_detection_error
from corrupt_engine.science import ood_detection, regularizer_table
from corrupt_engine.sources import NoiseSource, fingerprint

FED = {"mean": 0.0, "std": 1.0, "progress": False}


def colours(count=60, side=32):
    """Dark images, each brighter in the channel of its class."""
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 60, (count, side, side, 3)).astype(np.uint8), np.arange(count) % 3
    for image, label in zip(images, labels, strict=True):
        image[..., label] += 150
    return images, labels


class Means(torch.nn.Module):
    """Sure of a colour where one channel is brighter than the others, which noise is not."""

    def __init__(self, scale=20.0):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(scale))

    def forward(self, images):
        return self.scale * images.mean((2, 3))


def by_hand(known, unknown):
    """The error by its words: every threshold tried."""
    errors = []
    for threshold in (-np.inf, *known, *unknown):
        false_negatives = sum(value <= threshold for value in known) / len(known)
        false_positives = sum(value > threshold for value in unknown) / len(unknown)
        errors.append((false_negatives + false_positives) / 2)
    return min(errors)


@pytest.mark.parametrize("kind", ["gaussian", "uniform"])
def test_a_noise_image_follows_from_its_number_and_the_seed(kind):
    few, many = NoiseSource(kind, 3, 5, 7), NoiseSource(kind, 100, 5, 7)
    assert np.array_equal(few.decode(2)[0], many.decode(2)[0]) and few.decode(2)[0].shape == (5, 7, 3)
    assert not np.array_equal(many.decode(2)[0], many.decode(3)[0])
    assert not np.array_equal(many.decode(2)[0], NoiseSource(kind, 100, 5, 7, seed=1).decode(2)[0])
    assert np.array_equal(pickle.loads(pickle.dumps(many)).decode(9)[0], many.decode(9)[0])
    told = {fingerprint(one) for one in (few, many, NoiseSource(kind, 3, 5, 7, seed=1), NoiseSource(kind, 3, 7, 5))}
    assert len(told) == 4 and fingerprint(few) == fingerprint(NoiseSource(kind, 3, 5, 7))


def test_a_loader_gives_the_same_noise_in_any_batches_and_order():
    source = NoiseSource("gaussian", 10, 6, 6, 1)
    one = torch.cat(list(ce.CorruptLoader(source, mean=None, geometry="none", batch_size=3)))
    order = [7, 2, 9]
    some = torch.cat(list(ce.CorruptLoader(source, mean=None, geometry="none", batch_size=2, sampler=order)))
    assert torch.equal(one[order], some)
    assert np.array_equal(one[7, 0].numpy(), source.decode(7)[0][..., 0])


def share_of_each_level(kind, deviation=1.0):
    """(256,) by the law's words."""
    if kind == "uniform":
        return np.full(256, 1 / 256)
    return np.diff([0.0, *((1 + erf(((k + 0.5) / 255 - 0.5) / deviation / sqrt(2))) / 2 for k in range(255)), 1.0])


def fits(counts, shares):
    """Whether each of 256 counts is within 5 standard errors and one of what it should be: a right law fails with
    probability 1.5e-4.
    """
    total = counts.sum()
    return (np.abs(counts - total * shares) <= 5 * np.sqrt(total * shares * (1 - shares)) + 1).all()


@pytest.mark.parametrize(("kind", "law"), [("gaussian", {}), ("uniform", {}), ("gaussian", {"deviation": 0.1})])
def test_noise_has_its_law(kind, law):
    source = NoiseSource(kind, 40, 40, 100, **law)
    counts = np.bincount(np.concatenate([source.decode(n)[0].ravel() for n in range(40)]), minlength=256)
    assert fits(counts, share_of_each_level(kind, **law))
    assert not fits(counts, share_of_each_level("gaussian", 1.05 * law.get("deviation", 1.0)))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"kind": "gausian"}, ce.UnknownNameError, "did you mean 'gaussian'"),
        ({"count": 0}, ce.OptionError, "count 0"),
        ({"channels": 2}, ce.OptionError, "channels is 2"),
        ({"deviation": 0}, ce.OptionError, "deviation 0"),
        ({"mean": float("nan")}, ce.OptionError, "mean is nan"),
    ],
)
def test_what_is_no_noise(options, error, words):
    with pytest.raises(error, match=words):
        NoiseSource(**{"kind": "gaussian", "count": 1, "height": 2, "width": 2, **options})


@pytest.mark.parametrize("seed", range(6))
def test_the_error_is_that_of_the_best_threshold(seed):
    rng = np.random.default_rng(seed)
    known, unknown = rng.integers(0, 12, 30) / 12 + 0.02 * seed, rng.integers(0, 9, 20) / 12  # with ties
    found = detection_error(known, unknown)
    assert found.error == pytest.approx(by_hand(known, unknown), abs=1e-12)
    assert found.error == pytest.approx((found.taken.missed.mean() + found.taken.passed.mean()) / 2)
    assert found.low <= found.error <= found.high <= 0.5


def test_a_few_errors_that_can_be_counted():
    assert detection_error([0.9, 0.8], [0.1, 0.2]).error == 0
    assert detection_error([0.5, 0.5], [0.5]).error == 0.5
    assert detection_error([0.1, 0.2], [0.9, 0.8]).error == 0.5  # the wrong way round is as good as guessing
    low, high = detection_error(np.linspace(0.8, 0.9, 50), np.linspace(0.1, 0.2, 50))[1:3]
    assert low == 0 < high < 0.1  # none of 50 is no proof of none


@pytest.mark.parametrize(
    ("known", "unknown"), [([], [0.5]), ([0.5], []), ([0.5, np.nan], [0.5]), ([0.5], [np.nan, 0.1])]
)
def test_nothing_is_no_error(known, unknown):
    found = detection_error(known, unknown)
    assert np.isnan([found.error, found.low, found.high, found.threshold]).all()


@pytest.mark.parametrize("apart", [0.0, 0.5, 2.0])
def test_intervals_hold_what_they_promise(apart):
    """300 known and 200 unknown confidences from normal laws: the true error is known, and 95 % of 300 intervals hold
    it but for 3 standard errors, .038. About the error alone, without the halves, fewer do: 78 % where `apart` is 0.
    """
    rng, true = np.random.default_rng(1), (1 - erf(apart / 2 / sqrt(2))) / 2
    held, held_by_means, naive = 0, 0, 0
    for _ in range(300):
        known = rng.normal(apart, 1, 300)
        sets = [detection_error(known, rng.normal(0, 1, 200)) for _ in range(2)]
        held += sets[0].low <= true <= sets[0].high
        mean, low, high = mean_detection_error(sets)
        held_by_means += low <= true <= high
        width = 1.96 * np.sqrt(sum(part.var() / len(part) for part in sets[0].taken)) / 2
        naive += abs(sets[0].error - true) <= width
        assert mean == pytest.approx(np.mean([one.error for one in sets]))
    assert min(held, held_by_means) >= 300 * (0.95 - 0.038)
    assert naive < held and (apart or naive < 300 * 0.85)


def test_a_model_that_is_less_sure_of_noise():
    found = ood_detection(Means(), colours(), **FED)
    assert list(found.sets) == ["gaussian noise", "uniform noise"] and found.images == 60 and not found.undefined
    assert found.mean.value == 0 and 0 < found.mean.high < 0.1
    assert "gaussian noise" in str(found) and "gaussian noise" in str(found.section().content)


def test_the_error_is_of_the_models_own_confidences():
    images, labels = colours(40)
    others = np.random.default_rng(3).integers(0, 256, (30, 32, 32, 3)).astype(np.uint8)
    others[:12] = images[:12]
    found = ood_detection(Means(3.0), (images, labels), {"mixed": (others, np.zeros(30, int))}, **FED)
    with torch.no_grad():
        sure = [
            Means(3.0)(torch.from_numpy(x).permute(0, 3, 1, 2).float() / 255).softmax(1).amax(1).numpy()
            for x in (images, others)
        ]
    assert found.sets["mixed"].error == pytest.approx(by_hand(*sure), abs=1e-6)
    assert found.mean.value == found.sets["mixed"].error
    again = ood_detection(Means(3.0), (images, labels), {"mixed": (others, np.zeros(30, int))}, batch_size=7, **FED)
    assert str(again) == str(found)


def test_limit_takes_the_same_images_of_a_set():
    unknown = {"noise": NoiseSource("uniform", 50, 32, 32)}
    found = ood_detection(Means(), colours(), unknown, limit=20, **FED)
    assert found.images == 20 and len(found.sets["noise"].taken.passed) == 20
    assert str(found) == str(ood_detection(Means(), colours(), unknown, limit=20, **FED))


class Broken(Means):
    """NaN for images that are brighter than any of the known ones."""

    def forward(self, images):
        scores = super().forward(images)
        return torch.where(images.mean((1, 2, 3))[:, None] > 0.45, torch.nan, scores)


def test_scores_that_are_nan_give_no_number():
    bright = (np.full((5, 32, 32, 3), 250, np.uint8), np.zeros(5, int))
    found = ood_detection(Broken(), colours(), {"bright": bright, "dark": (bright[0] // 10, bright[1])}, **FED)
    assert "5 of 5 unknown images are NaN" in found.undefined["bright"] and "dark" not in found.undefined
    assert np.isnan(found.sets["bright"].error) and not np.isnan(found.sets["dark"].error)
    assert np.isnan(found.mean.value) and str(found).count("undefined") == 3


class One(Means):
    def forward(self, images):
        return super().forward(images)[:, :1]


def no_images():
    class Empty(NoiseSource):
        def __len__(self):
            return 0

    return Empty("uniform", 1, 32, 32)


@pytest.mark.parametrize(
    ("model", "data", "unknown", "words"),
    [
        (Means(), (colours()[0], np.zeros(60, int)), None, "all labels of the known images are 0"),
        (One(), colours(), None, "one score an image"),
        (Means(), colours(), {}, "at least one set"),
        (Means(), colours(), [colours()], "at least one set"),
        (Means(), colours(), {"empty": no_images()}, "'empty' has no image"),
    ],
    ids=["one class", "one score", "no set", "no names", "no image"],
)
def test_what_has_no_detection_error(model, data, unknown, words):
    with pytest.raises(ce.OptionError, match=words):
        ood_detection(model, data, unknown, **FED)


SMALL = """
name = "small"
source = "a test"
[corruptions.invert]
table = { weight = [0.1, 1.0] }
"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


def test_the_table_has_the_papers_columns(small, tmp_path):
    pytest.importorskip("foolbox", reason="foolbox is not installed")
    own = {"corruptions": small, "check": False, **FED}
    found = regularizer_table({"steep": Means(), "flat": Means(0.5)}, colours(), folder=tmp_path / "kept", **own)
    heads = next(line.split() for line in str(found).splitlines() if line.startswith("Model"))
    assert heads == ["Model", "Classification", "FGSM", "C", "Occlusion", "ECE", "OOD"] and not found.undefined
    report = ce.evaluate(Means(0.5), colours(), small, check=False, **FED)
    attacked = ce.evaluate(
        Means(0.5), colours(), "adversarial", corruptions="fgsm", severities=3, geometry="none", check=False, **FED
    )
    row = found.rows["flat"]
    assert row.classification == report.numbers["clean_error"].cell() and row.classification.value == 0
    assert row.corruptions == report.numbers["mean_error"].cell() and 0 < row.corruptions.value < 1
    assert row.fgsm == attacked.numbers["mean_error"].cell()
    assert row.ece.value == report.numbers["calibration_error"].cell(level=0).value > found.rows["steep"].ece.value
    assert row.ood == ood_detection(Means(0.5), colours(), **FED).mean
    assert sorted(path.name for path in (tmp_path / "kept").glob("*.sqlite"))[:3] == [
        "flat-corruptions.sqlite", "flat-fgsm.sqlite", "flat-occlusion.sqlite"
    ]  # fmt: skip
    again = regularizer_table({"steep": Means(), "flat": Means(0.5)}, colours(), folder=tmp_path / "kept", **own)
    assert str(again) == str(found)
    assert "Occlusion" in found.save(tmp_path / "page.html").read_text()


def test_what_is_undefined_in_the_table(small):
    pytest.importorskip("foolbox", reason="foolbox is not installed")
    found = regularizer_table({"broken": Broken()}, colours(), corruptions=small, check=False, **FED)
    row = found.rows["broken"]
    assert {column for _, column in found.undefined} >= {"C", "OOD"}
    assert np.isnan(row.corruptions.value) and np.isnan(row.ood.value) and not np.isnan(row.fgsm.value)
    assert "C of broken is undefined" in str(found) and "undefined" in str(found.section().content)


class NoGradient(Means):
    def forward(self, images):
        return super().forward(images.detach()).detach()


@pytest.mark.parametrize(
    ("models", "options", "words"),
    [
        ({}, {}, "at least one is needed"),
        ([Means()], {}, "by name"),
        ({"a": Means()}, {"record": "x"}, "does not take 'record'"),
        ({"a/b": Means(), "a?b": Means()}, {"folder": "kept"}, "would share a file"),
        ({"a": NoGradient()}, {"check": False}, "gives no gradient"),
    ],
)
def test_wrong_arguments_of_the_table(models, options, words, small):
    pytest.importorskip("foolbox", reason="foolbox is not installed")
    with pytest.raises(ce.OptionError, match=words):
        regularizer_table(models, colours(), corruptions=small, **options, **FED)
    with pytest.raises(ce.OptionError, match="all labels of the test images are 1"):
        regularizer_table({"a": Means()}, (colours()[0], np.ones(60, int)), corruptions=small, **FED)
