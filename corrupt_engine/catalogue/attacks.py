"""Attacks as conditions: their names, parameters and bounds. What they compute is in `models.attacks`."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import OptionError
from ..runtime.checks import check_name


class Parameter(NamedTuple):
    """What a number may be: its default, None where it must be given; from `least` (without 0 where `above`) to `most`;
    whole or not.
    """

    default: float | None
    least: float
    most: float
    above: bool = False
    whole: bool = False


EPSILON = Parameter(None, 0.0, 1.0)
STEPS = Parameter(10, 1, 10_000, whole=True)

ATTACKS: Mapping[str, Mapping[str, Parameter]] = {
    "fgsm": {"epsilon": EPSILON},
    "least_likely_fgsm": {"epsilon": EPSILON},
    "pgd": {"epsilon": EPSILON, "steps": STEPS, "step": Parameter(0.25, 0.0, 2.0, above=True)},
    "least_likely_pgd": {"epsilon": EPSILON, "steps": STEPS, "step": Parameter(0.25, 0.0, 2.0, above=True)},
    "mi_fgsm": {"epsilon": EPSILON, "steps": STEPS, "decay": Parameter(1.0, 0.0, 10.0)},
    "cw_l2": {
        "confidence": Parameter(0.0, 0.0, 1000.0),
        "steps": Parameter(1000, 1, 10_000, whole=True),
        "searches": Parameter(9, 1, 20, whole=True),
        "rate": Parameter(0.01, 0.0, 1.0, above=True),
        "constant": Parameter(0.001, 0.0, 1e10, above=True),
    },
}
"""Every attack with its parameters. epsilon is the most by which a pixel changes, in units of the pixel range 0..1;
step is in units of epsilon.
"""


class Attack(NamedTuple):
    """An attack with all its parameters.

    Args:
        kind: a key of ATTACKS.
        parameters: all of that kind by name.
    """

    kind: str
    parameters: Mapping[str, float]


def find_attack(kind: str, given: Mapping[str, Any]) -> Attack:
    """An attack by name, checked.

    Args:
        kind: "fgsm", "least_likely_fgsm", "pgd", "least_likely_pgd", "mi_fgsm" or "cw_l2".
        given: parameters by name; the others have their defaults.

    Returns:
        The Attack, with all parameters.

    Raises:
        UnknownNameError: there is no such attack, or it has no such parameter.
        OptionError: a parameter is missing, no number, or out of its range.

    >>> find_attack("pgd", {"epsilon": 8 / 255}).parameters["steps"]
    10
    """
    check_name("attack", kind, ATTACKS)
    known = ATTACKS[kind]
    for name in given:
        check_name(f"parameter of {kind}", name, known)
    return Attack(kind, {name: _checked(kind, name, given.get(name, own.default)) for name, own in known.items()})


def _checked(kind: str, name: str, value: Any) -> float:
    own = ATTACKS[kind][name]
    if value is None:
        raise OptionError(f"{kind} needs {name}={_range(own)}")
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if number and own.least <= value <= own.most and not (own.above and value == own.least):
        if not own.whole:
            return float(value)
        if value == int(value):
            return int(value)
    unit = " (in units of the pixel range 0..1, so 8 of 255 levels are 8 / 255)" if name == "epsilon" else ""
    raise OptionError(f"{kind}: {name} is {value!r}; {_range(own)} is needed{unit}")


def _range(own: Parameter) -> str:
    start = "above" if own.above else "from"
    return f"a {'whole ' if own.whole else ''}number {start} {own.least:g} to {own.most:g}"
