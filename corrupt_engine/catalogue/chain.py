"""Chains: several corruptions, one after the other, under one name."""

import functools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np

from ..errors import OptionError, SeverityError
from .condition import check_severity

if TYPE_CHECKING:
    from ..kernels.registry import Corruption

THEN, AT = "+", "@"
"""What stands between two members of a chain, and before the severity of one that has its own."""
FORM = "chain"


class Link(NamedTuple):
    """A member of a chain: a corruption, and its own severity; None where that of the chain is meant."""

    corruption: str
    severity: float | None


def is_chain(name: object) -> bool:
    """Whether a name is that of a chain, not of one corruption.

    Args:
        name: any value.

    Returns:
        True for a text of the form of one, whatever stands in it.
    """
    return isinstance(name, str) and THEN in name


def chain_name(links: Sequence[Any]) -> str:
    """The name of a chain, which `corrupt()`, loaders, transforms and streams take as that of a corruption.

    A member's own severity is the one that it has from the chain's severity 1 up. Below, where all members fade
    together, it has that share of it: at .5 half. A chain whose members all have their own has no severity above 1.

    Args:
        links: names, or (name, severity) each, in the order in which they are applied.

    Returns:
        "NAME+NAME", with @SEVERITY where one is given, in all its digits: other severities have another name.

    Raises:
        OptionError: there are fewer than two, one comes twice, or a text is no name.
        SeverityError: a severity is no number from 0 up.

    >>> chain_name([("motion_blur", 2.25), "jpeg_compression"])
    'motion_blur@2.25+jpeg_compression'
    """
    parts = []
    pairs = isinstance(links, Sequence) and all(
        isinstance(link, str) or (isinstance(link, Sequence) and len(link) == 2) for link in links
    )
    if isinstance(links, str) or not pairs:
        raise OptionError(f"chain {links!r}: a list of names, or of (name, severity), is needed")
    for link in links:
        name, severity = (link, None) if isinstance(link, str) else (link[0], check_severity(link[1]))
        parts.append(name if severity is None else f"{name}{AT}{np.format_float_positional(severity, trim='-')}")
    name = THEN.join(parts)
    links_of(name)
    return name


def links_of(name: str) -> tuple[Link, ...]:
    """The members of a chain in their order.

    Args:
        name: "NAME+NAME", each with @SEVERITY where it has its own.

    Returns:
        Two or more, none of them checked but for its form.

    Raises:
        OptionError: it is no such text, or a corruption comes twice: it would draw the same numbers again.
        SeverityError: a severity is below 0.
    """
    links = []
    for part in name.split(THEN):
        own, at, text = part.strip().partition(AT)
        try:
            severity = check_severity(float(text)) if at else None
        except ValueError as error:
            raise OptionError(f"chain {name!r}: {text!r} is no severity; a number such as 2.5 is needed") from error
        if not own.isidentifier() or own == "clean":
            raise OptionError(
                f"chain {name!r}: {own!r} is no corruption; NAME{THEN}NAME is needed, such as "
                f'"motion_blur{THEN}jpeg_compression{AT}2"'
            )
        links.append(Link(own, severity))
    names = [link.corruption for link in links]
    if len(links) < 2 or len(set(names)) < len(names):
        raise OptionError(f"chain {name!r}: two or more different corruptions are needed, each once")
    return tuple(links)


@functools.cache
def severities_type(names: tuple[str, ...]) -> type:
    """The parameters of a chain: the severity of each member, by its name."""
    made: Any = NamedTuple("Severities", [(name, float) for name in names])  # type: ignore[misc]
    found: type = made
    return found


def chained(name: str, members: "dict[str, Corruption]") -> "Corruption":
    """A chain as a corruption, whose parameters are the severities of its members.

    It has no arithmetic of its own: `transforms.corrupt` applies one member after the other.

    Args:
        name: of the chain.
        members: by the names that it gives them, in their order.

    Returns:
        The Corruption, of form "chain".
    """
    from ..kernels.registry import Corruption, no_draws

    def one_after_the_other(*_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError(f"{name} is applied member by member")

    one_after_the_other.__doc__ = ", then ".join(members)
    several = members.values()
    return Corruption(
        name=name,
        family=FORM,
        apply=one_after_the_other,
        source=one_after_the_other,
        parameters=severities_type(tuple(members)),
        identity=dict.fromkeys(members, 0.0),
        within=dict.fromkeys(members, (0.0, math.inf)),
        draws=no_draws,
        moves_pixels=any(one.moves_pixels for one in several),
        assets=tuple(dict.fromkeys(asset for one in several for asset in one.assets)),
        needs=tuple(dict.fromkeys(need for one in several for need in one.needs)),
        form=FORM,
        deterministic=all(one.deterministic for one in several),
        host_only=any(one.host_only for one in several),
    )


def rows(links: Sequence[Link], most: Sequence[int], name: str) -> list[tuple[float, ...]]:
    """The severities of the members at each severity of a chain: its own where a member has one.

    Args:
        links: the members.
        most: the strongest severity of each.
        name: of the chain, for messages.

    Returns:
        As many rows as the weakest range of those without their own has levels; one where all have their own.

    Raises:
        SeverityError: a member's own is above its strongest.
    """
    for link, strongest in zip(links, most, strict=True):
        if link.severity is not None and link.severity > strongest:
            raise SeverityError(
                f"chain {name!r}: severity {link.severity:g} of {link.corruption} is above {strongest}, its strongest"
            )
    free = [strongest for link, strongest in zip(links, most, strict=True) if link.severity is None]
    return [
        tuple(float(level if link.severity is None else link.severity) for link in links)
        for level in range(1, min(free, default=1) + 1)
    ]
