"""One page of all results: the tables that the scripts kept, and the plots of those that were run here.

python examples/reproduce/page.py [--page reports/reproduce.html]
"""

import argparse
import re
from pathlib import Path

import comparison
from markupsafe import Markup, escape

from corrupt_engine.reports.formats.html.svg import element
from corrupt_engine.reports.pages import Section, save
from corrupt_engine.reports.pages import table as table_of


def section(path: Path) -> Section:
    """A script's results, of Markdown as `comparison.keep` writes it, below its plot."""
    title, _, text = path.read_text(encoding="utf-8").removeprefix("# ").partition("\n")
    drawing = comparison.DRAWINGS / f"{path.stem}.html"
    drawn = Markup(drawing.read_text(encoding="utf-8")) if drawing.exists() else Markup()
    without = () if drawn else ("It was not run here: the table is the committed one, and has no plot.",)
    parts = re.split(r"^```\n(.*?)^```$", text, flags=re.S | re.M)
    blocks = []
    for number, part in enumerate(parts):
        if number % 2:
            blocks.append(element("pre", escape(part)))
        else:
            blocks += [block(lines) for lines in part.strip().split("\n\n") if lines]
    return Section(title, without, drawn + Markup("").join(blocks))


def block(text: str) -> Markup:
    """A table or a paragraph."""
    if not text.startswith("|"):
        return element("p", words(text))
    heads, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines())
    return table_of(heads, [[row[0], *map(words, row[1:])] for row in rows])


def words(text: str) -> Markup:
    """Bold and code."""
    marked = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", str(escape(text)))
    return Markup(re.sub(r"`(.+?)`", r"<code>\1</code>", marked))


def write(path: Path) -> Path:
    """The page."""
    files = sorted(comparison.RESULTS.glob("*.md"))
    about = "Experiments of the papers on free data; where ours differ, the table says so."
    path.parent.mkdir(parents=True, exist_ok=True)
    return save(path, "What the papers found, and what came out here", about, [section(file) for file in files])


def main() -> None:
    """Write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=Path, default=Path("reports/reproduce.html"))
    print(write(parser.parse_args().page))


if __name__ == "__main__":
    main()
