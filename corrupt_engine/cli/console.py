"""What commands say: results on standard output, as text or JSON; everything else on standard error."""

import contextlib
import json
import os
import sys
from typing import Any

from ..errors import CorruptEngineError
from ..runtime.messages import escape_controls


class Console:
    """Where a command's words go.

    Args:
        json: results are JSON for scripts.
        quiet: no progress, no remarks; results and errors stay.
    """

    def __init__(self, json: bool = False, quiet: bool = False) -> None:
        self.json, self.quiet = json, quiet

    def result(self, text: str, values: Any) -> None:
        """What was asked for: the text, or the values as JSON, which knows no NaN."""
        self.text(json.dumps(values, indent=1, default=str, allow_nan=False) if self.json else text)

    def text(self, text: str) -> None:
        """Text on standard output as it is, but for what a terminal would obey in names of files and models, and for
        what its encoding lacks.
        """
        try:
            sys.stdout.write(encodable(escape_controls(text, keep="\n\t").rstrip("\n"), sys.stdout.encoding) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            forget_output()
            raise CorruptEngineError(
                f"the result cannot be written to standard output: {error.strerror or error}"
            ) from error

    def apart(self) -> contextlib.AbstractContextManager[Any]:
        """Within it, what a model or a data set prints goes to standard error, which results are not on."""
        return contextlib.redirect_stdout(sys.stderr)

    def remark(self, text: str) -> None:
        """What a person may want to know."""
        if not self.quiet:
            say(escape_controls(text, keep="\n\t"))


def encodable(text: str, encoding: str | None) -> str:
    r"""The text without what an encoding lacks: our own "±" as +-, what is in names as Python writes it.

    >>> print(encodable("50 ± 2, Zürich", "ascii"))
    50 +- 2, Z\xfcrich
    """
    try:
        text.encode(encoding or "utf-8")
        return text
    except UnicodeEncodeError as error:
        return text.replace("±", "+-").encode(error.encoding, "backslashreplace").decode(error.encoding)


def say(text: str) -> None:
    """A line on standard error; where that is full or gone, nobody is there to be told."""
    with contextlib.suppress(OSError):
        sys.stderr.write(text + "\n")


def open_streams() -> None:
    """Give a process that was started without standard output or error ones that lead nowhere; the next file that is
    opened, such as a record, would stand in their place.
    """
    for number, name in ((1, "stdout"), (2, "stderr")):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115


def forget_output() -> None:
    """Let what is still to be written to standard output go nowhere: Python would complain when it flushes at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
