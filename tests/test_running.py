"""How a model is run: in which precision, in which parts, and on which of its classes."""

import contextlib
import json
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import corrupt_engine as ce
from corrupt_engine.devices import free_memory, out_of_memory
from corrupt_engine.evaluation.first_batch import check_first_batch
from corrupt_engine.evaluation.labels import Labels
from corrupt_engine.evaluation.processes import part_path
from corrupt_engine.loader import pipeline
from corrupt_engine.models import Precision, precision_of
from corrupt_engine.models.precision import autocast
from corrupt_engine.models.running import Runner, scores_of
from corrupt_engine.models.scores import judge
from corrupt_engine.records import read_results
from corrupt_engine.reports.formats import render

from . import tiny
from .test_models import write_onnx
from .tiny import Killed, TinyImages, TinyModel, same_answers

sys.path.insert(0, str(Path(__file__).parent.parent / "examples"))
EXTRA = "imagenet-c-extra"


def evaluate(model=None, source=None, **options):
    return tiny.evaluate(model, source, EXTRA, **options)


class Watched(nn.Module):
    """A small network that remembers the types that it computed in."""

    def __init__(self, classes=3):
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.norm, self.head = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(8, classes)
        self.seen = set()

    def forward(self, images):
        features = self.norm(self.conv(images)).relu().mean((2, 3))
        scores = self.head(features)
        self.seen.add((images.dtype, self.conv.weight.dtype, self.norm.running_mean.dtype, scores.dtype))
        return scores


FULL, HALF, BRAIN = torch.float32, torch.float16, torch.bfloat16


@pytest.mark.parametrize(
    ("options", "seen", "settings"),
    [
        ({}, (FULL, FULL, FULL, FULL), ("float32", None)),
        ({"dtype": "float32"}, (FULL, FULL, FULL, FULL), ("float32", None)),
        ({"dtype": "bfloat16"}, (BRAIN, BRAIN, BRAIN, BRAIN), ("bfloat16", None)),
        ({"dtype": torch.float16}, (HALF, HALF, HALF, HALF), ("float16", None)),
        ({"autocast": "bfloat16"}, (FULL, FULL, FULL, BRAIN), ("float32", "bfloat16")),
        ({"autocast": torch.float16, "dtype": "float32"}, (FULL, FULL, FULL, HALF), ("float32", "float16")),
    ],
)
def test_dtype_converts_the_network_and_autocast_leaves_it(options, seen, settings):
    model = Watched()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    places = {name: value.data_ptr() for name, value in model.state_dict().items()}
    report = evaluate(model, **options)
    assert model.seen == {seen}
    assert (report.settings["dtype"], report.settings["autocast"]) == settings
    # What its owner gave is what its owner has: the same memory, bit by bit.
    assert {name: value.data_ptr() for name, value in model.state_dict().items()} == places
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(given.confidence.dtype == np.float32 for given in report.predictions.values())
    said = [f"dtype {settings[0]}"] + ([f"autocast {settings[1]}"] if settings[1] else [])
    assert all(words in str(report) for words in said)


def test_weights_are_given_back_when_the_run_fails():
    class Fails(Watched):
        def forward(self, images):
            super().forward(images)
            raise ZeroDivisionError

    model = Fails().train()
    with pytest.raises(ZeroDivisionError):
        evaluate(model, dtype="bfloat16")
    assert model.seen == {(BRAIN, BRAIN, BRAIN, BRAIN)}
    assert all(value.dtype == FULL for value in model.parameters()) and model.training


def test_a_network_in_half_precision_is_run_as_it_is():
    model = Watched().bfloat16()
    report = evaluate(model)
    assert model.seen == {(BRAIN, BRAIN, BRAIN, BRAIN)} and report.settings["dtype"] == "bfloat16"
    mixed = Watched().bfloat16()
    mixed.head.float()
    assert precision_of(mixed) == Precision("bfloat16+float32", "bfloat16")
    assert precision_of(mixed, "bfloat16") == Precision("bfloat16", "bfloat16", convert=True)
    assert precision_of(Watched().double()) == Precision("float64", "float32")


def test_a_function_is_given_images_of_the_type():
    seen, inner = set(), TinyModel().eval()

    def function(images):
        seen.add(images.dtype)
        return inner(images.float())

    evaluate(function)
    assert seen == {FULL}
    evaluate(function, dtype="float16")
    assert seen == {FULL, HALF}


def test_bytes_stay_bytes_where_the_network_is_half():
    class Bytes(TinyModel):
        def forward(self, images):
            assert images.dtype == torch.uint8
            return super().forward(images / 255)

    assert evaluate(Bytes().bfloat16(), mean=None).settings["dtype"] == "bfloat16"
    with pytest.raises(ce.OptionError, match="the bytes themselves are given out"):
        evaluate(Bytes(), mean=None, dtype="bfloat16")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"dtype": "float64"}, ce.UnknownNameError, "unknown dtype 'float64': .*float32, float16, bfloat16"),
        ({"autocast": True}, ce.UnknownNameError, "unknown autocast 'True': allowed are float16, bfloat16"),
        ({"autocast": "float32"}, ce.UnknownNameError, "unknown autocast 'float32'"),
        ({"autocast": "float16", "dtype": "bfloat16"}, ce.OptionError, "give one of the two"),
    ],
)
def test_precisions_that_are_none(options, error, words):
    with pytest.raises(error, match=words):
        evaluate(**options)


@pytest.mark.parametrize("options", [{"dtype": "float16"}, {"autocast": "bfloat16"}])
def test_an_onnx_file_has_types_of_its_own(tmp_path, options):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    path = str(write_onnx(tmp_path / "tiny.onnx", "N"))
    with pytest.raises(ce.OptionError, match=r"an ONNX file computes in the types that it holds: convert the file"):
        evaluate(path, geometry="none", **options)
    assert evaluate(path, geometry="none", dtype="float32").settings["dtype"] == "float32"


def test_an_autocast_that_torch_lacks_is_no_run_without(monkeypatch):
    class Disabled(contextlib.nullcontext):
        def __init__(self, device, dtype):
            super().__init__()

    monkeypatch.setattr(torch, "autocast", Disabled)
    casting = autocast(Precision(autocast="float16"), "cpu")
    with pytest.raises(ce.OptionError, match=r"no autocast to float16 on cpu; leave it out.*--dtype float16"), casting:
        pass


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dtype": "bfloat16"}, "dtype was float32 and is bfloat16 now"),
        ({"autocast": "bfloat16"}, "autocast was None and is bfloat16 now"),
        ({"labels": {0: 0, 1: 1, 2: 2}}, "data.labels was None and is"),
        ({"labels": {0: 0, 1: 1, 2: 2}, "restrict_to_labels": True}, "data.restrict_to_labels was False and is True"),
        ({"labels": {0: 0, 1: 1, 2: 2}, "unlabelled": "skip"}, "data.unlabelled was raise and is skip now"),
    ],
)
def test_another_way_to_run_does_not_continue_a_record(tmp_path, options, words):
    path = tmp_path / "r.sqlite"
    evaluate(record=path)
    with pytest.raises(ce.RecordError) as caught:
        evaluate(record=path, **options)
    assert words in str(caught.value)


def test_rounding_of_half_precision_is_no_dependence_whatever_comes_out():
    """Scores that come out in float32 of a run in bfloat16 are as rough as those in bfloat16."""
    model = TinyModel()
    forward = model.forward

    def rough(images):
        scores = forward(images)
        return (scores + 0.03 * scores.abs().max() * (len(images) % 8) / 8).float()

    model.forward = rough
    options = {"source": TinyImages(16), "batch_size": 8, "check": True}
    with pytest.raises(ce.OptionError, match="depend on what else is in its batch"):
        evaluate(model, **options)
    assert evaluate(model, autocast="bfloat16", **options).samples == 16
    assert evaluate(model, dtype="bfloat16", **options).samples == 16


def test_a_real_network_in_bfloat16_passes_the_check():
    """EfficientNet-lite0 on its photographs: the first batch in halves differs by rounding alone."""
    import evaluate_photographs as demo

    model = demo.classifier()
    ((_, images, labels, _),) = ce.sweep(
        demo.photographs(), [("clean", 0)], mean=demo.MEAN, std=demo.STD, batch_size=20
    )
    for options in ({"autocast": "bfloat16"}, {"dtype": "bfloat16"}):
        precision = precision_of(model, **options)
        with Runner(model, precision).ready() as run:
            given = images.to(getattr(torch, precision.images))
            scores = run(given)
            check_first_batch(run, given, scores)
        assert judge(scores, labels).correct.sum() == 17, "as in float32"


# Memory.


class Small(TinyModel):
    """Has memory for so many images at once."""

    def __init__(self, most, error=None):
        super().__init__()
        self.most, self.error, self.sizes = most, error, []

    def forward(self, images):
        self.sizes.append(len(images))
        if len(images) > self.most:
            raise self.error or torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return super().forward(images)


class OutOfMemoryError(Exception):
    """As CuPy's, which may be of any base."""


CPU = RuntimeError(
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate "
    "4000000 bytes. Error code 12 (Cannot allocate memory)"
)


@pytest.mark.parametrize(
    "error", [None, CPU, OutOfMemoryError("cupy"), MemoryError(), RuntimeError("MPS backend out of memory")]
)
@pytest.mark.parametrize("most", [1, 3, 5])
def test_a_batch_that_does_not_fit_is_run_in_parts(tmp_path, most, error, capsys):
    path, model, source = tmp_path / "r.sqlite", Small(most, error), TinyImages(20)
    report = evaluate(model, source, batch_size=8, record=path, progress=True)
    fits = {1: 1, 3: 2, 5: 4}[most]
    tried = [size for size in (8, 4, 2, 1) if size > fits]
    assert model.sizes[: len(tried)] == tried and max(model.sizes[len(tried) :]) == fits, "tried once, then known"
    said = capsys.readouterr().err
    words = f"not suffice for a batch of 8 images at once: from here on they are run in parts of at most {fits}"
    assert said.count("did not suffice") == said.count(words) == 1 and f"--batch-size {fits}" in said
    assert same_answers(report, evaluate(source=source, batch_size=8))
    back = ce.Report.load(path)
    assert report.run["images_at_once"] == back.run["images_at_once"] == fits
    assert f"in parts of at most {fits} images" in str(back) == str(report)
    # The record holds the loader's batches, not the parts.
    with contextlib.closing(sqlite3.connect(path)) as connection:
        counts = connection.execute("SELECT count FROM answer WHERE condition = 0 ORDER BY first").fetchall()
    assert counts == [(8,), (8,), (4,)]


def test_memory_that_suffices_says_nothing(capsys):
    report = evaluate(Small(4), progress=True)
    assert "images_at_once" not in report.run and "memory" not in capsys.readouterr().err
    assert "in parts" not in str(report)


def test_memory_is_given_back_before_the_next_try(monkeypatch):
    events = []

    class Alive:
        """Stands for what a failed try has allocated."""

        def __del__(self):
            events.append("freed")

    class Holding(TinyModel):
        def forward(self, images):
            held = Alive()  # noqa: F841
            events.append(len(images))
            if len(images) > 2:
                raise torch.cuda.OutOfMemoryError("CUDA out of memory")
            return super().forward(images)

    monkeypatch.setattr("corrupt_engine.models.running.free_memory", lambda: events.append("emptied"))
    runner = Runner(Holding())
    with runner.ready() as run:
        assert run(torch.rand(4, 3, 8, 8)).shape == (4, 3)
    assert events[:4] == [4, "freed", "emptied", 2] and sys.exc_info() == (None, None, None)


def test_free_memory_empties_the_pools_that_are_in_use(monkeypatch):
    emptied = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append("torch"))
    free_memory()
    assert emptied == ["torch"] * torch.cuda.is_initialized()
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    pool = type("Pool", (), {"free_all_blocks": lambda self: emptied.append("cupy")})
    monkeypatch.setitem(sys.modules, "cupy", type("CuPy", (), {"get_default_memory_pool": pool}))
    emptied.clear()
    free_memory()
    assert emptied == ["cupy", "torch"]


def test_one_image_that_does_not_fit_is_named():
    model = Small(0)
    with pytest.raises(ce.DeviceError) as caught:
        evaluate(model)
    assert model.sizes == [4, 2, 1]
    for words in ("one image of 3 x 8 x 8", "CUDA out of memory. Tried", "--geometry", "--autocast bfloat16"):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ValueError("out of memory"), ce.DeviceError("memory")],
)
def test_another_error_is_raised_as_it_is(error):
    model = Small(0, error)
    with pytest.raises(type(error)) as caught:
        evaluate(model)
    assert caught.value is error and model.sizes == [4]


def test_torch_says_so_itself():
    """The words are those of the torch that is installed: a tensor of a petabyte."""
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**50)
    assert out_of_memory(caught.value)


def test_a_run_in_parts_continues_in_whole_batches(tmp_path):
    """The batches of a resumed run are the same, also where the first run saw them in parts, and the fact stays."""
    path, source = tmp_path / "r.sqlite", TinyImages(20)
    model = Small(3)
    model.left = 60
    with pytest.raises(Killed):
        evaluate(model, source, batch_size=8, record=path)
    report = evaluate(Small(100), source, batch_size=8, record=path)
    assert report.run["sessions"] == 2 and report.run["images_at_once"] == 2
    assert same_answers(report, evaluate(source=source, batch_size=8))


def test_what_parts_of_several_processes_noted_is_kept(tmp_path):
    path = tmp_path / "r.sqlite"
    for rank, most in ((0, 3), (1, 1)):
        model = Small(most)
        model.left = 40
        with pytest.raises(Killed):
            evaluate(model, record=part_path(path, rank))
    assert evaluate(Small(100), record=path).run["images_at_once"] == 1


def test_the_check_of_the_first_batch_sees_less_than_what_was_run():
    """A network in train mode that is run in halves already would give the same scores for these halves."""
    torch.manual_seed(0)
    inner = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3))
    inner.eval()
    inner[1].train()

    def left_in_train_mode(images):
        if len(images) > 4:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return inner(images)

    with pytest.raises(ce.OptionError, match=r"depend on what else is in its batch"):
        evaluate(left_in_train_mode, TinyImages(16), batch_size=8, check=True)


@pytest.mark.parametrize("failures", [1, 2])
def test_a_batch_that_cannot_be_made_for_lack_of_memory(monkeypatch, failures):
    """At the second attempt the pools of the libraries are empty; then it is said what to do."""
    real, left = pipeline.make_to_tensor, [failures]

    def scarce(*arguments):
        to_tensor = real(*arguments)

        def made(*batch):
            left[0] -= 1
            if left[0] >= 0:
                raise OutOfMemoryError("Out of memory allocating 38,535,168 bytes")
            return to_tensor(*batch)

        return made

    monkeypatch.setattr(pipeline, "make_to_tensor", scarce)
    if failures == 1:
        report = evaluate()
        assert left[0] == 1 - (3 * 21 + 1) and report.samples == 10
        return
    with pytest.raises(ce.DeviceError, match=r"make a batch of 4 images: Out of memory allocating.*--batch-size"):
        evaluate()


# A part of the model's classes.


def folders(tmp_path, count=12):
    """Three class folders: class0, class1, class2."""
    return tiny.working_folder(tmp_path, count) / "data"


class Wide(TinyModel):
    """Ten classes; those of the tiny images are 7, 2 and 5, and an eighth is always the likeliest."""

    def forward(self, images):
        known = super().forward(images)
        scores = torch.full((len(images), 10), -9.0)
        scores[:, [7, 2, 5]] = known
        scores[:, 8] = 1.0
        return scores


MAPPING = {"class0": 7, "class1": 2, "class2": 5}


def test_only_the_classes_of_the_labels_count(tmp_path):
    data = folders(tmp_path)
    options = {"geometry": "none", "labels": MAPPING}
    free = evaluate(Wide(), data, **options)
    assert free.clean_error == 1.0 and set(free.predictions[("clean", 0, 0)].prediction) == {8}
    told = evaluate(Wide(), data, restrict_to_labels=True, **options)
    plain = evaluate(TinyModel(), data, geometry="none")
    numbers = np.array([7, 2, 5])
    assert told.labels.tolist() == numbers[plain.labels].tolist()
    for condition, found in told.predictions.items():
        same = plain.predictions[condition]
        assert (found.prediction == numbers[same.prediction]).all()
        # Ranks among equals may differ, because classes are numbered in another order; of these scores none are equal.
        assert (found.rank == same.rank).all() and found.confidence == pytest.approx(same.confidence, abs=1e-6)
    assert told.mce() == plain.mce() and "restricted to the classes of its labels" in str(told)
    assert "restricted" not in str(free) and told.settings["data.restrict_to_labels"] is True


def test_judging_a_part_of_the_classes_by_hand():
    classes = torch.tensor([1, 3])
    scores = torch.tensor(
        [
            [9.0, 1.0, 9.0, 2.0],
            [9.0, 2.0, float("nan"), 2.0],
            [0.0, float("inf"), 0.0, 1.0],
            [0.0, -torch.inf, 0.0, -torch.inf],
        ]
    )
    found = judge(scores, torch.tensor([1, 3, 3, 1]), classes=classes)
    assert found.prediction.tolist() == [3, 1, -1, -1] and found.rank.tolist() == [1, 1, -1, -1]
    assert found.confidence[:2] == pytest.approx([1 / (1 + np.exp(-1)), 0.5])
    shares = torch.tensor([[0.5, 0.1, 0.0, 0.4], [1.0, 0.0, 0.0, 0.0]])
    found = judge(shares, torch.tensor([1, 1]), "probabilities", classes)
    assert found.prediction.tolist() == [3, -1] and found.confidence[0] == pytest.approx(0.8)


def test_images_without_a_class_number_are_left_out_by_name(tmp_path):
    data, path = folders(tmp_path), tmp_path / "r.sqlite"
    mapping = {name: number for name, number in MAPPING.items() if name != "class1"}
    options = {"geometry": "none", "labels": mapping, "restrict_to_labels": True}
    with pytest.raises(
        ce.OptionError, match=r"no class number for 'class1'.*unlabelled=\"skip\" \(--unlabelled skip\)"
    ):
        evaluate(Wide(), data, **options)
    without = len(list((data / "class1").iterdir()))
    model = Wide()
    report = evaluate(model, data, unlabelled="skip", record=path, **options)
    assert model.images == 21 * (12 - without), "they are not shown at all"
    assert report.unlabelled == {"class1": without} and report.samples == report.planned == 12 - without
    assert set(report.labels) == {7, 5} and not report.skipped
    assert f"{without} image(s) of 1 label(s) without a class number were left out and are not counted: class1." in str(
        report
    )
    assert json.loads(render([report], "json"))["reports"][0]["unlabelled"] == {"class1": without}
    # Neither the record nor a second run takes it for unfinished.
    again = Wide()
    assert same_answers(evaluate(again, data, unlabelled="skip", record=path, **options), report) and again.images == 0
    assert ce.Report.load(path).unlabelled == report.unlabelled
    part = evaluate(Wide(), data, unlabelled="skip", limit=6, **options)
    assert part.samples + sum(part.unlabelled.values()) == 6 and part.samples == part.planned


def test_labels_that_are_known_only_when_read(tmp_path):
    """A data set that lists no labels: its images are left out batch by batch, also after a kill and with other
    batches.
    """
    path, source = tmp_path / "r.sqlite", TinyImages(20)
    mapping, options = {0: 0, 2: 2}, {"unlabelled": "skip"}
    del source.labels
    given = TinyImages(20).labels
    type_of = type(
        "Unlisted",
        (TinyImages,),
        {"__len__": lambda self: 20, "__getitem__": lambda self, n: (self.images[n], given[n])},
    )
    source.__class__ = type_of
    model = TinyModel(calls=30)
    with pytest.raises(Killed):  # as one of several processes
        evaluate(model, source, labels=mapping, record=part_path(path, 1), **options)
    report = evaluate(TinyModel(), source, labels=mapping, record=path, batch_size=7, **options)
    kept = [n for n, label in enumerate(given) if label != 1]
    assert report.ids.tolist() == kept and report.unlabelled == {"1": 20 - len(kept)}
    whole = evaluate(TinyModel(), TinyImages(20))
    at = np.array(kept)
    for condition, found in report.predictions.items():
        assert (found.prediction == whole.predictions[condition].take(at).prediction).all()
    with pytest.raises(ce.RecordError, match=r"not one of its images counts.*20 have a label without"):
        evaluate(TinyModel(), source, labels={7: 0}, **options)


def test_labels_of_which_none_is_known(tmp_path):
    with pytest.raises(ce.OptionError, match="no class number for any label of the 12 images"):
        evaluate(Wide(), folders(tmp_path), geometry="none", labels={"dog": 1}, unlabelled="skip")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"restrict_to_labels": True}, ce.OptionError, r"restrict_to_labels=True needs labels="),
        ({"unlabelled": "skip"}, ce.OptionError, r'unlabelled="skip" needs labels='),
        ({"labels": MAPPING, "unlabelled": "drop"}, ce.UnknownNameError, "unknown unlabelled 'drop': .*raise, skip"),
        ({"labels": MAPPING, "restrict_to_labels": 1}, ce.OptionError, "restrict_to_labels 1 is neither"),
        (
            {"labels": {**MAPPING, "dog": 10}, "restrict_to_labels": True},
            ce.OptionError,
            "from 2 to 10, but the model has",
        ),
        ({"labels": {**MAPPING, "class1": "2"}}, ce.OptionError, r"labels\['class1'\] '2' is not an integer"),
        ({"labels": {**MAPPING, "class1": -1}}, ce.OptionError, r"labels\['class1'\] -1 is below 0"),
        ({"labels": {}}, ce.OptionError, "no mapping"),
        ({"labels": ["class0"]}, ce.OptionError, "no mapping"),
        ({}, ce.OptionError, "3 class folders and the model 10 classes.*--restrict-to-labels"),
    ],
)
def test_labels_that_are_wrong(tmp_path, options, error, words):
    with pytest.raises(error, match=words):
        evaluate(Wide(), folders(tmp_path), geometry="none", **options)


def test_the_same_label_by_number_and_by_folder(tmp_path):
    source = ce.sources.open_source(folders(tmp_path))
    assert Labels(source, {0: 4, "class1": 5, "2": 6}).numbers([0, 1, 2]).tolist() == [4, 5, 6]


def test_reports_of_other_classes_do_not_stand_side_by_side(tmp_path):
    data = folders(tmp_path)
    options = {"geometry": "none", "labels": MAPPING}
    free, told = (evaluate(Wide(), data, restrict_to_labels=restrict, **options) for restrict in (False, True))
    with pytest.raises(ce.OptionError, match=r"data\.restrict_to_labels is False and True"):
        free.compare(told)


def test_the_record_knows_what_images_are_called(tmp_path):
    data, path = folders(tmp_path), tmp_path / "r.sqlite"
    evaluate(source=data, record=path, geometry="none")
    names = read_results(path).names
    assert sorted(names) == sorted(str(file.relative_to(data).as_posix()) for file in data.rglob("*.png"))
    assert read_results(path).names == evaluate(source=data, geometry="none").names
    assert evaluate().names[3] == "item 3 of TinyImages"


def test_read_only_arrays_are_scores_without_a_warning():
    """As NumPy sees those of JAX; torch warns of them once a process."""
    given = np.eye(3, dtype=np.float32)
    given.flags.writeable = False
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    try:
        assert scores_of(given).tolist() == given.tolist()
    finally:
        torch.set_warn_always(before)
