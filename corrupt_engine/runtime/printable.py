"""Names from outside, made harmless for whoever reads them: terminals obey some characters."""

import re
import unicodedata

_OBEYED = ("Cc", "Cf", "Zl", "Zp", "Cs")
"""Unicode's categories of controls (escape sequences begin with one), of formats (they turn the order of letters
round), of ends of lines and paragraphs, and of halves of characters, which cannot be encoded."""
_UNSURE = re.compile(r"[^ -~]")


def printable(text: str, keep: str = "") -> str:
    r"""The text with every character that is obeyed instead of shown written as Python writes it.

    Args:
        text: a name, a message.
        keep: characters that stay, such as the ends of our own lines.

    Returns:
        Text in one line, unless keep says otherwise.

    >>> print(printable("resnet\x1b[2J"), printable("a\nb"), printable("Zürich, 猫"))
    resnet\x1b[2J a\nb Zürich, 猫
    """

    def shown(found: re.Match[str]) -> str:
        letter = found[0]
        obeyed = unicodedata.category(letter) in _OBEYED and letter not in keep
        return letter.encode("unicode_escape").decode("ascii") if obeyed else letter

    return _UNSURE.sub(shown, text)
