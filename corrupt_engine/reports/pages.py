"""A page of text, tables and drawings in one file, in the reports' style."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from ..runtime.files import whole_file
from .formats.html.page import style
from .formats.html.svg import element


class Section(NamedTuple):
    """A part of a page: its heading, paragraphs, and what stands below them."""

    title: str
    texts: Sequence[str]
    content: Markup = Markup()


def render(title: str, sub: str, sections: Sequence[Section]) -> str:
    """The page as text. Everything but the sections' content is escaped."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((resources.files(__package__) / "pages.html.j2").read_text(encoding="utf-8"))
    return template.render(title=title, sub=sub, sections=sections, style=style())


def save(path: Path, title: str, sub: str, sections: Sequence[Section]) -> Path:
    """Write the page, or OptionError."""
    with whole_file(path, "page") as part:
        part.write_text(render(title, sub, sections), encoding="utf-8")
    return path


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A table whose first column names the rows."""
    top = Markup("").join(element("th", head, scope="col") for head in heads)
    body = Markup("").join(
        element("tr", element("th", row[0], scope="row") + Markup("").join(element("td", cell) for cell in row[1:]))
        for row in rows
    )
    whole = element("thead", element("tr", top)) + element("tbody", body)
    return element("div", element("table", whole), class_="scroll", tabindex=0)
