"""What an import costs, and which room of the code may know which."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_import_is_light():
    loaded = json.loads(run("import sys, json, corrupt_engine; print(json.dumps(sorted(sys.modules)))"))
    for heavy in ("torch", "nvidia", "cupy", "numba", "numpy", "PIL", "tqdm"):
        assert heavy not in loaded


@pytest.mark.alone
def test_import_is_fast():
    code = "import time; t = time.perf_counter(); import corrupt_engine; print(time.perf_counter() - t)"
    assert min(float(run(code)) for _ in range(3)) < 0.3


def test_corrupt_needs_no_torch():
    code = """
import sys, numpy as np, corrupt_engine as ce
for name in ce.corruptions():
    ce.corrupt(np.zeros((8, 8, 3), np.uint8), name, 1, depth=np.ones((8, 8), np.float32))
print("torch" in sys.modules or "nvidia" in sys.modules)
"""
    assert run(code).strip() == "False"


def test_every_public_name_exists_and_is_documented():
    import corrupt_engine

    for name in corrupt_engine.__all__:
        assert getattr(corrupt_engine, name).__doc__
    assert set(dir(corrupt_engine)) == set(corrupt_engine.__all__)


def imported(path):
    """(level, module) of every import statement in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""


def forbidden(path, folder):
    """The imports by which a kernel file would know more than arithmetic."""
    depth = len(path.relative_to(folder).parts)
    for level, module in imported(path):
        outside = level > depth or module.partition(".")[0] in {"torch", "nvidia", "corrupt_engine", "pathlib", "tqdm"}
        if outside and not (
            path.name in ("cache.py", "jit.py") and module == "pathlib"
        ):  # they keep compiled code on disk
            yield level, module


def test_kernels_know_nothing_of_the_engine():
    for path in (ROOT / "kernels").rglob("*.py"):
        assert not list(forbidden(path, ROOT / "kernels")), path


def test_only_the_device_file_imports_cupy():
    for path in (ROOT / "kernels").rglob("*.py"):
        if path.name != "device.py":
            assert not any(module.partition(".")[0] == "cupy" for _, module in imported(path)), path


def test_the_layer_check_can_fail(tmp_path):
    bad = tmp_path / "noise" / "bad.py"
    bad.parent.mkdir()
    bad.write_text("from ...errors import ImageError\nimport torch\n")
    assert len(list(forbidden(bad, tmp_path))) == 2
