"""Algorithm 3 by hand, and what has no correlation."""

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine.science import mean_residual, natural_correlation
from corrupt_engine.science.prediction import OF, PUBLISHED

from .tiny import evaluate

RNG = np.random.default_rng(6)
MODELS = [f"m{n}" for n in range(12)]
TRUTH = RNG.random(12)


def by_model(values):
    return dict(zip(MODELS, values.tolist(), strict=True))


def test_by_hand():
    near, far = TRUTH + 0.1 * RNG.random(12), RNG.random(12)
    shuffled = dict(reversed(by_model(far).items()))
    found = natural_correlation(by_model(TRUTH), {"near": by_model(near), "far": shuffled})
    for name, values in (("near", near), ("far", far)):
        a, b = TRUTH - TRUTH.mean(), values - values.mean()
        assert found.r[name] == pytest.approx((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))
    assert found.r["near"] > 0.9 > abs(found.r["far"])
    assert found.p["near"] < 1e-4 < found.p["far"]
    assert found.mean == pytest.approx((found.r["near"] + found.r["far"]) / 2)
    assert found.mean_p == pytest.approx((found.p["near"] + found.p["far"]) / 2)


def test_models_that_are_alike_have_none():
    found = natural_correlation(by_model(TRUTH), {"flat": by_model(np.ones(12)), "own": by_model(TRUTH)})
    assert np.isnan(found.r["flat"]) and found.undefined == ("flat",) and found.mean == pytest.approx(1)
    assert np.isnan(natural_correlation(by_model(np.ones(12)), {"own": by_model(TRUTH)}).mean)


def test_of_a_report():
    report = evaluate(benchmark="imagenet-c-extra")
    losses = [np.mean(own) - report.clean_error for own in report.errors.values()]
    assert mean_residual(report) == pytest.approx(np.mean(losses))


@pytest.mark.parametrize(
    ("natural", "synthetic", "message"),
    [
        ({"a": 1, "b": 2}, {"x": {"a": 1, "b": 2}}, "2 models and 1 benchmarks"),
        ({"a": 1, "b": 2, "c": 3}, {}, "3 models and 0 benchmarks"),
        ({"a": 1, "b": 2, "c": 3}, {"x": {"a": 1, "b": 2}}, "x has no value for c"),
        ({"a": 1, "b": 2, "c": np.nan}, {"x": {"a": 1, "b": 2, "c": 3}}, "natural benchmark has values that are not"),
    ],
)
def test_wrong_values(natural, synthetic, message):
    with pytest.raises(ce.OptionError, match=message):
        natural_correlation(natural, synthetic)


def test_what_is_published_is_complete():
    assert all(len(row) == len(OF) == 9 and all(0 < value < 1 for value in row) for row in PUBLISHED.values())
