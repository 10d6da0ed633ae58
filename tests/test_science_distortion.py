"""Distortion, the level that has a given one, and error against distortion."""

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.catalogue import CLEAN
from corrupt_engine.models import LoadedModel
from corrupt_engine.science import attack, distortion, distortion_curves, matching_level

from .attacked import BOTH, FED, IMAGES, TENSOR, network

with torch.no_grad():
    LABELS = network()((TENSOR - 0.5) / 0.25).argmax(1).numpy()
DATA = (IMAGES, LABELS)


@pytest.fixture
def both(tmp_path):
    path = tmp_path / "both.toml"
    path.write_text(BOTH)
    return path


def test_it_is_the_mean_change_of_an_element(both):
    found = distortion(DATA, both, [("gaussian_noise", 2), ("fgsm", 2), ("clean", 0)], model=network(), **FED)
    noisy = ce.corrupt(IMAGES, "gaussian_noise", 2, variant=str(both), ids=range(len(IMAGES)))
    by_hand = np.abs(noisy.astype(float) - IMAGES).mean() / 255
    assert found["gaussian_noise", 2, 0] == pytest.approx(by_hand)
    changed = attack(network(), TENSOR, torch.from_numpy(LABELS), "fgsm", epsilon=0.03, **FED)
    assert found["fgsm", 2, 0] == pytest.approx(float((changed - TENSOR).abs().mean()), rel=1e-5)
    assert found[CLEAN] == 0


def test_the_batch_size_and_the_number_of_conditions_change_nothing(both):
    whole = distortion(DATA, both, model=network(), batch_size=7, **FED)
    single = distortion(DATA, both, [("gaussian_noise", 1)], batch_size=1)
    assert single["gaussian_noise", 1, 0] == pytest.approx(whole["gaussian_noise", 1, 0])
    assert whole["from_anywhere", 1, 0] < whole["from_anywhere", 2, 0] < 0.03


@pytest.mark.parametrize(("name", "wanted"), [("gaussian_noise", 0.05), ("gaussian_noise", 0.11), ("fgsm", 0.02)])
def test_bisection_finds_the_level(both, name, wanted):
    found = matching_level(DATA, both, name, wanted, model=network(), tolerance=0.01, **FED)
    assert found.distortion == pytest.approx(wanted, rel=0.01)
    again = distortion(DATA, both, [(name, found.severity)], model=network(), **FED)
    assert next(iter(again.values())) == found.distortion
    (value,) = found.parameters.values()
    assert (0.02 < value < 0.021) if name == "fgsm" else (wanted < value < 2 * wanted)


@pytest.mark.parametrize("option", [{"batch_sampler": [[0]]}, {"drop_last": True}, {"num_shards": 2, "shard_id": 0}])
def test_what_would_be_left_aside_is_refused(both, option):
    with pytest.raises(ce.OptionError, match=f"does not take '{next(iter(option))}'"):
        distortion(DATA, both, [("gaussian_noise", 1)], **option)


def test_what_cannot_be_matched_is_refused(both):
    with pytest.raises(ce.OptionError, match=r"at its strongest has a distortion of 0\.1"):
        matching_level(DATA, both, "gaussian_noise", 0.5)
    with pytest.raises(ce.OptionError, match="above 0 and below 1"):
        matching_level(DATA, both, "gaussian_noise", 0.0)
    with pytest.raises(ce.OptionError, match="is an attack: model= is needed"):
        matching_level(DATA, both, "fgsm", 0.01)
    with pytest.raises(ce.UnknownNameError, match="fog"):
        distortion(DATA, both, [("fog", 1)])
    with pytest.raises(ce.OptionError, match="'gaussian_noise' is no condition"):
        distortion(DATA, both, ("gaussian_noise", 1))
    with pytest.raises(ce.SeverityError):
        distortion(DATA, both, [("fgsm", 3)], model=network(), **FED)
    cw = [("cw_l2", 0.5)]
    with pytest.raises(ce.SeverityError, match="no epsilon"):
        distortion(DATA, "adversarial-mnist", cw, model=network(), **FED)


def test_curves(both, tmp_path):
    found = distortion_curves(network(), DATA, both, progress=False, **FED)
    report = ce.evaluate(network(), DATA, both, progress=False, **FED)
    assert list(found.curves) == ["gaussian_noise", "fgsm", "from_anywhere"]
    assert tuple(point.error for point in found.curves["fgsm"]) == (report.clean_error, *report.errors["fgsm"])
    clean, first, second = found.curves["fgsm"]
    assert clean.distortion == 0 < first.distortion < second.distortion and first.low <= first.error <= first.high
    middle = (first.distortion + second.distortion) / 2
    assert found.at("fgsm", middle) == pytest.approx((first.error + second.error) / 2)
    assert np.isnan(found.at("fgsm", 0.9)) and found.at("fgsm", 0) == clean.error
    assert "from_anywhere" in str(found)
    drawn = found.drawing()
    assert drawn.count("<polyline") == 2 * 3 and "from_anywhere, severity 2" in drawn
    page = found.save(tmp_path / "page.html").read_text()
    assert "Error against distortion" in page and drawn in page


def test_curves_are_of_the_images_that_the_model_is_shown(both):
    small = ce.Geometry(crop=9)
    model = LoadedModel(network(), "small", 0.5, 0.25, small)
    found = distortion_curves(model, DATA, both, progress=False)
    told = distortion(DATA, both, model=model)
    assert (
        told
        == distortion(DATA, both, model=network(), geometry=small, **FED)
        != distortion(DATA, both, model=network(), **FED)
    )
    assert [point.distortion for point in found.curves["fgsm"][1:]] == [told["fgsm", 1, 0], told["fgsm", 2, 0]]


def test_curves_are_refused_where_they_cannot_be_drawn(both):
    with pytest.raises(ce.OptionError, match="two of the benchmarks have it"):
        distortion_curves(network(), DATA, [both, both], progress=False, **FED)
    with pytest.raises(ce.OptionError, match="empty"):
        distortion_curves(network(), DATA, [])
    with pytest.raises(ce.OptionError, match="trials"):
        distortion_curves(network(), DATA, both, trials=2)
