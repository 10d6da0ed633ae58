"""`python -m tests.gpu_extras`: the extras for GPUs resolve for every Python with the newest NumPy, and the CuPy that
one of them brings compiles every kernel. Needs no GPU and no driver; `make gpu-extras` runs it.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.gpu.ptx.resources import programs
from corrupt_engine.catalogue.parsing import tomllib
from corrupt_engine.kernels.cuda.program import OPTIONS

ROOT = Path(__file__).parent.parent
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
EXTRAS = ("cuda12", "cuda13")
TARGETS = (75, 90, 120)
COMPILE = """
import json, sys
import cupy
from cupy.cuda import compiler

# It asks the device for its architecture, and here is none.
compiler._get_arch_for_options_for_nvrtc = lambda arch: (f"-arch=sm_{arch}", "cubin")
print(f"CuPy {cupy.__version__}")
given = json.load(sys.stdin)
for source in given["sources"]:
    for target in given["targets"]:
        assert compiler.compile_using_nvrtc(source, tuple(given["options"]), str(target))
print(f"compiled {len(given['sources'])} modules for {given['targets']}")
"""


def requirements(extra: str) -> list[str]:
    """What an extra of pyproject.toml asks for."""
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed: list[str] = found["project"]["optional-dependencies"][extra]
    return listed


def pip(*arguments: str, python: str = sys.executable) -> str:
    """Run pip; its output, or its last words and an end."""
    command = [python, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"pip {' '.join(arguments)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def resolve(extra: str, python: str) -> str:
    """What would be installed for a version of Python, in a line; nothing is."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = ("--python-version", python, "--only-binary=:all:", "--target", folder, "--ignore-installed")
        said = pip("install", "--dry-run", *wanted, "numpy", "numba", "pillow", *requirements(extra))
    last = next(line for line in reversed(said.splitlines()) if line.startswith("Would install"))
    names = ("numpy", "numba", "cupy", "nvidia-dali", "nvidia-cuda-nvrtc")
    return " ".join(part for part in last.split() if part.lower().startswith(names))


def compile_all(extra: str) -> str:
    """Every kernel through the CuPy of an extra, DALI left out, in an environment of its own."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = str(Path(folder) / "bin" / "python")
        pip("install", "-q", *(one for one in requirements(extra) if "dali" not in one), python=python)
        given = {
            "sources": sorted({program.source for program in programs()}),
            "options": OPTIONS,
            "targets": TARGETS,
        }
        done = subprocess.run(
            [python, "-c", COMPILE], input=json.dumps(given), capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise SystemExit(f"{extra}: {done.stdout}{done.stderr[-3000:]}")
    return ", ".join(done.stdout.splitlines())


def main() -> None:
    """Ends with an error at the first that does not resolve or compile."""
    for extra in EXTRAS:
        for python in PYTHONS:
            print(f"{extra}, Python {python}: {resolve(extra, python)}", flush=True)
    print(f"cuda13: {compile_all('cuda13')}", flush=True)


if __name__ == "__main__":
    main()
