"""The metrics against published rows, by hand, and against a library."""

import json

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine import metrics
from corrupt_engine.catalogue import find_benchmark, load_baseline

NAMES = ce.corruptions("imagenet-c")
ALEXNET = find_benchmark("imagenet-c").baseline
REFERENCE = ALEXNET.reference(NAMES)

# Hendrycks and Dietterich 2019, Table 1 and appendix: clean error, mCE, CE by corruption, relative mCE; percent.
PUBLISHED = {
    "SqueezeNet": (41.8, 104.4, "107 106 105 100 103 101 100 101 103 97 97 98 106 109 134", 117.9),
    "VGG-11": (31.0, 93.5, "97 97 100 92 99 93 91 92 91 84 75 86 97 107 100", 123.3),
    "VGG-19": (27.6, 88.9, "89 91 95 89 98 90 90 89 86 75 68 80 97 102 94", 122.9),
    "VGG-19+BN": (25.8, 81.6, "82 83 88 82 94 84 86 80 78 69 61 74 94 85 83", 111.1),
    "ResNet-18": (30.2, 84.7, "87 88 91 84 91 87 89 86 84 78 69 78 90 80 85", 103.9),
    "ResNet-50": (23.9, 76.7, "80 82 83 75 89 78 80 78 75 66 57 71 85 77 77", 105.0),
}
RESNET50_RELATIVE = "104 107 107 97 126 107 110 101 97 79 62 89 146 111 132"

# ResNet-50 (torchvision, first weights) on 5,000 stored images, in the order of the benchmark, and the mCE of them.
RESNET50 = (
    0.6854,
    0.7090,
    0.7401,
    0.6110,
    0.7323,
    0.6187,
    0.6368,
    0.6785,
    0.6268,
    0.5450,
    0.3216,
    0.6090,
    0.5504,
    0.5514,
    0.4616,
)
RESNET50_MCE = 76.37

# AlexNet's published error at each severity, as a check on the table of means.
ALEXNET_BY_SEVERITY = {
    "gaussian_noise": (0.69528, 0.82542, 0.93554, 0.98138, 0.99452),
    "shot_noise": (0.71224, 0.85108, 0.93574, 0.98182, 0.99146),
    "impulse_noise": (0.78374, 0.89808, 0.9487, 0.9872, 0.99548),
    "defocus_blur": (0.65624, 0.73202, 0.85036, 0.91364, 0.94714),
    "glass_blur": (0.64308, 0.75054, 0.88806, 0.91622, 0.93344),
    "motion_blur": (0.5843, 0.70048, 0.82108, 0.8975, 0.92638),
    "zoom_blur": (0.70008, 0.76992, 0.80784, 0.84198, 0.87198),
    "snow": (0.71726, 0.88392, 0.86468, 0.9187, 0.94952),
    "frost": (0.6139, 0.79734, 0.8879, 0.89942, 0.9343),
    "fog": (0.67474, 0.7605, 0.84378, 0.8726, 0.945),
    "brightness": (0.4514, 0.48502, 0.54048, 0.62166, 0.72440),
    "contrast": (0.64548, 0.7615, 0.88874, 0.9776, 0.9927),
    "elastic_transform": (0.52596, 0.70116, 0.55686, 0.64076, 0.80554),
    "pixelate": (0.52218, 0.5462, 0.73728, 0.87092, 0.91262),
    "jpeg_compression": (0.51002, 0.54718, 0.57294, 0.65458, 0.74778),
}


def percents(text):
    return np.array([float(word) for word in text.split()]) / 100


def five(errors):
    """The same error at five severities."""
    return np.repeat(np.asarray(errors)[..., None], 5, axis=-1)


def test_errors_of_resnet50_give_its_mce():
    assert round(100 * float(metrics.mean_corruption_error(five(RESNET50), REFERENCE)), 2) == RESNET50_MCE


@pytest.mark.parametrize("model", PUBLISHED)
def test_published_rows(model):
    """The printed CEs are rounded to whole percents: their means miss mCE by up to .25, relative mCE by up to .6."""
    clean, mce, ces, relative = PUBLISHED[model]
    errors = five(percents(ces) * REFERENCE)
    assert 100 * metrics.corruption_errors(errors, REFERENCE) == pytest.approx(100 * percents(ces))
    assert 100 * metrics.mean_corruption_error(errors, REFERENCE) == pytest.approx(mce, abs=0.3)
    assert 100 * metrics.mean_relative_corruption_error(errors, clean / 100, REFERENCE, ALEXNET.clean) == pytest.approx(
        relative, abs=0.6
    )


def test_published_rows_notice_a_wrong_baseline_and_a_wrong_clean_error():
    clean, mce, ces, relative = PUBLISHED["ResNet-50"]
    errors = five(percents(ces) * REFERENCE)
    assert 100 * metrics.mean_corruption_error(errors, REFERENCE[::-1]) != pytest.approx(mce, abs=0.3)
    assert 100 * metrics.mean_relative_corruption_error(errors, clean / 100 + 0.01, REFERENCE, 0.435) != pytest.approx(
        relative, abs=0.6
    )


def test_published_relative_errors():
    """Each lies within what the rounding of a CE to whole percents (half a percent of the reference) can move it."""
    clean, _, ces, _ = PUBLISHED["ResNet-50"]
    found = metrics.relative_corruption_errors(five(percents(ces) * REFERENCE), clean / 100, REFERENCE, ALEXNET.clean)
    slack = 0.0055 * REFERENCE / (REFERENCE - ALEXNET.clean) + 0.006
    assert (np.abs(found - percents(RESNET50_RELATIVE)) <= slack).all()


def test_the_table_of_means_is_that_of_the_severities():
    for name, values in ALEXNET_BY_SEVERITY.items():
        assert np.mean(values) == pytest.approx(ALEXNET.errors[name], abs=5e-6)


def test_many_models_at_once():
    both = np.stack([five(percents(PUBLISHED[model][2]) * REFERENCE) for model in ("VGG-11", "ResNet-50")])
    together = metrics.mean_relative_corruption_error(both, np.array([0.31, 0.239]), REFERENCE, ALEXNET.clean)
    apart = [
        metrics.mean_relative_corruption_error(e, c, REFERENCE, ALEXNET.clean)
        for e, c in zip(both, (0.31, 0.239), strict=True)
    ]
    assert together.tolist() == apart


def test_what_is_left_by_hand():
    errors = np.array([[0.4, 0.6], [0.2, 0.2]])
    assert metrics.residual_robustness(errors, 0.2).tolist() == pytest.approx([0.3, 0.0])
    assert metrics.accuracy_preserved(errors, 0.2).tolist() == pytest.approx([0.625, 1.0])
    assert np.isnan(metrics.accuracy_preserved(errors, 1.0)).all()


def test_a_reference_that_is_never_wrong_gives_no_number():
    assert np.isnan(metrics.corruption_errors(np.ones((2, 5)), np.array([0.0, 0.5]))).tolist() == [True, False]
    assert np.isnan(metrics.relative_corruption_errors(np.ones((1, 5)), 0.1, np.array([0.3]), 0.3)).all()


def test_detection_by_hand():
    scores = np.array([[0.3, 0.1], [0.5, 0.3]])
    assert metrics.mean_performance_under_corruption(scores) == pytest.approx(0.3)
    assert metrics.relative_performance_under_corruption(scores, 0.6) == pytest.approx(0.5)
    assert np.isnan(metrics.relative_performance_under_corruption(scores, 0.0))


def test_calibration_error_is_torchmetrics():
    torchmetrics = pytest.importorskip("torchmetrics.functional.classification", reason="torchmetrics is not installed")
    import torch

    generator = torch.Generator().manual_seed(1)
    probabilities = torch.randn(500, 6, generator=generator).mul(2).softmax(1)
    labels = torch.randint(0, 6, (500,), generator=generator)
    theirs = torchmetrics.multiclass_calibration_error(probabilities, labels, num_classes=6, n_bins=20, norm="l1")
    confidence, prediction = (part.numpy() for part in probabilities.max(1))
    ours = metrics.expected_calibration_error(*metrics.reliability(confidence, prediction == labels.numpy()))
    assert float(ours) == pytest.approx(float(theirs), abs=1e-6)  # float32 sums there


def test_calibration_leaves_out_what_has_no_confidence():
    count, total, hits = metrics.reliability(np.array([0.9, np.nan, 0.1]), np.array([True, False, False]))
    assert count.sum() == 2 and total.sum() == pytest.approx(1.0) and hits.sum() == 1
    assert np.isnan(metrics.expected_calibration_error(np.zeros(20), np.zeros(20), np.zeros(20)))


def test_bootstrap_interval_covers_what_it_should():
    sample = np.random.Generator(np.random.PCG64(1)).random(400) < 0.3
    low, high = metrics.interval(metrics.resampled_means(sample.astype(float)[:, None]))
    # The normal approximation of a binomial's interval, to a tenth of its width.
    half = 1.96 * (sample.mean() * (1 - sample.mean()) / 400) ** 0.5
    assert low[0] == pytest.approx(sample.mean() - half, abs=0.2 * half)
    assert high[0] == pytest.approx(sample.mean() + half, abs=0.2 * half)
    assert [end.tolist() for end in metrics.interval(metrics.resampled_means(np.ones((10, 2))))] == [[1, 1], [1, 1]]


def test_bootstrap_resamples_columns_together_and_is_fixed_by_its_seed():
    column = np.random.Generator(np.random.PCG64(2)).random((50, 1))
    draws = metrics.resampled_means(np.concatenate([column, column], axis=1), resamples=20)
    assert (draws[:, 0] == draws[:, 1]).all()
    assert (draws == metrics.resampled_means(np.concatenate([column, column], axis=1), resamples=20)).all()
    assert (draws != metrics.resampled_means(np.concatenate([column, column], axis=1), resamples=20, seed=1)).any()


def test_bootstrap_in_blocks_is_the_bootstrap(monkeypatch):
    from corrupt_engine.metrics import bootstrap

    columns = np.random.Generator(np.random.PCG64(3)).integers(0, 2, (30, 3))
    whole = metrics.resampled_means(columns, resamples=50)
    monkeypatch.setattr(bootstrap, "_BLOCK_BYTES", 30 * 4 * 7)
    assert (whole == metrics.resampled_means(columns, resamples=50)).all()


def test_intervals_leave_out_draws_without_a_value():
    draws = np.array([[0.0, np.nan], [1.0, np.nan], [np.nan, np.nan]])
    low, high = metrics.interval(draws)
    assert (low[0], high[0]) == pytest.approx((0.025, 0.975)) and np.isnan(low[1]) and np.isnan(high[1])


def test_p_values():
    noise = np.random.Generator(np.random.PCG64(4)).normal((0.0, 10.0), size=(999, 2))
    p = metrics.p_value(noise)
    assert p[0] > 0.5 and p[1] == pytest.approx(2 / 1000)
    assert metrics.p_value(np.zeros(99)) == 1
    assert metrics.holm(np.array([0.5, 0.9])).tolist() == [1.0, 1.0]


def test_effective_robustness():
    clean = np.array([0.6, 0.7, 0.8, 0.9])
    logit = np.log(clean / (1 - clean))
    corrupted = 1 / (1 + np.exp(-(0.9 * logit - 1)))
    line = metrics.EffectiveRobustness.fit(clean.tolist(), corrupted.tolist())
    assert (line.slope, line.intercept) == pytest.approx((0.9, -1))
    assert line(clean, corrupted + 0.05) == pytest.approx(0.05)
    for clean_values, words in (
        ([0.5, 0.6], "three models"),
        ([0.5, 0.5, 0.5], "different clean"),
        ([0.5, 1.0, 0.6], "no logit"),
    ):
        with pytest.raises(ce.OptionError, match=words):
            metrics.EffectiveRobustness.fit(clean_values, [0.1] * len(clean_values))
    with pytest.raises(ce.OptionError, match=r"'log' is not one of"):
        metrics.EffectiveRobustness.fit([0.1] * 3, [0.1] * 3, scale="log")


def test_trials():
    assert metrics.spread(np.array([1.0, 2.0, 3.0])) == (2.0, 1.0, 3)
    assert np.isnan(metrics.spread(np.array([1.0])).std)


def test_a_baseline_without_the_corruption():
    with pytest.raises(ce.OptionError, match=r"AlexNet has no error for 'rain'"):
        ALEXNET.reference(["fog", "rain"])


def test_baselines_from_files(tmp_path):
    path = tmp_path / "b.json"
    path.write_text(json.dumps({"name": "Own", "clean": 0.3, "errors": {"fog": [0.4, 0.6], "snow": 0.2}}))
    own = load_baseline(path)
    assert own.name == "Own" and own.clean == 0.3 and own.errors == {"fog": 0.5, "snow": 0.2}
    every = {"fog": (1, 2, 3), "snow": (1, 2, 3)}
    own.check({"fog": (1, 2), "snow": (1, 2, 3)}, every)
    with pytest.raises(ce.OptionError, match="mean error of fog over severities 1, 2, the numbers are about 1, 2, 3"):
        own.check(every, every)
    path.write_text(
        json.dumps({"name": "Own", "clean": 0.3, "errors": {"fog": [0.4, 0.6]}, "severities": {"fog": [3, 1]}})
    )
    load_baseline(path).check({"fog": (1, 3)}, every)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read"),
        ("{", "is not JSON"),
        ("[1]", "lacks what a baseline needs"),
        ('{"name": "x", "errors": {}}', "clean_error"),
        ('{"name": "x", "clean": 43.5, "errors": {}}', "43.5 does not lie on 0..1"),
        ('{"name": "x", "clean": 0.4, "errors": {"fog": [null]}}', "a list without numbers"),
        ('{"name": "x", "clean": 0.4, "errors": {"fog": [0.1]}, "severities": {"fog": [1, 2]}}', "1 errors and 2 sev"),
    ],
)
def test_bad_baseline_files(tmp_path, text, words):
    path = tmp_path / "b.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ce.OptionError, match=words):
        load_baseline(path)


def test_means_over_levels_change_no_bit_where_all_levels_are_there():
    errors = np.random.Generator(np.random.PCG64(0)).random((7, 15, 5))
    assert np.array_equal(metrics.mean_over_levels(errors), errors.mean(-1))
    assert np.array_equal(metrics.mean_over_levels(errors, -2), errors.mean(-2))
    assert np.array_equal(metrics.mean_over_conditions(errors), errors.mean((-2, -1)))
    errors[:, 3, 1:] = np.nan
    assert np.array_equal(metrics.mean_over_levels(errors)[:, 3], errors[:, 3, 0])
    assert np.isnan(metrics.mean_over_levels(np.full((2, 3), np.nan))).all()
    reference = np.full(15, 0.5)
    assert metrics.mean_corruption_error(errors, reference) == pytest.approx(metrics.mean_over_conditions(errors) / 0.5)


def test_detection_scores_of_uneven_levels():
    scores = np.array([[0.4, 0.2], [0.5, np.nan]])
    assert metrics.mean_performance_under_corruption(scores) == pytest.approx(0.4)


def test_undefined_p_values_are_no_tests():
    assert (
        metrics.p_value(np.array([np.nan, 1.0, 2.0])) == metrics.p_value(np.array([1.0, 2.0])) == pytest.approx(2 / 3)
    )
    p = metrics.p_value(np.array([[np.nan, 0.0]] * 9))
    assert np.isnan(p[0]) and p[1] == 1
    assert metrics.holm(np.array([0.02, np.nan, 0.01])) == pytest.approx([0.02, np.nan, 0.02], nan_ok=True)
    assert np.isnan(metrics.holm(np.array([np.nan, np.nan]))).all()


def test_the_score_interval_of_a_share_is_wilsons():
    hits = np.arange(0, 21)
    share = hits / 20
    found = metrics.score_interval(share, share * (1 - share) / 20, 20)
    assert np.array(found) == pytest.approx(np.array(metrics.wilson_interval(hits, np.full(21, 20))))
    scaled = metrics.score_interval(3 - share * 2, 4 * share * (1 - share) / 20, 20, 1, 3)
    assert scaled[0] == pytest.approx(3 - 2 * found[1]) and scaled[1] == pytest.approx(3 - 2 * found[0])
    assert np.isnan(metrics.score_interval(np.array([np.nan, 0.5, 0.5]), np.array([0.1, np.nan, 0.1]), [9, 9, 0])).all()


def test_the_smoothed_interval_by_hand():
    """Agresti and Min: of 10 pairs that all agree, half a pair is added to each side of the difference."""
    shifts = np.array([[1 / 10], [-1 / 10]])
    low, high = metrics.smoothed_interval(np.array([0.0]), np.array([0.0]), shifts)
    assert high == pytest.approx(1.96 / 10, abs=1e-4) and low == -high
