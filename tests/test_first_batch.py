"""What the first batch tells of a model: refused before hours are spent, or named."""

import numpy as np
import pytest
import torch
from torch import nn

import corrupt_engine as ce
from corrupt_engine.evaluation import first_batch
from corrupt_engine.metrics.predictions import INVALID, Predictions
from corrupt_engine.models.scores import judge

from . import tiny
from .tiny import Killed, TinyImages, TinyModel, same_answers

EXTRA = "imagenet-c-extra"


def evaluate(model, source=None, **options):
    return tiny.evaluate(model, source or TinyImages(16), EXTRA, **{"batch_size": 8, "check": True, **options})


def network(*more, seed=0):
    torch.manual_seed(seed)
    layers = [nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), *more]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3)).eval()


def function_of(module):
    """What hides a module: its name tells nothing of weights, and nobody calls eval()."""
    return lambda images: module(images)


@pytest.mark.parametrize("kind", ["batch normalization", "dropout"])
def test_a_network_left_in_train_mode_is_refused(kind):
    left = network(nn.Dropout(0.5))
    left[1 if kind == "batch normalization" else 3].train()
    with pytest.raises(
        ce.OptionError, match=r"of the 8 images of the first batch.*train mode.*\.eval\(\).*check=False"
    ):
        evaluate(function_of(left))
    assert evaluate(function_of(left), check=False).samples == 16
    assert evaluate(left).samples == 16, "an nn.Module is put into eval mode"
    assert evaluate(function_of(left.eval())).samples == 16


def test_the_check_is_made_where_the_scores_are():
    """Not where torch.set_default_device says, which "meta" stands for."""
    model = network()
    with torch.device("meta"):
        report = evaluate(model, backend="threads")  # torch's workers draw a seed there, and read it
    assert same_answers(report, evaluate(model))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_rounding_is_no_dependence(dtype):
    """Such as another order of sums for another batch size: it moves by a part of 1,000 of the range, and may decide
    between two equal scores.
    """
    inner = TinyModel().eval()

    def rounds(images):
        scores = inner(images)
        return (scores + 0.001 * scores.abs().max() * (len(images) % 8) / 8).to(dtype)

    def ties(images):
        mean = images.mean((1, 2, 3))
        return torch.stack([mean, mean + 1e-6 * (len(images) - 6), -mean], 1)

    assert evaluate(rounds).samples == evaluate(ties).samples == 16


def test_a_network_of_one_batch_size_cannot_be_checked():
    inner = TinyModel().eval()

    def fixed(images):
        if len(images) != 8:
            raise RuntimeError("this network was exported for 8 images")
        return inner(images)

    assert same_answers(evaluate(fixed), evaluate(inner))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([2.0, 2.0, 2.0], "every class the same score on all 8 images"),
        ([1.0, 2.0, 3.0], "same scores for all 8 different"),
    ],
)
def test_constant_scores_are_refused(row, words):
    def scores(images):
        return torch.tensor([row]).repeat(len(images), 1)

    with pytest.raises(ce.OptionError, match=words):
        evaluate(scores)
    assert evaluate(scores, check=False).samples == 16


def test_equal_images_may_have_equal_scores():
    source = TinyImages(16)
    source.images = [source.images[0]] * 16
    assert evaluate(TinyModel(), source, geometry="none").samples == 16


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_useless_scores_are_named_at_once_and_counted(value, capsys):
    inner = TinyModel().eval()

    def some(images):
        scores = inner(images).clone()
        scores[images.mean((1, 2, 3)) > 0.5] = value
        return scores

    report = evaluate(some, progress=True)
    assert "of the 8 predictions of the first batch hold NaN or infinity" in capsys.readouterr().err
    assert report.invalid > 0 and "predictions held NaN or infinity" in str(report)


def test_a_row_without_any_score_is_no_prediction():
    never = -float("inf")
    found = judge(torch.tensor([[never, never], [never, 0.0]]), torch.tensor([0, 1]))
    assert found.prediction.tolist() == [INVALID, 1] and found.rank.tolist() == [INVALID, 0]
    assert np.isnan(found.confidence[0]) and found.confidence[1] == 1


def test_another_function_of_the_same_name_does_not_continue_a_record(tmp_path):
    """Nor is it given the numbers of a finished one."""
    path = tmp_path / "r.sqlite"
    first, second = (network(seed=seed) for seed in (0, 1))
    calls = []

    def stops(images):
        calls.append(len(images))
        if len(calls) > 12:
            raise Killed
        return first(images)

    stops.__qualname__ = function_of(first).__qualname__
    with pytest.raises(Killed):
        evaluate(stops, record=path)
    with pytest.raises(ce.RecordError, match=r"begun with another model of this name: of 8 images"):
        evaluate(function_of(second), record=path)
    report = evaluate(function_of(first), record=path)
    assert same_answers(report, evaluate(function_of(first)))
    with pytest.raises(ce.RecordError, match=r"another model.*same weights and code.*another file"):
        evaluate(function_of(second), record=path)
    assert same_answers(report, evaluate(function_of(first), record=path, batch_size=5))
    assert same_answers(report, evaluate(function_of(second), record=path, check=False))
    assert same_answers(report, ce.Report.load(path))


def test_a_finished_record_of_known_weights_asks_nothing(tmp_path):
    path = tmp_path / "r.sqlite"
    evaluate(TinyModel(), record=path)
    again = TinyModel()
    evaluate(again, record=path)
    assert again.images == 0


def made(confidence, prediction):
    rank = np.zeros(len(prediction), np.int32)
    return Predictions(np.array(prediction, np.int32), np.array(confidence, np.float32), rank)


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        (made([0.9, 0.4], [1, 2]), made([0.91, 0.42], [1, 2]), True),
        (made([0.9, 0.4], [1, 2]), made([0.9, 0.4], [1, 0]), True),  # tied
        (made([0.9, 0.4], [1, 2]), made([0.9, 0.4], [0, 2]), False),
        (made([0.9, 0.4], [1, 2]), made([0.8, 0.4], [1, 2]), False),
        (made([np.nan, 0.4], [-1, 2]), made([np.nan, 0.4], [-1, 2]), True),
        (made([np.nan, 0.4], [-1, 2]), made([0.03, 0.4], [1, 2]), False),
        (made([0.4] * 8, [0] * 8), made([0.4] * 8, [1] * 8), False),
    ],
)
def test_what_is_the_same_answer(before, now, same):
    if same:
        first_batch.check_recorded("r", before, now)
    else:
        with pytest.raises(ce.RecordError, match="another model"):
            first_batch.check_recorded("r", before, now)
