"""Several processes under torchrun, for real: the same record as one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import corrupt_engine as ce
from corrupt_engine import Report
from corrupt_engine.evaluation.fill import part_path

from .tiny import Killed, TinyModel, evaluate, same_answers, working_folder

ROOT = Path(__file__).parent.parent


@pytest.fixture
def place(tmp_path):
    return working_folder(tmp_path, 21)


def torchrun(place, *arguments, processes=2):
    options = [
        "--benchmark",
        "imagenet-c-extra",
        "--batch-size",
        "4",
        "--workers",
        "1",
        "--threads",
        "1",
        "--geometry",
        "none",
    ]
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        f"--nproc-per-node={processes}",
        "-m",
        "corrupt_engine",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command += ["evaluate", "own_network:network", "data", *options, "--record", "r.sqlite", *arguments]
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=240, check=False)


def alone(place, record=None, model=None):
    options = {"geometry": "none", "num_workers": 1, "record": record}
    return evaluate(model or TinyModel(), str(place / "data"), "imagenet-c-extra", **options)


def test_two_processes_fill_the_record_of_one(place):
    """Begun by one process that is killed, gone on with by two, one of whose predecessors left a part."""
    with pytest.raises(Killed):
        alone(place, place / "r.sqlite", TinyModel(calls=30))
    with pytest.raises(Killed):
        alone(place, part_path(place / "r.sqlite", 5), TinyModel(calls=40))
    run = torchrun(place, "--quiet")
    assert run.returncode == 0, run.stderr[:3000]
    report = Report.load(place / "r.sqlite")
    assert same_answers(report, alone(place))
    assert report.samples == 21 and report.run["processes"] == 2
    assert run.stdout.count("Network") == 1, "only the first process speaks"
    assert run.stdout.strip() == str(report)
    assert {path.name for path in place.iterdir()} - {"__pycache__"} == {"data", "own_network.py", "r.sqlite"}
    assert report.run["sessions"] == 2
    model = TinyModel()
    assert same_answers(alone(place, place / "r.sqlite", model), report) and model.images == 0


def test_an_error_ends_all_processes(place):
    """Refused by the first process, and no other is left waiting."""
    alone(place, place / "r.sqlite")
    run = torchrun(place, "--quiet", "--seed", "1")
    assert run.returncode != 0 and "seed was 0 and is 1 now" in run.stderr
    assert same_answers(Report.load(place / "r.sqlite"), alone(place))


def test_several_processes_need_a_record(monkeypatch):
    from corrupt_engine.evaluation import run as evaluation
    from corrupt_engine.runtime.ranks import Processes

    monkeypatch.setattr(evaluation, "processes", lambda: Processes(1, 2))
    with pytest.raises(ce.OptionError, match="several processes need record=FILE"):
        evaluate(benchmark="imagenet-c-extra")


def test_a_disk_that_is_not_shared_is_named(monkeypatch, tmp_path):
    """A process that does not see the file that the first one says it has made."""
    from corrupt_engine.evaluation import run as evaluation
    from corrupt_engine.runtime.ranks import Processes

    class Second(Processes):
        def first_does(self, work):
            made = work() if "describe" in work.__qualname__ or "lambda" in work.__qualname__ else None
            return made

    monkeypatch.setattr(evaluation, "processes", lambda: Second(1, 2))
    with pytest.raises(ce.RecordError, match="process 1 does not see record"):
        evaluate(benchmark="imagenet-c-extra", record=tmp_path / "r.sqlite")
