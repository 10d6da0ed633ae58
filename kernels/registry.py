"""The registry: defining a corruption under `@corruption` is what registers it; nothing keeps a second list.

A corruption here is a mechanism: its parameters, its draws, its arithmetic. How strong it is at which severity is a
benchmark's affair.
"""

import functools
import importlib
import pkgutil
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .draws import Draw
from .forms import FORMS

NOT_FAMILIES = ("primitives", "cuda")
NEEDS = ("depth",)
"""What may come beside each image: its depth map, (N, H, W) float32 on the host, from 0 up."""
LARGEST: Mapping[type, float] = {int: 10**6, float: 3e38}
"""How far from 0 a parameter may be where nothing is said: pixels and counts, and what a float32 holds."""


@dataclass(frozen=True)
class Corruption:
    """Everything known about one corruption. `apply(ops, src, dst, p, d)` is its arithmetic on a batch."""

    name: str
    family: str
    apply: Callable[..., None]
    source: Callable[..., Any]
    """The decorated function, of whichever form; `apply` is made from it."""
    parameters: type
    identity: Mapping[str, Any]
    within: Mapping[str, tuple[float, float]]
    """For every parameter the least and the largest value that it may have."""
    draws: Callable[[Any, int, int], dict[str, Draw]]
    moves_pixels: bool
    assets: tuple[str, ...]
    needs: tuple[str, ...]
    """What must come beside each image, of NEEDS."""
    form: str
    deterministic: bool
    """Whether the result depends on the image alone."""
    host_only: bool
    """Whether it is a plain NumPy function, for the CPU alone and slow."""

    @property
    def doc(self) -> str:
        """The docstring of the definition: formula, cause, source, differences."""
        return self.source.__doc__ or ""

    @property
    def fields(self) -> Mapping[str, type]:
        """The names of the parameters with their types, int or float."""
        return typing.get_type_hints(self.parameters)


_REGISTRY: dict[str, Corruption] = {}


def no_draws(p: Any, height: int, width: int) -> dict[str, Draw]:
    """The draws of a deterministic corruption."""
    return {}


def corruption(
    parameters: type,
    *,
    identity: Mapping[str, Any],
    form: str = "batch",
    within: Mapping[str, tuple[float, float]] | None = None,
    draws: Callable[[Any, int, int], dict[str, Draw]] | None = None,
    prepare: Callable[..., Mapping[str, Any]] | None = None,
    moves_pixels: bool = False,
    assets: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function under its own name; the family is the folder that holds its file.

    Args:
        parameters: a NamedTuple of int and float fields, their units in its comments.
        identity: values by name at which nothing is changed: what severities below 1 are mixed with. A parameter that
            is not named stays as it is at severity 1.
        form: how the function is written (see `forms.FORMS`):
            "batch"  (ops, src, dst, p, d) -> None over the primitives of a device;
            "law"    (p) -> (256, 256) float64, the law of a pointwise noise: entry [v, k] is the probability that v
            becomes k;
            "curve"  (p) -> (256,) or (3, 256), a tone curve; or (p, d), another for each image by its draws;
            "pixel"  (src, n, y, x, ...) -> r, g, b, scalar arithmetic that is compiled for every device; after the
            place it takes parameters, draws and what `prepare` gives, by name;
            "image"  (image, p, d) -> image, plain NumPy on one (H, W, 3) uint8: slow, and on the CPU alone.
        within: the least and the largest value of parameters by name, both allowed: beyond them the arithmetic would
            read what is not there, not end, or take all memory. Others may be as large as LARGEST says, or as the
            identity is.
        draws: (p, height, width) -> the named draws for one image; none for a deterministic corruption.
        prepare: of form "pixel": (p, d, count, height, width) -> arrays by name, (count, ...) each, made on the host.
        moves_pixels: whether what is seen at a place comes from another place, so that boxes and masks no longer fit.
        assets: names of data the arithmetic is handed as keyword arguments (frost's textures).
        needs: of form "batch": what must come beside each image and is handed over likewise, of NEEDS.

    Returns:
        A decorator, which gives the function itself back.

    Raises:
        ValueError: the name is taken, the form is unknown, `identity` or `within` names a field that there is not, the
            form takes no `prepare` or no `needs`, or something is needed that there is not.
        TypeError: a parameter is neither int nor float.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        name = function.__name__
        if name in _REGISTRY:
            raise ValueError(f"corruption {name!r} is defined twice: here and in {_REGISTRY[name].source.__module__}")
        if form not in FORMS:
            raise ValueError(f"corruption {name!r}: form {form!r} is not one of {', '.join(FORMS)}")
        made = FORMS[form]
        if prepare is not None and not made.prepared:
            raise ValueError(f'corruption {name!r}: form {form!r} takes no prepare; "pixel" does')
        if needs and (form != "batch" or not set(needs) <= set(NEEDS)):
            raise ValueError(
                f'corruption {name!r}: form {form!r} needs {needs}; form "batch" may need {" or ".join(NEEDS)}'
            )
        fields = typing.get_type_hints(parameters)
        if wrong := [key for key, kind in fields.items() if kind not in (int, float)]:
            raise TypeError(f"corruption {name!r}: parameters are int or float; {wrong} are neither")
        for what, named in (("identity", identity), ("within", within or {})):
            if unknown := [key for key in named if key not in fields]:
                raise ValueError(f"corruption {name!r}: {what} names {unknown}; the parameters are {list(fields)}")
        _REGISTRY[name] = Corruption(
            name=name,
            family=(function.__module__.split(".") * 2)[-2],
            apply=made.apply(function) if prepare is None else made.apply(function, prepare),
            source=function,
            parameters=parameters,
            identity=dict(identity),
            within={key: _within(kind, identity.get(key, 0)) for key, kind in fields.items()} | dict(within or {}),
            draws=draws or made.draws or no_draws,
            moves_pixels=moves_pixels,
            assets=assets,
            needs=needs,
            form=form,
            deterministic=draws is None and made.draws is None,
            host_only=made.host_only,
        )
        return function

    return register


def _within(kind: type, identity: float) -> tuple[float, float]:
    return min(-LARGEST[kind], identity), max(LARGEST[kind], identity)


@functools.cache
def _load_families() -> None:
    package = importlib.import_module(__package__)
    for family in pkgutil.iter_modules(package.__path__):
        if family.ispkg and family.name not in NOT_FAMILIES:
            folder = importlib.import_module(f"{__package__}.{family.name}")
            for module in pkgutil.iter_modules(folder.__path__):
                importlib.import_module(f"{folder.__name__}.{module.name}")


def registry() -> Mapping[str, Corruption]:
    """All corruptions by name. The first call imports the family folders."""
    _load_families()
    return _REGISTRY
