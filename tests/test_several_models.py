"""Several models shown the same images: the answers of separate runs, with the work of one."""

import json
import sys
import time

import numpy as np
import pytest
import torch
from torch import nn

import corrupt_engine as ce
from corrupt_engine import Report
from corrupt_engine.models import LoadedModel
from corrupt_engine.runtime.buffers import Buffers
from corrupt_engine.transforms.corrupt import Prepared
from corrupt_engine.transforms.tensors import TensorFormat, as_formatted

from .tiny import Killed, TinyImages, TinyModel, evaluate, same_answers, working_folder

BENCHMARK = "imagenet-c-extra"  # four corruptions


class Counted(TinyImages):
    """Counts how often images are read."""

    read = 0

    def __getitem__(self, index):
        type(self).read += 1
        return super().__getitem__(index)


@pytest.fixture
def counted(monkeypatch):
    """How often images are read, and corruptions run on how many images."""
    monkeypatch.setattr(Counted, "read", 0)
    made = []
    run = Prepared.run
    monkeypatch.setattr(
        Prepared,
        "run",
        lambda self, ops, src, *rest: (made.append(len(src) * bool(src.any())), run(self, ops, src, *rest)),
    )
    return lambda: (Counted.read, sum(made))


def several():
    """Normalized alike, otherwise, in another type, and as bytes."""
    return [
        TinyModel(),
        LoadedModel(TinyModel(4.0), "alike", 0.0, 1.0),
        LoadedModel(TinyModel(2.0), "otherwise", (0.1, 0.2, 0.3), (0.5, 1.0, 2.0)),
        LoadedModel(lambda images: TinyModel(1.0)(images.float() / 255).detach(), "bytes", None),
    ]


def together(models, source=None, **options):
    return evaluate(models, source or Counted(), BENCHMARK, mean="model", std="model", name=None, **options)


@pytest.mark.parametrize("options", [{}, {"channels_last": True}, {"autocast": "bfloat16"}], ids=str)
def test_the_answers_of_separate_runs(options):
    reports = together(several(), **options)
    assert [report.model for report in reports] == ["TinyModel", "alike", "otherwise", "bytes"]
    alone = [together(model, **options) for model in several()]
    assert all(same_answers(a, b) for a, b in zip(reports, alone, strict=True))
    assert not same_answers(reports[0], reports[2])
    assert [report.settings for report in reports] == [report.settings for report in alone]


def rectified(images):
    return TinyModel()(nn.ReLU(inplace=True)(images)).detach()


def bytes_moved(images):
    return TinyModel()(images.sub_(10) / 255).detach()


def halved_through_numpy(images):
    pixels = images.numpy()
    pixels *= 0.5
    return pixels.reshape(len(pixels), -1)[:, :3]  # a view of what it was given


@pytest.mark.parametrize("threads", [0, 1])
@pytest.mark.parametrize(("writes", "mean"), [(rectified, 0.5), (bytes_moved, None), (halved_through_numpy, 0.5)])
def test_a_model_that_writes_into_its_images(writes, mean, threads):
    """Without threads the images are made in inference mode, where a tensor counts no changes."""

    def models():
        reads = LoadedModel(lambda images: TinyModel()(images / 1).detach(), "fed alike", mean, 1.0)
        return [LoadedModel(writes, "writes", mean, 1.0), reads, *several()]

    options = {"threads": threads, "check": True, "source": TinyImages(10)}
    reports = together(models(), **options)
    assert all(same_answers(a, together(b, **options)) for a, b in zip(reports, models(), strict=True))


def test_the_work_of_one(counted):
    together(TinyModel(), mistakes=0, threads=1)
    read, corrupted = counted()
    together(several(), mistakes=0, threads=1)
    both = counted()
    assert corrupted == 4 * 5 * 10  # conditions of ten images
    # each is decoded once; every configuration looks at eight of them, and at as many for the fingerprint
    assert both[1] == 2 * corrupted
    assert both[0] - read - 10 == 4 * (read - 10)


def test_killed_in_the_middle_and_gone_on_with(tmp_path):
    files = [tmp_path / f"{n}.sqlite" for n in range(4)]
    models = several()
    models[1] = LoadedModel(TinyModel(4.0, calls=17), "alike", 0.0, 1.0)
    with pytest.raises(Killed):
        together(models, record=files)
    again = several()
    reports = together(again, record=files)
    assert all(same_answers(a, b) for a, b in zip(reports, together(several()), strict=True))
    assert again[0].images < 10 * 21 and 0 < again[1].function.images <= 10 * 21 - 16 * 2
    done = several()
    together(done, record=files)
    assert done[0].images == 0 and done[1].function.images == 0


def test_one_that_is_done_is_not_asked(tmp_path):
    files = [tmp_path / f"{n}.sqlite" for n in range(2)]
    models = [TinyModel(), TinyModel(3.0)]
    first = together(models[0], record=files[0])
    models[0].images = 0
    reports = together(models, record=files)
    assert models[0].images == 0 and models[1].images == 10 * 21
    assert same_answers(reports[0], first)


class Breaks(TinyModel):
    """Fails at its sixth batch."""

    def __init__(self):
        super().__init__(calls=5)

    def forward(self, images):
        try:
            return super().forward(images)
        except Killed:
            raise ValueError("a tensor too large") from None


def test_one_that_fails_does_not_take_the_others_down(tmp_path):
    files = [tmp_path / f"{n}.sqlite" for n in range(3)]
    models = [TinyModel(), LoadedModel(Breaks(), "broken", 0.0, 1.0), TinyModel(2.0)]
    with pytest.raises(
        ce.ModelsFailedError, match="1 of 3 models failed: broken: a tensor too large; evaluated"
    ) as told:
        together(models, record=files)
    alone = [together(model) for model in (TinyModel(), TinyModel(2.0))]
    reports = told.value.reports
    assert reports[1] is None and list(told.value.failures) == [1]
    assert same_answers(reports[0], alone[0]) and same_answers(reports[2], alone[1])
    assert same_answers(Report.load(files[2]), alone[1])
    # what it had answered is kept, and the same weights without the fault go on from there
    mended = Breaks()
    mended.left = 10**9
    assert together(LoadedModel(mended, "broken", 0.0, 1.0), record=files[1]).samples == 10
    assert mended.images == 10 * 21 - 5 * 4 + 2 or mended.images < 10 * 21


def test_all_that_fail():
    with pytest.raises(ce.ModelsFailedError, match="2 of 2 models failed"):
        together([LoadedModel(Breaks(), "a", 0.0, 1.0), LoadedModel(Breaks(), "b", 0.0, 1.0)])
    with pytest.raises(ValueError, match="a tensor too large"):
        together(Breaks())


def test_a_model_in_train_mode_is_refused_alone():
    constant = LoadedModel(lambda images: torch.zeros(len(images), 3), "constant", 0.0, 1.0)
    with pytest.raises(ce.ModelsFailedError, match="constant: the model gives every class the same score") as told:
        together([TinyModel(), constant], check=True)
    assert told.value.reports[0].samples == 10


def test_models_of_other_sizes(tmp_path, counted):
    source = str(working_folder(tmp_path, 9) / "data")
    sizes = ce.Geometry(resize=8, crop=8), ce.Geometry(resize=16, crop=12)
    models = [LoadedModel(TinyModel(), str(size), 0.0, 1.0, geometry=size) for size in (*sizes, sizes[0])]
    reports = together(models, source)
    assert all(same_answers(a, together(model, source)) for a, model in zip(reports, models, strict=True))
    assert not same_answers(reports[0], reports[1])


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("last", [False, True], ids=["planes", "channels last"])
@pytest.mark.parametrize("channels", [1, 3])
def test_formats_are_the_loaders(dtype, last, channels):
    images = np.random.default_rng(3).integers(0, 256, (5, 6, 7, channels), np.uint8)
    mean, std = ((0.4, 0.5, 0.6), (0.2, 0.3, 0.1)) if channels == 3 else (0.3, 0.7)
    data, options = (images, np.arange(5)), {"batch_size": 5, "channels_last": last}
    wanted, _ = next(iter(ce.CorruptLoader(data, mean=mean, std=std, dtype=dtype, **options)))
    made, _ = next(iter(ce.CorruptLoader(data, mean=None, batch_size=5, channels_last=True)))
    found = as_formatted(made, TensorFormat(mean, std, dtype=dtype, channels_last=last), threads=2, buffers=Buffers(1))
    assert found.dtype == wanted.dtype and torch.equal(found, wanted)
    assert found.is_contiguous(memory_format=torch.channels_last if last else torch.contiguous_format)
    bytes_too = as_formatted(made, TensorFormat(None, channels_last=last), 1, Buffers(1))
    assert bytes_too.dtype == torch.uint8 and torch.equal(bytes_too, made)


@pytest.mark.parametrize(
    ("models", "options", "message"),
    [
        ([], {}, "the list of models is empty"),
        ([TinyModel(), TinyModel()], {"name": ["a"]}, r"name \['a'\] for 2 models"),
        ([TinyModel(), TinyModel()], {"record": "a.sqlite"}, "record 'a.sqlite' for 2 models: a list of 2"),
        ([TinyModel(), TinyModel()], {"record": ["a.sqlite", "./a.sqlite"]}, "each model needs one of its own"),
        ([TinyModel(), 3], {}, "a model must be callable"),
    ],
)
def test_wrong_arguments(models, options, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ce.OptionError, match=message):
        ce.evaluate(models, Counted(), BENCHMARK, progress=False, **options)
    assert not list(tmp_path.iterdir())


def run(place, monkeypatch, capsys, *arguments):
    from corrupt_engine.cli import main

    monkeypatch.chdir(place)
    monkeypatch.syspath_prepend(str(place))
    options = ["--benchmark", BENCHMARK, "--corruptions", "saturate", "--geometry", "none", "--workers", "0", "--quiet"]
    try:
        return main(["evaluate", *arguments, *options]), *capsys.readouterr()
    finally:
        sys.modules.pop("own_network", None)


def test_the_command_shows_what_the_others_have(tmp_path, monkeypatch, capsys):
    place = working_folder(tmp_path, 7)
    models = ["own_network:network", "own_network:broken", "own_network:other", "data", "-o", "all.csv"]
    code, shown, said = run(place, monkeypatch, capsys, *models)
    assert code == 1 and "1 of 3 models failed: broken: no room" in said
    assert "tiny" in shown and "other" in shown
    text = (place / "all.csv").read_text()
    assert "tiny" in text and "other" in text and "broken" not in text
    records = {path.name for path in place.glob("*.sqlite")}
    assert records == {f"{name}-{BENCHMARK}.sqlite" for name in ("tiny", "broken", "other")}
    code, shown, _ = run(place, monkeypatch, capsys, "own_network:network", "own_network:other", "data", "--json")
    assert code == 0 and len(json.loads(shown)["reports"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--name", "a"], "--name is given 1 times for 2 models"),
        (["--record", "a.sqlite"], "--record is given 1 times for 2 models"),
        (["--predictions", "a.csv"], "--predictions a.csv for 2 models"),
        (["--name", "a", "--name", "a"], "each model needs one of its own"),
    ],
)
def test_wrong_commands(tmp_path, monkeypatch, capsys, arguments, message):
    place = working_folder(tmp_path, 3)
    models = ["own_network:network", "own_network:other", "data"]
    code, shown, said = run(place, monkeypatch, capsys, *models, *arguments)
    assert code == 2 and message in said and not shown
    assert not list(place.glob("*.sqlite"))


def test_a_dry_run(tmp_path):
    estimate = together(several(), dry_run=True, record=[tmp_path / f"{n}.sqlite" for n in range(4)])
    assert (estimate.images, estimate.conditions, estimate.predictions, estimate.done) == (10, 21, 840, 0)
    assert estimate.seconds > 0 and not list(tmp_path.iterdir())
    text = str(estimate)
    assert "10 images under 21 conditions, TinyModel, alike, otherwise, bytes: 840 predictions" in text
    models = [TinyModel(), TinyModel(2.0)]
    files = [tmp_path / "a.sqlite", tmp_path / "b.sqlite"]
    together(models[0], record=files[0])
    half = together(models, dry_run=True, record=files)
    assert half.done == 210 and "of which the records hold 210" in str(half)
    done = together(TinyModel(), dry_run=True, record=files[0], limit=None)
    assert done.done == done.predictions and done.seconds == 0
    part = together(TinyModel(), dry_run=True, corruptions="saturate", severities=(1, 2), limit=4)
    assert (part.images, part.conditions) == (4, 3)


class Slow(TinyModel):
    """Takes a known time for each image."""

    def forward(self, images):
        time.sleep(0.004 * len(images))
        return super().forward(images)


def test_the_time_is_about_right():
    estimate = together(LoadedModel(Slow(), "slow", 0.0, 1.0), dry_run=True)
    assert 0.9 * 0.84 < estimate.seconds < 3 * 0.84  # 210 predictions of 4 ms, and the images
    with pytest.raises(ce.OptionError, match="dry_run"):
        together(TinyModel(), dry_run="yes")


def test_a_dry_run_refuses_what_the_run_would(tmp_path):
    for given, told in (
        (lambda images: (TinyModel()(images), 1), "gave tuple for 4 images; a tensor of scores"),
        (lambda images: torch.zeros(1, 3), r"gave a tensor of shape \(1, 3\) for 4 images"),
        (lambda images: torch.zeros(len(images), 2), "but the model has 2 classes"),
    ):
        with pytest.raises(ce.OptionError, match=told):
            together(given, (np.stack(TinyImages().images), TinyImages().labels), dry_run=True)
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "a.png").write_bytes(b"no image")
    with pytest.raises(ce.SourceError, match=r"none of the 1 images that a dry run looks at can be read; .*a\.png"):
        together(TinyModel(), str(tmp_path), dry_run=True, on_error="skip")


def test_a_dry_run_names_the_models_at_fault():
    broken = LoadedModel(lambda images: (TinyModel()(images), 1), "broken", 0.0, 1.0)
    larger = LoadedModel(lambda images: torch.zeros(len(images), 2), "larger", 0.5, 1.0, ce.Geometry(crop=6))
    with pytest.raises(ce.ModelsFailedError) as told:
        together([TinyModel(), broken, larger], (np.stack(TinyImages().images), TinyImages().labels), dry_run=True)
    assert str(told.value).startswith("2 of 3 models failed: broken: the model gave tuple for 4 images")
    assert "; larger: labels run from 0 to 2, but the model has 2 classes" in str(told.value)
    assert set(told.value.failures) == {1, 2} and "to the end" not in str(told.value)


def test_the_command_of_a_dry_run(tmp_path, monkeypatch, capsys):
    place = working_folder(tmp_path, 7)
    code, shown, _ = run(place, monkeypatch, capsys, "own_network:network", "own_network:other", "data", "--dry-run")
    assert code == 0 and "7 images under 6 conditions, tiny, other: 84 predictions" in shown
    code, shown, _ = run(place, monkeypatch, capsys, "own_network:network", "data", "--dry-run", "--json")
    assert json.loads(shown)["predictions"] == 42 and not list(place.glob("*.sqlite"))
