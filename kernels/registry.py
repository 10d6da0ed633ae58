"""The registry: defining a corruption under `@corruption` is what registers it; nothing keeps a second list."""

import functools
import importlib
import math
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .draws import Draw

SEVERITIES = (1, 2, 3, 4, 5)
MAX_SEVERITY = float(SEVERITIES[-1])


class Tolerance(NamedTuple):
    """How far the bytes may lie from the float64 oracle under the same draws, and why."""

    levels: int  # by which a byte may differ
    share: float  # of the bytes that may differ
    why: str
    crossings: float = 0.0  # share of the bytes that may differ by more, where a threshold decides


EXACT = Tolerance(0, 0.0, "integer arithmetic or float64 tables: nothing is rounded differently")
FLOAT32 = Tolerance(
    1, 0.005, "float32 sums against float64 before truncation: a byte moves where the exact value is within rounding of an integer"
)


@dataclass(frozen=True)
class Corruption:
    """Everything known about one corruption. `apply(ops, src, dst, p, d)` is its arithmetic on a batch."""

    name: str
    family: str
    apply: Callable[..., None]
    tables: Mapping[int, tuple[Any, ...]]
    identity: Any
    draws: Callable[[Any, int, int], dict[str, Draw]]
    tolerance: Tolerance
    monotone: bool
    reciprocal: tuple[str, ...]
    assets: tuple[str, ...]

    @property
    def doc(self) -> str:
        """The docstring of the definition: formula, cause, source, differences."""
        return self.apply.__doc__ or ""

    @property
    def deterministic(self) -> bool:
        """Whether the result depends on the image alone."""
        return not self.draws(self.tables[224][0], 1, 1)

    def params(self, severity: float, table: int) -> Any:
        """The parameters at a severity in [0, 5]: the table's row, or a mix of its neighbours, row 0 meaning no change.

        Floats are mixed linearly (names in `reciprocal` by their reciprocal), integers are then rounded half up.
        """
        rows = self.tables[table]
        lower = min(int(severity), len(rows) - 1)
        share = severity - lower
        if share == 1.0 or (share == 0.0 and lower > 0):
            return rows[math.ceil(severity) - 1]
        high = rows[lower]
        low = rows[lower - 1] if lower else self._row_zero(rows[0])
        mixed = [self._mix(name, a, b, share) for name, a, b in zip(high._fields, low, high, strict=True)]
        return type(high)(*mixed)

    def _row_zero(self, first: Any) -> Any:
        return type(first)(*(b if a is None else a for a, b in zip(self.identity, first, strict=True)))

    def _mix(self, name: str, low: float, high: float, share: float) -> float:
        if low == high:
            return high
        if name in self.reciprocal:
            return 1.0 / ((1.0 - share) / low + share / high)
        value = (1.0 - share) * low + share * high
        return math.floor(value + 0.5) if isinstance(high, int) else value


_REGISTRY: dict[str, Corruption] = {}


def no_draws(p: Any, height: int, width: int) -> dict[str, Draw]:
    """The draws of a deterministic corruption."""
    return {}


def corruption(
    params: type,
    tables: Mapping[int, Sequence[Any]],
    identity: Sequence[Any],
    *,
    draws: Callable[[Any, int, int], dict[str, Draw]] = no_draws,
    tolerance: Tolerance = FLOAT32,
    monotone: bool = True,
    reciprocal: tuple[str, ...] = (),
    assets: tuple[str, ...] = (),
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register the decorated arithmetic under its own name; the family is the folder that holds the file.

    params: the NamedTuple of the parameters, with units in its comments.
    tables: for each table size (224, 299, 64, 32) five rows, a tuple each (or the value alone where there is one parameter).
    identity: row 0, "no change"; None in it means "as row 1".
    draws: (p, height, width) -> the named draws for one image.
    monotone: whether the distance from the clean image must grow with severity.
    reciprocal: parameters interpolated by their reciprocal.
    assets: names of data the arithmetic is handed as keyword arguments (frost's textures).
    """

    def row(values: Any) -> Any:
        return params(*values) if isinstance(values, tuple) else params(values)

    def register(apply: Callable[..., None]) -> Callable[..., None]:
        name = apply.__name__
        if name in _REGISTRY:
            raise ValueError(f"corruption {name!r} is defined twice: here and in {_REGISTRY[name].apply.__module__}")
        for size, rows in tables.items():
            if len(rows) != len(SEVERITIES):
                raise ValueError(f"corruption {name!r}: table {size} has {len(rows)} rows, it needs {len(SEVERITIES)}")
        _REGISTRY[name] = Corruption(
            name=name,
            family=(apply.__module__.split(".") * 2)[-2],
            apply=apply,
            tables={size: tuple(row(values) for values in rows) for size, rows in tables.items()},
            identity=tuple(identity),
            draws=draws,
            tolerance=tolerance,
            monotone=monotone,
            reciprocal=reciprocal,
            assets=assets,
        )
        return apply

    return register


@functools.cache
def _load_families() -> None:
    package = importlib.import_module(__package__)
    for family in pkgutil.iter_modules(package.__path__):
        if family.ispkg and family.name not in ("primitives", "cuda"):
            folder = importlib.import_module(f"{__package__}.{family.name}")
            for module in pkgutil.iter_modules(folder.__path__):
                importlib.import_module(f"{folder.__name__}.{module.name}")


def registry() -> Mapping[str, Corruption]:
    """All corruptions by name. The first call imports the family folders."""
    _load_families()
    return _REGISTRY
