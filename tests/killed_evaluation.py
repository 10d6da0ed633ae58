"""Run by a test: start the same evaluation again and again, and kill it (SIGKILL) at random moments, until it has finished.

The imports are done once; each attempt is a fork. The kernels are compiled before, so that an attempt is all evaluation.
"""

import contextlib
import json
import os
import random
import signal
import sqlite3
import sys
import time
from pathlib import Path

import torch

from corrupt_engine import Report
from corrupt_engine.record import store

from . import tiny

KILLS = 10
torch.set_num_threads(1)  # no pool that a fork would lack
store.SAVE_EVERY = 0.0  # every batch: commits are as frequent as they can be, and most kills hit one


class Slow(tiny.TinyModel):
    """Slow enough that ten kills come before the end."""

    def forward(self, images):
        time.sleep(0.012)
        return super().forward(images)


def run(path):
    return tiny.evaluate(Slow(), tiny.TinyImages(24), record=path, pictures=2, num_workers=0)  # nothing to start before the first batch


def attempt(path):
    if child := os.fork():
        return child
    run(path)
    os._exit(0)


def answered(path):
    """How many batches are on record; opening the file is also what rolls back a half-written one."""
    if not Path(path).exists():
        return 0
    with contextlib.closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'answer'").fetchone()[0]
        return connection.execute("SELECT count(*) FROM answer").fetchone()[0] if tables else 0


def main(path, seed):
    generator = random.Random(seed)
    whole = run(f"{path}.whole")
    stages = []
    while len(stages) < KILLS:
        child = attempt(path)
        time.sleep(generator.uniform(0.0, 0.5))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            raise SystemExit(f"finished after {len(stages)} kills: nothing was left to kill")
        stages.append(answered(path))
    _, status = os.waitpid(attempt(path), 0)
    again = Report.load(path)
    print(
        json.dumps(
            {"status": os.WEXITSTATUS(status), "stages": stages, "same": tiny.same_answers(whole, again), "text": str(whole) == str(again)}
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
