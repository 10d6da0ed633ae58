"""The log of single predictions: from it alone follow the numbers of the report."""

import csv
import dataclasses
import json
import sys

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.catalogue import Condition
from corrupt_engine.cli import main
from corrupt_engine.metrics import mean_corruption_error
from corrupt_engine.reports import predictions

from .tiny import TinyImages, TinyModel, evaluate, working_folder

EXTRA = "imagenet-c-extra"


@pytest.fixture(scope="module")
def report():
    """Two trials, some predictions that are none, names that begin formulas."""
    inner = TinyModel(2.0).eval()

    def model(images):
        scores = inner(images).clone()
        scores[images.mean((1, 2, 3)) > 0.6] = float("nan")
        return scores

    made = evaluate(model, TinyImages(30), EXTRA, trials=2, class_names=["=one", "two", "drei, Ü"])
    assert 0 < made.invalid < 1000
    return dataclasses.replace(made, names=tuple(f"{'+' if n == 4 else ''}class/{n}.png" for n in range(30)))


def from_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def from_parquet(path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    return parquet.read_table(path).to_pylist()


READERS = {".csv": from_csv, ".parquet": from_parquet}


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize("chunk", [7, 50_000])
def test_the_numbers_follow_from_the_log_alone(report, tmp_path, suffix, chunk, monkeypatch):
    monkeypatch.setattr(predictions, "CHUNK", chunk)
    path = report.save_predictions(tmp_path / "new" / f"log{suffix}")
    rows = READERS[suffix](path)
    assert len(rows) == 30 * 41 and list(rows[0]) == list(predictions.COLUMNS)
    cells = {}
    for row in rows:
        key = Condition(row["corruption"], float(row["severity"]), int(row["trial"]))
        cells.setdefault(key, []).append(row)
    assert list(cells) == list(report.predictions)
    errors = []
    for corruption in report.corruptions:
        levels = []
        for severity in report.severities[corruption]:
            wrong = [
                np.mean([1 - int(row["correct"]) for row in cells[corruption, severity, trial]]) for trial in (0, 1)
            ]
            levels.append(np.mean(wrong))
        assert levels == pytest.approx(report.errors[corruption])
        errors.append(levels)
    reference = report.baseline.reference(report.corruptions)
    assert float(mean_corruption_error(np.array(errors), reference)) == pytest.approx(report.mce())
    for condition, given in report.predictions.items():
        found = cells[condition]
        assert [int(row["id"]) for row in found] == report.ids.tolist()
        assert [int(row["label"]) for row in found] == report.labels.tolist()
        for row, prediction, confidence, rank, right in zip(found, *given[:3], given.correct, strict=True):
            assert int(row["correct"]) == right
            if rank < 0:
                assert [row[name] or None for name in ("prediction", "prediction_name", "confidence", "rank")] == [
                    None
                ] * 4
            else:
                # To the last bit of a float32.
                assert np.float32(row["confidence"]) == confidence
                assert (int(row["prediction"]), int(row["rank"])) == (prediction, rank)


def test_names_are_cells_that_nobody_runs(report, tmp_path):
    rows = from_csv(report.save_predictions(tmp_path / "log.csv"))
    assert {row["label_name"] for row in rows} == {"'=one", "two", "drei, Ü"}
    assert rows[4]["image"] == "'+class/4.png" and rows[3]["image"] == "class/3.png"
    rows = from_parquet(report.save_predictions(tmp_path / "log.parquet"))
    assert {row["label_name"] for row in rows} == {"=one", "two", "drei, Ü"} and rows[4]["image"] == "+class/4.png"


def test_what_is_not_known_is_empty(tmp_path):
    bare = dataclasses.replace(evaluate(benchmark=EXTRA), names=(), class_names=("a", ""))
    rows = from_csv(bare.save_predictions(tmp_path / "log.csv"))
    assert {row["image"] for row in rows} == {""} and {row["label_name"] for row in rows} == {"a", ""}
    rows = from_parquet(bare.save_predictions(tmp_path / "log.parquet"))
    assert {row["image"] for row in rows} == {None} and {row["label_name"] for row in rows} == {"a", None}


def test_a_parquet_file_says_what_fixed_it(report, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    metadata = parquet.read_schema(report.save_predictions(tmp_path / "log.parquet")).metadata
    assert json.loads(metadata[b"corrupt_engine"])["settings"]["seed"] == 0


def test_parquet_without_pyarrow_is_refused_with_the_way_out(report, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ce.MissingExtraError, match=r'"corrupt-engine\[parquet\]", or write the predictions as \.csv'):
        report.save_predictions(tmp_path / "log.parquet")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", READERS)
def test_a_file_that_fails_is_absent_and_the_old_one_stays(report, tmp_path, suffix, monkeypatch):
    path = tmp_path / f"log{suffix}"
    path.write_text("before")

    def breaks(given):
        yield from list(whole(given))[:3]
        raise OSError(28, "No space left on device")

    whole = predictions.rows
    monkeypatch.setattr(predictions, "rows", breaks)
    with pytest.raises(ce.OptionError, match=r"predictions .* cannot be written: No space left.*another place"):
        report.save_predictions(path)
    assert path.read_text() == "before" and [file.name for file in tmp_path.iterdir()] == [path.name]


def test_another_suffix_is_named(report, tmp_path):
    with pytest.raises(ce.UnknownNameError, match=r"unknown suffix '\.xlsx': .*\.csv, \.parquet"):
        report.save_predictions(tmp_path / "log.xlsx")


@pytest.mark.alone
def test_the_log_is_streamed(tmp_path):
    """Of 420,000 rows no more than a chunk is held as Python's objects."""
    import tracemalloc

    count = 20_000
    small = evaluate(benchmark=EXTRA)
    places = np.arange(count) % small.samples
    large = dataclasses.replace(
        small,
        predictions={c: given.take(places) for c, given in small.predictions.items()},
        labels=small.labels[places],
        ids=np.arange(count),
        names=tuple(f"n{n:08}" for n in range(count)),
    )
    tracemalloc.start()
    try:
        large.save_predictions(tmp_path / "log.csv")
        # 20,000 images: six lists of them at 8 bytes a place and up to 60 an object, and a row of the writer.
        assert tracemalloc.get_traced_memory()[1] < count * 600
    finally:
        tracemalloc.stop()
    with (tmp_path / "log.csv").open() as file:
        assert sum(1 for _ in file) == 21 * count + 1


def test_from_the_command_line(tmp_path, monkeypatch, capsys):
    working_folder(tmp_path, 10)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    options = ["--benchmark", EXTRA, "--batch-size", "4", "--workers", "1", "--threads", "1", "--geometry", "none"]
    command = ["evaluate", "own_network:network", "data", *options, "--record", "r.sqlite"]
    assert main([*command, "--predictions", "log.xlsx"]) == 2 and not (tmp_path / "r.sqlite").exists()
    assert "unknown suffix '.xlsx'" in capsys.readouterr().err
    assert main([*command, "--predictions", "a/log.csv"]) == 0
    assert "saved: a/log.csv" in capsys.readouterr().err
    assert main(["report", "r.sqlite", "--predictions", "b.csv"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "" and "saved: b.csv" in captured.err
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a" / "log.csv").read_bytes()
    rows = from_csv(tmp_path / "b.csv")
    assert len(rows) == 210 and rows[0]["image"].startswith("class0/") and rows[0]["label_name"] == "class0"
    assert main(["report", "r.sqlite", "r.sqlite", "--predictions", "c.csv"]) == 2
    assert "takes one record, not 2" in capsys.readouterr().err
    sys.modules.pop("own_network", None)


def test_the_command_says_how_the_model_is_run(tmp_path, monkeypatch, capsys):
    working_folder(tmp_path, 10)
    (tmp_path / "labels.json").write_text('{"class0": 0, "class2": 2}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    options = ["--benchmark", EXTRA, "--batch-size", "4", "--workers", "1", "--threads", "1", "--geometry", "none"]
    command = ["evaluate", "own_network:network", "data", *options, "--json", "--labels", "labels.json"]
    more = ["--autocast", "bfloat16", "--channels-last", "--restrict-to-labels", "--unlabelled", "skip"]
    assert main([*command, *more]) == 0, "what was left out by name is no flaw"
    (found,) = json.loads(capsys.readouterr().out)["reports"]
    settings = found["settings"]
    assert (settings["dtype"], settings["autocast"], settings["data.restrict_to_labels"]) == (
        "float32",
        "bfloat16",
        True,
    )
    assert set(found["unlabelled"]) == {"class1"} and found["run"]["channels_last"] is True
    assert main([*command, "--dtype", "bfloat16", "--record", "b.sqlite", "--unlabelled", "skip"]) == 0
    assert json.loads(capsys.readouterr().out)["reports"][0]["settings"]["dtype"] == "bfloat16"
    assert main([*command, "--dtype", "int8"]) == 2 and "unknown dtype 'int8'" in capsys.readouterr().out
    assert main([*command]) == 2 and "--unlabelled skip" in capsys.readouterr().out
    sys.modules.pop("own_network", None)
    assert torch.is_autocast_enabled("cpu") is False
