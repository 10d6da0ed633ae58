"""The wheel as a person gets it: in a fresh environment, outside the checkout.

python -m tests.installed WHEEL PYTHON ...

`make installed` runs it on what `make dist` built. There doctor, preview and the evaluation of an ONNX model are
run, and every module is imported. Each environment is installed with constraints.txt, and removed in the end.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from .test_models import write_onnx

ROOT = Path(__file__).parent.parent
SIDE = 64
EVERY_MODULE = """
import importlib, pkgutil, sys
import corrupt_engine
assert "site-packages" in corrupt_engine.__file__, corrupt_engine.__file__
names = [found.name for found in pkgutil.walk_packages(corrupt_engine.__path__, "corrupt_engine.")]
optional = ("cupy", "nvidia", "sklearn")
for name in names:
    try:
        importlib.import_module(name)
    except ImportError as error:
        if not str(error.name).startswith(optional):
            raise
print(f"{len(names)} modules of corrupt-engine {corrupt_engine.__version__}")
"""


def run(*command: object, cwd: Path) -> str:
    """What a command says on standard output; its last words and an end if it fails."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "NUMBA", "VIRTUAL"))}
    clean["NUMBA_CACHE_DIR"] = str(cwd / "kernels")
    said = subprocess.run([*map(str, command)], cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    if said.returncode:
        words = f"{said.stdout[-2000:]}{said.stderr[-2000:]}"
        raise SystemExit(f"{' '.join(map(str, command))}: exit code {said.returncode}\n{words}")
    return said.stdout


def without_cuda(constraints: str) -> str:
    """CUDA's libraries are pinned for DALI and NVRTC beside a torch for the CPU; a torch with CUDA asks for its own."""
    kept = [line for line in constraints.splitlines() if not line.startswith(("cuda-", "nvidia-"))]
    return "\n".join(kept) + "\n"


def write_images(folder: Path) -> None:
    """Six images in the folders of three classes."""
    generator = np.random.Generator(np.random.PCG64(0))
    for n in range(6):
        image = (generator.integers(0, 100, (SIDE, SIDE, 3)) + 70 * (n % 3)).astype(np.uint8)
        path = folder / f"class{n % 3}" / f"{n}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)


def check(wheel: Path, python: str, folder: Path) -> None:
    """Install it and use it; an end with what failed."""
    started = time.monotonic()
    run(python, "-m", "venv", folder / "venv", cwd=folder)
    installed = folder / "venv" / "bin" / "python"
    (folder / "constraints.txt").write_text(without_cuda((ROOT / "constraints.txt").read_text(encoding="utf-8")))
    pip = (installed, "-m", "pip", "install", "--disable-pip-version-check", "-q", "-c", folder / "constraints.txt")
    # torch alone first, so that its pinned build decides: as the Makefile does.
    run(*pip, "torch", cwd=folder)
    run(*pip, f"{wheel}[onnx]", cwd=folder)
    taken = time.monotonic() - started
    run(installed, "-m", "pip", "check", cwd=folder)
    command = folder / "venv" / "bin" / "corrupt-engine"
    print(run(installed, "--version", cwd=folder).strip(), run(installed, "-c", EVERY_MODULE, cwd=folder).strip())
    json.loads(run(command, "doctor", "--json", cwd=folder))
    write_images(folder / "images")
    pictures = ("--corruptions", "fog", "jpeg_compression", "-o", "sheet.png")
    run(command, "preview", "images/class0/0.png", *pictures, cwd=folder)
    with Image.open(folder / "sheet.png") as sheet:
        assert min(sheet.size) > SIDE, sheet.size
    write_onnx(folder / "tiny.onnx", "N", SIDE)
    chosen = ("--benchmark", "imagenet-64-c", "--corruptions", "gaussian_noise", "contrast")
    options = ("--mean", "0", "--std", "1", "--threads", "1", "--json", "-q")
    (report,) = json.loads(run(command, "evaluate", "tiny.onnx", "images", *chosen, *options, cwd=folder))["reports"]
    assert report["images"] == 6 and len(report["errors"]["contrast"]) == 5, report
    print(f"installed in {taken:.0f} s, used in {time.monotonic() - started - taken:.0f} s")


def main() -> None:
    """Each Python in turn."""
    wheel = Path(sys.argv[1]).absolute()
    for python in sys.argv[2:]:
        with tempfile.TemporaryDirectory() as folder:
            check(wheel, python, Path(folder))


if __name__ == "__main__":
    main()
