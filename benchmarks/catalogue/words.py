"""Facts in Markdown."""

import itertools
import math
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")


def plain(text: str) -> str:
    """A text in which nothing is Markdown but what stands between backticks, and identifiers of arXiv are links."""
    parts = re.split(r"(`[^`]*`)", text)
    for place in range(0, len(parts), 2):
        escaped = re.sub(r"([\\*\[\]<>~|$])", r"\\\1", parts[place])
        escaped = re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", escaped)
        parts[place] = ARXIV.sub(r"[arXiv:\1](https://arxiv.org/abs/\1)", escaped)
    parts[1::2] = [code.replace("|", "\\|") for code in parts[1::2]]
    return "".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table; cells are Markdown already."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]


def number(value: float) -> str:
    """A parameter's value in as many digits as it needs.

    >>> number(0.0016666667), number(25), number(math.inf)
    ('0.0016666667', '25', 'infinite')
    """
    return "infinite" if math.isinf(value) else f"{value:.10g}"


def runs(column: Sequence[float]) -> str:
    """Many values: the ends of equal steps, equal neighbours counted where there are more than two.

    >>> runs([0, 3, 3, 3, 4.5, 4.5]), runs([7] * 31), runs([0.25, 0.285, 0.32, 0.355])
    ('0, 3 (3 times), 4.5, 4.5', '7', '0.25 to 0.355 in steps of 0.035')
    """
    steps = {round(after - before, 9) for before, after in itertools.pairwise(column)}
    if len(steps) == 1 and 0 not in steps and all(map(math.isfinite, column)):
        return f"{number(column[0])} to {number(column[-1])} in steps of {number(steps.pop())}"
    found: list[str] = []
    for value, same in itertools.groupby(column):
        count = len(list(same))
        found += [number(value)] * count if count < 3 else [f"{number(value)} ({count} times)"]
    return number(column[0]) if len(set(column)) == 1 else ", ".join(found)


def percent(share: float) -> str:
    """A share in percent with two digits.

    >>> percent(0.00134), percent(0.5)
    ('.13 %', '50 %')
    """
    return f"{100 * share:.2g} %".removeprefix("0")


def counted(count: int, word: str) -> str:
    """A number of things."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def link(text: str, page: str, here: str) -> str:
    """A link to a page of docs/, from another one."""
    target, _, anchor = page.partition("#")
    relative = os.path.relpath(target, Path(here).parent).replace(os.sep, "/")
    return f"[{text}]({relative}{'#' + anchor if anchor else ''})"


def sentences(*parts: str) -> str:
    """Those that there are, in a row."""
    return " ".join(filter(None, parts))
