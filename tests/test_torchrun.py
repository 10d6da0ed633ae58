"""Several processes under torchrun see together what one sees, no sample twice and none missing."""

import json

import numpy as np
import pytest

from . import torchrun_script, torchrun_totals
from .small_sources import COUNT, labels, made_images


@pytest.mark.timeout(120)
def test_two_processes_give_the_totals_of_one(tmp_path, monkeypatch):
    np.save(tmp_path / "images.npy", made_images())
    np.save(tmp_path / "labels.npy", labels())
    script = [torchrun_script.__file__, torchrun_totals.__file__, tmp_path / "images.npy", tmp_path / "two.json"]
    done = torchrun_script.torchrun(*script)
    assert done.returncode == 0, done.stderr[-3000:]
    # The one is this process, with what torchrun would set: starting another takes 4 s.
    for name, value in {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}.items():
        monkeypatch.setenv(name, value)
    torchrun_totals.main(tmp_path / "images.npy", tmp_path / "one.json")
    one, two = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("one", "two"))
    assert one["parts"] == [COUNT] and two["parts"] == [6, 5]
    assert two["totals"] == one["totals"] and two["seen"] == one["seen"]
    assert [sample for sample, _ in two["seen"]] == list(range(COUNT))
    assert one["counted"] == two["counted"] == list(range(COUNT))
    assert one["scores"] == two["scores"] and [severity for severity, _ in two["scores"]] == [0, 1, 2, 3, 4]
