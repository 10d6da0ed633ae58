"""Reports as a LaTeX table with booktabs, in the layout of Table 1 of Hendrycks and Dietterich (2019)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .table import caption, cautions, columns, families, percent, provenance, short

if TYPE_CHECKING:
    from ..report import Report

_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", **{c: "\\" + c for c in "&%$#_{}"}}


def escape(text: str) -> str:
    r"""Text with LaTeX's special characters made harmless.

    >>> escape("resnet_50 at 100 %")
    'resnet\\_50 at 100 \\%'
    """
    return "".join(_SPECIAL.get(letter, letter) for letter in text)


def render(reports: Sequence["Report"]) -> str:
    """A table* environment, which needs the packages booktabs and graphicx. Small figures are half the 95 % bootstrap interval."""
    rows = [columns(report) for report in reports]
    names = list(rows[0])
    groups = families(names[2:])
    lines = ["% needs \\usepackage{booktabs, graphicx}", *(f"% {report.model}: {text}" for report in reports for text in _comments(report))]
    lines += [r"\begin{table*}", r"\centering", rf"\caption{{{escape(_caption(reports))}}}", r"\resizebox{\textwidth}{!}{%"]
    lines.append(rf"\begin{{tabular}}{{lrr{''.join('|' + 'r' * len(group) for _, group in groups)}}}")
    lines.append(r"\toprule")
    heads = " & ".join(
        rf"\multicolumn{{{len(group)}}}{{c{'|' if n + 1 < len(groups) else ''}}}{{{family}}}" for n, (family, group) in enumerate(groups)
    )
    lines.append(rf" & & & {heads} \\")
    lines.append(" & ".join(["Network", *(escape(short(name)) for name in names)]) + r" \\")
    lines.append(r"\midrule")
    for report, row in zip(reports, rows, strict=True):
        cells = [_cell(row[name].value, row[name].half, 1 if place < 2 else 0) for place, name in enumerate(names)]
        lines.append(" & ".join([escape(report.model), *cells]) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}}", r"\end{table*}"]
    return "\n".join(lines)


def _cell(value: float, half: float, digits: int) -> str:
    return rf"{percent(value, digits)} {{\scriptsize$\pm${percent(half, digits)}}}"


def _caption(reports: Sequence["Report"]) -> str:
    images = " and ".join(sorted({f"{report.samples:,}" for report in reports}))
    return f"{caption(reports)} {images} images; small figures are half of the 95 % bootstrap interval over the images."


def _comments(report: "Report") -> list[str]:
    return [text for text in (provenance(report), *cautions(report)) if text]
