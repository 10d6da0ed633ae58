"""The page about models on a stream: the error over time, and by stage."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from markupsafe import Markup

from ..reports.formats.html.svg import Plot, element
from ..reports.pages import Section, save, table
from .answers import StreamAnswers

WIDE, HIGH = 860.0, 300.0
MOST_POINTS = 800
"""Points of a line; more would not be seen."""
COLOURS = ("#4477aa", "#ee6677", "#228833", "#aa3377", "#ccbb44", "#66ccee", "#999999")
"""Paul Tol's bright colours, which colour-blind people can tell apart."""


def window_of(report: StreamAnswers) -> int:
    """Among how many answers the error is shown: a third of a stage, at most 512, at least a batch."""
    stage = len(report.ids) // len(report.stream.stages)
    return max(1, report.batch_size, min(512, stage // 3))


def over_time(reports: Sequence[StreamAnswers], window: int) -> Markup:
    """The error among the latest answers, a line a model, with the stages marked below."""
    first = reports[0]
    total = len(first.ids)
    plot = Plot(WIDE, HIGH, (0, total), (0, 1), "error over time", right=120.0)
    plot.y_axis([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    if not first.stream.mix:
        begins = [0, *(np.flatnonzero(np.diff(first.stages)) + 1).tolist(), total]
        for n, (start, end) in enumerate(itertools.pairwise(begins)):
            stage = first.stream.stages[n]
            tip = element("title", f"{n + 1} {stage.corruption} {stage.severity:g}")
            left, right = plot.x(start), plot.x(end)
            plot.add(
                "rect",
                tip,
                x=left,
                y=plot.TOP,
                width=right - left,
                height=plot.y(0) - plot.TOP,
                fill="currentColor",
                fill_opacity="0.06" if n % 2 else "0",
            )
            if len(begins) <= 41:
                plot.x_axis([(start + end) / 2], [str(n + 1)])
    ends = []
    for report, colour in zip(reports, COLOURS * len(reports), strict=False):
        times, errors = report.over_time(window)
        kept = np.unique(np.linspace(0, total - 1, min(total, MOST_POINTS)).astype(int))
        points = " ".join(f"{plot.x(times[n]):.1f},{plot.y(errors[n]):.1f}" for n in kept)
        plot.add("polyline", points=points, fill="none", stroke=colour, stroke_width="1.6")
        ends.append(float(errors[-1]))
    plot.beside(total, ends, [report.model for report in reports])
    legend = Markup("").join(
        element("span", Markup(f'<b style="color:{colour}">■</b> ') + report.model + " ", class_="sub")
        for report, colour in zip(reports, COLOURS * len(reports), strict=False)
    )
    return element("p", legend) + plot.drawing()


def stream_page(reports: Sequence[StreamAnswers], path: Path) -> Path:
    """Write the page; OptionError where it cannot be."""
    first = reports[0]
    window = window_of(first)
    stages = [f"{n + 1} {stage.corruption} {stage.severity:g}" for n, stage in enumerate(first.stream.stages)]
    rows = [(stage, *(f"{100 * report.errors[n]:.1f} %" for report in reports)) for n, stage in enumerate(stages)]
    rows.append(("mean over stages", *(f"{100 * report.mean_error:.1f} %" for report in reports)))
    said = first.stream.to_dict()
    how = f"correlation {said['correlation']:g}" if said["correlation"] is not None else "images in random order"
    settings = [
        ("stream", f"{first.stream.name}, {how}"),
        ("seed", str(first.settings.get("seed"))),
        ("batch size", ", ".join(sorted({str(report.batch_size) for report in reports}))),
        ("images", f"{first.settings.get('data.of_each_stage'):,} in each of {len(stages)} stages"),
        ("corrupt-engine", str(first.facts.get("versions", {}).get("corrupt_engine"))),
    ]
    told = [remark for report in reports for remark in report.remarks]
    sections = [
        Section(
            "Error over time",
            (f"Among the latest {window} answers. Each image is answered when it comes; the numbers are the stages.",),
            over_time(reports, window),
        ),
        Section("Error by stage", told, table(("Stage", *(report.model for report in reports)), rows)),
        Section("What it is of", (), table(("", ""), settings)),
    ]
    names = ", ".join(report.model for report in reports)
    return save(path, f"{first.stream.name.capitalize()} stream", f"{names}; {len(first.ids):,} images", sections)
