"""From the JSON to markdown: targets, reached and missed, then the table of every part; and the table of the README."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import kernels
from .peers import MAIN

BEGIN, END = "<!-- made by make bench: begin -->", "<!-- made by make bench: end -->"
TITLES = {
    "kernels": "Each corruption against other libraries",
    "sweeping": "All conditions of a folder",
    "scaling": "How the cost grows",
    "loader": "From JPEG files to batches",
    "memory": "Memory",
    "compilation": "Compilation",
    "guard": "What the guard holds",
}


def rounded(value: Any) -> Any:
    """Five digits are more than a timing has."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def targets(record: dict) -> Iterator[tuple[str, float, float, bool]]:
    """(what, reached, target, whether it is met); a negative target is an upper bound."""
    for name in (name for name in TITLES if name in record["parts"]):
        for what, value, target in importlib.import_module(f"benchmarks.{name}").goals(record["parts"][name]):
            yield what, value, abs(target), value >= target if target > 0 else value <= -target


def origin(part: dict) -> str:
    """Where and when."""
    machine = part["machine"]
    return f"{machine['processor']}, {machine['cores']} cores, {part['date']}, load before {part['load']}"


def newest(records: dict[str, dict]) -> dict:
    """Of the records by kind of processor the one that was measured last: the later one of two of the same day."""
    return max(reversed(records.values()), key=lambda record: max(part["date"] for part in record["parts"].values()))


def by_processor(records: dict[str, dict]) -> list[str]:
    """What was asked and what was reached on each kind of processor; what is missed stands out."""
    found: dict[str, dict[str, str]] = {}
    asked = {}
    for kind, record in records.items():
        for what, value, target, met in targets(record):
            asked[what] = target
            found.setdefault(what, {})[kind] = f"{value:.2f}" if met else f"**{value:.2f} missed**"
    lines = [f"| target | asked | {' | '.join(records)} |", f"|---|---|{'---|' * len(records)}"]
    for what, cells in found.items():
        lines.append(f"| {what} | {asked[what]:g} | {' | '.join(cells.get(kind, '') for kind in records)} |")
    return lines


def markdown(records: dict[str, dict]) -> str:
    """The whole report: the targets on each kind of processor, and all of the one that was measured last."""
    record = newest(records)
    lines = [
        "# Speed on the CPU",
        "",
        "Made by `make bench`; the figures are in `cpu.json`; `benchmarks/README.md` says how.",
        "",
        *by_processor(records),
    ]
    for name, title in TITLES.items():
        if name in record["parts"]:
            part = record["parts"][name]
            lines += [
                "",
                f"## {title}",
                "",
                importlib.import_module(f"benchmarks.{name}").table(part),
                "",
                f"{origin(part)}.",
            ]
    versions = next(iter(record["parts"].values()))["versions"]
    lines += ["", ", ".join(f"{name} {number}" for name, number in versions.items()) + "."]
    return "\n".join(lines) + "\n"


def readme_table(record: dict) -> str:
    """The short form: one line a corruption, all severities at 224."""
    part = record["parts"]["kernels"]
    rows = [row for row in part["rows"] if row["side"] == 224]
    lines = [f"| 224 x 224, severities 1 to 5 together | ours, ms | {MAIN}, ms | times faster |", "|---|---|---|---|"]

    for benchmark, own in kernels.by_benchmark().items():
        for name in (*own, benchmark):
            mine = [row for row in kernels.of(rows, name) if MAIN in row["ms"]]
            if not mine:  # measured since, or made by no peer
                continue
            title = f"**{name}**" if name == benchmark else name
            sums = [f"{kernels.total(mine, whose):.2f}" for whose in ("ours", "theirs")]
            lines.append(f"| {title} | {' | '.join(sums)} | {kernels.times_faster(mine):.1f} |")
    return "\n".join([*lines, "", f"One core of {origin(part)}; medians of rounds in turns."])


def into_readme(path: Path, records: dict[str, dict]) -> None:
    """Put the table of the processor that was measured last between its two markers."""
    record = newest(records)
    if "kernels" not in record["parts"]:
        return
    before, _, rest = path.read_text().partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{path.name} lacks the markers {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n{readme_table(record)}\n{END}{after}")
