"""Reports as plain text: the paper's Table 1, and for a single model what lies behind it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..catalogue import SEVERITIES
from .table import Cell, bracket, caption, cautions, cell, columns, families, percent, provenance, short

if TYPE_CHECKING:
    from ..report import Report

NOTE = "± is half of the 95 % bootstrap interval over the images."


def render(reports: Sequence["Report"]) -> str:
    """Table 1, a row a model with its intervals below; then the details of a single model, and what must be said."""
    parts = [table(reports)]
    if len(reports) == 1:
        parts.append(details(reports[0]))
    for report in reports:
        prefix = f"{report.model}: " if len(reports) > 1 else ""
        parts += [prefix + text for text in cautions(report)]
    return "\n".join(parts)


def table(reports: Sequence["Report"]) -> str:
    """Error, mCE and CE in the layout of Table 1 of Hendrycks and Dietterich (2019)."""
    rows = [columns(report) for report in reports]
    names = list(rows[0])
    digits = {name: 1 if place < 2 else 0 for place, name in enumerate(names)}
    texts = [
        [[percent(row[name].value, digits[name]) for name in names], ["±" + percent(row[name].half, digits[name]) for name in names]]
        for row in rows
    ]
    widths = [
        max(len(short(name)), *(len(line[place]) for pair in texts for line in pair)) + (2 if place == 1 else 0)
        for place, name in enumerate(names)
    ]
    left = max(7, *(len(report.model) for report in reports))
    groups = families(names[2:])
    starts = {group[0] for _, group in groups}

    def line(head: str, cells: Sequence[str]) -> str:
        body = "".join(
            ("  | " if name in starts else "  ") + text.rjust(width) for name, text, width in zip(names, cells, widths, strict=True)
        )
        return head.ljust(left) + body

    over = " " * (left + sum(width + 2 for width in widths[:2]))
    for family, group in groups:
        room = sum(widths[names.index(name)] + 2 for name in group) + 2
        over += "  | " + family.ljust(room - 4)
    rule = "-" * len(line("", [""] * len(names)))
    body = [text for report, pair in zip(reports, texts, strict=True) for text in (line(report.model, pair[0]), line("", pair[1]))]
    samples = " ".join(sorted({f"{report.samples:,}" for report in reports}))
    heading = [caption(reports), f"{samples} images. {NOTE}", ""]
    return "\n".join([*heading, over.rstrip(), line("Network", [short(name) for name in names]), rule, *body, rule])


def details(report: "Report") -> str:
    """Errors by severity and the other metrics of one model."""
    numbers, names = report.numbers, report.corruptions
    width = max(len(name) for name in names)
    severities = " ".join(f"{f's{s}':>5}" for s in SEVERITIES)
    heading = f"{'top-1 error, percent':<{max(width, 20)}}  {severities}   mean  [95 % interval]  kept  rel.CE"
    width = max(width, 20)
    lines = ["", heading, "-" * len(heading)]
    for place, name in enumerate(names):
        row = " ".join(f"{percent(value):>5}" for value in report.errors[name])
        mean, kept = cell(numbers["error"], place), cell(numbers["accuracy_preserved"], place)
        relative = percent(cell(numbers["relative_ce"], place).value, 0) if "relative_ce" in numbers else "-"
        lines.append(f"{name:<{width}}  {row}  {percent(mean.value):>5}  {bracket(mean)}  {percent(kept.value, 0):>5}  {relative:>5}")
    row = " ".join(f"{percent(value):>5}" for value in report.accuracy_by_severity())
    lines += ["-" * len(heading), f"{'mean accuracy':<{width}}  {row}", ""]
    lines += [f"{label:<30}{percent(found.value):>6} {bracket(found)}" for label, found in summary(report)]
    if report.trials > 1:
        lines += [
            f"{label + ' over trials':<30}{percent(found.mean):>6} ± {percent(found.std, 2)} (standard deviation of {found.trials})"
            for label, found in report.over_trials().items()
        ]
    lines.append(
        f"Brackets are 95 % bootstrap intervals over the {report.samples:,} images (those of every number are in the CSV and JSON); "
        "kept is the share of the clean accuracy that is left."
    )
    if made := provenance(report):
        lines.append(made)
    return "\n".join(lines)


def summary(report: "Report") -> list[tuple[str, Cell]]:
    """The single numbers of a report with their names, in percent."""
    numbers = report.numbers
    wanted = [
        ("clean error", "clean_error"),
        ("mean corrupted error", "mean_error"),
        ("mCE", "mce"),
        ("relative mCE", "relative_mce"),
        ("clean top-5 error", "clean_top5_error"),
        ("mean corrupted top-5 error", "mean_top5_error"),
        ("residual robustness", "mean_residual_robustness"),
        ("accuracy preserved", "mean_accuracy_preserved"),
    ]
    found = [(label, cell(numbers[key])) for label, key in wanted if key in numbers]
    levels = [("calibration error, clean", 0), *((f"calibration error, severity {s}", s) for s in SEVERITIES)]
    return found + [(label, cell(numbers["calibration_error"], place)) for label, place in levels]
