"""Reports as a LaTeX table with booktabs, in the layout of Table 1 of Hendrycks and Dietterich (2019)."""

from collections.abc import Sequence

from ...runtime.messages import escape_controls
from ..rates import Rates
from ..tables import caption, cautions, columns, heads, percent, provenance
from .registry import report_format

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{c: "\\" + c for c in "&%$#_{}"},
}


def escape(text: str) -> str:
    r"""Text with LaTeX's special characters made harmless, and without ends of lines, of which two end a paragraph.

    >>> escape("resnet_50 at 100 %")
    'resnet\\_50 at 100 \\%'
    """
    return "".join(_SPECIAL.get(letter, letter) for letter in escape_controls(text))


@report_format("latex", suffix=".tex")
def render(reports: Sequence[Rates]) -> str:
    """A table* environment; it needs booktabs and graphicx. Small figures are half the 95 % interval."""
    rows = [columns(report) for report in reports]
    groups = reports[0].groups
    lines = [
        "% needs \\usepackage{booktabs, graphicx}",
        *(f"% {escape_controls(f'{report.model}: {text}')}" for report in reports for text in _comments(report)),
        r"\begin{table*}",
        r"\centering",
        rf"\caption{{{escape(_caption(reports))}}}",
        r"\resizebox{\textwidth}{!}{%",
        rf"\begin{{tabular}}{{lrr{''.join('|' + 'r' * len(names) for _, names in groups)}}}",
        r"\toprule",
        rf" & & & {' & '.join(_group_heads(groups))} \\",
        " & ".join(["Network", *(escape(head) for head in heads(reports[0]))]) + r" \\",
        r"\midrule",
    ]
    for report, row in zip(reports, rows, strict=True):
        cells = [_cell(cell.value, cell.half, 1 if place < 2 else 0) for place, cell in enumerate(row.values())]
        lines.append(" & ".join([escape(report.model), *cells]) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}}", r"\end{table*}"])


def _group_heads(groups: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """The names of the groups over their columns, with a line between them."""
    lines = ["|"] * (len(groups) - 1) + [""]
    return [
        rf"\multicolumn{{{len(names)}}}{{c{line}}}{{{escape(group)}}}"
        for (group, names), line in zip(groups, lines, strict=True)
    ]


def _cell(value: float, half: float, digits: int) -> str:
    return rf"{percent(value, digits)} {{\scriptsize$\pm${percent(half, digits)}}}"


def _caption(reports: Sequence[Rates]) -> str:
    images = f"{reports[0].samples:,} images"
    return f"{caption(reports)} {images}; small figures are half of the 95 % interval over the images."


def _comments(report: Rates) -> list[str]:
    return [text for text in (provenance(report), *cautions(report)) if text]
