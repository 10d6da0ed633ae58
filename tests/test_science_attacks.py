"""Attacks: bounds, gradients through the normalization, and results that no batch changes."""

import numpy as np
import pytest
import torch
from torch import nn

from corrupt_engine.catalogue.attacks import ATTACKS
from corrupt_engine.errors import MissingExtraError, OptionError, UnknownNameError
from corrupt_engine.models import attacks
from corrupt_engine.science import attack

FAST = {"cw_l2": {"steps": 20, "searches": 3, "rate": 0.1}}
LINF = [kind for kind in ATTACKS if kind != "cw_l2"]


def network(channels=3, classes=4):
    """Small, smooth, and without batch normalization."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return nn.Sequential(
            nn.Conv2d(channels, 6, 3), nn.Tanh(), nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Linear(54, classes)
        ).eval()


def images(count=7, channels=3, side=9):
    return torch.rand(count, channels, side, side, generator=torch.Generator().manual_seed(1))


def own_labels(model, shown, mean=0.0, std=1.0):
    with torch.no_grad():
        return model((shown - mean) / std).argmax(1)


def parameters(kind, epsilon=0.05):
    return FAST.get(kind, {"epsilon": epsilon})


def loss(model, shown, labels):
    with torch.no_grad():
        return float(nn.functional.cross_entropy(model(shown), labels))


@pytest.mark.parametrize("kind", ATTACKS)
def test_no_batch_changes_an_image(kind):
    model, shown = network(), images()
    labels, ids = own_labels(model, shown), np.arange(7) * 11
    whole = attack(model, shown, labels, kind, ids=ids, **parameters(kind))
    for size in (1, 3):
        parts = [
            attack(model, shown[n : n + size], labels[n : n + size], kind, ids=ids[n : n + size], **parameters(kind))
            for n in range(0, 7, size)
        ]
        assert torch.allclose(torch.cat(parts), whole, atol=2e-3)


@pytest.mark.parametrize("kind", ["pgd", "least_likely_pgd"])
def test_the_random_start_follows_id_and_seed(kind):
    model, shown = network(), images()
    labels = own_labels(model, shown)

    def made(**options):
        return attack(model, shown, labels, kind, epsilon=0.05, steps=1, step=0.01, **options)

    assert torch.equal(made(), made())
    assert not torch.equal(made(), made(seed=1))
    assert not torch.equal(made(), made(ids=range(1, 8)))


@pytest.mark.parametrize("kind", LINF)
def test_it_stays_within_epsilon_and_the_pixel_range(kind):
    model, shown = network(), images()
    labels = own_labels(model, shown)
    changed = attack(model, shown, labels, kind, epsilon=0.05)
    assert float((changed - shown).abs().max()) <= 0.05 + 1e-6
    assert float((changed - shown).abs().max()) > 0.049
    assert float(changed.min()) >= 0 and float(changed.max()) <= 1
    assert loss(model, changed, labels) > loss(model, shown, labels)


def test_fgsm_is_the_sign_of_the_gradient_through_the_normalization():
    """One that forgot the normalization would have another gradient: the network is not linear."""
    model, shown, mean, std = network(), images(), torch.tensor([0.5, 0.4, 0.3]), torch.tensor([0.02, 0.03, 0.04])
    labels = own_labels(model, shown, mean.view(3, 1, 1), std.view(3, 1, 1))

    def by_hand(shift, scale):
        asked = shown.clone().requires_grad_()
        score = model((asked - shift.view(3, 1, 1)) / scale.view(3, 1, 1))
        (gradient,) = torch.autograd.grad(nn.functional.cross_entropy(score, labels, reduction="sum"), asked)
        return (shown + 0.04 * gradient.sign()).clamp(0, 1)

    made = attack(model, shown, labels, "fgsm", epsilon=0.04, mean=mean, std=std)
    assert torch.allclose(made, by_hand(mean, std), atol=1e-6)
    assert not torch.allclose(made, by_hand(torch.zeros(3), torch.ones(3)), atol=1e-3)


def test_least_likely_moves_towards_the_class_with_the_lowest_score():
    model, shown = network(), images()
    labels = own_labels(model, shown)
    with torch.no_grad():
        least = model(shown).argmin(1)
    for kind in ("least_likely_fgsm", "least_likely_pgd"):
        assert loss(model, attack(model, shown, labels, kind, epsilon=0.1), least) < loss(model, shown, least)


def test_momentum_adds_up_gradients_divided_by_their_norm():
    model, shown = network(), images()
    labels = own_labels(model, shown)
    changed, memory = shown.clone(), torch.zeros_like(shown)
    for _ in range(10):
        asked = changed.clone().requires_grad_()
        cost = nn.functional.cross_entropy(model(asked), labels, reduction="sum")
        (gradient,) = torch.autograd.grad(cost, asked)
        memory = memory + gradient / gradient.abs().sum((1, 2, 3), keepdim=True)
        changed = (changed + 0.01 * memory.sign()).clamp(0, 1)
        changed = shown + (changed - shown).clamp(-0.1, 0.1)
    assert torch.allclose(attack(model, shown, labels, "mi_fgsm", epsilon=0.1), changed, atol=1e-5)


def test_cw_finds_small_changes_and_leaves_what_it_cannot_change():
    model, shown = network(), images()
    labels = own_labels(model, shown)
    changed = attack(model, shown, labels, "cw_l2", steps=60, searches=5, rate=0.1)
    with torch.no_grad():
        fooled = model(changed).argmax(1) != labels
    assert fooled.float().mean() > 0.5
    assert float((changed - shown).flatten(1).norm(dim=1).mean()) < 5.0
    hopeless = attack(model, shown, labels, "cw_l2", steps=1, searches=1)
    assert torch.allclose(hopeless, shown)


def test_the_model_is_left_as_it_was():
    model = network().train()
    shown = images()
    attack(model, shown, own_labels(model, shown), "pgd", epsilon=0.1)
    assert model.training and all(weight.requires_grad and weight.grad is None for weight in model.parameters())


def test_dropout_is_off_and_inference_mode_no_hindrance():
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(243, 4)).train()
    shown = images()
    labels = torch.zeros(7, dtype=torch.int64)
    one = attack(model, shown, labels, "fgsm", epsilon=0.1)
    with torch.inference_mode():
        assert torch.equal(one, attack(model, images(), labels.clone(), "fgsm", epsilon=0.1))


def test_probabilities_are_as_good_as_logits():
    model, shown = network(), images()
    labels = own_labels(model, shown)
    soft = nn.Sequential(model, nn.Softmax(1))
    one = attack(model, shown, labels, "fgsm", epsilon=0.1)
    assert torch.allclose(one, attack(soft, shown, labels, "fgsm", epsilon=0.1, scores="probabilities"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"epsilon": 8}, "epsilon is 8; .* 8 / 255"),
        ({"epsilon": float("nan")}, "epsilon is nan"),
        ({}, "fgsm needs epsilon"),
        ({"epsilon": 0.1, "mean": None}, "takes bytes"),
        ({"epsilon": 0.1, "ids": [1]}, "1 ids for 7 images"),
    ],
)
def test_wrong_options_are_refused(given, words):
    shown = images()
    with pytest.raises(OptionError, match=words):
        attack(network(), shown, torch.zeros(7, dtype=torch.int64), "fgsm", **given)


def test_wrong_steps_names_and_data_are_refused():
    model, shown, labels = network(), images(), torch.zeros(7, dtype=torch.int64)
    with pytest.raises(OptionError, match=r"steps is 2\.5"):
        attack(model, shown, labels, "pgd", epsilon=0.1, steps=2.5)
    with pytest.raises(UnknownNameError, match="pgd"):
        attack(model, shown, labels, "pdg", epsilon=0.1)
    with pytest.raises(UnknownNameError, match="epsilon"):
        attack(model, shown, labels, "fgsm", epsilom=0.1)
    with pytest.raises(OptionError, match=r"on 0\.\.1"):
        attack(model, 255 * shown, labels, "fgsm", epsilon=0.1)
    with pytest.raises(OptionError, match="float32"):
        attack(model, (255 * shown).byte(), labels, "fgsm", epsilon=0.1)
    with pytest.raises(OptionError, match="0 to 9"):
        attack(model, shown, labels + torch.tensor([0, 0, 0, 0, 0, 0, 9]), "fgsm", epsilon=0.1)
    with pytest.raises(OptionError, match="class numbers"):
        attack(model, shown, labels[:3], "fgsm", epsilon=0.1)


@pytest.mark.parametrize(
    "blind",
    [
        lambda shown: network()(shown.detach()),
        lambda shown: np.zeros((len(shown), 4), np.float32),
        lambda shown: torch.from_numpy(shown.numpy().mean((2, 3))),
    ],
)
def test_a_model_without_gradients_is_refused(blind):
    with pytest.raises(OptionError, match="crafted_by"):
        attack(blind, images(), torch.zeros(7, dtype=torch.int64), "fgsm", epsilon=0.1)


def test_without_foolbox_it_says_what_to_install(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(attacks, "library", attacks.library.__wrapped__)
    monkeypatch.setattr(attacks.importlib, "import_module", missing)
    with pytest.raises(MissingExtraError, match=r"foolbox is not installed.*corrupt-engine\[science\]"):
        attack(network(), images(), torch.zeros(7, dtype=torch.int64), "fgsm", epsilon=0.1)
