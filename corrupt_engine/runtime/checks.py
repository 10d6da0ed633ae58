"""Checks of options that several functions share."""

import math
import os
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from ..errors import OptionError, UnknownNameError


def check_integer(name: str, value: object) -> int:
    """The value as an int, or OptionError."""
    if type(value) is int:  # asking an abstract class takes .4 us, several times a call for one small image
        return value
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise OptionError(f"{name} {value!r} is not an integer")
    return int(value)


def check_count(name: str, value: object, least: int) -> int:
    """The value as an int of at least `least`, or OptionError."""
    number = check_integer(name, value)
    if number < least:
        raise OptionError(f"{name} {number} is below {least}")
    return number


def check_flag(name: str, value: object) -> bool:
    """True or False, also as NumPy's or as 1 and 0, or OptionError: of text, "no" would count as true."""
    if isinstance(value, Integral) and value in (0, 1):
        return bool(value)
    if type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    raise OptionError(f"{name} {value!r} is neither True nor False")


def as_written(value: Any) -> Any:
    """One of NumPy's floats of 16 or 32 bits as the shortest decimal that it stands for: float32(2.3) as 2.3, not as
    2.299999952316284, whose draws would be others. All else as it is.
    """
    narrow = type(value).__module__ == "numpy" and type(value).__name__ in ("float16", "float32")
    return float(str(value)) if narrow else value


def check_seconds(name: str, value: object) -> float:
    """A number from 0 up, or OptionError."""
    seconds = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    if not 0 <= seconds < math.inf:
        raise OptionError(f"{name} {value!r} is not a number of seconds from 0 up")
    return seconds


def check_number(name: str, value: object) -> float:
    """One number as a float, or OptionError."""
    numbers = check_numbers(name, value)
    if len(numbers) != 1:
        raise OptionError(f"{name} {value!r} is not one number")
    return numbers[0]


def check_numbers(name: str, values: object) -> tuple[float, ...]:
    """One number or several as floats, or OptionError."""
    several: Any = values if isinstance(values, Iterable) and not isinstance(values, (str, bytes)) else [values]
    try:
        several = list(several)
        if any(isinstance(value, (str, bytes)) for value in several):
            raise TypeError("text")
        return tuple(float(value) for value in several)
    except (TypeError, ValueError, OverflowError) as error:
        raise OptionError(f"{name} {values!r} is neither a number nor several") from error


def check_function(name: str, value: object) -> None:
    """OptionError for what is neither None nor can be called."""
    if value is not None and not callable(value):
        raise OptionError(f"{name} {value!r} is no function")


def check_name(kind: str, value: object, allowed: Iterable[str]) -> None:
    """UnknownNameError for what is none of the names, whatever it is: a list cannot be asked for in a table."""
    names = list(allowed)
    if not isinstance(value, str) or value not in names:
        raise UnknownNameError(kind, value, names)


def check_path(name: str, value: object) -> Path:
    """A path from text, from bytes, or from whatever stands for one, or OptionError."""
    if not isinstance(value, (str, bytes, os.PathLike)):
        raise OptionError(f"{name} {value!r} is no path")
    return Path(os.fsdecode(value))


def refuse(function: str, options: Mapping[str, object], names: Iterable[str], reason: str) -> None:
    """OptionError where an option is given that a function would leave aside."""
    for name in names:
        if name in options:
            raise OptionError(f"{function}() does not take {name!r}: {reason}")
