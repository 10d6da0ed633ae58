"""What decides the severities and the size of images where the caller does not, in everything that takes the options of
a loader: `None` is not given, and then the benchmark's, the stream's and the model's own are meant.
"""

import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import NamedTuple

import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.models import LoadedModel

from .tiny import TinyModel, working_folder

TEXT = """
name = "mine"
source = "a test, 2026"
geometry = { resize = 7, crop = 5 }

[corruptions.brightness]
table = { added = [0.1, 0.4] }

[corruptions.contrast]
table = { factor = [0.5, 0.2] }
"""
BENCHMARKS_OWN, MODELS_OWN = ce.Geometry(resize=7, crop=5), ce.Geometry(crop=6)

OTHER_OPTIONS = {"attack", "choose_workers", "verify"}
"""Those of the attack; those of workers; and what refuses both, since the published conditions decide them."""
REFUSED = {"regularizer_table", "measure_pairs"}
"""They refuse `variant`, which they decide."""
OF_NO_BENCHMARK = {"measure_pairs", "ood_detection"}
OF_NO_MODEL = {"evaluate_with", "sweep", "export", "overlap", "StreamLoader"}
NAMES = ("brightness", "contrast")


def entry_points():
    """All functions and classes that hand on `**options`, by name."""
    found = {}
    for module in pkgutil.walk_packages(ce.__path__, "corrupt_engine."):
        if ".kernels" in module.name or module.name.endswith("__main__"):
            continue
        for name, made in vars(importlib.import_module(module.name)).items():
            function = vars(made).get("__init__") if inspect.isclass(made) else made
            if name.startswith("_") or not inspect.isfunction(function) or function.__module__ != module.name:
                continue
            options = inspect.signature(function).parameters.get("options")
            if options is not None and options.kind == options.VAR_KEYWORD and name not in OTHER_OPTIONS:
                found[name] = made
    return found


def network():
    return torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(3, 3))


def score(batches):
    return {"images": float(sum(len(images) for images, _ in batches))}


class Given(NamedTuple):
    """What the entry points are called with."""

    model: LoadedModel
    source: list
    mine: Path
    folder: Path

    @property
    def stream(self):
        return ce.Stream.continual(str(self.mine), 1)


CALLS = {
    "evaluate": lambda it: ((it.model, it.source, it.mine), {"check": False}),
    "evaluate_with": lambda it: ((score, it.source, it.mine), {}),
    "sweep": lambda it: ((it.source, it.mine), {}),
    "export": lambda it: ((it.source, it.folder), {"benchmark": it.mine}),
    "StreamLoader": lambda it: ((it.source, it.stream), {}),
    "evaluate_stream": lambda it: ((it.model, it.source, it.stream), {}),
    "measure_pairs": lambda it: ((it.model, it.source, NAMES), {"severities": (0, 5), "check": False}),
    "calibrate": lambda it: ((it.model, it.source, "brightness"), {"benchmark": it.mine, "check": False}),
    "distortion": lambda it: ((it.source, it.mine), {"model": it.model}),
    "matching_level": lambda it: ((it.source, it.mine, "brightness", 0.1), {"tolerance": 0.2, "model": it.model}),
    "distortion_curves": lambda it: ((it.model, it.source, it.mine), {"check": False}),
    "minimal_sample_distances": lambda it: ((it.model, it.source), {"benchmark": it.mine}),
    "ood_detection": lambda it: ((it.model, it.source, {"same": it.source}), {}),
    "overlap": lambda it: ((network, it.source, it.source), {"benchmark": it.mine, "epochs": 1}),
    "regularizer_table": lambda it: (({"one": it.model}, it.source), {"corruptions": it.mine, "check": False}),
}
"""The arguments of each, on files, with a model where it takes one."""


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """(variant, geometry) of the loaders that a call of CALLS makes under some options, with a model of some size."""
    monkeypatch.chdir(working_folder(tmp_path, 12))
    mine = tmp_path / "mine.toml"
    mine.write_text(TEXT)
    source = [(path, int(path.parent.name[-1])) for path in sorted(tmp_path.glob("data/*/*.png"))]
    seen, init = [], ce.CorruptLoader.__init__

    def seen_too(loader, *arguments, **options):
        init(loader, *arguments, **options)
        variant = loader.settings.variant
        seen.append((variant and Path(variant).name, loader.geometry))

    monkeypatch.setattr(ce.CorruptLoader, "__init__", seen_too)

    def under(name, size, **options):
        seen.clear()
        model = LoadedModel(TinyModel(), "tiny", 0.0, 1.0, size)
        folder = tmp_path / f"made of {len(list(tmp_path.iterdir()))}"
        entry = entry_points()[name]
        quiet = {"progress": False} if "progress" in inspect.signature(entry).parameters else {}
        given, own = CALLS[name](Given(model, source, mine, folder))
        entry(*given, **quiet, **own, **options)
        return list(seen)

    return under


def test_each_entry_point_is_called_here():
    assert CALLS.keys() == entry_points().keys()


@pytest.mark.parametrize("size", [MODELS_OWN, None], ids=["model of a size", "model of any size"])
@pytest.mark.parametrize("name", sorted(CALLS))
def test_none_is_not_given(shown, name, size):
    left_out = shown(name, size)
    if name not in OF_NO_BENCHMARK:
        assert left_out[0] == ("mine.toml", BENCHMARKS_OWN if size is None or name in OF_NO_MODEL else size)
    assert left_out and shown(name, size, geometry=None) == left_out
    if name not in REFUSED:
        assert shown(name, size, variant=None) == left_out
