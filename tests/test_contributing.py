"""What CONTRIBUTING tells to do, done to the letter in a copy of the checkout: the files of its example, and the tests
on them.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
SUITE = ("test_laws", "test_oracles", "test_kernels", "test_catalogue", "test_cuda_kernels")


def example():
    """The files of the section "Add a corruption" with their contents."""
    section = TEXT.split("## Add a corruption")[1].split("\n## ")[0].split("**Which form.**")[0]
    return dict(re.findall(r"^`([\w/.]+)`\n\n```\w+\n(.*?)^```$", section, re.MULTILINE | re.DOTALL))


def copied(folder):
    """A copy of the code and its tests that is imported in the place of the installed package."""
    without = shutil.ignore_patterns("__pycache__", "kernels")
    shutil.copytree(ROOT / "corrupt_engine", folder / "corrupt_engine", ignore=without)
    shutil.copytree(
        ROOT / "kernels", folder / "corrupt_engine" / "kernels", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=shutil.ignore_patterns("__pycache__", "golden"))
    shutil.copytree(ROOT / "benchmarks", folder / "benchmarks", ignore=shutil.ignore_patterns("__pycache__", "results"))
    (folder / "tests" / "golden").symlink_to(ROOT / "tests" / "golden")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def run(folder, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def test_the_example_has_its_three_files():
    assert [Path(name).suffix for name in example()] == [".py", ".toml", ".py"]


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    if any((ROOT / name).exists() for name in example()):
        pytest.skip("the example is in this checkout")
    folder = copied(tmp_path_factory.mktemp("extended"))
    for name, content in example().items():
        place = folder / name.replace("kernels/", "corrupt_engine/kernels/", 1)
        assert not place.exists()
        place.write_text(content)
    return folder


def test_the_suite_passes_on_it(extended):
    files = [f"tests/{name}.py" for name in SUITE]
    done = run(extended, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", "solarize_add", *files)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 20, done.stdout


def test_its_picture_is_made_beside_that_of_the_readme(extended):
    readme = ROOT / "examples" / "corruptions.jpg"
    before = readme.read_bytes()
    (words,) = re.findall(r"`python (examples/contact_sheet\.py [^`]*)`", TEXT)
    script, *options = words.split()
    done = run(extended, str(ROOT / script), *options)
    assert done.returncode == 0, done.stderr[-2000:]
    assert (extended / "solarize-add.jpg").stat().st_size > 1000 and readme.read_bytes() == before


def test_it_is_found_by_name_everywhere(extended):
    code = """
import corrupt_engine as ce, numpy as np
image = np.arange(256, dtype=np.uint8).reshape(16, 16)
made = ce.corrupt(image, "solarize_add", 5)
assert sorted(set(made.ravel().tolist())) == list(range(110, 256))
assert ce.conditions("solarize-add")[-1] == ("solarize_add", 5, 0)
from corrupt_engine.catalogue import find_benchmark
assert find_benchmark("solarize-add").groups == [("Colour", ["solarize_add"])]
print(len(ce.corruptions()))
"""
    done = run(extended, "-c", code)
    assert done.returncode == 0, done.stderr[-2000:]
    import corrupt_engine as ce

    assert int(done.stdout) == len(ce.corruptions()) + 1
    assert "solarize_add" not in ce.corruptions(), "and here it is not"


def test_a_wrong_oracle_is_noticed(extended):
    """That the run above can fail."""
    oracle = extended / "tests" / "reference" / "solarize_add.py"
    right = oracle.read_text()
    try:
        oracle.write_text(right.replace("+ p.added", "+ p.added + 1"))
        files = ("-k", "solarize_add", "tests/test_kernels.py")
        done = run(extended, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files)
        assert done.returncode == 1 and "test_kernel_equals_the_oracle" in done.stdout
    finally:
        oracle.write_text(right)


def test_every_file_that_the_table_of_rooms_names_exists():
    for name in ("normalize", "tensors", "geometry", "corrupt"):
        assert (ROOT / "corrupt_engine" / "transforms" / f"{name}.py").is_file()
    for name in re.findall(r"`((?:tests|kernels|corrupt_engine|benchmarks|examples)/[\w/]+\.\w+)`", TEXT):
        assert (ROOT / name).exists() or name in example(), name
