"""What would be uploaded is whole, and has nothing else in it. tests/release.py says what is looked at."""

import importlib.util
import re
import shutil
import tarfile
import zipfile

import pytest

from corrupt_engine import __version__

from . import release

if any(importlib.util.find_spec(name) is None for name in ("build", "twine")):
    pytest.skip("build and twine are not installed (extra: release)", allow_module_level=True)

OWN = f"corrupt_engine-{__version__}.dist-info/"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return release.build(tmp_path_factory.mktemp("dist"))


def test_nothing_is_wrong(built):
    assert release.faults(*built) == []


def test_it_holds_what_is_read_at_run_time(built):
    """Said by name as well, lest the list of git's files be empty."""
    with zipfile.ZipFile(built[1]) as wheel:
        names = wheel.namelist()
    for name in ("py.typed", "benchmarks/imagenet_c.toml", "kernels/cuda/separable.cu", "reports/pages.html.j2"):
        assert f"corrupt_engine/{name}" in names


def changed_wheel(wheel, folder, without=(), added=(), words=None):
    """A copy that lacks members, has others, or has other words in its metadata."""
    made = folder / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == OWN + "METADATA" and words:
                assert words[0].encode() in content
                content = content.replace(words[0].encode(), words[1].encode())
            if name not in without:
                new.writestr(name, content)
        for name in added:
            new.writestr(name, "")
    return made


@pytest.mark.parametrize(
    "change, said",
    [
        ({"without": ["corrupt_engine/py.typed"]}, "the wheel lacks corrupt_engine/py.typed"),
        ({"without": ["corrupt_engine/benchmarks/imagenet_c.toml"]}, "the wheel lacks .*imagenet_c.toml"),
        ({"without": ["corrupt_engine/kernels/cuda/separable.cu"]}, "the wheel lacks .*separable.cu"),
        ({"without": [OWN + "licenses/LICENSE"]}, "the wheel lacks .*LICENSE"),
        ({"without": [OWN + "entry_points.txt"]}, "does not bring the command"),
        ({"added": ["tests/test_cli.py"]}, "the wheel has tests/test_cli.py"),
        ({"added": ["corrupt_engine/__pycache__/errors.cpython-311.pyc"]}, "the wheel has .*pyc"),
        ({"words": ("Name: corrupt-engine", "Name: corrupt")}, "says Name: corrupt, not corrupt-engine"),
        ({"words": ("Requires-Python", "Requires-Snake")}, "has no Requires-Python"),
        ({"words": ("Requires-Dist: tqdm>=4.66", "Requires-Dist: tqdm @ file:///t.whl")}, "names an address"),
    ],
)
def test_a_wheel_that_is_wrong(built, tmp_path, change, said):
    made = changed_wheel(built[1], tmp_path, **change)
    found = [*release.wheel_faults(made), *release.metadata_faults(made)]
    assert any(re.search(said, line) for line in found), found


def test_a_wheel_for_some_machines(built, tmp_path):
    made = shutil.copy(built[1], tmp_path / built[1].name.replace("py3-none-any", "cp311-cp311-linux_x86_64"))
    assert any("for some machines only" in line for line in release.metadata_faults(made))


def test_what_twine_refuses(built, tmp_path):
    made = changed_wheel(built[1], tmp_path, words=("Metadata-Version: 2.4", "Metadata-Version: 2.4\nSummary: \n two"))
    assert release.twine_faults(built[1]) == [] != release.twine_faults(made)


def test_an_sdist_that_is_wrong(built, tmp_path):
    with tarfile.open(built[0]) as old:
        old.extractall(tmp_path, filter="data")
    top = tmp_path / f"corrupt_engine-{__version__}"
    (top / "LICENSE").unlink()
    (top / "kernels" / "cuda" / "separable.cu").unlink()
    (top / "tests").mkdir()
    (top / "tests" / "test_cli.py").touch()
    made = tmp_path / "made.tar.gz"
    with tarfile.open(made, "w:gz") as new:
        new.add(top, top.name)
        new.add(top / "README.md", "README.md")
    assert [line.split(" which ")[0] for line in release.sdist_faults(made)] == [
        "the sdist has README.md,",
        "the sdist lacks LICENSE",
        "the sdist lacks kernels/cuda/separable.cu",
        "the sdist has tests/test_cli.py,",
    ]
