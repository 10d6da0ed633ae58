"""calibrate(): the weakest and the strongest level of a corruption for a model."""

import dataclasses
import itertools
import json
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.catalogue import find_benchmark, strength
from corrupt_engine.cli import main
from corrupt_engine.models import LoadedModel
from corrupt_engine.science import calibrate
from corrupt_engine.science.calibration import STEPS, Fine, Share, bisected

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


RARE = """
name = "rare"
source = "a test, 2026"
metric = "balanced"

[corruptions.brightness]
table = { added = [0.1, 0.5] }
"""
GROUPED = """
name = "grouped"
source = "a test, 2026"
classes = 4
superclasses = { dark = [0, 1], light = [2, 3] }

[corruptions.brightness]
table = { added = [0.1, 0.5] }
"""


@pytest.mark.parametrize("text", [RARE, GROUPED])
def test_answers_are_counted_as_the_benchmark_does(tmp_path, text):
    """A tenth of the images are bright, and brightness makes the others wrong: balanced accuracy falls to a half. Of
    four classes two each are one.
    """
    (tmp_path / "own.toml").write_text(text)
    levels = np.concatenate([np.arange(180) % 50, 50 + np.arange(20) % 50])
    bright = 1 if text == RARE else 3
    shown = np.repeat(levels, 8 * 8 * 3).reshape(-1, 8, 8, 3).astype(np.uint8), bright * (levels > 49)

    def four(images):
        return Threshold(49.5)(images).repeat_interleave(2, dim=1).detach()

    model = Threshold(49.5) if text == RARE else four
    fed = {"mean": 0.0, "std": 1.0, "progress": False, "check": False}
    made = calibrate(model, shown, benchmark=tmp_path / "own.toml", limit=None, **fed)
    assert made.clean.value == 1 and made.clean.low < 1
    report = ce.evaluate(model, shown, made.save(tmp_path / "made.toml"), **fed)
    assert report.definition.listed.metric == find_benchmark(tmp_path / "own.toml").listed.metric
    ends = made.weakest["brightness"], made.strongest["brightness"]
    assert report.errors["brightness"] == pytest.approx([1 - end.accuracy.value for end in ends])
    assert ends[1].accuracy.value == pytest.approx(0.5, abs=0.03) and ends[1].accuracy.low < ends[1].accuracy.high
    assert (ends[1].parameters["added"] > 0.18) == (text == RARE)


def test_the_file_keeps_margins_and_scales(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        'name = "own"\nsource = "a test"\nlicense = "MIT"\n'
        "[corruptions.brightness]\nmargin = 2\ntable = { added = [0.1, 0.2] }\n"
        '[corruptions.shot_noise]\nscale = { photons = "reciprocal" }\ntable = { photons = [60.0, 25.0] }\n'
    )
    made = tmp_path / "made.toml"
    made.write_text(Fine(find_benchmark(own), str(own), None, 8, 8).text())
    kept, given = find_benchmark(made), find_benchmark(own)
    assert kept.file.entries["brightness"].margin == 2 and kept.listed.license == "MIT"
    assert kept.file.entries["shot_noise"].scales == given.file.entries["shot_noise"].scales != {}


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


def test_the_images_are_those_that_evaluate_shows(tmp_path):
    """Of the model's own size, under the tables of ImageNet-C for it, where nothing else is said."""
    for level in (10, 90):
        (tmp_path / f"{level // 50}").mkdir()
        Image.new("RGB", (90, 70), (level,) * 3).save(tmp_path / f"{level // 50}" / "a.png")
    seen = set()

    def scores(images):
        seen.add(tuple(images.shape[1:]))
        level = images.mean((1, 2, 3)) * 255
        return torch.stack([49.5 - level, level - 49.5], dim=1)

    model = LoadedModel(scores, "small", 0.0, 1.0, ce.Geometry(resize=40, crop=32))
    made = calibrate(model, tmp_path, "brightness", progress=False, num_workers=0)
    assert seen == {(3, 32, 32)}
    ce.evaluate(dataclasses.replace(model, geometry=None), tmp_path, made.save(tmp_path / "a.toml"), progress=False)
    assert seen == {(3, 32, 32)}  # the levels are of this size
    assert find_benchmark(tmp_path / "a.toml").usual.stored_quality is None  # as that of CIFAR-10-C
    assert found(benchmark="imagenet-c", geometry=ce.Geometry(resize=128)).text.count("jpeg_quality = 85") == 1
    end = made.strongest["brightness"]
    assert end.parameters == strength("brightness", "cifar-10-c", 32, 32).levels.params(end.severity)._asdict()


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


def test_the_command(tmp_path, monkeypatch, capsys):
    for n, (image, label) in enumerate(zip(*images(), strict=True)):
        folder = tmp_path / "data" / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{n:03}.png")
    (tmp_path / "own_models.py").write_text(
        "import torch\n\n\ndef threshold():\n    return lambda images: torch.stack(\n"
        "        [49.5 - 255 * images.mean((1, 2, 3)), 255 * images.mean((1, 2, 3)) - 49.5], dim=1)\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    words = ["calibrate", "own_models:threshold", "data", "--benchmark", "cifar-10-c", "--mean", "0", "--std", "1"]
    words += ["--corruptions", "brightness", "jpeg_compression", "--workers", "0", "-o", "mine.toml"]
    assert main(words) == 0
    told = capsys.readouterr()
    assert "jpeg_compression unnoticed" in told.out and "saved: mine.toml" in told.err
    (record,) = tmp_path.glob("*-calibration.sqlite")
    assert f"record: {record.name}" in told.err
    benchmark = find_benchmark("mine.toml")
    assert benchmark.name == "mine" and benchmark.severities == {"brightness": (1, 2)}
    evaluated = ["evaluate", "own_models:threshold", "data", "--benchmark", "mine.toml", "--mean", "0", "--std", "1"]
    assert main([*evaluated, "--mistakes", "0", "--workers", "0", "-q", "--json"]) == 0
    capsys.readouterr()
    text = (tmp_path / "mine.toml").read_text()
    assert main([*words, "--json", "-q"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["evaluations"]["brightness"] <= 12 and found["unnoticed"] == ["jpeg_compression"]
    assert found["weakest"]["brightness"]["accuracy"]["value"] <= 0.99 * found["clean"]["value"]
    assert (tmp_path / "mine.toml").read_text() == text
    assert main([*words[:-1], "mine.json"]) == 2
    assert "ends in .toml, and mine.json does not" in capsys.readouterr().err
    assert main([*words, "--seed", "1"]) == 1
    assert "seed" in capsys.readouterr().err


ENDLESS = """
import sys
import numpy as np, torch
from corrupt_engine.science import calibrate
levels = np.arange(200) % 100
data = np.repeat(levels, 192).reshape(200, 8, 8, 3).astype(np.uint8), (levels > 49).astype(int)

class Threshold(torch.nn.Module):
    left = int(sys.argv[2])
    def __init__(self):
        super().__init__()
        self.above = torch.nn.Parameter(torch.tensor(49.5))
    def forward(self, images):
        Threshold.left -= 1
        if not Threshold.left:
            import os, signal
            os.kill(os.getpid(), signal.SIGKILL)
        level = images.mean((1, 2, 3)) * 255
        return torch.stack([self.above - level, level - self.above], dim=1)

made = calibrate(Threshold(), data, ["brightness", "contrast"], benchmark="cifar-10-c", record=sys.argv[1],
                 mean=0.0, std=1.0, progress=False, limit=None, batch_size=200, check=False)
sys.stdout.write(made.text)
"""


def test_kill_9_in_the_middle_changes_nothing(tmp_path):
    """After each number of batches another process goes on, and ends with the file of one that nobody killed."""

    def begun(record, left):
        words = [sys.executable, "-c", ENDLESS, str(tmp_path / record), str(left)]
        return subprocess.run(words, capture_output=True, text=True, timeout=120)

    whole = begun("whole.sqlite", 0)
    assert whole.returncode == 0, whole.stderr
    assert begun("killed.sqlite", 6).returncode == -signal.SIGKILL
    assert begun("killed.sqlite", 4).returncode == -signal.SIGKILL
    after = begun("killed.sqlite", 0)
    assert after.returncode == 0 and after.stdout == whole.stdout != ""
