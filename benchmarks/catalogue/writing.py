"""The pages and pictures of docs/, written where they are not current; what is of no page any more is removed."""

import re
from pathlib import Path

from corrupt_engine.tools import gallery
from corrupt_engine.tools.gallery.making import cards, encoded, outlines
from corrupt_engine.tools.gallery.page import render

from . import fidelity, sheets, times
from .committed import DOCS, FIDELITY, PHOTOGRAPH
from .pages import Catalogue, pages

GALLERY = "gallery.html"
MOST = 6_000_000
"""Bytes up to which the gallery of the repository's photograph is kept in it."""
TILE = 160
TITLE = f"{Path(PHOTOGRAPH).name}, corrupted"


def write() -> list[str]:
    """What was written or removed, by its path in docs/."""
    catalogue = Catalogue()
    changed = sheets.make(catalogue.families) + write_gallery(list(catalogue.corruptions))
    text = pages(catalogue)
    for name in stale_pages(catalogue, text):
        path = DOCS / name
        if name in text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text[name], encoding="utf-8")
        changed.append(name if name in text else f"{name} (removed)")
    for name in there() - expected(catalogue, text):
        (DOCS / name).unlink()
    sheets.write(sheets.known())
    return changed


def stale() -> list[str]:
    """What a person must make anew, by its path from the root; nothing is made for it."""
    catalogue = Catalogue()
    names = tuple(catalogue.corruptions)
    found = [f"docs/{name}" for name in stale_pages(catalogue, pages(catalogue))]
    found += [f"docs/{name}" for name in sheets.stale(catalogue.families)]
    if not gallery_is_current(list(names)):
        found.append(f"docs/{GALLERY}")
    found += [f"{times.FILE.name}: {name}" for name in names if name not in times.known()["times"]]
    return found + [f"{FIDELITY.name}: {name}" for name in fidelity.lacking(names)]


def stale_pages(catalogue: Catalogue, text: dict[str, str]) -> list[str]:
    """Pages that are not there or not as they should be, and files that nothing makes any more."""
    different = [
        name for name in text if not (DOCS / name).exists() or (DOCS / name).read_text(encoding="utf-8") != text[name]
    ]
    return different + sorted(there() - expected(catalogue, text))


def there() -> set[str]:
    """Every file in the folders of docs/ that are wholly made here."""
    folders = (DOCS / "benchmarks", DOCS / "families")
    return {p.relative_to(DOCS).as_posix() for folder in folders for p in folder.rglob("*") if p.is_file()}


def expected(catalogue: Catalogue, text: dict[str, str]) -> set[str]:
    """Every file that docs/ should have."""
    pictures = {sheets.sheet_name(family) for family in catalogue.families}
    return {*text, *pictures, GALLERY, sheets.PICTURES.name}


def gallery_source(names: list[str]) -> str:
    """What the pictures of the gallery are made from. Its text is compared as text."""
    return sheets.made_from(names, Path(gallery.__file__).with_name("making.py"))


def gallery_is_current(names: list[str]) -> bool:
    """Whether the committed gallery has these pictures and this text."""
    if not sheets.current(GALLERY, gallery_source(names)):
        return False
    return without_pictures((DOCS / GALLERY).read_text(encoding="utf-8")) == gallery_text(names)


def write_gallery(names: list[str]) -> list[str]:
    """The gallery of the repository's photograph, where it is not current; ValueError where it became too large."""
    if gallery_is_current(names):
        return []
    found, left_out = cards(sheets.photograph(), names, seed=sheets.SEED)
    page = render(found, encoded(sheets.photograph(), TILE), TITLE, TILE, left_out)
    if len(page.encode()) > MOST:
        raise ValueError(
            f"docs/{GALLERY} has {len(page.encode()):,} bytes; {MOST:,} are allowed: show smaller pictures"
        )
    (DOCS / GALLERY).write_text(page, encoding="utf-8")
    sheets.write(sheets.known() | {GALLERY: sheets.note(GALLERY, gallery_source(names))})
    return [GALLERY]


def without_pictures(page: str) -> str:
    """The text of a gallery."""
    return re.sub(r"data:image/\w+;base64,[\w+/=]*", "data:", page)


def gallery_text(names: list[str]) -> str:
    """The text that the gallery should have."""
    found, left_out = outlines(*sheets.photograph().shape[:2], names)
    return without_pictures(render(found, b"", TITLE, TILE, left_out))
