"""The sdist and the wheel, built from the files that git knows, and what is wrong with them.

python -m tests.release dist

`make dist` runs it. The build is of a copy, so that nothing else that lies in the checkout gets in.
"""

import email
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from corrupt_engine import __version__

ROOT = Path(__file__).parent.parent
CODE = {"corrupt_engine": "corrupt_engine", "kernels": "corrupt_engine/kernels"}
"""Where a wheel has what lies in these folders."""

SOURCE_ONLY = {"pyproject.toml", "MANIFEST.in"}
BUILT = {"PKG-INFO", "setup.cfg"}
"""What setuptools adds to an sdist."""


def known(root: Path = ROOT) -> list[PurePosixPath]:
    """The files of the checkout that git has, or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    return sorted(PurePosixPath(name) for name in said.split("\0") if name and (root / name).is_file())


def build(folder: Path, root: Path = ROOT) -> tuple[Path, Path]:
    """Make the sdist, and from it the wheel, in a folder; both paths."""
    with tempfile.TemporaryDirectory() as copy:
        for path in known(root):
            if path.parts[0] in CODE or len(path.parts) == 1:
                (Path(copy) / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(root / path, Path(copy) / path)
        command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), copy]
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the build failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


def faults(sdist: Path, wheel: Path, root: Path = ROOT) -> list[str]:
    """What is wrong, a line each; none where both could be uploaded."""
    return [
        *wheel_faults(wheel, root),
        *sdist_faults(sdist, root),
        *metadata_faults(wheel),
        *twine_faults(sdist, wheel),
    ]


def wheel_faults(wheel: Path, root: Path = ROOT) -> list[str]:
    """Files that lack, and files that do not belong there: it has the folders of code, whole, and its description."""
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    own = f"corrupt_engine-{__version__}.dist-info/"
    wanted = {str(PurePosixPath(CODE[path.parts[0]], *path.parts[1:])) for path in known(root) if path.parts[0] in CODE}
    wanted |= {own + name for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")}
    return compared("the wheel", held - {own + "top_level.txt"}, wanted)


def sdist_faults(sdist: Path, root: Path = ROOT) -> list[str]:
    """The same of an sdist, which has the code where the checkout has it, and what a build needs."""
    with tarfile.open(sdist) as archive:
        names = {PurePosixPath(member.name) for member in archive if member.isfile()}
    top = f"corrupt_engine-{__version__}"
    held = {str(PurePosixPath(*path.parts[1:])) for path in names if path.parts[0] == top}
    outside = [f"the sdist has {path}, which is not below {top}" for path in sorted(names) if path.parts[0] != top]
    wanted = {str(path) for path in known(root) if path.parts[0] in CODE}
    wanted |= SOURCE_ONLY | BUILT | {"README.md", "LICENSE"}
    made = {name for name in held if name.startswith("corrupt_engine.egg-info/")}
    return [*outside, *compared("the sdist", held - made, wanted)]


def compared(what: str, held: set[str], wanted: set[str]) -> list[str]:
    """What lacks and what is too much."""
    lacks = [f"{what} lacks {name}" for name in sorted(wanted - held)]
    return lacks + [f"{what} has {name}, which does not belong there" for name in sorted(held - wanted)]


def metadata_faults(wheel: Path) -> list[str]:
    """Of what an index shows and pip decides by."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        own = next((name for name in names if name.endswith(".dist-info/METADATA")), None)
        if own is None:
            return ["the wheel has no metadata"]
        metadata = email.message_from_string(archive.read(own).decode())
        points = own.replace("METADATA", "entry_points.txt")
        commands = archive.read(points).decode() if points in names else ""
    wanted = {
        "Name": "corrupt-engine",
        "Version": __version__,
        "License-Expression": "Apache-2.0",
        "License-File": "LICENSE",
        "Description-Content-Type": "text/markdown",
    }
    found = [
        f"the metadata says {key}: {metadata[key]}, not {value}"
        for key, value in wanted.items()
        if metadata[key] != value
    ]
    found += [
        f"the metadata has no {key}" for key in ("Summary", "Requires-Python", "Requires-Dist") if not metadata[key]
    ]
    addresses = [line for line in metadata.get_all("Requires-Dist", []) if "@" in line]
    found += [f"the requirement {line!r} names an address, which an index refuses" for line in addresses]
    if not re.search(r"^corrupt-engine\s*=\s*corrupt_engine\.cli:main$", commands, re.MULTILINE):
        found.append("the wheel does not bring the command corrupt-engine")
    if not wheel.name.endswith("-py3-none-any.whl"):
        found.append(f"{wheel.name} is for some machines only: there is no compiled code in it")
    return found


def twine_faults(*files: Path) -> list[str]:
    """What twine says an index would refuse, or show badly."""
    command = [sys.executable, "-m", "twine", "--no-color", "check", "--strict", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [f"twine: {(done.stdout + done.stderr).strip()}"] if done.returncode else []


def main() -> None:
    """Build into the folder that is named, and end with what is wrong."""
    folder = Path(sys.argv[1]).absolute()
    shutil.rmtree(folder, ignore_errors=True)
    built = build(folder)
    for path in built:
        print(f"{path.name}: {path.stat().st_size} bytes")
    if found := faults(*built):
        raise SystemExit("\n".join(found))
    print("nothing is wrong with them")


if __name__ == "__main__":
    main()
