"""Overlap scores: the arithmetic, the run, its going on after a kill, and what is undefined."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import corrupt_engine as ce
from corrupt_engine.catalogue import CLEAN, Condition
from corrupt_engine.cli import main
from corrupt_engine.metrics import overlap_scores, own_gains
from corrupt_engine.metrics.predictions import Predictions
from corrupt_engine.records.results import Results
from corrupt_engine.science import OverlapMatrix, overlap, overlap_page
from corrupt_engine.science.charts import clustered

NAMES = ("fog", "gaussian_noise", "shot_noise")
COUNT = 400


def by_hand(kept, i, j):
    """The formula of the thesis, read aloud."""

    def share(model, corruption):
        standard = kept[0][corruption]
        return (kept[1 + model][corruption] - standard) / (kept[1 + corruption][corruption] - standard)

    return max(0.0, (share(i, j) + share(j, i)) / 2)


def test_scores_are_the_formula():
    kept = np.random.default_rng(0).uniform(0.2, 0.5, (5, 4))
    kept[0] = 0.4  # so that some help and some harm
    for n in range(4):
        kept[1 + n, n] = 0.9
    scores = overlap_scores(kept)
    assert scores == pytest.approx(np.array([[by_hand(kept, i, j) for j in range(4)] for i in range(4)]))
    assert np.array_equal(scores, scores.T) and (np.diag(scores) == 1).all() and (scores == 0).any()
    assert np.array_equal(overlap_scores(np.stack([kept, kept]))[1], scores)


def test_scores_where_own_training_gained_nothing():
    kept = np.array([[0.5, 0.5], [0.8, 0.6], [0.5, 0.5]])
    assert own_gains(kept).tolist() == pytest.approx([0.3, 0.0])
    assert np.isnan(overlap_scores(kept)[:, 1]).all() and overlap_scores(kept)[0, 0] == 1


def results(model, rates, clean=0.9, seed=0):
    """Results whose accuracy is `clean`, and under each corruption a rate."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, COUNT)

    def some(rate):
        rank = np.ones(COUNT, np.int32)
        rank[rng.permutation(COUNT)[: round(rate * COUNT)]] = 0
        return Predictions(labels.astype(np.int32), np.ones(COUNT, np.float32), rank)

    conditions = {CLEAN: some(clean)}
    for name, rate in zip(NAMES, rates, strict=True):
        conditions |= {Condition(name, severity): some(rate) for severity in (1, 2)}
    return Results(model, "imagenet-c", conditions, np.arange(COUNT) % 10, np.arange(COUNT))


def models(**changes):
    made = {
        "fog": results("a", (0.8, 0.4, 0.4)),
        "gaussian_noise": results("b", (0.5, 0.8, 0.7)),
        "shot_noise": results("c", (0.5, 0.7, 0.8)),
    }
    return results("standard", (0.5, 0.4, 0.4)), {**made, **changes}


def test_a_matrix_from_predictions():
    matrix = OverlapMatrix.of(*models())
    assert matrix.names == NAMES and not matrix.undefined and matrix.images == COUNT
    assert matrix.scores == pytest.approx(np.array([[1, 0, 0], [0, 1, 0.75], [0, 0.75, 1]]))
    assert matrix.clean.tolist() == pytest.approx([0.9] * 4)
    assert matrix.kept[0].tolist() == pytest.approx([0.5, 0.4, 0.4])
    assert matrix.mean.tolist() == pytest.approx([0, 0.375, 0.375]) and matrix.alone == ("fog",)
    assert (np.diag(matrix.errors) < 1e-12).all() and 0.01 < matrix.errors[1, 2] < 0.1
    assert "gaussian_noise 0.00 1.00 0.75" in str(matrix)


def test_both_kinds_agree_where_clean_accuracies_are_equal():
    residual, preserved = (OverlapMatrix.of(*models(), kind=kind) for kind in ("residual", "preserved"))
    assert preserved.scores == pytest.approx(residual.scores)
    lower = models(fog=results("a", (0.8, 0.4, 0.4), clean=0.85))
    residual, preserved = (OverlapMatrix.of(*lower, kind=kind) for kind in ("residual", "preserved"))
    assert residual.scores[0, 1] != pytest.approx(preserved.scores[0, 1])


def test_the_standard_error_covers_what_other_images_give():
    """The spread of the score over thirty draws of the test images, within a factor of 1.5 (four standard errors of a
    standard deviation of thirty numbers are .52 of it).
    """
    drawn = []
    for n in range(30):
        standard, trained = models(
            gaussian_noise=results("b", (0.5, 0.8, 0.7), seed=n), shot_noise=results("c", (0.5, 0.7, 0.8), seed=90 + n)
        )
        rng = np.random.default_rng(n)
        picked = rng.integers(0, COUNT, COUNT)
        for one in (standard, *trained.values()):
            for condition, given in one.predictions.items():
                one.predictions[condition] = given.take(picked)
        drawn.append(OverlapMatrix.of(standard, trained))
    told = np.mean([matrix.errors[1, 2] for matrix in drawn])
    assert 1 / 1.5 < np.std([matrix.scores[1, 2] for matrix in drawn], ddof=1) / told < 1.5


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"fog": results("a", (0.5, 0.4, 0.4))}, "gained nothing under it"),
        ({"fog": results("a", (0.3, 0.4, 0.4))}, r"gained nothing under it: -0\.2000"),
        ({"fog": results("a", (0.8, 0.4, 0.4), clean=0.7)}, r"changed the clean accuracy by -0\.200, beyond 0\.1"),
    ],
)
def test_what_is_undefined_is_no_number(changed, words):
    matrix = OverlapMatrix.of(*models(**changed))
    assert list(matrix.undefined) == ["fog"] and __import__("re").search(words, matrix.undefined["fog"])
    assert np.isnan(matrix.scores[0]).all() and np.isnan(matrix.scores[:, 0]).all() and np.isnan(matrix.mean[0])
    assert matrix.scores[1, 2] == pytest.approx(0.75) and matrix.mean[1] == pytest.approx(0.75)
    assert "fog is undefined" in str(matrix)


def test_a_matrix_is_read_back(tmp_path):
    matrix = OverlapMatrix.of(*models(), failed={"snow": "its training diverged"}, facts={"epochs": 3})
    assert matrix.names == (*NAMES, "snow") and np.isnan(matrix.scores[3]).all()
    again = OverlapMatrix.load(matrix.save(tmp_path / "a" / "overlap.json"))
    assert str(again) == str(matrix) and again.to_dict() == matrix.to_dict()
    assert "NaN" not in (tmp_path / "a" / "overlap.json").read_text()
    (tmp_path / "b.json").write_text('{"names": [1]}')
    (tmp_path / "d.json").write_text(json.dumps({**matrix.to_dict(), "names": ["fog", "snow"]}))
    for name in ("b.json", "c.json", "d.json"):
        with pytest.raises(ce.OptionError, match="overlap matrix"):
            OverlapMatrix.load(tmp_path / name)


def test_results_that_do_not_belong_together():
    standard, trained = models()
    other = results("a", (0.8, 0.4, 0.4))
    object.__setattr__(other, "ids", other.ids + 1)
    with pytest.raises(ce.OptionError, match="of other images"):
        OverlapMatrix.of(standard, {**trained, "fog": other})
    lacks = results("a", (0.8, 0.4, 0.4))
    del lacks.predictions[Condition("shot_noise", 2)]
    with pytest.raises(ce.OptionError, match="lack conditions of shot_noise"):
        OverlapMatrix.of(standard, {**trained, "fog": lacks})


def images(count, seed):
    """Classes 0 to 2: 8 x 8 dark grain with its left third, its middle or its right third a little brighter, which
    survives noise; and the class in one quiet pixel, which a network finds first and noise drowns.
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    made = rng.integers(0, 60, (count, 8, 8))
    for image, label in zip(made, labels, strict=True):
        image[:, 3 * label : 3 * label + 3] += 9
        image[0, 0] = 50 * label
    return made.astype(np.uint8), labels


def network():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 3))


def run(folder, factory=network, **options):
    own = {
        "corruptions": ["snow", "fog", "brightness"],
        "epochs": 12,
        "severities": (2, 4),
        "benchmark": "cifar-10-c",
        "folder": folder,
        "batch_size": 32,
        "progress": False,
        "num_workers": 0,
        "mean": 0.2,
        "std": 0.2,
        "optimizer": lambda parameters: torch.optim.Adam(parameters, lr=0.01),
        **options,
    }
    return overlap(factory, images(480, 0), images(300, 1), **own)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("overlap")
    return folder, run(folder)


def same(one, other):
    """Equal but for the seconds."""
    kept = [{**matrix.to_dict(), "facts": None} for matrix in (one, other)]
    return kept[0] == kept[1]


def test_an_overlap_of_three(made):
    folder, matrix = made
    assert not matrix.undefined and matrix.images == 300
    assert (
        matrix.scores[0, 2] > 0.3 > matrix.scores[0, 1] and matrix.scores[1, 2] < 0.3
    )  # both add light to dark images
    assert {path.name for path in folder.iterdir()} == {
        "overlap.json",
        "overlap.html",
        *(f"{n}.{s}" for n in ("standard", *matrix.names) for s in ("pt", "sqlite")),
    }
    assert same(OverlapMatrix.load(folder / "overlap.json"), matrix)
    record = ce.Report.load(folder / "brightness.sqlite")
    assert 1 - record.clean_error == pytest.approx(matrix.clean[3])
    assert 0 < matrix.facts["seconds"]["waiting for images"] < matrix.facts["seconds"]["training"]


def test_the_same_again_without_a_folder(made):
    assert same(run(None), made[1])
    assert not same(run(None, seed=1), made[1])


def test_the_folder_of_another_overlap_is_refused(made):
    with pytest.raises(ce.StateError, match="its epochs is 12, and here it is 13"):
        run(made[0], epochs=13)


KILLED = """
import sys
from tests.test_science_overlap import run
run(sys.argv[1])
"""


def test_a_killed_overlap_goes_on_to_the_same_matrix(made, tmp_path):
    """Killed as soon as the second model is being trained, and once more when all are being evaluated."""
    for waits_for in ("standard.pt", "standard.sqlite"):
        child = subprocess.Popen([sys.executable, "-c", KILLED, tmp_path], cwd=Path(__file__).parent.parent)
        deadline = time.monotonic() + 120
        while not (tmp_path / waits_for).exists() and child.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        os.kill(child.pid, signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    assert not (tmp_path / "overlap.json").exists()
    assert same(run(tmp_path), made[1])
    assert json.loads((tmp_path / "overlap.json").read_text())["names"] == list(made[1].names)


class Explodes(nn.Module):
    """Diverges on noise, whose images are brighter than any clean one."""

    def __init__(self):
        super().__init__()
        self.inner = network()

    def forward(self, images):
        scores = self.inner(images)
        return scores * torch.where(images.amax() > (130 / 255 - 0.2) / 0.2, torch.inf, 1.0)


def test_a_diverged_training_is_undefined_and_the_rest_goes_on():
    matrix = run(None, Explodes, corruptions=["gaussian_noise", "jpeg_compression", "contrast"], epochs=2)
    assert "diverged" in matrix.undefined["gaussian_noise"]
    assert set(matrix.names) == {"gaussian_noise", "jpeg_compression", "contrast"}
    row = matrix.names.index("gaussian_noise")
    assert np.isnan(matrix.scores[row]).all() and np.isnan(matrix.kept[row + 1]).all()


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"corruptions": "fog"}, ce.OptionError, "between two corruptions or more"),
        ({"corruptions": ["fog", "fogg"]}, ce.UnknownNameError, "fogg"),
        ({"kind": "squared"}, ce.UnknownNameError, "residual, preserved"),
        ({"margin": 2}, ce.OptionError, "margin 2"),
        ({"factory": lambda: None}, ce.OptionError, "made a NoneType"),
        ({"factory": network()}, ce.OptionError, "gives the same network each time"),
        ({"shuffle": True}, ce.OptionError, "does not take 'shuffle'"),
        ({"record": "a"}, ce.OptionError, "does not take 'record'"),
        ({"decoded_cache": "a"}, ce.OptionError, "does not take 'decoded_cache': images for training and for the test"),
    ],
)
def test_wrong_arguments(change, error, words):
    with pytest.raises(error, match=words):
        run(None, **change)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"limit": 0}, ce.OptionError, "limit 0 is below 1"),
        ({"benchmark": "adversarial", "corruptions": None}, ce.OptionError, "'fgsm' is an attack"),
        ({"benchmark": "laion-c", "corruptions": ["glitched", "stickers"]}, ce.MissingTexturesError, "bank of tiles"),
        ({"benchmark": "imagenet-3dcc", "corruptions": ["iso_noise", "fog_3d"]}, ce.OptionError, "needs a depth map"),
    ],
)
def test_what_cannot_be_evaluated_is_said_before_anything_is_trained(monkeypatch, change, error, words):
    monkeypatch.delenv("CORRUPT_ENGINE_TILES", raising=False)

    def trains():
        raise AssertionError("a network was made")

    with pytest.raises(error, match=words):
        run(None, trains, **{"severities": None, **change})


@pytest.mark.parametrize("seed", [-1, -(2**70), 2**70])
def test_any_integer_is_a_seed(seed):
    """NumPy, scikit-learn and torch take some integers alone, and said so at the end, in errors of their own."""
    options = {"epochs": 1, "corruptions": ["fog", "brightness"], "severities": 2, "seed": seed}
    once, again, other = (run(None, **{**options, "seed": own}) for own in (seed, seed, seed + 1))
    assert same(once, again) and not same(once, other)


@pytest.mark.parametrize("which", ["train", "test"])
def test_data_of_one_class_is_refused(which):
    sets = {"train": images(48, 0), "test": images(48, 1)}
    sets[which] = (sets[which][0], np.zeros(48, int))
    with pytest.raises(ce.OptionError, match=f"all labels of the {which} images are 0"):
        overlap(network, sets["train"], sets["test"], "fog,snow", epochs=1, progress=False)


def test_the_page(made, tmp_path):
    text = (made[0] / "overlap.html").read_text()
    scores = made[1].scores
    assert f'title="snow and brightness: {scores[0, 2]:.2f} ± ' in text and "Overlap of 3 corruptions" in text
    assert "What is undefined" not in text and "<script" not in text
    undefined = OverlapMatrix.of(*models(fog=results("<b>a", (0.5, 0.4, 0.4))))
    shown = overlap_page(undefined, tmp_path / "other.html").read_text()
    assert "What is undefined" in shown and "training on it gained nothing" in shown and ">?</td>" in shown


def test_the_order_puts_together_what_is_alike():
    rng = np.random.default_rng(0)
    group = np.array([0, 1, 2, 0, 1, 2, 0])
    scores = np.where(group[:, None] == group, 0.8, 0.1) + rng.uniform(0, 0.05, (7, 7))
    ordered = group[clustered((scores + scores.T) / 2)]
    assert (np.diff(ordered) != 0).sum() == 2
    scores[3] = scores[:, 3] = np.nan
    assert sorted(clustered(scores)) == list(range(7)) and clustered(scores)[-1] == 3


def test_the_command(tmp_path, monkeypatch, capsys):
    for name, count in (("train", 48), ("test", 24)):
        pixels, labels = images(count, 0)
        for n, (image, label) in enumerate(zip(pixels, labels, strict=True)):
            folder = tmp_path / name / str(label)
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.dstack([image] * 3)).save(folder / f"{n}.png")
    (tmp_path / "own_nets.py").write_text(
        "from torch import nn\ndef small():\n    return nn.Sequential(nn.Flatten(), nn.Linear(192, 3))\n"
        "def number():\n    return lambda images: images.mean((2, 3))\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    words = ["train", "test", "out", "--epochs", "2", "--corruptions", "snow", "fog", "--severities", "5", "-q"]
    words += ["--geometry", "none", "--learning-rate", "0.01", "--workers", "0", "--threads", "1"]
    assert main(["overlap", "own_nets:small", *words]) == 0
    assert "overlap" in capsys.readouterr().out and (tmp_path / "out" / "overlap.html").exists()
    assert main(["overlap", "own_nets:small", *words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["names"] == ["snow", "fog"]
    assert main(["overlap", "own_nets:small", *words, "--learning-rate", "-1"]) == 2
    assert "learning rate -1.0" in capsys.readouterr().err
    assert main(["overlap", "own_nets:small", *words, "--seed", "1"]) == 2
    assert "of another training" in capsys.readouterr().err
    assert main(["overlap", "own_nets:number", *words]) == 2
    assert "makes no torch.nn.Module" in capsys.readouterr().err
