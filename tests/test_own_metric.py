"""A benchmark that counts its own error: balanced over the classes, or of superclasses. From its file to the report,
and its intervals.
"""

import csv
import io
import json

import numpy as np
import pytest
import torch
from scipy.special import ndtr

import corrupt_engine as ce
from corrupt_engine import metrics
from corrupt_engine.catalogue import CLEAN, METRICS, Baseline, Condition
from corrupt_engine.catalogue.parsing import parse
from corrupt_engine.metrics import OWN, error_rate
from corrupt_engine.metrics.predictions import Predictions
from corrupt_engine.models.scores import judge
from corrupt_engine.reports.derive import derive, intervals
from corrupt_engine.reports.formats import FORMATS, render
from corrupt_engine.reports.means import Means, columns
from corrupt_engine.reports.numbers import NUMBERS
from corrupt_engine.reports.registry import NONE
from corrupt_engine.reports.trend import effective_robustness

from .tiny import TinyImages, evaluate, same_answers

TEXT = """
name = "mine"
source = "a test, 2026"
metric = "balanced"

[corruptions.fog]
group = "Weather"
table = { strength = [0.5, 1.0, 3.0], decay = 2.0 }

[corruptions.brightness]
group = "Light"
table = { added = 0.3 }

[baseline]
name = "Reference"
clean = 0.2
errors = { fog = 0.5, brightness = 0.4 }
"""
GROUPED = TEXT.replace('metric = "balanced"', "classes = 6").replace(
    "[baseline]", "[superclasses]\ndark = [0, 4]\nlight = [1, 2, 5]\n\n[baseline]"
)
LEVELS = {"fog": (1, 2), "snow": (2,)}
BASELINE = Baseline("Old", 0.1, {"fog": 0.5, "snow": 0.4})
CONDITIONS = [CLEAN, *(Condition(name, s) for name, own in LEVELS.items() for s in own)]


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(TEXT)
    return path


def recalls(report, condition):
    """The definition: the mean over the classes of the share of its images that is wrong."""
    right = report.predictions[condition].prediction == report.labels
    return 1 - np.mean([right[report.labels == label].mean() for label in np.unique(report.labels)])


def test_every_metric_has_arithmetic_and_words():
    assert list(OWN) == list(METRICS)


def test_the_balanced_error_is_the_mean_over_the_classes_of_their_errors():
    generator = np.random.Generator(np.random.PCG64(0))
    for classes in (1, 2, 7, 300):
        labels = generator.choice(3 * classes, 300, p=(weights := generator.random(3 * classes)) / weights.sum())
        wrong = generator.random((300, 4)) < 0.3
        expected = np.mean([wrong[labels == label].mean(0) for label in np.unique(labels)], axis=0)
        assert OWN["balanced"](wrong, labels).values.mean(0) == pytest.approx(expected)
        assert error_rate(wrong[:, 0], labels, "balanced") == pytest.approx(expected[0])


def test_of_classes_of_one_size_it_is_the_top_1_error_and_only_then():
    generator = np.random.Generator(np.random.PCG64(1))
    wrong = generator.random(300) < 0.3
    even = np.arange(300) % 3
    assert error_rate(wrong, even, "balanced") == pytest.approx(error_rate(wrong, even))
    own = OWN["balanced"](wrong.astype(float), even)
    assert own.values.var() == pytest.approx(wrong.var(), rel=0.02)  # less what lies between the classes
    uneven = np.where(wrong, 0, even)
    assert abs(error_rate(wrong, uneven, "balanced") - error_rate(wrong, uneven)) > 0.05


def test_which_classes_the_images_happen_to_be_of_does_not_move_it():
    """Where one class is always wrong and the other never, no choice of images changes the balanced error."""
    labels = np.repeat([0, 1], [90, 10])
    own = OWN["balanced"]((labels == 1).astype(float), labels)
    assert own.values == pytest.approx(0.5)
    assert OWN["top1"]((labels == 1).astype(float), labels).values.var() > 0.05


def test_the_whole_way(mine, tmp_path):
    record = tmp_path / "r.sqlite"
    source = TinyImages(40, seed=3)
    report = evaluate(source=source, benchmark=mine, record=record, trials=2)
    counts = np.bincount(report.labels)
    assert counts.min() < counts.max()
    assert report.clean_error == pytest.approx(recalls(report, CLEAN))
    for name, own in report.errors.items():
        for severity, error in zip(report.severities[name], own, strict=True):
            both = [recalls(report, Condition(name, severity, trial)) for trial in range(2)]
            assert error == pytest.approx(np.mean(both))
    plain = 1 - np.mean([report.predictions[Condition("fog", 3, trial)].correct.mean() for trial in range(2)])
    assert abs(plain - report.errors["fog"][2]) > 0.005, "another number than top-1"
    assert report.ce()["fog"] == pytest.approx(np.mean(report.errors["fog"]) / 0.5)
    numbers = report.numbers
    assert numbers["clean_error"].value == pytest.approx(report.clean_error, abs=1e-6)
    assert numbers["mce"].value == pytest.approx(report.mce(), abs=1e-6)
    assert numbers["error"].value == pytest.approx([np.mean(own) for own in report.errors.values()], abs=1e-6)
    assert report.as_baseline().errors["fog"] == pytest.approx(np.mean(report.errors["fog"]))
    mine.unlink()
    back = ce.Report.load(record)
    assert same_answers(report, back) and str(back) == str(report)


def test_every_format_says_which_error_it_is(mine, tmp_path):
    report = evaluate(source=TinyImages(40, seed=3), benchmark=mine)
    for name in FORMATS:
        text = render([report], name)
        said = "balanced" if name in ("csv", "json") else "alanced error"
        assert said in text and "top-1 error" not in text.lower().replace("\\", ""), name
    assert "Bal. error" in str(report) and "Bal. error" in render([report], "latex")
    rows = list(csv.DictReader(io.StringIO(render([report], "csv"))))
    assert {row["error"] for row in rows} == {"balanced"}
    (clean,) = (row for row in rows if row["metric"] == "clean_error")
    assert float(clean["value"]) == pytest.approx(report.clean_error, abs=1e-5)
    (told,) = json.loads(render([report], "json"))["reports"]
    assert told["metric"] == "balanced" and told["clean_error"]["value"] == pytest.approx(report.clean_error, abs=1e-6)
    mine.write_text(TEXT.replace('"balanced"', '"top1"'))
    other = evaluate(source=TinyImages(40, seed=3), benchmark=mine)
    assert "top-1 error" in str(other) and "Bal. error" not in str(other)
    assert {row["error"] for row in csv.DictReader(io.StringIO(render([other], "csv")))} == {"top1"}


def test_a_comparison_is_of_this_error(mine):
    source = TinyImages(60, seed=4)
    a, b = (evaluate(Guess(n), source, benchmark=mine, name=f"guess {n}", corruptions="brightness") for n in (0, 1))
    found = a.compare(b)
    # A model with one answer for all is right on one class of three, however frequent that is.
    assert [row.a for row in found.corruptions] == pytest.approx([2 / 3])
    assert found.corruptions[0].difference == pytest.approx(0) and "balanced error by corruption" in str(found)
    assert found.to_dict()["error"] == "balanced error"
    counts = np.bincount(a.labels)
    assert counts[0] != counts[1], "by top-1 they differ"
    three = [a, b, evaluate(source=source, benchmark=mine, name="tiny", corruptions="brightness")]
    assert effective_robustness(three) is None or len(effective_robustness(three)) == 3


class Guess(torch.nn.Module):
    """Has one answer for all images."""

    def __init__(self, answer):
        super().__init__()
        self.register_buffer("answer", torch.eye(3)[answer])

    def forward(self, images):
        return 4 * self.answer.expand(len(images), 3) + 1e-3 * images.mean(dim=(1, 2, 3))[:, None]


SHARES = (0.6, 0.3, 0.1)
ERRORS = {"middling": (0.25, 0.3, 0.6, 0.5), "good": (0.02, 0.03, 0.1, 0.06), "poor": (0.9, 0.92, 0.97, 0.95)}
RESAMPLES, TOGETHER, ROUNDS = 150, 100, 6
"""The coverage of an interval of 95 % is then known to .9 % (one standard deviation)."""


def drawn(generator, labels, errors):
    """Predictions: rarer classes are harder, and an image that fails under one condition fails under most."""
    images = len(labels)
    scale = np.linspace(0.7, 1.3, len(SHARES))[labels]
    hard = generator.standard_normal(images)
    found = {}
    for condition, error in zip(CONDITIONS, errors, strict=True):
        own = error * scale if errors[0] < 0.5 else 1 - (1 - error) * (2 - scale)
        draw = ndtr(0.9 * hard + 0.19**0.5 * generator.standard_normal(images))
        rank = np.where(draw < own / 2, 7, np.where(draw < own, 1, 0)).astype(np.int32)
        found[condition] = Predictions(rank, np.full(images, 0.7, np.float32), rank)
    return found


def covered(kind, images, metric="balanced"):
    """By number the share of the intervals that hold the truth, which is that of many images."""
    generator = np.random.Generator(np.random.PCG64(images))
    labels = generator.choice(len(SHARES), 400_000, p=SHARES)
    everyone = columns(drawn(generator, labels, ERRORS[kind]), LEVELS, 1, labels, "balanced").mean(0, dtype=np.float64)
    truth = derive(Means(everyone, LEVELS, BASELINE))
    inside = dict.fromkeys(truth, 0.0)
    for _ in range(ROUNDS):
        # Samples of one round share the labels and the resamples, which do not depend on what is right.
        labels = generator.choice(len(SHARES), images, p=SHARES)
        made = [columns(drawn(generator, labels, ERRORS[kind]), LEVELS, 1, labels, metric) for _ in range(TOGETHER)]
        table = np.concatenate([one[:, : 2 * len(CONDITIONS)] for one in made], axis=1)  # without those of confidences
        own = OWN[metric](np.zeros((images, 0)), labels)[1:]
        means, draws = (np.zeros((*axes, TOGETHER, made[0].shape[1])) for axes in ((), (RESAMPLES,)))
        means[:, : 2 * len(CONDITIONS)] = table.mean(0, dtype=np.float64).reshape(TOGETHER, -1)
        draws[..., : 2 * len(CONDITIONS)] = metrics.resampled_means(table, RESAMPLES).reshape(RESAMPLES, TOGETHER, -1)
        values = derive(Means(means, LEVELS, BASELINE))
        for name, (low, high) in intervals(means, draws, means, images, LEVELS, BASELINE, own).items():
            there = ~np.isnan(low)
            assert (low <= values[name] + 1e-9)[there].all() and (values[name] - 1e-9 <= high)[there].all(), name
            inside[name] = inside[name] + ((low <= truth[name] + 1e-9) & (truth[name] - 1e-9 <= high)).mean(0) / ROUNDS
    return {name: float(np.mean(inside[name][~np.isnan(truth[name])])) for name in OF_ERRORS}


OF_ERRORS = [n for n, of in NUMBERS.items() if of.interval != NONE and "bin" not in of.dims and not of.needs]


@pytest.mark.parametrize(("kind", "images"), [("middling", 200), ("middling", 1000), ("good", 200), ("poor", 200)])
def test_95_of_100_intervals_of_the_balanced_error_hold_the_truth(kind, images):
    shares = covered(kind, images)
    for name in OF_ERRORS:
        assert 0.92 <= shares[name] <= 0.985, (name, shares[name])


def test_that_coverage_fails_for_intervals_of_another_error():
    """Intervals of top-1 errors do not hold the balanced error: its rare classes are harder."""
    assert covered("middling", 1000, "top1")["clean_error"] < 0.85


def test_an_interval_does_not_vanish_where_no_image_is_wrong():
    labels = np.repeat([0, 1], [190, 10])
    right = Predictions(labels.astype(np.int32), np.ones(200, np.float32), np.zeros(200, np.int32))
    table = columns(dict.fromkeys(CONDITIONS, right), LEVELS, 1, labels, "balanced")
    own = OWN["balanced"](np.zeros((200, 0)), labels)[1:]
    draws = metrics.resampled_means(table, 50)
    low, high = intervals(table.mean(0), draws, table.mean(0) > 0, 200, LEVELS, BASELINE, own)["clean_error"]
    assert low == 0 and high > metrics.wilson_interval(0, 200)[1], "ten images of a class say less than 200"


def test_a_superclass_scores_the_mean_probability_of_its_members():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(50, 6, generator=generator)
    groups = ((0, 4), (1, 2, 5))
    labels = torch.randint(0, 2, (50,), generator=generator)
    found = judge(logits, labels, groups=groups)
    p = logits.softmax(1)
    means = torch.stack([p[:, [0, 4]].mean(1), p[:, [1, 2, 5]].mean(1)], dim=1)
    assert (found.prediction == means.argmax(1).numpy()).all()
    assert (found.correct == (means.argmax(1) == labels).numpy()).all()
    assert found.confidence == pytest.approx((means.max(1).values / means.sum(1)).numpy())
    assert (judge(p, labels, "probabilities", groups=groups).prediction == found.prediction).all()
    sums = means * torch.tensor([2, 3])
    members = torch.tensor([0, 1, 1, 0, 1])[logits[:, [0, 1, 2, 4, 5]].argmax(1)]
    assert (sums.argmax(1) != means.argmax(1)).any(), "the sum would be another answer"
    assert (members != means.argmax(1)).any(), "and so would the best member's"


def test_a_useless_row_of_scores_is_no_superclass():
    scores = torch.tensor([[0.0, float("nan"), 1.0, 0, 0, 0], [1.0, 0, 0, 0, float("-inf"), 0], [0.0] * 6])
    found = judge(scores, torch.tensor([0, 0, 1]), groups=((0, 4), (1, 2)))
    assert found.invalid.tolist() == [True, False, False] and np.isnan(found.confidence[0])


class Six(torch.nn.Module):
    """Six classes: 0 and 4 are dark, 1, 2 and 5 light, 3 is nothing of this."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(8.0))

    def forward(self, images):
        mean = images.mean(dim=(1, 2, 3))[:, None]
        return -self.scale * (mean - torch.tensor([[0.2, 0.6, 0.7, 0.0, 0.3, 0.8]])).abs()


class Numbered(TinyImages):
    """The tiny images, their classes called by a model's numbers."""

    numbers = (0, 2, 5)

    def __init__(self, count=24, seed=0):
        super().__init__(count, seed)
        self.labels = [self.numbers[label] for label in self.labels]


class Stray(Numbered):
    numbers = (0, 2, 3)


def test_a_benchmark_of_superclasses_the_whole_way(mine, tmp_path):
    mine.write_text(GROUPED)
    record = tmp_path / "r.sqlite"
    source = Numbered()
    report = evaluate(Six(), source, benchmark=mine, record=record)
    assert report.class_names == ("dark", "light")
    assert report.labels.tolist() == [0 if label == 0 else 1 for label in source.labels]
    assert report.metric.words == "top-1 error among 2 superclasses" and report.metric.words in str(report)
    assert report.clean_error < 0.2
    assert str(ce.Report.load(record)) == str(report)
    assert same_answers(report, evaluate(Six(), source, benchmark=mine, record=record))
    for name in FORMATS:
        assert render([report], name)


def test_images_of_no_superclass_are_refused_or_counted(mine):
    mine.write_text(GROUPED)
    with pytest.raises(ce.OptionError, match=r"class 3 .* is in none of the 2 superclasses .*: dark, light"):
        evaluate(Six(), Stray(), benchmark=mine)
    report = evaluate(Six(), Stray(), benchmark=mine, unlabelled="skip")
    left = Stray().labels.count(3)
    assert left and report.samples == 24 - left and report.unlabelled == {"3": left}
    assert f"{left} image(s) of 1 label(s) in none of the superclasses were left out" in str(report)


def test_folders_called_as_superclasses_need_no_class_numbers(mine, tmp_path):
    from PIL import Image

    mine.write_text(GROUPED)
    for n, (image, label) in enumerate(TinyImages(12)[n] for n in range(12)):
        path = tmp_path / "data" / ("dark" if label == 0 else "light") / f"{n}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    report = evaluate(Six(), tmp_path / "data", benchmark=mine)
    assert report.samples == 12 and set(report.labels.tolist()) == {0, 1} and report.clean_error < 0.2
    (tmp_path / "data" / "light").rename(tmp_path / "data" / "bright")
    with pytest.raises(ce.OptionError, match=r"2 class folders and the model 6 classes.*call the folders"):
        evaluate(Six(), tmp_path / "data", benchmark=mine)
    mapped = evaluate(Six(), tmp_path / "data", benchmark=mine, labels={"dark": 4, "bright": 1})
    assert sorted(mapped.labels.tolist()) == sorted(report.labels.tolist())


def test_a_model_of_other_classes_is_refused(mine):
    mine.write_text(GROUPED)
    with pytest.raises(ce.OptionError, match=r"the model has 3 classes; the superclasses .* are made of 6"):
        evaluate(source=Numbered(), benchmark=mine)
    with pytest.raises(ce.OptionError, match="restrict_to_labels=True has no meaning"):
        evaluate(Six(), Numbered(), benchmark=mine, labels={0: 0, 2: 2, 5: 5}, restrict_to_labels=True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"balanced"', '"balancd"', "unknown metric 'balancd'.*balanced"),
        ('metric = "balanced"', "classes = 6", "superclasses .* is missing"),
        ("[baseline]", "[superclasses]\na = [1]\nb = [2]\n[baseline]", "classes .* is missing"),
        ("[baseline]", "[superclasses]\na = [1]\nb = [1]\n[baseline]", "class 1 belongs to a already"),
        ("[baseline]", "[superclasses]\na = [1]\nb = [6]\n[baseline]", "b holds 6.*from 0 to 5"),
        ("[baseline]", "[superclasses]\na = [1]\nb = []\n[baseline]", "b is empty"),
        ("[baseline]", "[superclasses]\na = [1]\n[baseline]", "at least two"),
        ('"balanced"', '"balanced_labels"', "only possible together"),
        ('metric = "balanced"', 'labels = ["a", "b"]', "only possible together"),
        ('"balanced"', '"balanced_labels"\nlabels = ["a", "a"]', "no list of different names"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(old, new, said):
    text = TEXT.replace(old, new)
    if "from 0" in said or "belongs" in said or "empty" in said or "least" in said:
        text = text.replace('metric = "balanced"', "classes = 6")
    with pytest.raises(ce.BenchmarkError, match=f"mine.toml.*{said}"):
        parse(text, "mine.toml")


def test_one_of_several_benchmarks_may_have_a_metric_of_its_own():
    text = TEXT.replace('metric = "balanced"\n', "").replace(
        "[baseline]",
        '[benchmarks.plain]\ncorruptions = ["fog"]\n[benchmarks.even]\ncorruptions = ["fog"]\nmetric = "balanced"\n'
        "[baseline]",
    )
    file = parse(text, "mine.toml")
    assert file.benchmark("plain").metric.heading == "Error"
    assert file.benchmark("even").metric.heading == "Bal. error"


SEVERAL = TEXT.replace('"balanced"', '"balanced_labels"\nlabels = ["dark", "light", "any"]')


class Several(torch.nn.Module):
    """Three answers of an image: whether it is dark, light, and always yes."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(20.0))

    def forward(self, images):
        light = images.mean(dim=(1, 2, 3))
        return self.scale * torch.stack([0.45 - light, light - 0.55, 0 * light + 1], dim=1)


class Rows(TinyImages):
    """The tiny images with a row of three labels each, the last of them at random."""

    def __init__(self, count=40, seed=3):
        super().__init__(count, seed)
        rest = np.random.Generator(np.random.PCG64(9)).integers(0, 4, count) == 0
        self.labels = [
            np.array([label == 0, label == 2, more], int) for label, more in zip(self.labels, rest, strict=True)
        ]


def by_definition(rows, answers):
    """As the published evaluator has it: 1 minus the balanced accuracy of each label, mean over the labels."""
    errors = []
    for label, answer in zip(rows.T, answers.T, strict=True):
        errors.append(1 - np.mean([(answer[label == value] == value).mean() for value in np.unique(label)]))
    return np.mean(errors)


def test_the_balanced_error_of_labels_is_the_published_evaluators():
    generator = np.random.Generator(np.random.PCG64(2))
    rows, answers = generator.random((2, 200, 14)) < 0.2
    bits = 1 << np.arange(14)
    given = Predictions((answers * bits).sum(1), np.ones(200), (answers != rows).sum(1))
    labels = (rows * bits).sum(1)
    wrong = metrics.wrong_answers(given, labels, 14)
    assert error_rate(wrong, labels, "balanced_labels") == pytest.approx(by_definition(rows, answers))
    useless = given._replace(prediction=np.full(200, -1), rank=np.full(200, -1))
    assert (metrics.wrong_answers(useless, labels, 14) == 1).all()


def test_an_answer_is_yes_above_one_half():
    scores = torch.tensor([[0.1, -0.1, float("inf")], [-3.0, 2.0, float("-inf")], [0.0, float("nan"), 1.0]])
    found = judge(scores, torch.tensor([0b101, 0b110, 0]), several=3)
    assert found.prediction.tolist() == [0b101, 0b010, -1] and found.rank.tolist() == [0, 1, -1]
    p = torch.tensor([0.1, -0.1]).sigmoid()
    assert found.confidence[0] == pytest.approx(float(p[0] * (1 - p[1]))) and np.isnan(found.confidence[2])
    again = judge(scores[:2].sigmoid(), torch.tensor([0b101, 0b110]), "probabilities", several=3)
    assert again.prediction.tolist() == found.prediction[:2].tolist()
    with pytest.raises(ce.OptionError, match="0 to 1 each"):
        judge(scores[:2], torch.tensor([0b101, 0b110]), "probabilities", several=3)


def test_a_benchmark_of_several_labels_the_whole_way(mine, tmp_path):
    mine.write_text(SEVERAL)
    source, record = Rows(), tmp_path / "r.sqlite"
    report = evaluate(Several(), source, benchmark=mine, record=record)
    rows = np.array(source.labels)
    bits = 1 << np.arange(3)
    assert (report.labels == (rows * bits).sum(1)).all() and report.class_names == ("dark", "light", "any")
    for condition in report.predictions:
        answers = (report.predictions[condition].prediction[:, None] & bits) > 0
        own = report.clean_error if condition == CLEAN else report.errors[condition.corruption][condition.severity - 1]
        assert own == pytest.approx(by_definition(rows, answers))
    assert 1 / 6 <= report.clean_error < 0.4, "the third label is answered by a constant"
    assert report.numbers["clean_error"].value == pytest.approx(report.clean_error, abs=1e-6)
    assert np.isnan(report.numbers["clean_top5_error"].value)
    assert "balanced error of labels" in str(report) and "Bal. error" in str(report)
    assert str(ce.Report.load(record)) == str(report)
    for name in FORMATS:
        assert render([report], name)
    log = report.save_predictions(tmp_path / "p.csv").read_text().splitlines()
    first = next(csv.DictReader(log))
    assert first["label_name"] == (", ".join(np.array(["dark", "light", "any"])[rows[0] > 0]) or "none")
    assert all(row.p == 1 for row in report.compare(report).corruptions)


def test_labels_that_are_no_rows_are_refused(mine):
    mine.write_text(SEVERAL)
    with pytest.raises(ce.OptionError, match="no rows of 3 numbers 0 or 1, one for each of dark, light, any"):
        evaluate(Several(), TinyImages(), benchmark=mine)
    with pytest.raises(ce.OptionError, match="6 scores; the benchmark asks for 3 labels"):
        evaluate(Six(), Rows(), benchmark=mine)
    with pytest.raises(ce.OptionError, match="have no meaning where the benchmark asks of every image"):
        evaluate(Several(), Rows(), benchmark=mine, labels={0: 1})


def test_intervals_of_several_labels_hold_the_truth():
    generator = np.random.Generator(np.random.PCG64(5))
    shares, errors, images = np.array([0.5, 0.2, 0.1]), np.array([0.2, 0.1, 0.3]), 400
    bits, held = 1 << np.arange(3), 0
    for _ in range(400):
        rows = generator.random((images, 3)) < shares
        wrong = generator.random((images, 3)) < np.where(rows, 1.5 * errors, errors)
        values, worth, unseen = OWN["balanced_labels"](wrong.astype(float), (rows * bits).sum(1))
        low, high = metrics.score_interval(values.mean(), values.var() / images + unseen, worth)
        held += low <= 1.25 * errors.mean() <= high
    assert 0.925 <= held / 400 <= 0.98
