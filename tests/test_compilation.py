"""Nothing is compiled twice: a kernel has as many forms after images of any size, layout and origin as after one."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import corrupt_engine as ce

from .compiled_forms import VARIED, pixels, read_only
from .depths import beside

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def new_forms(tmp_path_factory):
    path = tmp_path_factory.mktemp("forms") / "new.json"
    command = [sys.executable, "-m", "tests.compiled_forms", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(path.read_text())


@pytest.mark.parametrize("what", VARIED)
def test_nothing_is_compiled_again(new_forms, what):
    assert new_forms["varied"][what] == []


def test_the_count_sees_a_new_form(new_forms):
    assert new_forms["other type"] == ["write_planes"]


def test_read_only_images_give_the_same_bytes_and_stay_as_they_are():
    images = pixels(2, 40, 40, 3)
    kept = images.copy()
    for name in ce.corruptions():
        depth = {key: read_only(maps) for key, maps in beside(name, images).items()}
        expected = ce.corrupt(images, name, 1, **depth)
        assert np.array_equal(ce.corrupt(read_only(images.copy()), name, 1, **depth), expected)
    assert np.array_equal(images, kept)
