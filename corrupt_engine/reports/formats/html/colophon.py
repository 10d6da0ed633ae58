"""How the numbers were made, and how to cite them."""

from collections.abc import Mapping
from typing import Any

from .... import __version__
from ...rates import Rates
from ...tables import provenance

MACHINE = ("system", "processors", "processes", "device", "backend", "decoder", "batch_size")
"""What of a run's facts is told in a line of its own."""


def date(report: Rates) -> str:
    """The day of the evaluation, or its first and its last day; nothing where it is not on record."""
    days = [str(report.run[key])[:10] for key in ("begun", "continued") if report.run.get(key)]
    return " to ".join(dict.fromkeys(days))


def version(report: Rates) -> str:
    """The version of this software that made the numbers; for those of no record that which shows them."""
    found = report.run.get("versions", {}).get("corrupt_engine") or report.settings.get("corrupt_engine")
    return str(found or __version__)


def made(report: Rates) -> dict[str, Any]:
    """What fixed the numbers, when, where and by which command they were made, and all else that is on record."""
    run = report.run
    versions: Mapping[str, Any] = run.get("versions", {})
    machine = [f"{key.replace('_', ' ')} {run[key]}" for key in MACHINE if run.get(key) is not None]
    rest = {key: value for key, value in run.items() if key not in ("versions", "command", *MACHINE)}
    return {
        "model": report.model,
        "date": date(report),
        "command": run.get("command", ""),
        "versions": [(name, str(found)) for name, found in versions.items()],
        "machine": ", ".join(machine),
        "fixed": provenance(report),
        "settings": [*sorted(report.settings.items()), *sorted(rest.items())],
    }


def cite(report: Rates) -> dict[str, str]:
    """The benchmark's source, this software with its version, and a sentence that says what was done."""
    kept = ("variant", "seed", "as_stored")
    what = f"a part of {report.benchmark}" if report.definition.is_part else report.benchmark
    how = ", ".join(f"{key} {report.settings[key]}" for key in kept if key in report.settings)
    return {
        "benchmark": report.benchmark,
        "source": report.source,
        "software": f"corrupt-engine, version {version(report)}",
        "sentence": (
            f"Errors on {what} ({report.source}) were measured with corrupt-engine {version(report)} on "
            f"{report.samples:,} images{f' ({how})' if how else ''}; corruptions were made while loading."
        ),
    }
