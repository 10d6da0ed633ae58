"""Minimal sample distances: by hand, kept in a folder, as a page, as a command; and features of a network."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import corrupt_engine as ce
from corrupt_engine.cli import main
from corrupt_engine.models import LoadedModel
from corrupt_engine.science import SampleDistances, distances_page, minimal_sample_distances, penultimate
from corrupt_engine.science.charts import clustered_within, heat_map
from corrupt_engine.science.distances_page import nearness

from .small_sources import labels, made_images
from .tiny import Killed, working_folder

FLAT = nn.Flatten()
NAMES = ("gaussian_noise", "shot_noise", "brightness")


def distances(features=FLAT, corruptions=NAMES, **options):
    own = {"severities": (3, 5), "benchmark": "cifar-10-c", "progress": False, "mean": 0.0, "std": 1.0, **options}
    return minimal_sample_distances(features, (made_images(), labels()), list(corruptions), **own)


def same(one, other):
    return one.to_dict() == other.to_dict()


def test_distances_by_hand():
    made = distances()
    assert made.names == NAMES and made.images == 11 and made.distances.dtype == np.float64
    rows = {
        name: np.concatenate(
            [
                ce.corrupt(made_images(), name, s, ids=range(11), variant="cifar-10-c")
                .transpose(0, 3, 1, 2)
                .reshape(11, -1)
                / 255
                for s in (3, 5)
            ]
        )
        for name in NAMES
    }
    for a, one in enumerate(NAMES):
        for b, other in enumerate(NAMES):
            expected = min(np.linalg.norm(row - rows[one].mean(0)) for row in rows[other])
            assert made.distances[a, b] == pytest.approx(expected, rel=1e-5)
    assert made.distances[0, 2] != made.distances[2, 0]  # not symmetric


def test_distances_follow_from_the_seed_alone():
    first = distances(limit=5)
    assert same(distances(limit=5, batch_size=2, num_workers=2), first) and first.images == 5
    assert not np.array_equal(distances(limit=5, seed=1).distances, first.distances)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"features": lambda images: images.sum()}, "a row for each image"),
        ({"features": lambda images: images.flatten(1) / 0}, "are not finite"),
        ({"shuffle": True}, "does not take 'shuffle'"),
        ({"num_shards": 2}, "does not take 'num_shards'"),
        ({"limit": 0}, "limit 0"),
        ({"memory": 0}, "memory 0"),
        ({"folder": 3}, "folder 3 is no path"),
        ({"features": 3}, "a model must be callable"),
    ],
)
def test_distances_of_what_has_none(options, words):
    with pytest.raises(ce.OptionError, match=words):
        distances(**options)


class Counted(nn.Module):
    """Flat features, scaled by a weight; counts the images that it was shown, and is killed at its `calls`-th call."""

    def __init__(self, scale=1.0, calls=10**9):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale))
        self.images, self.left = 0, calls

    def forward(self, images):
        self.left -= 1
        if self.left < 0:
            raise Killed
        self.images += len(images)
        return self.scale * images.flatten(1)


def test_what_a_killed_run_has_is_not_made_anew(tmp_path):
    expected = distances(Counted())
    with pytest.raises(Killed):
        distances(Counted(calls=8), folder=tmp_path, batch_size=4)  # 3 batches a condition: in the third one
    assert len(list(tmp_path.glob("*.npy"))) == 2 and not (tmp_path / "distances.json").exists()
    second = Counted()
    assert np.array_equal(distances(second, folder=tmp_path, batch_size=4).distances, expected.distances)
    assert second.images == 11 * 4
    third = Counted()
    assert same(distances(third, folder=tmp_path, batch_size=4), SampleDistances.load(tmp_path / "distances.json"))
    assert third.images == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        *("features.json", "distances.json", "distances.html"),
        *(f"{name}-{level}.npy" for name in NAMES for level in (3, 5)),
    }
    grown = Counted()
    more = distances(grown, (*NAMES, "fog"), folder=tmp_path, batch_size=4)
    assert grown.images == 11 * 2 and same(more, distances(Counted(), (*NAMES, "fog")))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"features": Counted(2.0)}, "features is "),
        ({"limit": 5}, "images is 11 there and 5 here"),
        ({"seed": 1}, "seed is 0 there and 1 here"),
        ({"batch_size": 3}, "batch_size is 4 there and 3 here"),
        ({"mean": 0.5}, "mean is 0.0 there and 0.5 here"),
        ({"benchmark": "imagenet-c"}, "benchmark is cifar-10-c there and imagenet-c here"),
        ({"autocast": "bfloat16"}, "autocast is None there and bfloat16 here"),
    ],
)
def test_the_folder_of_other_arguments_is_refused(tmp_path, other, words):
    common = {"features": Counted(), "corruptions": ["fog"], "folder": tmp_path, "batch_size": 4}
    distances(**common)
    with pytest.raises(ce.StateError, match=re.escape(words)):
        distances(**{**common, **other})


def test_a_run_that_failed_before_its_first_features_binds_nobody(tmp_path):
    with pytest.raises(Killed):
        distances(Counted(calls=0), folder=tmp_path / "a", mean=0.5)
    with pytest.raises(ce.OptionError):
        distances(folder=tmp_path / "a", memory=100, seed=3)
    assert not (tmp_path / "a").exists()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "features.json").write_text("{}")  # killed between the two
    assert same(distances(folder=tmp_path / "a"), distances())
    with pytest.raises(ce.StateError, match="seed is 0 there and 3 here"):
        distances(folder=tmp_path / "a", seed=3)


def test_a_folder_with_something_else(tmp_path):
    distances(corruptions=["fog"], folder=tmp_path / "a")
    for content in (b"no array", b""):
        (tmp_path / "a" / "fog-3.npy").write_bytes(content)
        with pytest.raises(ce.StateError, match=r"fog-3\.npy holds no features"):
            distances(corruptions=["fog"], folder=tmp_path / "a")
    for text in ("{", "[1]"):
        (tmp_path / "a" / "features.json").write_text(text)
        with pytest.raises(ce.StateError, match=r"features\.json"):
            distances(corruptions=["fog"], folder=tmp_path / "a")


def test_images_that_memory_does_not_suffice_for(tmp_path):
    with pytest.raises(ce.OptionError, match=r"memory=100; .*as without a folder; or take fewer images"):
        distances(folder=tmp_path, memory=100)
    assert distances(memory=100).images == 11  # without a folder nothing is kept in memory


def test_images_of_several_sizes_are_not_said_to_be_too_many(tmp_path):
    images = [np.zeros((32, width, 3), np.uint8) for width in (32, 32, 48)]
    source = [(image, 0) for image in images]
    options = {"benchmark": "cifar-10-c", "severities": 3, "progress": False, "mean": 0.0, "std": 1.0, "batch_size": 1}
    with pytest.raises(ce.OptionError, match="give a geometry that makes them equal") as caught:
        minimal_sample_distances(lambda x: x.mean((2, 3)), source, ["fog"], folder=tmp_path, **options)
    assert "fewer images" not in str(caught.value)


KILLED = """
import sys, time
import torch
from tests.test_science_distances import Counted, distances

class Slow(Counted):
    def forward(self, images):
        time.sleep(.05)
        return super().forward(images)

Slow.__qualname__ = "Counted"  # the same network to a fingerprint
distances(Slow(), folder=sys.argv[1], batch_size=4)
"""


def test_a_run_killed_from_outside_goes_on(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", KILLED, tmp_path], cwd=Path(__file__).parent.parent)
    deadline = time.monotonic() + 120
    while not (tmp_path / "shot_noise-3.npy").exists() and child.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    done = len(list(tmp_path.glob("*.npy")))
    model = Counted()
    assert same(distances(model, folder=tmp_path, batch_size=4), distances(Counted(), batch_size=4))
    assert 3 <= done < 6 and model.images == 11 * (6 - done)


def made(scale=1.0):
    return SampleDistances(
        ("fog", "<b>a", "snow"), scale * np.array([[1, 4, 2], [9, 2.5, 6], [3, 5, 0.5]]), 7, {"benchmark": "mine"}
    )


def test_the_value(tmp_path):
    value = made()
    assert value.nearest == {"fog": ("snow", "<b>a"), "<b>a": ("snow", "fog"), "snow": ("fog", "<b>a")}
    lines = str(value).splitlines()
    assert lines[0].split()[-3:] == ["1", "2", "3"] and lines[2] == "2 <b>a                    9.00 2.50 6.00"
    assert [made(scale).decimals for scale in (1e-3, 1, 100)] == [5, 2, 0]
    assert same(SampleDistances.load(value.save(tmp_path / "a" / "d.json")), value)
    (tmp_path / "b.json").write_text('{"names": ["fog"], "distances": [[1, 2]], "images": 1}')
    (tmp_path / "d.json").write_text("[1]")
    for name in ("b.json", "c.json", "d.json"):
        with pytest.raises(ce.OptionError, match="sample distances"):
            SampleDistances.load(tmp_path / name)


def test_shades_go_from_the_nearest_to_the_farthest():
    shades = nearness(made().distances)
    assert shades[2, 2] == 1 and shades[1, 0] == 0 and shades[0, 2] == pytest.approx((9 - 2) / 8.5)
    assert (nearness(np.full((3, 3), 2.0)) == 1).all() and nearness(np.ones((1, 1))).tolist() == [[1]]


def test_the_page(tmp_path):
    text = distances_page(made(), tmp_path / "d.html").read_text()
    assert "Minimal sample distances of 3 corruptions" in text and "7 images, benchmark mine" in text
    assert 'title="from the mean under snow to the nearest sample under fog: 3.00"' in text
    assert "&lt;b&gt;a" in text and "<b>a" not in text and "<script" not in text
    rows = re.findall(r'scope="row">\d+ ([^<]*)', text)
    assert rows[:2] == ["fog", "snow"]  # the two that are near stand together


def test_blocks_are_clustered_each_by_itself():
    alike = np.array([[1, 0, 0.9, 0], [0, 1, 0, 0.8], [0.9, 0, 1, 0], [0, 0.8, 0, 1]])
    assert clustered_within(alike, [[3, 1], [0, 2]]) == [3, 1, 0, 2]
    text = str(heat_map("abcd", alike, groups=[[3, 1], [], [0, 2]]))
    assert re.findall(r'scope="row">\d ([^<]*)', text) == ["d", "b", "a", "c"]
    assert text.count("border-top") == text.count("border-left") == 4
    assert "border" not in str(heat_map("abcd", alike))
    assert "± &gt; 9<" in str(heat_map("abcd", alike, 1e12 * alike))


class Branches(nn.Module):
    """Runs its layers in another order than it holds them, and one of them not at all."""

    def __init__(self):
        super().__init__()
        self.last = nn.Linear(5, 3)
        self.first = nn.Linear(12, 5)
        self.unused = nn.Linear(1, 1)

    def forward(self, images):
        return {"logits": self.last(self.first(images.flatten(1)).relu())}


def test_features_of_a_network():
    net = Branches()
    images = torch.rand(4, 3, 2, 2)
    expected = net.first(images.flatten(1)).relu()
    found = penultimate(net)
    assert torch.equal(found(images), expected)
    assert not net.last._forward_pre_hooks  # nothing is left on it
    loaded = penultimate(LoadedModel(net, "mine", 0.5, 0.25))
    assert torch.equal(loaded.function(images), expected) and (loaded.mean, loaded.std) == (0.5, 0.25)
    assert loaded.name == "input of the last linear layer of mine"
    made = distances(penultimate(nn.Sequential(FLAT, nn.Linear(made_images()[0].size, 4))))
    assert np.array_equal(made.distances, distances(FLAT).distances)
    assert made.facts["features"] == "input of the last linear layer of Sequential"


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (lambda images: images, "a torch.nn.Module is needed"),
        (nn.Sequential(nn.Conv2d(3, 4, 1), FLAT), "Sequential has no linear layer"),
    ],
)
def test_what_has_no_last_linear_layer(model, words):
    with pytest.raises(ce.OptionError, match=words):
        penultimate(model)


def test_a_network_that_runs_no_linear_layer():
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 2)

        def forward(self, images):
            return images.flatten(1)

    with pytest.raises(ce.OptionError, match=r"ran none of its linear layers.*--features scores"):
        penultimate(Idle())(torch.zeros(1, 3, 2, 2))


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(working_folder(tmp_path, 9))
    monkeypatch.setattr(sys, "path", list(sys.path))
    with (tmp_path / "own_network.py").open("a") as file:
        file.write(
            "from torch import nn\nimport torch\ndef small():\n    torch.manual_seed(0)\n"
            "    return nn.Sequential(nn.Flatten(), nn.Linear(192, 8), nn.ReLU(), nn.Linear(8, 3))\n"
        )
    words = ["data", "--corruptions", "snow", "fog", "--severities", "5", "--geometry", "none", "-q"]
    words += ["--workers", "0", "--threads", "1"]
    assert main(["distances", "own_network:small", *words, "-o", "page.html"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("mean under, nearest under") and "2 fog" in text
    assert "input of the last linear layer of small" in Path("page.html").read_text()
    assert main(["distances", "own_network:small", "data", "out", *words[1:], "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["names"] == ["snow", "fog"] and told["images"] == 9
    assert same(SampleDistances.load("out/distances.json"), SampleDistances.from_dict(told))
    assert Path("out/distances.html").exists() and Path("out/snow-5.npy").exists()
    assert np.load("out/snow-5.npy").shape == (9, 8)
    assert main(["distances", "own_network:small", "data", "out", *words[1:], "--seed", "1"]) == 2
    assert "seed is 0 there and 1 here" in capsys.readouterr().err
    assert main(["distances", "own_network:network", *words]) == 2
    assert "no linear layer" in capsys.readouterr().err
    assert main(["distances", "own_network:network", *words, "--features", "scores", "--limit", "0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["facts"]["features"] == "tiny"
    assert main(["distances", "own_network:small", *words, "--features", "last"]) == 2
    assert "penultimate, scores" in capsys.readouterr().err
