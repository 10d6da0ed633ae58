"""What the definition of a corruption says in words: its docstring, and the comments beside its parameters."""

import inspect
import re
import textwrap
import tokenize
from io import StringIO

FIELD = re.compile(r"\s+(\w+)\s*:")


def docstring(text: str) -> tuple[str, str, str, str]:
    r"""A corruption's docstring in its parts.

    Args:
        text: the formula and its cause in the first sentence, perhaps more; then, each from a line of its own on,
            "Source: ..." and "Differs ...".

    Returns:
        (about, more, source, differs), each in one line, all but the first perhaps empty. The first and the source are
        without their full stop; the last begins with "Differs".

    >>> docstring("V + a: daylight. More of it.\n\nSource: Doe 2019\n  (a paper).\nDiffers in\nnothing.")
    ('V + a: daylight', 'More of it.', 'Doe 2019 (a paper)', 'Differs in nothing.')
    """
    parts: dict[str, list[str]] = {"": [], "Source:": [], "Differs": []}
    now = ""
    for line in text.splitlines():
        now = next((word for word in ("Source:", "Differs") if line.strip().startswith(word)), now)
        parts[now] += line.split()
    said = {word: " ".join(words) for word, words in parts.items()}
    first, *rest = re.split(r"\.\s+(?=[A-Z`])", said[""], maxsplit=1)
    source = said["Source:"].removeprefix("Source:").strip()
    return first.removesuffix("."), "".join(rest), source.removesuffix("."), said["Differs"]


def units(parameters: type) -> dict[str, str]:
    """What the comments of a record of parameters say.

    Args:
        parameters: a NamedTuple, one field a line.

    Returns:
        The comment on the line of each field that has one, with the lines of comment that go on below it; nothing
        where the source is not at hand.
    """
    try:
        text = inspect.getsource(parameters)
    except (OSError, TypeError):
        return {}
    found: dict[str, str] = {}
    field = ""
    for token in tokenize.generate_tokens(StringIO(textwrap.dedent(text)).readline):
        if token.type == tokenize.NAME and (match := FIELD.match(token.line)):
            field = match[1]
        elif token.type == tokenize.COMMENT and field:
            alone = token.line.strip().startswith("#")
            if alone == (field in found):
                found[field] = f"{found.get(field, '')} {token.string.lstrip('# ')}".strip()
    return {name: found[name] for name in getattr(parameters, "_fields", ()) if name in found}
