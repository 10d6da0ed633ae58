"""`verify`: the published rows, and that made-up answers are judged as they were made."""

import hashlib
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import stats

import corrupt_engine as ce
from corrupt_engine.catalogue import CLEAN, conditions
from corrupt_engine.cli import main
from corrupt_engine.metrics.predictions import Predictions
from corrupt_engine.tools.verify import images, published
from corrupt_engine.tools.verify.judge import chi_square, judge
from corrupt_engine.tools.verify.published import Published, published_rows
from corrupt_engine.tools.verify.verify import named_model, verify

from .torchrun_script import torchrun

SAMPLES = 5000
WIDE = """
import torch

def brightest(images):
    return images.mean(dim=1).flatten(1)[:, :1000]
"""


def answers(accuracy, seed=0, samples=SAMPLES):
    """A report of answers that are right with a probability for each (corruption, severity), independently."""
    generator = np.random.Generator(np.random.PCG64(seed))
    labels = np.zeros(samples, np.int64)
    predictions = {}
    for condition in conditions("imagenet-c"):
        wrong = (generator.random(samples) >= accuracy(condition.corruption, condition.severity)).astype(np.int32)
        predictions[condition] = Predictions(wrong, np.ones(samples, np.float32), wrong)
    return ce.Report("made up", "imagenet-c", predictions, labels, np.arange(samples))


def as_published(row, off=lambda name, severity: 0.0):
    """The row's accuracies, some of them moved."""

    def accuracy(name, severity):
        value = row.clean if name == CLEAN.corruption else row.cells[name][int(severity) - 1]
        return float(np.clip(value + off(name, severity), 0, 1))

    return accuracy


R50 = published_rows()["Standard_R50"]


def test_the_rows_are_those_that_were_published():
    # The mCE that RobustBench gives beside its cells, and the mean accuracies.
    alexnet = published_rows()["AlexNet"].errors()
    found = {
        name: (
            round(100 * float(np.mean(row.errors() / alexnet)), 2),
            round(100 * float(1 - row.errors().mean()), 2),
            row.clean,
        )
        for name, row in published_rows().items()
    }
    assert found == {
        "AlexNet": (100.0, 21.12, 0.5624),
        "Standard_R50": (76.38, 39.48, 0.7672),
        "Hendrycks2020AugMix": (64.17, 49.33, 0.7734),
    }
    assert all(tuple(row.cells) == ce.corruptions("imagenet-c") for row in published_rows().values())


def test_the_images_are_those_that_were_published():
    numbers = images.published_images()
    assert numbers[:3] == (15253, 20685, 39611) and len(set(numbers)) == SAMPLES
    digest = hashlib.sha256("\n".join(map(str, numbers)).encode()).hexdigest()
    assert digest == "fd678f288bce606cff2049db3e81ef14ae9681387c8cf4abed3fc9727a767884"


@pytest.mark.parametrize("name", published_rows())
def test_answers_as_published_reproduce(name):
    row = published_rows()[name]
    found = judge(answers(as_published(row)), row)
    assert found.reproduces and found.faults == []
    assert f"This installation reproduces RobustBench's {name} on 5,000 images" in found.sentence
    assert "divided by RobustBench's AlexNet on the same 5,000 images" in found.sentence
    assert "the paper's AlexNet on all 50,000" in str(found)
    assert len(found.cells) == 76 and str(found).count("\n") >= 80
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_right_installation_is_seldom_called_wrong():
    """Two samples of the same accuracies, which is the worst case: 200 of them, one in a hundred by mistake."""
    generator = np.random.Generator(np.random.PCG64(1))
    wrong = 0
    for seed in range(200):
        cells = {name: tuple(generator.binomial(SAMPLES, values) / SAMPLES) for name, values in R50.cells.items()}
        drawn = Published("drawn", None, float(generator.binomial(SAMPLES, R50.clean)) / SAMPLES, cells)
        wrong += not judge(answers(as_published(R50), seed), drawn).reproduces
    assert wrong <= stats.binom.ppf(0.999, 200, 0.01)


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (lambda name, severity: -0.06 * ((name, severity) == ("snow", 2)), "snow 2 is off by -"),
        (lambda name, severity: -0.06 * (name == "clean"), "clean is off by -"),
        (lambda name, severity: 0.03 * (name in ("fog", "frost", "snow", "contrast")), "scatter more than chance"),
        (lambda name, severity: -0.02 * (severity > 0), "the mean is off by -"),
    ],
)
def test_answers_that_are_off_do_not(off, words):
    found = judge(answers(as_published(R50, off)), R50)
    assert not found.reproduces and words in found.sentence
    assert "does not reproduce RobustBench's Standard_R50" in found.sentence


def test_the_mean_knows_that_images_differ():
    """Where some images are right under all conditions and some under none, the mean of 5,000 moves by more than that
    of independent cells, and a shift of half a point is no fault.
    """
    labels = np.zeros(SAMPLES, np.int64)
    share = float(np.mean(list(R50.cells.values()))) + 0.005
    wrong = (np.arange(SAMPLES) >= share * SAMPLES).astype(np.int32)
    same = Predictions(wrong, np.ones(SAMPLES, np.float32), wrong)
    report = ce.Report("made up", "imagenet-c", dict.fromkeys(conditions("imagenet-c"), same), labels)
    found = judge(report, R50)
    assert found.mean.z == pytest.approx(0.005 / math.sqrt(2 * share * (1 - share) / SAMPLES), rel=0.05)


@pytest.mark.parametrize("degrees", [30, 76, 200])
@pytest.mark.parametrize("share", [0.5, 0.99, 0.9967])
def test_the_quantile_is_chi_squares(degrees, share):
    assert chi_square(degrees, share) == pytest.approx(stats.chi2.ppf(share, degrees), rel=0.005)


def test_what_is_no_published_model_is_said():
    assert named_model("Standard_R50", None) == ("torchvision:resnet50.IMAGENET1K_V1", "Standard_R50")
    assert named_model("a:b", "AlexNet") == ("a:b", "AlexNet")
    with pytest.raises(ce.UnknownNameError, match="did you mean 'Standard_R50'"):
        named_model("a:b", "Standard_R51")
    with pytest.raises(ce.OptionError, match="say which published row the model is held to"):
        named_model("timm:resnet50", None)
    with pytest.raises(ce.OptionError, match="no library has the weights of Hendrycks2020AugMix"):
        named_model("Hendrycks2020AugMix", None)
    with pytest.raises(ce.OptionError, match="does not take 'geometry'"):
        verify(lambda x: x, "nowhere", row="AlexNet", geometry="none")
    with pytest.raises(ce.OptionError, match="about imagenet-c, and the report about imagenet-c-extra"):
        extra = {c: Predictions(*np.zeros((3, 4), np.int32)) for c in conditions("imagenet-c-extra")}
        judge(ce.Report("x", "imagenet-c-extra", extra, np.zeros(4, np.int64)), R50)


@pytest.fixture
def validation_set(tmp_path, monkeypatch):
    """1,000 class folders of one image each; the list of 5,000 is the first four. A module with a model beside it."""
    (tmp_path / "wide.py").write_text(WIDE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    folder = tmp_path / "val"
    numbers = (7, 3, 40000, 12)
    generator = np.random.Generator(np.random.PCG64(0))
    for place, number in enumerate((*numbers, *range(1000, 1996))):
        (folder / f"n{place:08d}").mkdir(parents=True)
        pixels = generator.integers(0, 256, (30, 40, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"n{place:08d}" / f"ILSVRC2012_val_{number:08d}.JPEG")
    monkeypatch.setattr(images, "published_images", lambda: numbers)
    yield folder
    sys.modules.pop("wide", None)


def test_the_command(validation_set, capsys):
    command = ["verify", "wide:brightest", str(validation_set), "--row", "AlexNet", "--threads", "1"]
    command += ["--workers", "1", "--quiet"]
    assert main([*command, "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert found["images"] == 4 and found["row"] == "AlexNet" and not found["reproduces"]
    assert len(found["cells"]) == 76 and found["mce"][1]["published"] is None
    report = ce.Report.load("verify-AlexNet.sqlite")
    assert report.labels.tolist() == [0, 1, 2, 3] and report.settings["as_stored"] is True
    assert report.settings["variant"] == "imagenet-c"
    assert main(command) == 3
    assert "This installation does not reproduce RobustBench's AlexNet on 4 images" in capsys.readouterr().out
    assert main([*command, "--autocast", "bfloat16"]) == 1
    assert "autocast was None and is bfloat16 now" in capsys.readouterr().err

    found = next(validation_set.rglob("*00040000.JPEG"))
    found.rename(found.with_name("other.JPEG"))
    assert main(command) == 2
    assert "1 of the 4 images are not there, the first is ILSVRC2012_val_00040000.JPEG" in capsys.readouterr().err
    Path("few/a").mkdir(parents=True)
    Path("few/a/1.png").write_bytes(b"")
    assert main(["verify", "wide:brightest", "few", "--row", "AlexNet"]) == 2
    assert "1000 class folders such as n01440764 is needed, not 1 class folders" in capsys.readouterr().err


@pytest.mark.timeout(180)
def test_two_processes_say_once_what_one_says(validation_set, capsys):
    """Also where they find that the row is not reproduced, after which torchrun ends all that still run."""
    command = ["verify", "wide:brightest", str(validation_set), "--row", "AlexNet", "--threads", "1", "--json"]
    assert main([*command, "--record", "one.sqlite", "--quiet"]) == 3
    one = json.loads(capsys.readouterr().out)
    done = torchrun("-m", "tests.torchrun_verify", *command, "--record", "two.sqlite")
    assert done.returncode == 1 and "exitcode  : 3" in done.stderr, done.stderr[-3000:]
    assert json.loads(done.stdout) == one
    assert "verify: error" not in done.stderr and done.stderr.count("record: two.sqlite") == 1
    assert not list(Path().glob("*.part-*"))


def test_the_files_are_packaged():
    assert published.packaged("robustbench.json") and published.packaged("robustbench_ids.txt")
