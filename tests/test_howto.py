"""The how-to pages are true: every block of Python on them, but for training, runs, on data as small as possible."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import corrupt_engine as ce

from .test_dense_loader import Scenes, unzipped
from .tiny import Killed

FOLDER = Path(__file__).parent.parent / "docs" / "how-to"
PAGES = sorted(FOLDER.glob("*.md"))
OWN = ("train.md", "cluster.md")
"""These have tests of their own."""
RNG = np.random.default_rng(4)


class Model(torch.nn.Module):
    """Three classes by the colours' means."""

    def __init__(self, scale=1.0):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(scale))

    def forward(self, images):
        return self.scale * images.mean((2, 3))


def small(name):
    return Model(2.0)


@pytest.fixture
def names(tmp_path, monkeypatch):
    """What the pages take for granted."""
    monkeypatch.chdir(tmp_path)
    for n in range(6):
        path = tmp_path / "imagenet" / "val" / f"class{n % 3}" / f"{n}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(RNG.integers(0, 256, (230, 240, 3), np.uint8)).save(path)
    images = RNG.integers(0, 256, (6, 32, 32, 3), np.uint8), np.arange(6) % 3
    theirs = torch.utils.data.DataLoader(Scenes(), batch_size=3, collate_fn=unzipped)
    return {
        "model": Model(),
        "other": Model(3.0),
        "method": Model(),
        "data": images,
        "images": images,
        "pixels": images[0],
        "photo": Image.fromarray(images[0][0]),
        "boxes": torch.zeros(1, 4),
        "scenes": theirs,
        "detector": lambda images: [{} for _ in images],
        "folder": str(tmp_path),
        "load": small,
    }


def blocks(page):
    """(needed package or None, source) of each block of Python."""
    for text in re.findall(r"```python\n(.*?)```", page.read_text(), re.S):
        needed = re.match(r"# needs (\w+)\n", text)
        yield needed and needed[1], text


def prepared(page, names):
    if page.name == "cite.md":
        ce.evaluate(Model(), names["data"], "imagenet-c-extra", record="resnet50.sqlite", progress=False, check=False)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in OWN], ids=lambda page: page.name)
def test_every_block_runs(page, names, capsys):
    prepared(page, names)
    ran = 0
    for needed, text in blocks(page):
        if needed is None or importlib.util.find_spec(needed) is not None:
            exec(compile(text, f"{page.name}", "exec"), names)
            ran += 1
    assert ran or page.name == "benchmarks.md"


@pytest.mark.filterwarnings("ignore")  # Ray's own, of its own options
@pytest.mark.timeout(300)
def test_the_page_on_clusters(names, monkeypatch):
    """Ray with two workers: one record of the parts, and the transform's bytes from a data pipeline."""
    ray = pytest.importorskip("ray", reason="ray is not installed")
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent.parent))
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    try:
        ((_, text),) = blocks(FOLDER / "cluster.md")
        exec(compile(text, "cluster.md", "exec"), names)
        rows = [row["image"] for row in names["rows"].take_all()]
    finally:
        ray.shutdown()
    alone = ce.evaluate(small("small"), names["images"], "imagenet-c", corruptions="fog, contrast", progress=False)
    report = names["report"]
    assert report.samples == 6 and list(report.predictions) == list(alone.predictions)
    for condition, found in alone.predictions.items():
        assert np.array_equal(found.prediction, report.predictions[condition].prediction)
    expected = sorted(ce.corrupt(image, "gaussian_noise", 3).tobytes() for image in names["pixels"])
    assert sorted(np.asarray(row).tobytes() for row in rows) == expected


def test_the_page_on_training(names, monkeypatch):
    """But for the trainings: a benchmark of six times three is drawn from as many corruptions as the page names."""

    def overlap(make_model, train, test, *, benchmark, epochs, folder):
        own = ce.corruptions(benchmark)
        scores = np.eye(len(own))
        wide = np.ones((len(own) + 1, len(own)))
        return ce.science.OverlapMatrix(own, scores, 0 * scores, wide[:, 0], wide, {}, "residual", 9)

    def categories(matrix):
        return ce.science.Categories(tuple(matrix.names[n::6] for n in range(6)), 1.0, 0.0)

    monkeypatch.setattr(ce.science, "fit", lambda model, loader, **options: next(iter(loader)))
    monkeypatch.setattr(ce.science, "overlap", overlap)
    monkeypatch.setattr(ce.science, "categories", categories)
    names |= {"make_model": Model, "train": names["data"], "test": names["data"]}
    for _, text in blocks(FOLDER / "train.md"):
        exec(compile(text, "train.md", "exec"), names)
    assert len(ce.corruptions("mine.toml")) == 18


def test_a_page_that_is_wrong_is_noticed(names):
    for _, text in blocks(FOLDER / "transform.md"):
        with pytest.raises(ce.UnknownNameError):
            exec(text.replace('"fog"', '"smog"'), names)
        break
    else:
        raise Killed


def test_every_page_is_linked():
    index = (FOLDER.parent.parent / "README.md").read_text()
    assert [page.name for page in PAGES if f"docs/how-to/{page.name}" not in index] == []


def test_links_lead_somewhere():
    for page in (*PAGES, FOLDER.parent / "fidelity.md", FOLDER.parent / "gpu.md", FOLDER.parent.parent / "README.md"):
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            assert link.startswith("http") or (page.parent / link).exists(), f"{page.name}: {link}"
