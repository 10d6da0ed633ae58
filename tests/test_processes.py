"""Several processes under torchrun, for real: the same record as one."""

import os
import pickle
import socket
import subprocess
import sys

import pytest

import corrupt_engine as ce
from corrupt_engine import Report
from corrupt_engine.evaluation.processes import part_path
from corrupt_engine.models import LoadedModel
from corrupt_engine.runtime.ranks import as_own

from .tiny import Killed, TinyModel, evaluate, same_answers, working_folder
from .torchrun_script import ROOT, torchrun

BENCHMARK = "imagenet-c-extra"


@pytest.fixture
def place(tmp_path):
    return working_folder(tmp_path, 21)


OPTIONS = ["--benchmark", BENCHMARK, "--batch-size", "4", "--workers", "1", "--threads", "1", "--geometry", "none"]


def by_two(place, *arguments):
    command = ["evaluate", "own_network:network", "data", *OPTIONS, "--record", "r.sqlite", *arguments]
    return torchrun("-m", "corrupt_engine", *command, cwd=place)


def alone(place, record=None, model=None, **options):
    options = {"geometry": "none", "num_workers": 1, "record": record, **options}
    return evaluate(model or TinyModel(), str(place / "data"), BENCHMARK, **options)


def test_two_processes_fill_the_record_of_one(place):
    """Begun by one process that is killed, gone on with by two, one of whose predecessors left a part."""
    with pytest.raises(Killed):
        alone(place, place / "r.sqlite", TinyModel(calls=30))
    with pytest.raises(Killed):
        alone(place, part_path(place / "r.sqlite", 5), TinyModel(calls=40))
    run = by_two(place, "--quiet")
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
    run = by_two(place, "--quiet", "--seed", "1")
    assert run.returncode != 0 and "seed was 0 and is 1 now" in run.stderr
    assert same_answers(Report.load(place / "r.sqlite"), alone(place))


def test_several_processes_need_a_record(monkeypatch):
    from corrupt_engine.evaluation import run as evaluation
    from corrupt_engine.runtime.ranks import Processes

    monkeypatch.setattr(evaluation, "processes", lambda: Processes(1, 2))
    with pytest.raises(ce.OptionError, match="several processes need record=FILE"):
        evaluate(benchmark="imagenet-c-extra")


def machine(place, rank, port, models, *arguments):
    """One of two processes, as torchrun would begin it on a machine of its own."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "RANK": str(rank),
        "WORLD_SIZE": "2",
        "LOCAL_RANK": "0",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    command = [sys.executable, "-m", "corrupt_engine", "evaluate", *models, "data", *arguments, *OPTIONS, "--quiet"]
    return subprocess.Popen(
        command, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def on_two_machines(places, *arguments):
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    running = [machine(place, rank, port, *arguments) for rank, place in enumerate(places)]
    return [(one.communicate(timeout=200), one.returncode) for one in running]


def test_two_machines_without_a_common_disk(tmp_path):
    """Two models at once, the second machine with a part that a killed run left there alone."""
    places = [working_folder(tmp_path / name, 13) for name in ("first", "second")]
    with pytest.raises(Killed):
        alone(places[1], part_path(places[1] / "a.sqlite", 1), TinyModel(calls=20))
    names = ("--name", "tiny", "--name", "other", "--record", "a.sqlite", "--record", "b.sqlite")
    first, second = on_two_machines(places, ["own_network:network", "own_network:other"], *names)
    assert first[1] == second[1] == 0, (first, second)
    assert "other" in first[0][0] and not second[0][0]
    for file, model in (("a.sqlite", None), ("b.sqlite", LoadedModel(TinyModel(2.0), "other", 0.1, 1.0))):
        report = Report.load(places[0] / file)
        wanted = alone(places[0]) if model is None else alone(places[0], None, model, mean="model", std="model")
        assert same_answers(report, wanted) and report.run["processes"] == 2
    assert not list(places[1].glob("*.sqlite*")) and len(list(places[0].glob("*.sqlite*"))) == 2


def test_machines_with_other_images_are_told(tmp_path):
    places = [working_folder(tmp_path / name, count) for name, count in (("first", 9), ("second", 8))]
    first, second = on_two_machines(places, ["own_network:network"], "--record", "a.sqlite")
    assert second[1] != 0 and "process 1 would evaluate something else: data.samples is 9 in the first" in second[0][1]
    assert first[1] != 0


def test_an_error_of_another_library_reaches_all():
    """It may hold what cannot be sent."""

    class Odd(Exception):
        def __init__(self):
            super().__init__("broken")
            self.held = lambda: None

    sent = pickle.loads(pickle.dumps(as_own(Odd())))
    assert type(sent) is ce.CorruptEngineError and str(sent) == "Odd: broken"
    own = ce.RecordError("full")
    assert as_own(own) is own


def test_a_part_of_another_run_on_another_machine_is_told(tmp_path):
    """It fails one of two models, and no process waits for one that has gone on."""
    places = [working_folder(tmp_path / name, 9) for name in ("first", "second")]
    with pytest.raises(Killed):
        alone(places[1], part_path(places[1] / "a.sqlite", 1), TinyModel(calls=20), seed=1)
    names = ("--name", "tiny", "--name", "other", "--record", "a.sqlite", "--record", "b.sqlite")
    first, second = on_two_machines(places, ["own_network:network", "own_network:other"], *names)
    for (_, said), code in (first, second):
        assert code == 1 and "tiny: record a.sqlite.part-1 belongs to another evaluation: seed was 1" in said
    wanted = alone(places[0], None, LoadedModel(TinyModel(2.0), "other", 0.1, 1.0), mean="model", std="model")
    assert same_answers(Report.load(places[0] / "b.sqlite"), wanted)
