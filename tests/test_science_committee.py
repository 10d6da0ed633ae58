"""Several models as one: the mean of their probabilities, each fed as it was trained."""

import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.models import LoadedModel
from corrupt_engine.science import committee

from .tiny import TinyImages, TinyModel, evaluate, same_answers


def members():
    return {
        "one": LoadedModel(TinyModel(), "one", 0.0, 1.0),
        "two": LoadedModel(TinyModel(2.0), "two", (0.1, 0.2, 0.3), (0.5, 1.0, 2.0)),
        "three": LoadedModel(
            lambda images: TinyModel(3.0)(images).softmax(1).detach(), "three", 0.0, 1.0, None, "probabilities"
        ),
    }


def run(model, **options):
    return evaluate(
        model, TinyImages(), "imagenet-c-extra", mean="model", std="model", scores="model", name=None, **options
    )


def test_the_mean_of_probabilities():
    images = torch.rand(5, 3, 8, 8)
    found = committee(members()).function(images)
    normalized = (images - torch.tensor([0.1, 0.2, 0.3]).reshape(-1, 1, 1)) / torch.tensor([0.5, 1, 2]).reshape(
        -1, 1, 1
    )
    by_hand = TinyModel()(images).softmax(1) + TinyModel(2.0)(normalized).softmax(1) + TinyModel(3.0)(images).softmax(1)
    assert torch.allclose(found, by_hand / 3, atol=1e-6) and torch.allclose(found.sum(1), torch.ones(5), atol=1e-6)


def test_alike_members_agree_with_one():
    pair = committee([LoadedModel(TinyModel(), "a", 0.0, 1.0), LoadedModel(TinyModel(), "b", 0.0, 1.0)])
    assert pair.name == "committee of member 1, member 2"
    one, two = run(LoadedModel(TinyModel(), "a", 0.0, 1.0)), run(pair)
    for condition, found in one.predictions.items():
        assert (found.prediction == two.predictions[condition].prediction).all()


def test_modes_and_records(tmp_path):
    first = TinyModel()
    first.train()
    given = {"a": LoadedModel(first, "a", 0.0, 1.0), "b": LoadedModel(TinyModel(2.0), "b", 0.0, 1.0)}
    report = run(committee(given, name="pair"), record=tmp_path / "r.sqlite")
    assert first.modes == {(False, False)} and first.training and report.model == "pair"
    assert same_answers(run(committee(given, name="pair"), record=tmp_path / "r.sqlite"), report)
    other = {**given, "b": LoadedModel(TinyModel(3.0), "b", 0.0, 1.0)}
    with pytest.raises(ce.RecordError, match=r"model\.fingerprint was"):
        run(committee(other, name="pair"), record=tmp_path / "r.sqlite")


def test_wrong_members():
    one = LoadedModel(TinyModel(), "one", 0.0, 1.0)
    with pytest.raises(ce.OptionError, match="committee of 1"):
        committee([one])
    with pytest.raises(ce.OptionError, match="member 2 takes bytes"):
        committee([one, LoadedModel(TinyModel(), "b", None)])
    with pytest.raises(ce.OptionError, match="different sizes"):
        committee([one, LoadedModel(TinyModel(), "b", 0.0, 1.0, ce.Geometry(resize=8, crop=8))])
    with pytest.raises(ce.OptionError, match="same classes"):
        wide = LoadedModel(lambda images: torch.zeros(len(images), 4), "wide", 0.0, 1.0)
        committee([one, wide]).function(torch.zeros(2, 3, 8, 8))
