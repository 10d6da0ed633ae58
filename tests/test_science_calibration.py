"""calibrate(): the weakest and the strongest level of a corruption for a model."""

import itertools

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.catalogue import find_benchmark
from corrupt_engine.science import calibrate
from corrupt_engine.science.calibration import STEPS, Share, bisected

COUNT = 200


def images():
    """Grey levels 0 to 99, of which the label says whether it is above 49; a shade darker or brighter is wrong soon."""
    levels = np.arange(COUNT) % 100
    return np.repeat(levels, 8 * 8 * 3).reshape(COUNT, 8, 8, 3).astype(np.uint8), (levels > 49).astype(int)


class Threshold(torch.nn.Module):
    """Right on all clean images; brightness makes it say 1."""

    def __init__(self, above=50.0):
        super().__init__()
        self.above = torch.nn.Parameter(torch.tensor(above))

    def forward(self, images):
        level = images.mean((1, 2, 3)) * 255
        return torch.stack([self.above - level, level - self.above], dim=1)


def found(model=None, corruptions="brightness", **options):
    own = {"mean": 0.0, "std": 1.0, "benchmark": "cifar-10-c", "progress": False, "limit": None, **options}
    return calibrate(model or Threshold(49.5), images(), corruptions, **own)


def accuracy(added):
    """By hand: of 100 levels, those that stay on their side when `added` * 255 is added."""
    levels = np.arange(100)
    return float(np.mean((levels + np.floor(added * 255 + 0.5) > 49.5) == (levels > 49)))


def test_the_ends_are_where_accuracy_crosses():
    made = found()
    most = find_benchmark("cifar-10-c").severities["brightness"][-1]
    weak, strong = made.weakest["brightness"], made.strongest["brightness"]
    assert made.clean == (1.0, made.clean.low, 1.0) and made.images == COUNT
    assert weak.accuracy.value <= 0.99 and weak.severity <= 2 * most / STEPS
    assert weak.accuracy.value == pytest.approx(accuracy(weak.parameters["added"]), abs=0.02)
    assert weak.accuracy.low < weak.accuracy.value < weak.accuracy.high
    assert strong.accuracy.value <= 0.5 < accuracy(strong.parameters["added"] - 0.02)
    assert made.evaluations["brightness"] <= 12 and not made.unnoticed and not made.not_ruined
    assert "brightness" in str(made) and "100.0 %" in str(made)


@pytest.mark.parametrize(("top", "target"), list(itertools.product([1, 2, 7, 32], [0, 1, 3, 7, 20])))
def test_bisection_finds_the_first_step_at_or_below(top, target):
    """Where accuracy at step s is 1 - s / 32, in few looks."""
    asked = []

    def at(step):
        asked.append(step)
        return Share(1 - step / 32, 0, 1)

    step, share = bisected(at, 1 - target / 32, top)
    assert step == min(max(target, 1), top) and share == at(step) and len(asked) <= 7


def test_what_is_never_noticed_has_no_levels():
    made = found(corruptions=["brightness", "jpeg_compression"])
    assert made.unnoticed == ("jpeg_compression",) and list(made.weakest) == ["brightness"]
    assert made.evaluations["jpeg_compression"] == 1 and "unnoticed" in str(made)
    with pytest.raises(ce.OptionError, match="no levels to write"):
        found(corruptions="jpeg_compression").save("a.toml")


def test_what_does_not_ruin_has_the_strongest_level():
    made = found(corruptions="impulse_noise")
    end, most = made.strongest["impulse_noise"], find_benchmark("cifar-10-c").severities["impulse_noise"][-1]
    assert made.not_ruined == ("impulse_noise",) and "not ruined" in str(made)
    assert end.severity == most and 0.5 < end.accuracy.value < 0.99
    assert made.weakest["impulse_noise"].severity < most


def test_the_file_is_a_benchmark(tmp_path):
    made = found()
    path = made.save(tmp_path / "mine.toml")
    benchmark = find_benchmark(path)
    assert benchmark.name == "calibrated" and benchmark.severities == {"brightness": (1, 2)}
    report = ce.evaluate(Threshold(49.5), images(), path, mean=0.0, std=1.0, progress=False)
    errors = [1 - made.weakest["brightness"].accuracy.value, 1 - made.strongest["brightness"].accuracy.value]
    assert report.errors["brightness"] == pytest.approx(errors)
    with pytest.raises(ce.OptionError, match=r"ends in \.toml"):
        made.save(tmp_path / "mine.json")


def test_it_goes_on_from_its_record(tmp_path, monkeypatch):
    class Stops(Threshold):
        left = 3

        def forward(self, images):
            Stops.left -= 1
            if Stops.left < 0:
                raise KeyboardInterrupt
            return super().forward(images)

    with pytest.raises(KeyboardInterrupt):
        found(Stops(49.5), record=tmp_path / "r.sqlite", batch_size=COUNT, check=False)
    Stops.left = 10**6
    after = found(Stops(49.5), record=tmp_path / "r.sqlite", batch_size=COUNT, check=False)
    used = 10**6 - Stops.left
    Stops.left = 10**6
    whole = found(Stops(49.5), batch_size=COUNT, check=False)
    assert (after.weakest, after.strongest, after.clean) == (whole.weakest, whole.strongest, whole.clean)
    Stops.left = 10**6
    found(Stops(49.5), record=tmp_path / "r.sqlite", batch_size=COUNT, check=False)
    assert used > 10**6 - Stops.left  # nothing is asked again but what checks that it is the same model


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"severities": 3}, ce.OptionError, "does not take 'severities'"),
        ({"limit": 0}, ce.OptionError, "limit 0"),
        ({"corruptions": "fogg"}, ce.UnknownNameError, "fogg"),
        ({"benchmark": "cifar-10-p", "corruptions": None}, ce.OptionError, "frames of a sequence"),
    ],
)
def test_wrong_arguments(options, error, words):
    with pytest.raises(error, match=words):
        found(**options)


def test_a_model_that_is_never_right():
    data = images()[0], np.full(COUNT, 5)

    class Six(Threshold):
        def forward(self, images):
            return torch.nn.functional.pad(super().forward(images), (0, 4), value=-1e3)

    with pytest.raises(ce.OptionError, match="no range to calibrate"):
        calibrate(Six(), data, "brightness", benchmark="cifar-10-c", progress=False, mean=0.0, std=1.0, check=False)
