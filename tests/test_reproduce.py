"""The scripts in examples/reproduce, on made-up images of their data's shape: they run to the end and keep a table."""

import functools
import importlib
import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch

FOLDER = Path(__file__).parent.parent / "examples" / "reproduce"


@pytest.fixture
def scripts(monkeypatch, tmp_path):
    """Imports a script as if it were run from its folder; results go elsewhere."""
    monkeypatch.syspath_prepend(FOLDER)
    names = ("comparison", "data", "cavey", "laugros_overlap", "ulicny")

    def load(name):
        monkeypatch.setattr(importlib.import_module("comparison"), "RESULTS", tmp_path / "results")
        return importlib.import_module(name)

    threads = torch.get_num_threads()
    yield load
    torch.set_num_threads(threads)
    for name in names:
        sys.modules.pop(name, None)


def digits(count, side, seed):
    """Ten classes, each a bright square at its own place."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    images = rng.integers(0, 40, (count, side, side)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 + 5 * (label % 5) :, :][:5, 4 + 12 * (label // 5) :][:, :6] += 180
    return images, labels


def named(name, make):
    """The same function under another name."""
    made = types.FunctionType(make.__code__, make.__globals__, name)
    made.__name__ = name
    return made


def claims(text):
    """The rows of a table of results."""
    return [line for line in text.splitlines() if re.match(r"\| [^|]+ \| [^|]+ \| [^|]+ \| (yes|\*\*no\*\*) \|$", line)]


def test_overlap(scripts, monkeypatch, tmp_path):
    script = scripts("laugros_overlap")
    monkeypatch.setattr(script, "fashion_mnist", lambda folder: (digits(80, 32, 0), digits(40, 32, 1)))
    monkeypatch.setattr(
        sys, "argv", ["x", "--folder", str(tmp_path / "o"), "--epochs", "1", "--train", "80", "--test", "40"]
    )
    # One level and one network: what is tested is that it comes to its end.
    monkeypatch.setattr(script, "overlap", functools.partial(script.overlap, severities=3, progress=False))
    for name in ("pooled", "convolutional"):
        monkeypatch.setattr(script, name, named(name, script.perceptron))
    script.main()
    assert len(claims((tmp_path / "results" / "laugros_overlap.md").read_text())) == 6
    assert (tmp_path / "o" / "pooled" / "overlap.html").exists()


def test_recipes(scripts, monkeypatch, tmp_path):
    script = scripts("cavey")
    monkeypatch.setattr(script, "mnist_5000", lambda: (digits(80, 28, 0), digits(40, 28, 1)))
    monkeypatch.setattr(sys, "argv", ["x", "--epochs", "1"])
    monkeypatch.setattr(script, "fit", functools.partial(script.fit, progress=False))
    script.main()
    text = (tmp_path / "results" / "cavey.md").read_text()
    assert len(claims(text)) == 8 and "| transfer, frozen |" in text


def test_noise_beside_attack(scripts, monkeypatch, tmp_path):
    script = scripts("ulicny")
    monkeypatch.setattr(script, "mnist_5000", lambda: (digits(80, 28, 0), digits(40, 28, 1)))
    monkeypatch.setattr(sys, "argv", ["x", "--epochs", "2", "--page", str(tmp_path / "pages" / "page.html")])
    monkeypatch.setattr(script, "fit", functools.partial(script.fit, progress=False))
    script.main()
    text = (tmp_path / "results" / "ulicny.md").read_text()
    assert len(claims(text)) == 5 and "| gradient sign, distortion .2 | 96.1 % |" in text
    assert "gaussian_noise" in (tmp_path / "pages" / "page.html").read_text()


def test_what_is_committed_is_what_the_scripts_claim(scripts):
    """Each result names its script, its date and its machine, and has a table of the columns that are made now."""
    heads = scripts("comparison").table([]).splitlines()[0]
    for path in sorted((FOLDER / "results").glob("*.md")):
        text = path.read_text()
        assert heads in text and claims(text), path
        assert f"Made by `examples/reproduce/{path.stem}.py` on 20" in text and (FOLDER / f"{path.stem}.py").exists()
        assert f"results/{path.name}" in (FOLDER / "README.md").read_text()
    assert len(list((FOLDER / "results").glob("*.md"))) == 3


def test_missing_data_is_said(scripts, tmp_path, monkeypatch):
    data = scripts("data")
    with pytest.raises(SystemExit, match="apt-get install dataset-fashion-mnist"):
        data.fashion_mnist(tmp_path)
    monkeypatch.setattr(data.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="reproduce"):
        data.mnist_5000()
