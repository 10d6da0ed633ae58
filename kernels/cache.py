"""The folder for what is made once and kept: compiled kernels, and the indices of shards."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

CACHE_VARIABLE = "CORRUPT_ENGINE_CACHE"


def cache_folder() -> Path:
    """$CORRUPT_ENGINE_CACHE, else corrupt-engine in $XDG_CACHE_HOME or ~/.cache; it need not exist yet."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen)
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "corrupt-engine"


def write_whole(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Write a file whole or not at all: several processes may be at it. OSError where the folder cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as part:
        try:
            fill(part)
            part.close()
            Path(part.name).replace(path)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
