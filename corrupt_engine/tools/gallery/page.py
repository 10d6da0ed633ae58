"""The page as text; how it looks is in page.html.j2, page.css and page.js."""

import base64
from collections.abc import Mapping, Sequence
from importlib import resources
from itertools import groupby
from typing import Any

from ...runtime.messages import escape_controls
from .making import KIND, Card, Picture

STEPS = 5
"""Of the slider for all: from the weakest severity of each corruption to its strongest."""
FIRST = 3
"""Where it stands first."""
SMALL = 100
"""Pixels of the longer side up to which a picture is shown enlarged without smoothing."""


def render(
    cards: Sequence[Card], clean: bytes, title: str, side: int, left_out: Mapping[str, str] | None = None
) -> str:
    """The page.

    Args:
        cards: those of one family next to one another.
        clean: the photograph, as `encoded` gives it.
        title: what it is called.
        side: the longer side of the pictures in pixels.
        left_out: corruptions that have no card, with the reason.

    Returns:
        HTML that needs nothing from elsewhere.
    """
    from jinja2 import Environment, StrictUndefined

    files = resources.files(__package__)
    style, script, page = (
        (files / name).read_text(encoding="utf-8") for name in ("page.css", "page.js", "page.html.j2")
    )
    environment = Environment(
        autoescape=True, finalize=shown, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"address": address, "start": start, "text": searched}
    return environment.from_string(page).render(
        title=title,
        style=style,
        script=script,
        families=[(family, list(own)) for family, own in groupby(cards, lambda card: card.family)],
        count=len(cards),
        clean=Picture(0, clean),
        small=side <= SMALL,
        left_out=left_out or {},
        steps=STEPS,
        first=FIRST,
    )


def shown(value: Any) -> Any:
    """A text from outside without what would turn the order of letters round."""
    return escape_controls(value, keep="\n") if type(value) is str else value


def address(picture: Picture) -> str:
    """What stands in the place of a picture's address: the picture."""
    return f"data:image/{KIND};base64,{base64.b64encode(picture.data).decode()}"


def start(card: Card) -> int:
    """Which of a card's pictures is shown first, from 0; page.js reckons likewise for any step of the slider."""
    return int((len(card.pictures) - 1) * (FIRST - 1) / (STEPS - 1) + 0.5)


def searched(card: Card) -> str:
    """What the filter looks through."""
    return " ".join((card.name, card.name.replace("_", " "), card.family, *card.benchmarks, card.about)).lower()
