"""Reports as plain text: the paper's Table 1, and for a single model what lies behind it."""

from collections.abc import Sequence

from ...runtime.messages import escape_controls
from ..rates import Rates
from ..registry import TEXT
from ..tables import bracket, caption, cautions, columns, heads, percent, provenance, summary
from .registry import report_format

WITHOUT = (
    "The calibration error (20 bins) has no interval: that of few images is too high, and their bootstrap does not say "
    "by how much."
)
NOTE = "± is half of the 95 % interval over the images."


@report_format("text", suffix=".txt")
def render(reports: Sequence[Rates]) -> str:
    """Table 1, a row a model with its intervals below; then the details of a single model, and what must be said."""
    parts = [table(reports)]
    if len(reports) == 1:
        parts.append(details(reports[0]))
    for report in reports:
        prefix = f"{report.model}: " if len(reports) > 1 else ""
        parts += [escape_controls(prefix + text) for text in cautions(report)]
    return "\n".join(parts)


def table(reports: Sequence[Rates]) -> str:
    """Error, mCE and CE in the layout of Table 1 of Hendrycks and Dietterich (2019)."""
    rows = [columns(report) for report in reports]
    names = list(rows[0])
    digits = {name: 1 if place < 2 else 0 for place, name in enumerate(names)}
    texts = [
        [
            [percent(row[name].value, digits[name]) for name in names],
            ["±" + percent(row[name].half, digits[name]) for name in names],
        ]
        for row in rows
    ]
    titles = heads(reports[0])
    widths = [
        max(len(title), *(len(line[place]) for pair in texts for line in pair)) + (2 if place == 1 else 0)
        for place, title in enumerate(titles)
    ]
    groups = reports[0].groups
    for title, group in groups:  # a long name over few columns needs more room
        room = sum(widths[names.index(name)] + 2 for name in group) - 2
        widths[names.index(group[-1])] += max(0, len(title) - room)
    models = [escape_controls(report.model) for report in reports]
    left = max(7, *map(len, models))
    starts = {group[0] for _, group in groups}

    def line(head: str, cells: Sequence[str]) -> str:
        body = "".join(
            ("  | " if name in starts else "  ") + text.rjust(width)
            for name, text, width in zip(names, cells, widths, strict=True)
        )
        return head.ljust(left) + body

    over = " " * (left + sum(width + 2 for width in widths[:2]))
    for title, group in groups:
        room = sum(widths[names.index(name)] + 2 for name in group) + 2
        over += "  | " + title.ljust(room - 4)
    rule = "-" * len(line("", [""] * len(names)))
    body = [
        text for model, pair in zip(models, texts, strict=True) for text in (line(model, pair[0]), line("", pair[1]))
    ]
    heading = [escape_controls(caption(reports)), f"{reports[0].samples:,} images. {NOTE}", ""]
    return "\n".join([*heading, over.rstrip(), line("Network", titles), rule, *body, rule])


def details(report: Rates) -> str:
    """Errors by severity and the other metrics of one model."""
    lines = [*(by_sequence(report) if report.definition.flips else by_corruption(report)), ""]
    rows = [f"{label:<30}{percent(found.value):>6} {bracket(found)}" for _, label, found in summary(report, TEXT)]
    lines += [row.rstrip() for row in rows]
    if report.trials > 1:
        lines += [
            f"{label + ' over trials':<30}{percent(found.mean):>6} ± {percent(found.std, 2)} "
            f"(standard deviation of {found.trials})"
            for label, found in report.over_trials().items()
        ]
    lines.append(
        f"Brackets are 95 % intervals over the {report.samples:,} images (those of every number are in the "
        "CSV and JSON)"
        + ("." if report.definition.flips else "; kept is the share of the clean accuracy that is left.")
    )
    lines.append(WITHOUT)
    if made := provenance(report):
        lines.append(escape_controls(made))
    return "\n".join(lines)


def by_sequence(report: Rates) -> list[str]:
    """The lines of a table: a row a sequence; its frames, errors and flips."""
    numbers, names = report.numbers, report.corruptions
    width, told = max(8, *map(len, names)), f"{report.metric.words}, percent"
    heading = f"{'sequence':<{width}}  frames  {told}  flip probability  [95 % interval]  flip rate"
    lines = ["", heading, "-" * len(heading)]
    for name in names:
        error, flips = (numbers[key].cell(corruption=name) for key in ("error", "flip_probability"))
        rate = percent(numbers["flip_rate"].cell(corruption=name).value, 0) if "flip_rate" in numbers else "-"
        wrong, flipped = f"{percent(error.value):>{len(told)}}", f"{percent(flips.value, 2):>16}"
        frames = len(report.severities[name])
        lines.append(f"{name:<{width}}  {frames:>6}  {wrong}  {flipped}  {bracket(flips):>15}  {rate:>9}")
    return [*lines, "-" * len(heading)]


def by_corruption(report: Rates) -> list[str]:
    """The lines of a table: a row a corruption, a column a severity, then what follows from the row."""
    numbers, names, severities = report.numbers, report.corruptions, report.all_severities
    width = max(len(f"{report.metric.words}, percent"), *(len(name) for name in names))
    heading = (
        f"{f'{report.metric.words}, percent':<{width}}  {' '.join(f's{s}'.rjust(5) for s in severities)}   "
        "mean  [95 % interval]  kept  rel.CE"
    )
    rule = "-" * len(heading)
    lines = ["", heading, rule]
    for name in names:
        own = dict(zip(report.severities[name], report.errors[name], strict=True))
        row = " ".join(f"{percent(own[s]) if s in own else '':>5}" for s in severities)
        mean, kept = (numbers[key].cell(corruption=name) for key in ("error", "accuracy_preserved"))
        relative = percent(numbers["relative_ce"].cell(corruption=name).value, 0) if "relative_ce" in numbers else "-"
        rest = f"{percent(mean.value):>5}  {bracket(mean)}  {percent(kept.value, 0):>5}  {relative:>5}"
        lines.append(f"{name:<{width}}  {row}  {rest}")
    row = " ".join(f"{percent(value):>5}" for value in report.accuracy_by_severity())
    return [*lines, rule, f"{'mean accuracy':<{width}}  {row}"]
