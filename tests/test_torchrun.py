"""Several processes under torchrun see together what one sees, no sample twice and none missing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from .small_sources import COUNT, labels, pictures

ROOT = Path(__file__).parent.parent


@pytest.mark.timeout(120)
def test_two_processes_give_the_totals_of_one(tmp_path):
    np.save(tmp_path / "pictures.npy", pictures())
    np.save(tmp_path / "labels.npy", labels())

    def run(processes):
        out = tmp_path / f"{processes}.json"
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        script = [ROOT / "tests" / "torchrun_totals.py", tmp_path / "pictures.npy", out]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
        done = subprocess.run([*command, *script], capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(out.read_text())

    one, two = run(1), run(2)
    assert one["parts"] == [COUNT] and two["parts"] == [6, 5]
    assert two["totals"] == one["totals"] and two["seen"] == one["seen"]
    assert [sample for sample, _ in two["seen"]] == list(range(COUNT))
