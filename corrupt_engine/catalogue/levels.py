"""The parameters of a corruption at its severities, and between them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import BenchmarkError

if TYPE_CHECKING:
    from ..kernels.registry import Corruption

LEVEL_SCALES = ("linear", "reciprocal", "logarithmic")
"""How a parameter lies between two levels."""

Columns = Mapping[str, tuple[float, ...]]
"""A column for each parameter by name, one number a level; none for a corruption without parameters, which has one
level.
"""


def level_count(columns: Columns) -> int:
    """How many levels columns have."""
    return len(next(iter(columns.values()))) if columns else 1


@dataclass(frozen=True)
class Levels:
    """The parameters of one corruption at each of its severities.

    Args:
        rows: a NamedTuple of parameters for each level; severity 1 is the first.
        zero: the parameters that change nothing, made from the corruption's identity: severity 0.
        scales: how a parameter lies between two levels, one of SCALES by name; linear where none is given.
    """

    rows: tuple[Any, ...]
    zero: Any
    scales: Mapping[str, str]

    @classmethod
    def of(cls, corruption: "Corruption", columns: Columns, scales: Mapping[str, str], where: str) -> "Levels":
        """Levels from a column for each parameter by name.

        Args:
            corruption: whose parameters they are.
            columns: (levels,) each, equally long.
            scales: one of LEVEL_SCALES by parameter; linear where none is given.
            where: file and table, for messages.

        Returns:
            The Levels, a row for each number of a column.

        Raises:
            BenchmarkError: a column is missing or of no parameter, or its values do not fit the parameter's type,
                range or scale.
        """
        fields = corruption.fields
        if different := sorted(set(columns) ^ set(fields)):
            raise BenchmarkError(
                f"{where}: {' and '.join(different)} {'is' if len(different) == 1 else 'are'} missing or no parameter "
                "of "
                f"{corruption.name}; it needs {', '.join(f'{name} ({kind.__name__})' for name, kind in fields.items())}"
            )
        typed = {
            name: [_value(value, kind, corruption.within[name], f"{where}.{name}") for value in columns[name]]
            for name, kind in fields.items()
        }
        rows = tuple(corruption.parameters(*(typed[name][n] for name in fields)) for n in range(level_count(columns)))
        zero = corruption.parameters(*(corruption.identity.get(name, getattr(rows[0], name)) for name in fields))
        for name, scale in scales.items():
            if name not in fields:
                raise BenchmarkError(
                    f"{where}: scale names {name}, which is no parameter; there are {', '.join(fields)}"
                )
            lowest = min(getattr(row, name) for row in (zero, *rows))
            if scale != "linear" and lowest <= 0:
                raise BenchmarkError(
                    f"{where}.{name}: a {scale} scale needs values above 0, 'no change' included; one is {lowest}"
                )
        return cls(rows, zero, scales)

    @property
    def most(self) -> int:
        """The strongest severity."""
        return len(self.rows)

    def params(self, severity: float) -> Any:
        """The parameters at a severity.

        Floats are mixed on their scale; integers are mixed linearly and rounded half up.

        Args:
            severity: 0 to `most`; not checked here.

        Returns:
            A level's row, or a mix of its neighbours; below 1, of `zero` and the first row.
        """
        lower = min(int(severity), self.most - 1)
        share = severity - lower
        if share == 1.0 or (share == 0.0 and lower > 0):
            return self.rows[math.ceil(severity) - 1]
        low, high = self.rows[lower - 1] if lower else self.zero, self.rows[lower]
        return type(high)(*(self._mix(name, a, b, share) for name, a, b in zip(high._fields, low, high, strict=True)))

    def _mix(self, name: str, low: float, high: float, share: float) -> float:
        scale = self.scales.get(name, "linear")
        if low == high:
            return high
        if scale == "reciprocal":
            return 1.0 / ((1.0 - share) / low + share / high)
        if scale == "logarithmic":
            return math.exp((1.0 - share) * math.log(low) + share * math.log(high))
        value = (1.0 - share) * low + share * high
        return math.floor(value + 0.5) if isinstance(high, int) else value


def _value(value: float, kind: type, within: tuple[float, float], where: str) -> float:
    if kind is int and not isinstance(value, int):
        raise BenchmarkError(f"{where}: {value} is not a whole number, and this parameter counts something")
    least, most = within
    if not least <= value <= most:
        raise BenchmarkError(f"{where}: {value} is beyond what it may be, {least} to {most}")
    return value if kind is int else float(value)
