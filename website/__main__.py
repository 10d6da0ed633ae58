"""python -m website: the pages of this folder and of the checkout as HTML in build/site; every warning is an error.

Sphinx reads one folder. It is a copy, with everything where the checkout has it, so that the relative links between
Markdown files hold on the site as they do in the repository; the pages of this folder stand at its top. (Of links in
place of copies MyST would see where they lead, and find no page there.)
"""

import shutil
import subprocess
import sys
from pathlib import Path

import corrupt_engine as ce

HERE = Path(__file__).parent
ROOT = HERE.parent
COPIED = ("docs", "examples", "benchmarks", "tests", "corrupt_engine", "kernels")
FILES = ("CONTRIBUTING.md", "CHANGELOG.md", "LICENSE")


def stage(folder: Path) -> None:
    """Make the folder that Sphinx reads."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in [*HERE.glob("*.md"), HERE / "conf.py", HERE / "docstrings.py", *(ROOT / name for name in FILES)]:
        shutil.copy(path, folder)
    passed_over = shutil.ignore_patterns("__pycache__", ".*", "kernels")  # a link to ../kernels, where somebody has it
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=None if name == "kernels" else passed_over)


def lacking(page: str) -> list[str]:
    """Public names that the reference does not have."""
    return [name for name in ce.__all__ if name != "__version__" and f":: corrupt_engine.{name}\n" not in page]


def main() -> int:
    """Build; the exit status of Sphinx."""
    if names := lacking((HERE / "reference.md").read_text(encoding="utf-8")):
        raise SystemExit(f"website/reference.md lacks {', '.join(names)}")
    source, built = ROOT / "build" / "site-source", ROOT / "build" / "site"
    stage(source)
    shutil.rmtree(built, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q", "-E", "-j", "auto"]
    return subprocess.run([*command, "-d", ROOT / "build" / "site-trees", source, built], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
