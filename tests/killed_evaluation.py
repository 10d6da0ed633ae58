"""Run by a test: start the same evaluation again and again, and kill it (SIGKILL) at random moments, ten times.

The imports are done once; each attempt is a fork. The kernels are compiled before, so that an attempt is
all evaluation. How far an attempt comes is told by the batches that it has answered, not by a clock: on a busy machine
as on an idle one each adds some, and none finishes.
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
from corrupt_engine.records import store

from . import tiny

KILLS = 10
FEWEST, MOST = 1, 30  # batches that an attempt answers before it is killed; 454 are wanted
FURTHER = 10  # batches that it may answer while the signal is on its way
torch.set_num_threads(1)  # no pool that a fork would lack
store.SAVE_EVERY = 0.0  # every batch: commits are as frequent as they can be, and most kills hit one


class Telling(tiny.TinyModel):
    """Writes to `pipe` when it has answered `count` batches, goes on, and waits for its end FURTHER batches later."""

    def __init__(self, count=10**9, pipe=None):
        super().__init__()
        self.count, self.pipe, self.answered = count, pipe, 0

    def forward(self, images):
        if self.answered == self.count:
            os.write(self.pipe, b".")
        if self.answered == self.count + FURTHER:
            signal.pause()
        self.answered += 1
        return super().forward(images)


def run(path, model):
    # Nothing to start before the first batch.
    return tiny.evaluate(model, tiny.TinyImages(24), record=path, mistakes=2, num_workers=0)


def attempt(path, model):
    if child := os.fork():
        return child
    run(path, model)
    os._exit(0)


def killed(path, count, delay):
    """Whether an attempt was killed `delay` seconds after `count` answered batches; without a count, from the start."""
    reading, writing = os.pipe()
    child = attempt(path, Telling(count or 0, writing))
    os.close(writing)
    if count is not None:
        os.read(reading, 1)  # returns as well when the child has ended
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(reading)
    return os.WIFSIGNALED(status)


def answered(path):
    """How many batches are on record; opening the file is also what rolls back a half-written one."""
    if not Path(path).exists():
        return 0
    with contextlib.closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'answer'").fetchone()[0]
        return connection.execute("SELECT count(*) FROM answer").fetchone()[0] if tables else 0


def main(path, seed):
    generator = random.Random(seed)
    whole = run(f"{path}.whole", Telling())
    stages = []
    while len(stages) < KILLS:
        # The first two while the record is made or opened; a batch takes 3 ms, and the signal comes in any part of it.
        count = generator.randint(FEWEST, MOST) if len(stages) > 1 else None
        if not killed(path, count, generator.uniform(0.0, 0.003 if count else 0.02)):
            raise SystemExit(f"finished after {len(stages)} kills: nothing was left to kill")
        stages.append(answered(path))
    _, status = os.waitpid(attempt(path, Telling()), 0)
    again = Report.load(path)
    print(
        json.dumps(
            {
                "status": os.WEXITSTATUS(status),
                "stages": stages,
                "same": tiny.same_answers(whole, again),
                "text": str(whole) == str(again),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
