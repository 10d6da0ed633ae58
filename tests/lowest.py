"""The lowest versions that pyproject.toml declares, one requirement a line: what `make versions` installs first.

python -m tests.lowest

torch is left out: older builds for the CPU alone are on no index, and the CUDA ones are gigabytes.
"""

import re
import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LEFT_OUT = ("torch",)


def lowest(requirements):
    """Each "NAME>=VERSION" as "NAME==VERSION.*", the newest patch of that version."""
    for requirement in requirements:
        name, version = re.match(r"([\w-]+)>=([\d.]+)", requirement).groups()
        if name not in LEFT_OUT:
            yield f"{name}=={version}.*"


if __name__ == "__main__":
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
    print("\n".join(lowest(line for line in project["dependencies"] if ";" not in line)))
