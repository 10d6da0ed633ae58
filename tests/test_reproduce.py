"""The scripts in examples/reproduce, on made-up images of their data's shape: they run to the end and keep a table."""

import functools
import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

FOLDER = Path(__file__).parent.parent / "examples" / "reproduce"


@pytest.fixture
def scripts(monkeypatch, tmp_path):
    """Imports a script as if it were run from its folder; results go elsewhere."""
    monkeypatch.syspath_prepend(FOLDER)
    names = [path.stem for path in FOLDER.glob("*.py")]

    def load(name):
        monkeypatch.setattr(importlib.import_module("comparison"), "RESULTS", tmp_path / "results")
        monkeypatch.setattr(importlib.import_module("comparison"), "DRAWINGS", tmp_path / "drawings")
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


def perceptron():
    """The smallest network for images of 32 x 32."""
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(1024, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))


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
    for name in ("averaged", "convolutional"):
        monkeypatch.setattr(script, name, perceptron)
    script.main()
    text = (tmp_path / "results" / "laugros_overlap.md").read_text()
    assert len(claims(text)) == 5 and text.count("trained again") == 5
    assert (tmp_path / "o" / "averaged" / "overlap.html").exists()
    assert "pixelate" in (tmp_path / "drawings" / "laugros_overlap.html").read_text()


def test_recipes(scripts, monkeypatch, tmp_path):
    script = scripts("cavey")
    monkeypatch.setattr(script, "mnist_5000", lambda: (digits(80, 28, 0), digits(40, 28, 1)))
    monkeypatch.setattr(sys, "argv", ["x", "--epochs", "1"])
    monkeypatch.setattr(script, "fit", functools.partial(script.fit, progress=False))
    script.main()
    text = (tmp_path / "results" / "cavey.md").read_text()
    assert len(claims(text)) == 8 and "| transfer, frozen |" in text
    lost = [row for row in claims(text) if "lost" in row or "+75" in row]
    assert len(lost) == 5 and all(re.search(r"\([-+]?[\d.]+ to [-+]?[\d.]+\)", row) for row in lost)
    assert "transfer, frozen" in (tmp_path / "drawings" / "cavey.html").read_text()


def test_noise_beside_attack(scripts, monkeypatch, tmp_path):
    script = scripts("ulicny")
    monkeypatch.setattr(script, "mnist_5000", lambda: (digits(80, 28, 0), digits(40, 28, 1)))
    monkeypatch.setattr(sys, "argv", ["x", "--epochs", "2"])
    monkeypatch.setattr(script, "fit", functools.partial(script.fit, progress=False))
    script.main()
    text = (tmp_path / "results" / "ulicny.md").read_text()
    assert len(claims(text)) == 5 and "| gradient sign, distortion .2 | 96.1 % |" in text
    assert "gaussian_noise" in (tmp_path / "drawings" / "ulicny.html").read_text()


def test_committees(scripts, monkeypatch, tmp_path):
    script = scripts("ulicny_committee")
    monkeypatch.setattr(script, "mnist_5000", lambda: (digits(80, 28, 0), digits(40, 28, 1)))
    monkeypatch.setattr(script, "MEMBERS", 2)
    monkeypatch.setattr(sys, "argv", ["x", "--epochs", "2"])
    monkeypatch.setattr(script, "fit", functools.partial(script.fit, progress=False))
    script.main()
    text = (tmp_path / "results" / "ulicny_committee.md").read_text()
    assert len(claims(text)) == 4 and "| six snapshots of that |" in text
    epsilons = [
        float(row.split("|")[-2])
        for row in text.splitlines()
        if re.match(r"\| (one|six)( \||, trained| snapshots of that)", row)
    ]
    assert len(epsilons) == 4 and all(0.15 < epsilon < 0.5 for epsilon in epsilons)
    assert "attacked" in (tmp_path / "drawings" / "ulicny_committee.html").read_text()


def test_regularizers(scripts, monkeypatch, tmp_path):
    script = scripts("chun")
    monkeypatch.setattr(script, "fashion_mnist", lambda folder: (digits(80, 32, 0), digits(40, 32, 1)))
    monkeypatch.setattr(script, "mnist_5000", lambda: (None, digits(30, 28, 2)))
    monkeypatch.setattr(sys, "argv", ["x", "--epochs", "1", "--train", "80", "--test", "40"])
    monkeypatch.setattr(script, "fit", functools.partial(script.fit, progress=False))
    few = tmp_path / "few.toml"
    few.write_text('name = "few"\nsource = "a test"\n[corruptions.contrast]\ntable = { factor = [0.4] }\n')
    monkeypatch.setattr(
        script, "regularizer_table",
        functools.partial(script.regularizer_table, corruptions=few, progress=False, check=False),
    )  # fmt: skip
    script.main()
    text = (tmp_path / "results" / "chun.md").read_text()
    assert len(claims(text)) == 6 and "label smoothing" in text
    assert "cutmix" in (tmp_path / "drawings" / "chun.html").read_text()


def test_a_difference_of_shares_by_hand(scripts):
    """Of ten images one more is right in half of its trials: 5 points, of standard deviation 15.8."""
    one, other = np.full(10, 0.5), np.full(10, 0.5)
    one[0] = 1.0
    half = 100 * 1.96 * np.std([0.5] + 9 * [0], ddof=1) / np.sqrt(10)
    assert scripts("comparison").gap(one, other) == f"5.0 ({5 - half:.1f} to {5 + half:.1f})"
    assert scripts("comparison").gap(one, other, "+").startswith("+5.0 (")


def test_the_page_has_every_table_and_the_plots_that_there_are(scripts, tmp_path):
    comparison, page = scripts("comparison"), scripts("page")
    rows = [comparison.Row("a < b", "1 %", "2 %", False)]
    comparison.keep(
        "one", "The first", rows, "With `code`.", "```\ntext  <1>\n\nmore\n```", "After.", drawing="<svg></svg>"
    )
    comparison.keep("two", "The second", rows, "| x | y |\n|---|---|\n| row | 3 |")
    text = page.write(tmp_path / "out" / "page.html").read_text()
    assert text.count("<h2>") == 2 and text.count("<svg>") == 1 and text.count("It was not run here") == 1
    assert "a &lt; b" in text and "<strong>no</strong>" in text and "<code>code</code>" in text
    assert "<pre>text  &lt;1&gt;\n\nmore\n</pre>" in text and '<th scope="row">row</th><td>3</td>' in text
    assert text.count("Made by") == 2 and "same direction?" in text


def test_all_experiments_are_run_and_a_failure_is_told(scripts, monkeypatch, capsys):
    script = scripts("run_all")
    called = []

    def call(words):
        called.append(Path(words[1]).stem)
        return 1 if called[-1] == "chun" else 0

    monkeypatch.setattr(script.subprocess, "call", call)
    monkeypatch.setattr(script.subprocess, "check_call", call)
    assert script.main() == 1
    assert called == ["cavey", "chun", "laugros_overlap", "ulicny", "ulicny_committee", "page"]
    assert "chun.py: FAILED" in (told := capsys.readouterr().out) and "failed: chun.py; their tables" in told
    assert {f"{name}.md" for name in called[:-1]} == {path.name for path in (FOLDER / "results").glob("*.md")}


def test_what_is_committed_is_what_the_scripts_claim(scripts):
    """Each result names its script, its date and its machine, and has a table of the columns that are made now."""
    heads = scripts("comparison").table([]).splitlines()[0]
    for path in sorted((FOLDER / "results").glob("*.md")):
        text = path.read_text()
        assert heads in text and claims(text), path
        assert f"Made by `examples/reproduce/{path.stem}.py` on 20" in text and (FOLDER / f"{path.stem}.py").exists()
        assert f"results/{path.name}" in (FOLDER / "README.md").read_text()
    assert len(list((FOLDER / "results").glob("*.md"))) == len(scripts("run_all").experiments())


def test_missing_data_is_said(scripts, tmp_path, monkeypatch):
    data = scripts("data")
    with pytest.raises(SystemExit, match="apt-get install dataset-fashion-mnist"):
        data.fashion_mnist(tmp_path)
    monkeypatch.setattr(data.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="reproduce"):
        data.mnist_5000()
