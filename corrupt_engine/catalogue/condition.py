"""A condition: one corruption at one severity, or none at all."""

import math
from numbers import Real
from typing import NamedTuple

from ..errors import SeverityError
from ..runtime.checks import as_written


class Condition(NamedTuple):
    """One corruption at one severity, or none at all. Nothing is checked here, but where it is used.

    Args:
        corruption: a name of `corruptions()`, or "clean" for none.
        severity: 0 (no change) to the corruption's strongest level; fractions lie between two levels.
        trial: the number of a repetition with other draws.
    """

    corruption: str
    severity: float
    trial: int = 0


CLEAN = Condition("clean", 0)
"""The condition of an image that is left as it is."""


def check_severity(severity: object, most: int | None = None, of: str = "") -> float:
    """The severity as a float.

    Args:
        severity: 0 (no change) to `most`; fractions lie between two levels. NumPy's float32(2.3) is 2.3.
        most: the number of levels, where it is known already.
        of: the corruption that has so many.

    Returns:
        The same number.

    Raises:
        SeverityError: it is no number, below 0, or above `most`.
    """
    try:
        number = isinstance(severity, Real) and not isinstance(severity, bool)
        value = float(as_written(severity)) if number else math.nan
    except OverflowError:
        value = math.inf
    if not 0.0 <= value <= (math.inf if most is None else most) or math.isinf(value):
        last = "up" if most is None else f"to {most} (strongest{' of ' + of if of else ''})"
        such = f"fractions such as {2.5 if most is None else most - 0.5:g} are allowed"
        raise SeverityError(f"severity {severity!r} is not a number from 0 (no change) {last}; {such}")
    return value
