"""What messages hold: text from outside, harmless to the terminal that shows it and short; numbers of bytes; names."""

import re
import unicodedata
from collections.abc import Sequence

_OBEYED = ("Cc", "Cf", "Zl", "Zp", "Cs")
"""Unicode's categories of controls (escape sequences begin with one), of formats (they turn the order of letters
round), of ends of lines and paragraphs, and of halves of characters, which cannot be encoded."""
_UNSURE = re.compile(r"[^ -~]")


def escape_controls(text: str, keep: str = "") -> str:
    r"""The text with every character that is obeyed instead of shown written as Python writes it.

    Args:
        text: a name, a message.
        keep: characters that stay, such as the ends of our own lines.

    Returns:
        Text in one line, unless keep says otherwise.

    >>> print(escape_controls("resnet\x1b[2J"), escape_controls("a\nb"), escape_controls("Zürich, 猫"))
    resnet\x1b[2J a\nb Zürich, 猫
    """

    def shown(found: re.Match[str]) -> str:
        letter = found[0]
        obeyed = unicodedata.category(letter) in _OBEYED and letter not in keep
        return letter.encode("unicode_escape").decode("ascii") if obeyed else letter

    return _UNSURE.sub(shown, text)


def shortened(text: str, most: int = 60) -> str:
    """The text, its end left out where it is longer than `most` characters.

    >>> shortened("a name"), shortened("a name", 5)
    ('a name', 'a ...')
    """
    return text if len(text) <= most else f"{text[: most - 3]}..."


def readable(size: float) -> str:
    """A number of bytes as people read it.

    Args:
        size: from 0 up.

    Returns:
        Three digits and a unit.

    >>> readable(7_526_400_000)
    '7.01 GiB'
    """
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.3g} {unit}"
        size /= 1024
    return f"{size:.3g} GiB"


def some(names: Sequence[str], most: int = 5) -> str:
    """Names between commas, of many the first."""
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")
