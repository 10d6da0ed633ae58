"""Checks of options that several functions share."""

from numbers import Integral

from ..errors import OptionError


def check_integer(name: str, value: object) -> int:
    """The value as an int, or OptionError."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise OptionError(f"{name} {value!r} is not an integer")
    return int(value)


def check_count(name: str, value: object, least: int) -> int:
    """The value as an int of at least `least`, or OptionError."""
    number = check_integer(name, value)
    if number < least:
        raise OptionError(f"{name} {number} is below {least}")
    return number
