"""Files that are whole or absent, never half."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import OptionError


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
