"""What the page shows, in its order; how it looks is in sections/, page.css and page.js."""

from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any, NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined

from ....runtime.messages import escape_controls
from ...ranking import ranked
from ...rates import Rates
from ...registry import TEXT
from ...tables import caption, columns, percent, summary
from . import cells, charts, classes, colophon, images, parts, standing


class Section(NamedTuple):
    """A section: its anchor and template, its heading, and whether a page has it."""

    name: str
    title: str
    there: Callable[[dict[str, Any]], Any] = lambda contents: True


SECTIONS = (
    Section("ranking", "Ranking", lambda contents: contents["several"]),
    Section("numbers", "Side by side", lambda contents: contents["several"]),
    Section("papers", "The table of the papers"),
    Section("severity", "Error against severity"),
    Section("heat", "Where it fails"),
    Section("values", "All values"),
    Section("calibration", "Does it know when it is wrong?"),
    Section("mistakes", "Most confident mistakes", lambda contents: contents["mistakes"]),
    Section("classes", "Classes that lose most", lambda contents: contents["classes"]),
    Section("words", "What the words mean"),
    Section("made", "How it was made"),
    Section("cite", "How to cite"),
)


def text(name: str) -> str:
    """A file of this folder."""
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def style() -> str:
    """The style sheet."""
    return text("page.css")


def render(reports: Sequence[Rates]) -> str:
    """The page as text."""
    environment = Environment(
        loader=FunctionLoader(text),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    environment.filters["interval"] = parts.interval
    environment.filters["sortable"] = parts.sortable
    told = contents(ranked(reports))
    template = environment.get_template("page.html.j2")
    return template.render(style=style(), script=text("page.js"), **told)


def shown(value: Any) -> Any:
    """A name from outside as it is shown, without what turns the order of letters round; the rest as it is."""
    return escape_controls(value, keep="\n") if type(value) is str else value


def contents(reports: Sequence[Rates]) -> dict[str, Any]:
    """Everything that the templates name."""
    first = reports[0]
    letters = [charts.letter(number) for number in range(len(reports))]
    several = len(reports) > 1
    found = {
        "first": first,
        "several": several,
        "images": f"{first.samples:,}",
        "at_severities": parts.severities_in_words(first),
        "severities": first.all_severities,
        "cautions": parts.all_cautions(reports),
        "caption": caption(reports),
        "groups": [(group, [(name, first.short(name)) for name in names]) for group, names in first.groups],
        "legend": [(letters[n], report.model, charts.sample(n)) for n, report in enumerate(reports)],
        "baseline": first.baseline if first.main[0] == "mCE" else None,
        "flips": first.baseline if first.definition.flips else None,
        **(about_several(reports) if several else about_one(first)),
        **tables(reports),
        **drawings(reports, letters),
        "mistakes": images.mistakes(reports),
        "classes": classes.rows(reports),
        "worst": classes.WORST,
        "made": [colophon.made(report) for report in reports],
        "cite": colophon.cite(first),
    }
    return found | {"sections": [section for section in SECTIONS if section.there(found)]}


def about_one(report: Rates) -> dict[str, Any]:
    """What only a page about one model has."""
    # The first and the last severity can be set against each other only where all corruptions have both.
    even = len(set(report.severities.values())) == 1 and len(report.all_severities) > 1
    accuracy = report.numbers["accuracy_by_severity"]
    return {
        "title": f"How robust is {report.model}?",
        "date": colophon.date(report),
        "ends": [accuracy.cell(severity=report.all_severities[end]) for end in (0, -1)] if even else [],
        "cards": parts.cards(report),
        "all_numbers": [(label, cell) for _, label, cell in summary(report, TEXT)],
        "trials": report.over_trials() if report.trials > 1 else {},
        "effective": False,
    }


def about_several(reports: Sequence[Rates]) -> dict[str, Any]:
    """What only a page about several models has."""
    numbers = standing.numbers(reports)
    return {
        "title": f"{len(reports)} models on {reports[0].benchmark}",
        "date": "",
        "ranking": standing.ranking(reports),
        "numbers": numbers,
        "by_corruption": standing.by_corruption(reports),
        "effective": numbers[-1][0] == "Effective robustness",
    }


def tables(reports: Sequence[Rates]) -> dict[str, Any]:
    """The table of the papers, the heat map, and the table of all values."""
    rows = [columns(report) for report in reports]
    return {
        "heads": list(rows[0])[:2],
        "table": [(report.model, list(row.values())) for report, row in zip(reports, rows, strict=True)],
        "panels": cells.panels(reports),
        "all_values": cells.all_values(reports),
    }


def drawings(reports: Sequence[Rates], letters: Sequence[str]) -> dict[str, Any]:
    """The charts. Up to four stand side by side: groups one below the other, or few corruptions in one row."""
    first = reports[0]
    columns = min(4, len(first.corruptions))
    curves = min(3, 1 + len(first.all_severities))
    clean, corrupted = images.examples(reports)
    return {
        "columns": columns,
        "clean_image": clean,
        "severity_charts": [
            (
                group,
                min(columns, len(names)),
                [
                    {
                        "name": name,
                        "drawing": charts.severity_chart(reports, name, columns),
                        "rest": parts.at_rest(reports, name, letters),
                        "example": corrupted.get(name),
                    }
                    for name in names
                ],
            )
            for group, names in first.groups
        ],
        "left": charts.left(charts.SIZES[columns][0]),
        "curves": curves,
        "curves_left": charts.left(charts.CALIBRATION_SIZES[curves][0]),
        "heat_key": charts.heat_key(),
        "calibration_charts": [
            (
                f"severity {level}" if level else "clean",
                charts.calibration_chart(reports, level, curves),
                parts.calibration_errors(reports, level, letters),
            )
            for level in (0, *first.all_severities)
        ],
    }
