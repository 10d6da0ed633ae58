"""Metrics, reports and the evaluation, up to a real model on real photographs."""

import dataclasses
import io
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.catalogue import conditions, find_benchmark, load_baseline
from corrupt_engine.evaluation.subset import chosen_ids
from corrupt_engine.metrics.predictions import Predictions
from corrupt_engine.models.scores import Judge, judge
from corrupt_engine.reports.findings import class_name, confident_mistakes, per_class
from corrupt_engine.reports.formats import render

from .tiny import TinyImages, TinyModel, evaluate, same_answers, working_folder

sys.path.insert(0, str(Path(__file__).parent.parent / "examples"))


def made_report(samples=40, seed=0, model="made up", **options):
    generator = np.random.Generator(np.random.PCG64(seed))
    # The same images, whatever the model: reports stand beside each other only on these.
    labels = np.random.Generator(np.random.PCG64(0)).integers(0, 4, samples)
    predictions = {}
    for condition in conditions("imagenet-c"):
        right = generator.random(samples) < 0.8 - 0.1 * condition.severity
        prediction = np.where(right, labels, (labels + 1) % 4).astype(np.int32)
        predictions[condition] = Predictions(
            prediction, generator.random(samples).astype(np.float32), np.where(right, 0, 7).astype(np.int32)
        )
    return ce.Report(model, "imagenet-c", predictions, labels, np.arange(samples), **options)


def test_errors_divided_by_those_of_images_of_another_size_are_told(tmp_path):
    """AlexNet's are published for 224 x 224, and small images have severities of their own."""
    alexnet = find_benchmark("imagenet-c-extra").baseline
    asked = {"source": TinyImages(6), "benchmark": "imagenet-c-extra"}
    told = (
        "severities are those of cifar-10-c, and the errors of AlexNet that are divided by are published for imagenet-c"
    )
    report = evaluate(**asked)
    assert told in str(report) and told in render([report], "html") and told in render([report], "latex")
    assert "published for imagenet-c" not in str(evaluate(**asked, variant="imagenet-c"))
    assert "published for imagenet-c" not in str(evaluate(**asked, corruptions="saturate"))
    other = dataclasses.replace(alexnet, name="AlexNet on such images", clean=0.3)
    assert "published for imagenet-c" not in str(evaluate(**asked, baseline=other))
    large = evaluate(**asked, variant="imagenet-c", name="other")
    saved = load_baseline(large.save(tmp_path / "large.json"))
    for baseline in (large.as_baseline(), saved):
        divided = evaluate(**asked, baseline=baseline)
        assert "those of cifar-10-c, and the errors of other that are divided by are from those of imagenet-c" in str(
            divided
        )
        assert "divided by are" not in str(evaluate(**asked, variant="imagenet-c", baseline=baseline))


def test_report_holds_together():
    report = made_report()
    assert report.mce() == pytest.approx(np.mean(list(report.ce().values())))
    assert report.relative_mce() == pytest.approx(np.mean(list(report.relative_ce().values())))
    assert report.clean_error == 1 - report.predictions[("clean", 0, 0)].correct.mean()
    falls = report.accuracy_by_severity()
    assert falls == sorted(falls, reverse=True)


def test_a_limited_run_has_the_predictions_of_the_whole_one():
    # One image a batch, so that a model's rounding does not depend on its neighbours.
    whole, part, less = (evaluate(source=TinyImages(40), batch_size=1, limit=n, seed=3) for n in (None, 12, 5))
    assert part.samples == part.planned == 12 and set(less.ids) < set(part.ids) < set(whole.ids)
    at = np.searchsorted(whole.ids, part.ids)
    assert np.array_equal(part.labels, whole.labels[at])
    for condition, found in part.predictions.items():
        same = whole.predictions[condition].take(at)
        assert all(np.array_equal(x, y) for x, y in zip(found, same, strict=True)), condition
    assert set(evaluate(source=TinyImages(40), limit=12, seed=4).ids) != set(part.ids)
    # The same images have the same bytes, so that the two stand side by side on those that both have.
    assert whole.compare(part).samples == 12 and all(d.p == 1 for d in whole.compare(part).corruptions)


def test_a_limit_takes_every_image_alike():
    # Each of 100 ids is among 10 of 100 in a tenth of the seeds: 400 seeds, a deviation of 6, and 100 ids.
    counts = np.bincount(np.concatenate([chosen_ids(100, 10, seed) for seed in range(400)]), minlength=100)
    assert counts.sum() == 4000 and counts.min() > 40 - 24 and counts.max() < 40 + 24
    statistic = ((counts - 40) ** 2 / 36).sum()  # about chi-square with 99 degrees
    assert 60 < statistic < 150


def test_numbers_are_what_the_methods_say_and_lie_in_their_intervals():
    report = made_report()
    numbers = report.numbers
    for name, values in (
        ("mce", report.mce()),
        ("ce", list(report.ce().values())),
        ("relative_mce", report.relative_mce()),
    ):
        assert numbers[name].value == pytest.approx(values, abs=1e-6)  # columns are float32
    assert numbers["errors"].value == pytest.approx(np.array(list(report.errors.values())), abs=1e-6)
    assert numbers["clean_top5_error"].value == pytest.approx(report.clean_error)
    for name, (value, low, high) in numbers.items():
        if name == "calibration_error":  # has none
            assert np.isnan(low).all() and np.isnan(high).all()
            continue
        known = ~np.isnan(value)
        assert (np.asarray(low)[known] <= np.asarray(value)[known]).all(), name
        assert (np.asarray(value)[known] <= np.asarray(high)[known]).all(), name


def test_calibration_of_a_report_by_hand():
    report = made_report()
    predictions = report.predictions[("clean", 0, 0)]
    gap = 0.0
    for low in np.arange(20) / 20:
        inside = (predictions.confidence > low) & (predictions.confidence <= low + 0.05)
        gap += abs(predictions.confidence[inside].sum() - predictions.correct[inside].sum())
    assert report.numbers["calibration_error"].value[0] == pytest.approx(gap / 40, abs=1e-6)


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
    assert report.samples == 6 and len(report.predictions) == 76
    assert report.settings["variant"] == "imagenet-c"
    for condition in (("clean", 0, 0), ("fog", 3, 0)):
        loader = ce.CorruptLoader(photo_folder, condition[0], condition[1], mean=0.0, std=1.0, batch_size=6)
        ((images, labels),) = loader
        assert report.predictions[condition].correct.tolist() == (model(images).argmax(1) == labels).tolist()


def test_evaluate_extra_with_a_function_and_progress(photo_folder, capsys):
    report = ce.evaluate(lambda images: images.mean(dim=(2, 3))[:, :2], photo_folder, "imagenet-c-extra", batch_size=6)
    assert set(report.errors) == set(ce.corruptions("imagenet-c-extra"))
    assert "126/126" in capsys.readouterr().err


def test_evaluation_does_not_depend_on_batch_size_threads_or_backend(photo_folder):
    def run(**options):
        return ce.evaluate(Brightest(), photo_folder, "imagenet-c-extra", mean=0.0, std=1.0, progress=False, **options)

    base = run(batch_size=6, backend="dali", threads=1)
    for options in (
        {"batch_size": 1, "backend": "torch", "num_workers": 0, "threads": 2},
        {"batch_size": 4, "backend": "dali", "threads": 3},
    ):
        other = run(**options)
        assert other.run["backend"] == options["backend"] and other.settings == base.settings
        assert all((base.predictions[c].prediction == other.predictions[c].prediction).all() for c in base.predictions)


def test_trials_draw_again_and_are_averaged():
    report = evaluate(benchmark="imagenet-c-extra", trials=3)
    assert report.trials == 3 and len(report.predictions) == 1 + 3 * 20
    noisy = [report.predictions["speckle_noise", 5, trial].confidence for trial in range(3)]
    assert not np.array_equal(noisy[0], noisy[1]) and not np.array_equal(noisy[1], noisy[2])
    errors = [1 - report.predictions["spatter", 3, trial].correct.mean() for trial in range(3)]
    assert report.errors["spatter"][2] == pytest.approx(np.mean(errors))
    assert report.over_trials()["mce"].trials == 3 and "over trials" in str(report)


def broken(images):
    """Scores of which every second row is useless."""
    scores = torch.zeros(len(images), 3)
    scores[:, 1] = 3.0
    scores[::2, 2] = float("nan")
    return scores


def test_nan_scores_are_counted_and_reported():
    report = evaluate(broken, benchmark="imagenet-c-extra")
    assert report.invalid == 21 * 5  # every second of ten images, in batches of 4, 4 and 2
    assert not report.predictions["clean", 0, 0].correct[::2].any()
    assert "105 of 210 predictions held NaN or infinity; they count as wrong" in str(report)
    assert "NaN" not in str(evaluate(benchmark="imagenet-c-extra"))


def test_judging_by_hand():
    scores = torch.tensor(
        [[1.0, 3.0, 2.0], [2.0, 2.0, 0.0], [0.0, float("inf"), 0.0], [0.0, float("-inf"), 1.0], [float("nan")] * 3]
    )
    predictions = judge(scores, torch.tensor([2, 1, 1, 2, 0]))
    assert predictions.prediction.tolist() == [1, 0, -1, 2, -1]
    assert predictions.rank.tolist() == [1, 1, -1, 0, -1]
    assert predictions.confidence[0] == pytest.approx(np.exp(3) / np.exp([1, 2, 3]).sum())
    assert np.isnan(predictions.confidence[[2, 4]]).all() and not np.isnan(predictions.confidence[[0, 1, 3]]).any()
    assert predictions.correct5.tolist() == [True, True, False, True, False]


def test_probabilities_are_taken_as_they_are():
    scores = torch.tensor([[0.7, 0.2, 0.1]])
    assert judge(scores, torch.tensor([0]), "probabilities").confidence[0] == pytest.approx(0.7)
    with pytest.raises(ce.OptionError, match="are not probabilities"):
        judge(10 * scores, torch.tensor([0]), "probabilities")


def test_probabilities_in_place_of_logits_are_noticed():
    inner = TinyModel().eval()
    with pytest.raises(ce.OptionError, match=r'look like probabilities.*scores="probabilities"'):
        evaluate(lambda x: inner(x).softmax(1), benchmark="imagenet-c-extra", batch_size=1)
    told = evaluate(lambda x: inner(x).softmax(1), benchmark="imagenet-c-extra", scores="probabilities")
    plain = evaluate(inner, benchmark="imagenet-c-extra")
    assert told.predictions["clean", 0, 0].confidence == pytest.approx(plain.predictions["clean", 0, 0].confidence)


def test_logits_that_look_like_probabilities_by_accident_are_let_be():
    judging, row, label = Judge("logits"), torch.tensor([[0.25, 0.75]]), torch.tensor([0])
    for _ in range(Judge.ROWS - 1):
        judging(row, label)
    judging(2 * row, label)
    for _ in range(20):
        judging(row, label)
    with pytest.raises(ce.OptionError, match="look like probabilities"):
        Judge("logits")(row.repeat(Judge.ROWS, 1), label.repeat(Judge.ROWS))


def test_class_names_are_no_part_of_what_a_record_must_share(tmp_path):
    path = tmp_path / "r.sqlite"
    assert evaluate(benchmark="imagenet-c-extra", record=path).class_names == ()
    assert evaluate(benchmark="imagenet-c-extra", record=path, class_names=["a", "b", "c"]).class_names == (
        "a",
        "b",
        "c",
    )


def test_a_model_that_fails_leaves_no_thread(photo_folder):
    def fails(images):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ce.evaluate(fails, photo_folder, progress=False, backend="dali", batch_size=2)
    assert not [thread for thread in threading.enumerate() if thread.name == "corrupt-engine-producer"]


def test_labels_can_be_mapped(photo_folder):
    def run(**options):
        return ce.evaluate(
            lambda x: x.mean(dim=(2, 3)) * 9, photo_folder, "imagenet-c-extra", progress=False, batch_size=6, **options
        )

    with pytest.raises(ce.OptionError, match=r"2 class folders and the model 3 classes.*'cats': class number"):
        run()
    assert run(labels={"cats": 2, "people": 0}).labels.tolist() == [2, 2, 2, 0, 0, 0]
    assert run(labels={0: 1, 1: 0}).labels.tolist() == [1, 1, 1, 0, 0, 0]
    with pytest.raises(ce.OptionError, match=r"no class number for 'people'"):
        run(labels={"cats": 2})


def test_labels_that_are_no_numbers(tmp_path, photo_folder):
    pairs = [(path, path.parent.name) for path in sorted(photo_folder.rglob("*.png"))]
    model = lambda x: x.mean(dim=(2, 3)) * 9  # noqa: E731
    with pytest.raises(ce.OptionError, match=r"labels such as 'cats' are no class numbers"):
        ce.evaluate(model, pairs, "imagenet-c-extra", progress=False)
    report = ce.evaluate(model, pairs, "imagenet-c-extra", labels={"cats": 1, "people": 2}, progress=False)
    assert report.labels.tolist() == [1, 2]


class Labelled(TinyImages):
    """Its labels as somebody else's data set has them."""

    def __init__(self, of):
        super().__init__()
        self.labels = [of(label) for label in self.labels]


@pytest.mark.parametrize("mapping", [None, {0: 0, 1: 1, 2: 2}], ids=["", "mapped"])
def test_labels_that_are_rows(mapping):
    options = {"benchmark": "imagenet-c-extra", "corruptions": "spatter", "labels": mapping}
    plain, images = TinyImages(), np.stack(TinyImages().images)
    told = evaluate(**options).labels.tolist()
    for source in (
        (images, plain.labels),
        (images, [[label] for label in plain.labels]),
        Labelled(lambda n: np.array([n])),
        Labelled(lambda n: torch.tensor([n])),
    ):
        assert evaluate(source=source, **options).labels.tolist() == told
    one_hot = np.eye(3, dtype=int)
    for source in (
        (images, one_hot[plain.labels]),
        (images, one_hot[plain.labels].tolist()),
        Labelled(lambda n: one_hot[n].tolist()),
        Labelled(lambda n: torch.eye(3)[n]),
    ):
        with pytest.raises(ce.OptionError, match=r"labels such as .* are no class numbers; .* rows\.argmax\(1\)"):
            evaluate(source=source, **options)


def test_labels_of_the_images_in_the_mappings_place():
    with pytest.raises(ce.OptionError, match=r"no mapping from labels .* stand in the source, \(images, labels\)"):
        evaluate(benchmark="imagenet-c-extra", labels=TinyImages().labels)


def test_confident_mistakes_are_those():
    report = made_report(400)
    mistakes = confident_mistakes(report.predictions, report.labels, report.ids, 12)
    assert len({m.id for m in mistakes}) == 12 and len({m.condition.corruption for m in mistakes}) == 12
    assert [m.confidence for m in mistakes] == sorted((m.confidence for m in mistakes), reverse=True)
    clean = report.predictions["clean", 0, 0].correct
    worst = max(
        a.confidence[clean & ~a.correct].max() for c, a in report.predictions.items() if c.corruption != "clean"
    )
    assert mistakes[0].confidence == worst and all(m.prediction != m.label for m in mistakes)


def test_images_are_what_the_model_saw():
    report = evaluate(TinyModel(), TinyImages(30), "imagenet-c-extra", mistakes=4, seed=5)
    assert len(report.image_pairs) == 4
    for pair in report.image_pairs:
        image = TinyImages(30)[pair.mistake.id][0]
        assert (pixels(pair.clean) == image).all()
        condition = pair.mistake.condition
        made = ce.corrupt(image, condition.corruption, condition.severity, seed=5, ids=pair.mistake.id)
        assert (pixels(pair.corrupted) == made).all()


def pixels(data):
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def test_examples_are_one_image_clean_and_under_each_corruption_at_its_middle_severity():
    report = evaluate(source=TinyImages(9), seed=5)
    found = {example.condition.corruption: example for example in report.examples}
    assert set(found) == {"clean", *report.corruptions} and {example.id for example in found.values()} == {0}
    image = TinyImages(9)[0][0]
    assert (pixels(found.pop("clean").image) == image).all()
    for name, example in found.items():
        assert example.condition == (name, 3, 0)
        assert (pixels(example.image) == ce.corrupt(image, name, 3, seed=5, ids=0)).all()


def test_examples_of_photographs_are_small(photo_folder):
    report = ce.evaluate(Brightest(), photo_folder, mean=0.0, std=1.0, progress=False, batch_size=4)
    assert {pixels(example.image).shape for example in report.examples} == {(112, 112, 3)}
    assert sum(len(example.image) for example in report.examples) < 200_000


def test_the_example_is_the_first_image_that_could_be_read(tmp_path):
    for number in range(3):
        Image.fromarray(TinyImages(3)[number][0]).save(tmp_path / f"{number}.png")
    (tmp_path / "0.png").write_bytes(b"no image")
    report = evaluate(source=[(tmp_path / f"{n}.png", n) for n in range(3)], on_error="skip")
    assert {example.id for example in report.examples} == {1}


def test_no_images_at_all_where_none_are_wanted():
    report = evaluate(mistakes=0)
    assert report.image_pairs == report.examples == ()


def test_classes_are_called_what_somebody_calls_them():
    source, named = TinyImages(6), TinyImages(6)
    named.classes = ["dark", ("grey", "gray"), "bright"]
    assert evaluate(source=source).class_names == ()
    assert evaluate(source=named).class_names == ("dark", "grey", "bright")
    assert evaluate(source=named, class_names=["a", "b", "c"]).class_names == ("a", "b", "c")
    named.classes = [0, 1, 2]
    assert evaluate(source=named).class_names == ()


def test_folders_that_are_mapped_give_their_classes_a_name(tmp_path):
    data = working_folder(tmp_path, 12) / "data"
    report = evaluate(source=data, labels={"class0": 2, "class1": 0, "class2": 0, "class9": 1})
    assert report.class_names == ("", "", "class0")  # two folders are class 0, none is class 1
    assert [class_name(report, label) for label in (0, 1, 2, 3, -1)] == [
        "class 0",
        "class 1",
        "class0",
        "class 3",
        "class -1",
    ]


def test_classes_by_hand():
    report = made_report(100)
    found = per_class(report)
    own = report.labels == found.label[1]
    assert found.images[1] == own.sum()
    assert found.clean[1] == pytest.approx(report.predictions["clean", 0, 0].correct[own].mean())
    others = [a.correct[own].mean() for c, a in report.predictions.items() if c.corruption != "clean"]
    assert found.corrupted[1] == pytest.approx(np.mean(others))


def test_outputs_of_other_kinds():
    class TensorFormat:
        def __init__(self, logits):
            self.logits = logits

    base = evaluate(benchmark="imagenet-c-extra")
    inner = TinyModel().eval()
    for wrap in (TensorFormat, lambda scores: {"logits": scores}, lambda scores: scores.detach().numpy()):
        assert same_answers(evaluate(lambda x, w=wrap: w(inner(x)), benchmark="imagenet-c-extra"), base)


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        (lambda x: x.mean(dim=(1, 2, 3)), {}, "scores (N, classes)"),
        (lambda x: "no", {}, "the model gave str for 6 images"),
        (lambda x: x.mean(dim=(2, 3))[:, :1], {}, "labels run from 0 to 1, but the model has 1 classes"),
        (lambda x: x.mean(dim=(2, 3)), {"severity": 3}, "'severity'"),
        (lambda x: x.mean(dim=(2, 3)), {"trials": 0}, "trials 0 is below 1"),
        (7, {}, "must be callable or a name"),
    ],
)
def test_bad_models_are_named(photo_folder, model, options, words):
    with pytest.raises(ce.OptionError) as caught:
        ce.evaluate(model, photo_folder, progress=False, batch_size=6, **options)
    assert words in str(caught.value)


def test_a_real_model_on_real_photographs():
    """17 of the 20 are right with Pillow's resize to 256, centre 224 and the model's own normalization."""
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


def test_unreadable_files_are_left_out_and_listed(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for k in range(3):
            pixels = np.random.Generator(np.random.PCG64(k)).integers(0, 256, (40, 40, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{k}.png")
    (tmp_path / "a" / "1.png").write_bytes(b"no image")
    options = {"benchmark": "imagenet-c-extra", "geometry": "none", "labels": {"a": 0, "b": 1}}
    with pytest.raises(ce.DecodeError, match=r"1\.png"):
        evaluate(source=tmp_path, **options)
    record = tmp_path / "r.sqlite"
    report = evaluate(source=tmp_path, on_error="skip", record=record, **options)
    ((number, name, reason),) = report.skipped
    assert number == 1 and name.endswith("1.png") and "known format" in reason
    assert list(report.ids) == [0, 2, 3, 4, 5]
    assert "1 file(s) could not be read and are not counted" in str(report)
    again = evaluate(source=tmp_path, on_error="skip", record=record, **options)
    assert again.skipped == report.skipped and same_answers(report, again)


def test_a_hugging_face_data_set_is_evaluated():
    """Its labels are a column, not a list beside it."""
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    images = TinyImages(10)
    rows = {"picture": [Image.fromarray(image) for image in images.images], "kind": images.labels}
    features = datasets.Features({"picture": datasets.Image(), "kind": datasets.ClassLabel(names=["a", "b", "c"])})
    report = evaluate(
        source=datasets.Dataset.from_dict(rows, features=features), benchmark="imagenet-c-extra", geometry="none"
    )
    assert same_answers(report, evaluate(benchmark="imagenet-c-extra")) and report.class_names == ("a", "b", "c")


@pytest.mark.parametrize("trials", [0, 10_001, 10**30])
def test_trials_that_cannot_be(trials):
    for function in (ce.evaluate, ce.evaluate_with):
        with pytest.raises(ce.OptionError, match=rf"trials {trials} is (below 1|above 10,000)"):
            function(TinyModel(), TinyImages(), "imagenet-c-extra", trials=trials)
