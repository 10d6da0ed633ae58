"""Reports as text, CSV, JSON, LaTeX and HTML: one function a format, from a list of reports to a string."""

import importlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import OptionError, UnknownNameError
from .table import check_together

if TYPE_CHECKING:
    from ..report import Report

FORMATS: Mapping[str, str] = {"text": ".txt", "csv": ".csv", "json": ".json", "latex": ".tex", "html": ".html"}
"""Formats and the suffixes of their files."""
_MODULES = {"text": "text", "csv": "tidy", "json": "plain", "latex": "latex", "html": "html"}


def render(reports: Sequence["Report"], form: str) -> str:
    """The reports, side by side, in one of FORMATS.

    Raises OptionError where they are not about the same benchmark, UnknownNameError for another format.
    """
    if form not in FORMATS:
        raise UnknownNameError("format", form, FORMATS)
    check_together(reports)
    text: str = importlib.import_module(f".{_MODULES[form]}", __name__).render(reports)
    return text if text.endswith("\n") or form == "text" else text + "\n"


def save(reports: Sequence["Report"], path: str | Path) -> Path:
    """Write them in the format of the path's suffix; the file is whole or absent, never half."""
    target = Path(path)
    forms = [form for form, suffix in FORMATS.items() if suffix == target.suffix.lower()]
    if not forms:
        raise UnknownNameError("suffix", target.suffix, FORMATS.values())
    text = render(reports, forms[0])
    part = target.with_name(f"{target.name}.part-{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OptionError(f"report {target} cannot be written: {error.strerror or error}; choose another place") from error
    return target
