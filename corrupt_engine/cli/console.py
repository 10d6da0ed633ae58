"""What commands say: results on standard output, as text or JSON; everything else on standard error."""

import contextlib
import json
import sys
from typing import Any

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
        """Text on standard output as it is, but for what a terminal would obey in names of files and models."""
        sys.stdout.write(escape_controls(text, keep="\n\t").rstrip("\n") + "\n")

    def apart(self) -> contextlib.AbstractContextManager[Any]:
        """Within it, what a model or a data set prints goes to standard error, which results are not on."""
        return contextlib.redirect_stdout(sys.stderr)

    def remark(self, text: str) -> None:
        """What a person may want to know."""
        if not self.quiet:
            sys.stderr.write(escape_controls(text, keep="\n\t") + "\n")
