"""Files that are whole or absent, never half."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from ..errors import OptionError

T = TypeVar("T")


@contextlib.contextmanager
def whole_file(target: Path, what: str) -> Iterator[Path]:
    """A path to write to, which takes the place of the target when the context ends without an error.

    Folders that it lacks are made. `what` names the file's kind in messages.

    Raises OptionError where it cannot be written.
    """
    part = target.with_name(f"{target.name}.part-{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield part
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OptionError(
            f"{what} {target} cannot be written: {error.strerror or error}; choose another place"
        ) from error


def write_json(target: Path, what: str, value: Any) -> Path:
    """The target, which then holds the value; OptionError as of `whole_file`."""
    with whole_file(target, what) as part:
        part.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    return target


def read_json(path: str | Path, what: str, make: Callable[[Any], T]) -> T:
    """What `make` makes of the value in a file, or OptionError."""
    try:
        return make(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise OptionError(f"{path} cannot be read as {what}: {error}") from error
