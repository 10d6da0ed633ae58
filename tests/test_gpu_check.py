"""`make gpu-check` where there is no GPU, what ends it in the middle, and what it makes of measurements."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

import corrupt_engine as ce
from benchmarks.gpu import __main__ as check
from benchmarks.gpu import prediction
from benchmarks.gpu.ptx.__main__ import enlarged
from benchmarks.gpu.ptx.host import Cost, missing
from benchmarks.gpu.result import Check, Result, run_parts

ROOT = Path(__file__).parent.parent


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU: run make gpu-check")
def test_without_a_gpu_nothing_is_measured(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "OUT": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "NOTHING WAS MEASURED" in done.stdout and not list(tmp_path.iterdir())


def test_a_part_that_fails_loses_nothing(tmp_path):
    def first(check):
        yield {"n": 1}
        yield {"n": 2}
        raise RuntimeError("an illegal address")

    def second(check):
        yield {"n": 3}

    result = Result(tmp_path / "deep" / "r.json")
    ended = []
    run_parts(Check(None, "", result), [("a", first, 1), ("b", second, 1)], 10, lambda: ended.append(1))
    found = json.loads(result.path.read_text())
    assert found["a"] == [{"n": 1}, {"n": 2}] and found["b"] == [{"n": 3}] and len(ended) == 2
    assert [error["part"] for error in found["errors"]] == ["a"] and "an illegal address" in found["errors"][0]["error"]
    assert set(found["seconds"]) == {"a", "b"}


def test_time_that_is_left_over_goes_to_the_later_parts(tmp_path):
    seen = {}

    def part(name, seconds):
        def run(check):
            seen[name] = check.left()
            time.sleep(seconds)
            yield from ()

        return (name, run, 1)

    run_parts(Check(None, "", Result(tmp_path / "r.json")), [part("a", 0), part("b", 0), part("c", 0)], 6)
    assert seen["a"] == pytest.approx(2, abs=0.3) and seen["b"] == pytest.approx(3, abs=0.3)
    assert seen["c"] == pytest.approx(6, abs=0.5)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_kill_loses_nothing(tmp_path):
    code = """
import sys, time
from pathlib import Path
from benchmarks.gpu.result import Check, Result, run_parts

def rows(check):
    for n in range(10**6):
        yield {"n": n}

run_parts(Check(None, "", Result(Path(sys.argv[1]))), [("a", rows, 1)], 60)
"""
    path = tmp_path / "r.json"
    with subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.DEVNULL) as running:
        while not path.is_file() or len(json.loads(path.read_text()).get("a", [])) < 20:
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    found = json.loads(path.read_text())["a"]
    assert len(found) >= 20 and [row["n"] for row in found] == list(range(len(found)))


@pytest.mark.skipif(bool(missing()), reason=str(missing()))
@pytest.mark.parametrize(("name", "severity"), [("brightness", 1), ("contrast", 3), ("defocus_blur", 5), ("fog", 2)])
def test_the_committed_prediction_is_that_of_these_kernels(name, severity):
    """Made anew by python -m benchmarks.gpu.prediction."""
    made = prediction.predict(name, severity, enlarged(prediction.SIDE))
    rows = json.loads(check.PREDICTED.read_text())["conditions"]
    assert made in rows and len(rows) == 5 * len(ce.corruptions("imagenet-c-all"))


def test_what_the_pages_say_is_the_prediction():
    found = json.loads(check.PREDICTED.read_text())
    page = " ".join((ROOT / "docs" / "gpu.md").read_text().split())
    assert found["device"] == prediction.DEVICE
    assert f"{round(found['mean'], -5):,} images/s on an {prediction.DEVICE} as the mean" in page
    assert f"{round(found['least'], -3):,} the slowest" in page
    claim = f"that an {prediction.DEVICE} makes {round(found['mean'], -5):,} images/s"
    assert claim in (ROOT / "README.md").read_text()


def test_what_binds_a_kernel():
    counted = prediction.Counted(Cost(), arrays=2 * 224 * 224 * 3 * 2)
    counted.cost.kinds.update({"integer": 2 * 10**6, "load": 2 * 10**5, "free": 10**9})
    seconds = counted.seconds(2)
    assert seconds["instructions"] == pytest.approx(2.2e6 / (85 * 132 * 1.755e9))
    assert seconds["load/store"] == pytest.approx(2e5 / (22 * 132 * 1.755e9))
    assert seconds["memory"] == pytest.approx(602_112 / 4e12)
    counted.cost.kinds["divide"] = 100
    assert counted.seconds(2)["instructions"] == pytest.approx((2.2e6 + 800) / (85 * 132 * 1.755e9))


def rows(images_per_s):
    names = (*ce.corruptions("imagenet-c"), *ce.corruptions("imagenet-c-extra"))
    row = {"images_per_s": images_per_s, "share_of_copy": images_per_s * 2 * 224 * 224 * 3 / 1e9 / 4300}
    return [{"corruption": name, "severity": severity, **row} for name in names for severity in range(1, 6)]


def test_the_targets_are_judged_by_what_was_measured():
    none = {"errors": []}
    fed = [{"alone": 1.0, "fed": 0.5}, {"median": True, "share": 0.96}]
    fast = check.summary({**none, "speed": rows(8e6), "feeding": fed})
    assert fast["conditions"] == 75
    assert all(fast["met"].values())
    slow = rows(8e6)
    slow[0]["images_per_s"] = 49_000.0
    mixed = check.summary({**none, "speed": slow})
    assert mixed["least"] == 49_000.0
    assert mixed["met"] == {"mean": True, "least": False, "pointwise share": True, "fed": False}
    assert "zoom_blur" in check.table(slow)
    # What takes most of the time decides the mean: 74 conditions in no time do not make up for a slow one.
    slow[0]["images_per_s"] = 1000.0
    assert check.summary({**none, "speed": slow})["mean"] < 80_000
    assert not any(check.summary(none)["met"].values())


def test_what_is_wrong_is_in_the_summary():
    found = check.summary(
        {
            "errors": [{"part": "speed", "error": ""}],
            "equality": [
                {"corruption": "fog", "different": []},
                {"corruption": "snow", "different": [{}]},
                {"corruption": "frost", "different": [], "error": "x"},
            ],
            "ways": [
                {"way": "loader", "equal": True},
                {"way": "torch_tensors", "equal": False},
                {"way": "x", "error": ""},
            ],
            "laws": [{"corruption": "fog", "law": "keeps_shape"}, {"laws": 300}],
        }
    )
    assert found["corruptions compared"] == 3 and found["corruptions that differ"] == ["snow", "frost"]
    assert found["ways that differ"] == ["torch_tensors", "x"] and found["laws broken"] == 1
    assert found["parts that failed"] == ["speed"]
