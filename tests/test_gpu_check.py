"""`make gpu-check` where there is no GPU, and what it makes of measurements."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import corrupt_engine as ce
from benchmarks.gpu import __main__ as check

ROOT = Path(__file__).parent.parent


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU: run make gpu-check")
def test_without_a_gpu_nothing_is_measured():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu"], cwd=ROOT, capture_output=True, text=True, env={**os.environ}
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "NOTHING WAS MEASURED" in done.stdout
    equal = [line for line in done.stdout.splitlines() if line.endswith(" equal")]
    assert len(equal) == len(ce.corruptions()), done.stdout


def rows(images_per_s):
    names = (*ce.corruptions("imagenet-c"), *ce.corruptions("imagenet-c-extra"))
    row = {"images_per_s": images_per_s, "gb_per_s": images_per_s * 2 * 224 * 224 * 3 / 1e9, "host_ms": 0.1}
    return [{"corruption": name, "severity": severity, **row} for name in names for severity in range(1, 6)]


def test_the_targets_are_judged_by_what_was_measured():
    fast = check.summary(rows(8e6), copy=4300.0, feeding={"share": 0.96})
    assert fast["conditions"] == 75
    assert all(fast["met"].values())
    slow = rows(8e6)
    slow[0]["images_per_s"] = 49_000.0
    mixed = check.summary(slow, copy=4300.0, feeding=None)
    assert mixed["least"] == 49_000.0
    assert mixed["met"] == {"mean": True, "least": False, "pointwise share": True, "sweep": False}
    assert "zoom_blur" in check.table(slow, 4300.0)
    # What takes most of the time decides the mean: 74 conditions in no time do not make up for a slow one.
    slow[0]["images_per_s"] = 1000.0
    assert check.summary(slow, 4300.0, None)["mean"] < 80_000
