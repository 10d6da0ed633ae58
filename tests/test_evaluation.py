"""Metrics, reports and the evaluation, up to a real model on real photographs."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine import metrics
from corrupt_engine.baselines import ALEXNET
from corrupt_engine.catalogue import conditions

sys.path.insert(0, str(Path(__file__).parent.parent / "examples"))

# ResNet-50 (torchvision, first weights) on 5,000 stored images, in the order of the benchmark, and the mCE computed from them.
RESNET50 = (0.6854, 0.7090, 0.7401, 0.6110, 0.7323, 0.6187, 0.6368, 0.6785, 0.6268, 0.5450, 0.3216, 0.6090, 0.5504, 0.5514, 0.4616)
RESNET50_MCE = 76.37

# Means over severities of AlexNet's published error at each severity, as a check on the table of means.
ALEXNET_BY_SEVERITY = {
    "gaussian_noise": (0.69528, 0.82542, 0.93554, 0.98138, 0.99452),
    "glass_blur": (0.64308, 0.75054, 0.88806, 0.91622, 0.93344),
    "brightness": (0.4514, 0.48502, 0.54048, 0.62166, 0.72440),
    "jpeg_compression": (0.51002, 0.54718, 0.57294, 0.65458, 0.74778),
}


def resnet_errors():
    return {name: [error] * 5 for name, error in zip(ce.corruptions("imagenet-c"), RESNET50, strict=True)}


def test_published_errors_give_the_published_mce():
    assert round(100 * metrics.mean_corruption_error(resnet_errors()), 2) == RESNET50_MCE


def test_the_baseline_against_itself_is_one():
    errors = {name: [ALEXNET.errors[name]] * 5 for name in ce.corruptions("imagenet-c")}
    assert metrics.mean_corruption_error(errors) == pytest.approx(1)
    assert metrics.mean_relative_corruption_error(errors, ALEXNET.clean) == pytest.approx(1)
    for name, values in ALEXNET_BY_SEVERITY.items():
        assert np.mean(values) == pytest.approx(ALEXNET.errors[name], abs=1e-5)


def test_relative_error_by_hand():
    assert metrics.relative_corruption_error([0.5, 0.7], 0.2, "fog") == pytest.approx((0.6 - 0.2) / (0.819324 - 0.435))


def test_bootstrap_interval_covers_what_it_should():
    sample = np.random.Generator(np.random.PCG64(1)).random(400) < 0.3
    ((low, high),) = metrics.bootstrap_intervals(sample.astype(float)[:, None])
    # The normal approximation of a binomial's interval, to a tenth of its width.
    half = 1.96 * (sample.mean() * (1 - sample.mean()) / 400) ** 0.5
    assert low == pytest.approx(sample.mean() - half, abs=0.2 * half)
    assert high == pytest.approx(sample.mean() + half, abs=0.2 * half)
    assert metrics.bootstrap_intervals(np.ones((10, 2))) == [(1, 1), (1, 1)]


def test_a_baseline_without_the_corruption():
    with pytest.raises(ce.OptionError, match="AlexNet has no error for 'rain'"):
        metrics.corruption_error([0.5], "rain")


def made_report(samples=40, seed=0):
    generator = np.random.Generator(np.random.PCG64(seed))
    correct = {c: generator.random(samples) < 0.8 - 0.1 * c.severity for c in conditions("imagenet-c")}
    return ce.Report("made up", "imagenet-c", correct)


def test_report_holds_together(tmp_path):
    report = made_report()
    assert report.mce() == pytest.approx(np.mean(list(report.ce().values())))
    assert report.clean_error == 1 - report.correct[("clean", 0, 0)].mean()
    falls = report.accuracy_by_severity()
    assert falls == sorted(falls, reverse=True)
    low, high = report.intervals["fog"]
    assert low <= np.mean(report.errors["fog"]) <= high
    saved = json.loads(report.save(tmp_path / "deep" / "r.json").read_text())
    assert saved["mce"] == report.mce() and len(saved["correct"]) == 76 and len(saved["correct"]["fog/3"]) == 40
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["r.json"]


def test_table_says_what_papers_say_and_how_wide_it_is():
    table = str(made_report())
    for words in ("clean error", "mCE", "relative mCE", "gaussian_noise", "CE", "mean accuracy", "95 % bootstrap"):
        assert words in table
    assert "40 images make wide intervals" in table
    assert "wide intervals" not in str(made_report(samples=5000))


class Brightest(torch.nn.Module):
    """Two classes: is the mean above the threshold? Counts its calls and remembers its mode."""

    def __init__(self):
        super().__init__()
        self.threshold = torch.nn.Parameter(torch.tensor(0.4))
        self.modes = set()

    def forward(self, images):
        self.modes.add((self.training, torch.is_grad_enabled()))
        mean = images.mean(dim=(1, 2, 3))
        return torch.stack([self.threshold - mean, mean - self.threshold], dim=1)


def test_evaluate_counts_right_and_leaves_the_model_alone(photo_folder):
    model = Brightest().train()
    report = ce.evaluate(model, photo_folder, mean=0.0, std=1.0, progress=False, batch_size=4)
    assert model.training and model.modes == {(False, False)}
    assert report.samples == 6 and len(report.correct) == 76
    assert report.settings["variant"] == "imagenet-c"
    for condition in (("clean", 0, 0), ("fog", 3, 0)):
        loader = ce.CorruptLoader(photo_folder, condition[0], condition[1], mean=0.0, std=1.0, batch_size=6)
        ((images, labels),) = loader
        assert report.correct[condition].tolist() == (model(images).argmax(1) == labels).tolist()


def test_evaluate_extra_with_a_function_and_progress(photo_folder, capsys):
    report = ce.evaluate(lambda images: images.mean(dim=(2, 3)), photo_folder, "imagenet-c-extra", batch_size=6)
    assert set(report.errors) == set(ce.corruptions("imagenet-c-extra"))
    assert "126/126" in capsys.readouterr().err


def test_evaluation_does_not_depend_on_batch_size_threads_or_backend(photo_folder):
    def run(**options):
        return ce.evaluate(Brightest(), photo_folder, mean=0.0, std=1.0, progress=False, **options).to_dict()

    base = run(batch_size=6, backend="dali", threads=1)
    for options in (
        {"batch_size": 1, "backend": "torch", "num_workers": 0, "threads": 2},
        {"batch_size": 4, "backend": "dali", "threads": 3},
    ):
        other = run(**options)
        assert other["settings"].pop("backend") == options["backend"]
        assert {**other, "settings": None} == {**base, "settings": None}


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        (lambda x: x.mean(dim=(1, 2, 3)), {}, "scores (N, classes)"),
        (lambda x: x.mean(dim=(2, 3))[:, :1], {}, "labels run from 0 to 1, but the model has 1 classes"),
        (lambda x: x.mean(dim=(2, 3)) * float("nan"), {}, "NaN"),
        (lambda x: x.mean(dim=(2, 3)), {"severity": 3}, "'severity'"),
    ],
)
def test_bad_models_are_named(photo_folder, model, options, words):
    with pytest.raises(ce.OptionError) as caught:
        ce.evaluate(model, photo_folder, progress=False, batch_size=6, **options)
    assert words in str(caught.value)


def test_a_real_model_on_real_photographs():
    """17 of the 20 are right with Pillow's resize to 256, centre 224 and the model's own normalisation."""
    import evaluate_photographs as demo

    model = demo.classifier().eval()
    photos = demo.photographs()
    assert len(photos) == 20
    counts = {}
    with torch.inference_mode():
        for batch in ce.sweep(photos, [("clean", 0), ("contrast", 5)], mean=demo.MEAN, std=demo.STD, batch_size=20):
            counts[batch.condition.corruption] = int((model(batch.images).argmax(1) == batch.labels).sum())
    assert counts["clean"] == 17
    assert counts["contrast"] < 10
