"""The record: what a kill, a full disk, another configuration or another file does to it."""

import contextlib
import json
import sqlite3
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.catalogue import CLEAN, Condition
from corrupt_engine.evaluation import finish
from corrupt_engine.evaluation.processes import part_path
from corrupt_engine.metrics.predictions import Predictions
from corrupt_engine.records import Record, store
from corrupt_engine.records import connection as connecting

from .tiny import Killed, TinyImages, TinyModel, evaluate, same_answers

ROOT = Path(__file__).parent.parent
EXTRA = "imagenet-c-extra"


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_ten_kills_and_the_same_numbers(tmp_path):
    command = [sys.executable, "-m", "tests.killed_evaluation", str(tmp_path / "r.sqlite"), "1"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    found = json.loads(run.stdout)
    stages = found.pop("stages")
    assert found == {"status": 0, "same": True, "text": True}
    assert len(stages) == 10 and stages == sorted(stages)
    assert len(set(stages)) > 4, f"the kills did not come at different stages: {stages}"


def test_a_run_that_fails_loses_nothing_and_repeats_nothing(tmp_path):
    path = tmp_path / "r.sqlite"
    with pytest.raises(Killed):
        evaluate(TinyModel(calls=30), benchmark=EXTRA, record=path)
    model = TinyModel()
    report = evaluate(model, benchmark=EXTRA, record=path)
    # 30 batches of 4 images were answered, 21 conditions of 10 images are wanted; all of the 30 were whole.
    assert model.images == 21 * 10 - (21 * 4 + 9 * 4)
    assert same_answers(report, evaluate(benchmark=EXTRA))
    assert report.run["sessions"] == 2
    again = TinyModel()
    assert same_answers(report, evaluate(again, benchmark=EXTRA, record=path)) and again.images == 0


def constant(images):
    return torch.zeros(len(images), 3)


@pytest.mark.parametrize(
    "wrong", [{"mean": (1, 2)}, {"model": constant, "check": True, "limit": 6}], ids=["mean", "check"]
)
def test_a_run_that_fails_before_its_first_answer_is_in_nobodys_way(tmp_path, wrong):
    path = tmp_path / "r.sqlite"
    with pytest.raises(ce.OptionError):
        evaluate(**wrong, benchmark=EXTRA, record=path)
    report = evaluate(source=TinyImages(7, seed=1), benchmark=EXTRA, record=path, limit=5)
    alone = evaluate(source=TinyImages(7, seed=1), benchmark=EXTRA, limit=5)
    assert same_answers(report, alone) and report.settings == alone.settings and report.run["sessions"] == 1
    assert same_answers(ce.Report.load(path), alone)  # also its seal fits
    with pytest.raises(ce.RecordError, match="belongs to another evaluation"):
        evaluate(mean=0.5, source=TinyImages(7, seed=1), benchmark=EXTRA, record=path)


def test_examples_that_a_record_lacks_are_made_and_the_others_kept(tmp_path, monkeypatch):
    path = tmp_path / "r.sqlite"
    with monkeypatch.context() as patched:  # a record that was about less, of another sample
        patched.setattr(finish, "missing_examples", lambda *_: (4, [Condition("spatter", 1)]))
        (kept,) = evaluate(benchmark=EXTRA, record=path).examples
    again = evaluate(benchmark=EXTRA, record=path)
    assert again.examples == ce.Report.load(path).examples and kept in again.examples
    assert [(e.condition.corruption, e.condition.severity, e.id) for e in again.examples] == [
        ("clean", 0, 4),
        ("gaussian_blur", 3, 4),
        ("saturate", 3, 4),
        ("spatter", 1, 4),
        ("speckle_noise", 3, 4),
    ]


def test_a_record_says_when_it_was_begun_and_by_which_command(tmp_path):
    path = tmp_path / "r.sqlite"
    report = evaluate(benchmark=EXTRA, record=path)
    assert report.run["command"] == "evaluate() called from Python"
    assert datetime.fromisoformat(report.run["begun"]).tzinfo is not None
    with sqlite3.connect(path) as connection:
        (started,) = connection.execute("SELECT started FROM session").fetchone()
    connection.close()
    assert report.run["begun"] == report.run["continued"] == started
    again = evaluate(benchmark=EXTRA, record=path, command="make it")
    assert again.run["command"] == "make it" and again.run["begun"] == started <= again.run["continued"]


@pytest.mark.parametrize("batch_size", [1, 3, 10])
def test_another_batch_size_may_continue(tmp_path, batch_size):
    path = tmp_path / "r.sqlite"
    with pytest.raises(Killed):
        evaluate(TinyModel(calls=30), benchmark=EXTRA, record=path)
    assert same_answers(evaluate(benchmark=EXTRA, record=path, batch_size=batch_size), evaluate(benchmark=EXTRA))


def test_a_report_is_read_back(tmp_path):
    report = evaluate(benchmark=EXTRA, record=tmp_path / "deep" / "r.sqlite", trials=2, mistakes=3)
    back = ce.Report.load(tmp_path / "deep" / "r.sqlite")
    assert same_answers(report, back) and back.trials == 2
    assert str(back) == str(report) and back.image_pairs == report.image_pairs
    assert back.examples == report.examples != ()
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["r.sqlite"]
    with contextlib.closing(sqlite3.connect(tmp_path / "deep" / "r.sqlite")) as connection:
        assert len(connection.execute("SELECT * FROM condition").fetchall()) == 41


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seed": 1}, "seed was 0 and is 1 now"),
        ({"benchmark": "imagenet-c"}, "benchmark was imagenet-c-extra and is imagenet-c now"),
        ({"as_stored": True}, "as_stored was False and is True now"),
        ({"std": 0.5}, "std was 1.0 and is 0.5 now"),
        ({"model": TinyModel(9.0)}, "model.fingerprint was"),
        ({"dtype": "float16"}, "dtype was float32 and is float16 now"),
        ({"source": TinyImages(11)}, "data.samples was 10 and is 11 now"),
        ({"source": TinyImages(10, seed=1)}, "data.fingerprint was"),
    ],
)
def test_another_evaluation_is_refused_and_the_record_kept(tmp_path, options, words):
    path = tmp_path / "r.sqlite"
    report = evaluate(benchmark=EXTRA, record=path)
    with pytest.raises(ce.RecordError) as caught:
        evaluate(**{"benchmark": EXTRA, "record": path, **options})
    assert words in str(caught.value) and "another file" in str(caught.value)
    assert same_answers(ce.Report.load(path), report)


def test_an_unfinished_record_is_named_or_read_in_part(tmp_path):
    path = tmp_path / "r.sqlite"
    with pytest.raises(Killed):
        evaluate(TinyModel(calls=10), benchmark=EXTRA, record=path)
    with pytest.raises(ce.RecordError, match=r"no image has all of its 21 predictions"):
        ce.Report.load(path, partial=True)
    with pytest.raises(Killed):
        evaluate(TinyModel(calls=30), benchmark=EXTRA, record=path)
    with pytest.raises(ce.RecordError, match=r"not finished: 4 of 10 images"):
        ce.Report.load(path)
    part = ce.Report.load(path, partial=True)
    assert part.samples == 4 and "Not finished: 4 of 10 images" in str(part)


def test_a_full_disk_is_named_and_loses_nothing(tmp_path, monkeypatch):
    path, source = tmp_path / "r.sqlite", TinyImages(40)
    real = connecting.connect

    def small(where):
        connection = real(where)
        connection.execute("PRAGMA max_page_count = 16")  # SQLite's own way of a disk that fills up
        return connection

    monkeypatch.setattr(store, "connect", small)
    monkeypatch.setattr(store, "SAVE_EVERY", 0.0)
    with pytest.raises(ce.RecordError, match=r"disk is full.*kept.*make room"):
        evaluate(source=source, benchmark=EXTRA, record=path)
    monkeypatch.setattr(store, "connect", real)
    model = TinyModel()
    assert same_answers(evaluate(model, source, EXTRA, record=path), evaluate(source=source, benchmark=EXTRA))
    assert 0 < model.images < 21 * 40


def another_database(path):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE t (x);")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.mkdir(), "unable to open.*must be writable"),
        (lambda path: path.write_text("no database, but a long enough text " * 10), "not a database.*choose another"),
        (another_database, "no record of an evaluation"),
    ],
)
def test_places_that_can_hold_no_record(tmp_path, make, words):
    path = tmp_path / "r.sqlite"
    make(path)
    with pytest.raises(ce.RecordError, match=words):
        evaluate(benchmark=EXTRA, record=path)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ce.RecordError, match=r"folder cannot be made"):
        evaluate(benchmark=EXTRA, record=tmp_path / "file" / "r.sqlite")


def test_a_record_of_another_schema(tmp_path):
    path = tmp_path / "r.sqlite"
    evaluate(benchmark=EXTRA, record=path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ce.RecordError, match=r"schema version 99"):
        ce.Report.load(path)


def test_no_record():
    with pytest.raises(ce.RecordError, match=r"there is no record nowhere.sqlite"):
        ce.Report.load("nowhere.sqlite")


def test_locked_by_another(tmp_path, monkeypatch):
    path = tmp_path / "r.sqlite"
    evaluate(benchmark=EXTRA, record=path)
    monkeypatch.setattr(connecting, "PATIENCE", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ce.RecordError, match=r"another evaluation is writing"):
        evaluate(benchmark=EXTRA, record=path)
    other.close()


def test_parts_of_killed_processes_are_added(tmp_path):
    """Any number of processes may continue what others left: here two parts, one of them with predictions that are
    there already.
    """
    path = tmp_path / "r[1].sqlite"
    with pytest.raises(Killed):
        evaluate(TinyModel(calls=30), benchmark=EXTRA, record=part_path(path, 3))
    with pytest.raises(Killed):
        evaluate(TinyModel(calls=25), benchmark=EXTRA, record=part_path(path, 0))
    model = TinyModel()
    assert same_answers(evaluate(model, benchmark=EXTRA, record=path), evaluate(benchmark=EXTRA))
    assert model.images == 210 - 30 * 4
    assert [file.name for file in tmp_path.iterdir()] == ["r[1].sqlite"]


def test_ids_that_are_not_consecutive(tmp_path):
    conditions = (CLEAN, Condition("fog", 1.0))
    with Record(tmp_path / "r.sqlite", {"seed": 0}, conditions) as record:
        predictions = Predictions(
            np.array([1, 2], np.int32), np.array([0.5, np.nan], np.float32), np.array([0, -1], np.int32)
        )
        record.add(CLEAN, np.array([3, 7]), predictions)
        record.add_skipped([(5, "a.jpg", "cut off")])
    with Record(tmp_path / "r.sqlite", {"seed": 0}, conditions) as record:
        done = record.done()
    assert done[CLEAN].tolist() == [3, 5, 7] and done[conditions[1]].tolist() == [5]


def test_answers_to_changed_labels_are_not_mixed(tmp_path):
    """Labels that only reading tells are no part of a data set's fingerprint but for sixteen of them."""
    images = TinyImages(40)

    class Read(torch.utils.data.Dataset):
        def __len__(self):
            return 40

        def __getitem__(self, index):
            return images[index]

    options = {
        "source": Read(),
        "benchmark": "imagenet-c-extra",
        "corruptions": "spatter",
        "record": tmp_path / "r.sqlite",
    }
    evaluate(severities=1, **options)
    images.labels[1] = (images.labels[1] + 1) % 3
    with pytest.raises(ce.RecordError, match=r"item 1 of Read \(sample 1\) is of class \d there, and of \d now"):
        evaluate(severities=2, **options)
