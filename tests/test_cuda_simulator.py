"""The wrapped CUDA kernels, with their grids, blocks and barriers, under Numba's CUDA simulator: the CPU's bytes on
tiny images.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .devices import NAMES

pytest.importorskip("numba.cuda", reason="numba-cuda is for Linux")
ROOT = Path(__file__).parent.parent


def simulate(*names):
    command = [sys.executable, "-m", "tests.simulated", *names]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def test_every_corruption_gives_the_bytes_of_the_cpu():
    lines = simulate(*NAMES)
    assert len(lines) == 4 * len(NAMES)
    assert not [line for line in lines if not line.endswith(" equal")]
