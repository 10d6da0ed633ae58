"""Reports as text, CSV, JSON, LaTeX and HTML: one function a format, from a list of reports to a string."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...errors import UnknownNameError
from ...runtime.checks import check_name, check_path
from ...runtime.files import whole_file
from ..rates import Rates
from ..tables import side_by_side
from .registry import Suffixes, registered

FORMATS: Mapping[str, str] = Suffixes()
"""The formats and the suffixes of their files."""


def render(reports: Sequence[Rates], format_name: str) -> str:
    """The reports, side by side, in one of FORMATS.

    Args:
        reports: one or more, about the same benchmark and images, and divided by the same baseline. Of unfinished ones
            the images that all have are shown.
        format_name: one of FORMATS.

    Returns:
        The text, which ends with a newline.

    Raises:
        UnknownNameError: there is no such format.
        OptionError: there is no report, or they cannot share a table.
    """
    check_name("format", format_name, FORMATS)
    text = registered()[format_name].render(side_by_side(reports))
    return text if text.endswith("\n") else text + "\n"


def save(reports: Sequence[Rates], path: str | Path) -> Path:
    """Write them in the format of the path's suffix; the file is whole or absent, never half.

    Args:
        reports: one or more, about the same benchmark and divided by the same baseline.
        path: where; folders that it lacks are made.

    Returns:
        The path.

    Raises:
        UnknownNameError: there is no format of that suffix.
        OptionError: there is no report, they cannot share a table, or the file cannot be written.
    """
    target = check_path("path", path)
    names = [name for name, suffix in FORMATS.items() if suffix == target.suffix.lower()]
    if not names:
        raise UnknownNameError("suffix", target.suffix, FORMATS.values())
    text = render(reports, names[0])
    with whole_file(target, "report") as part:
        part.write_text(text, encoding="utf-8")
    return target
