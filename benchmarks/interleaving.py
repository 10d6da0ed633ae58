"""Timing in turns: A B B A A B ..., so that a machine that is busy, or speeds up, is so for every side."""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Call = Callable[[], Any]


def interleaved(
    sides: Mapping[str, Call], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Milliseconds of each side in each round, after one round that is not counted; every second round goes
    backwards.
    """
    times: dict[str, list[float]] = {side: [] for side in sides}
    for side, counts in in_turns(sides, rounds):
        start = clock()
        sides[side]()
        elapsed = 1000 * (clock() - start)
        if counts:
            times[side].append(elapsed)
    return times


def in_turns(sides: Iterable[str], rounds: int) -> Iterator[tuple[str, bool]]:
    """Whose turn it is, and whether it counts: a round that does not, then `rounds` that do."""
    forwards = list(sides)
    for number in range(rounds + 1):
        for side in forwards if number % 2 else forwards[::-1]:
            yield side, number > 0


def spread(values: list[float]) -> dict[str, float]:
    """Median and quartiles."""
    if len(values) < 2:
        return {"median": values[0], "low": values[0], "high": values[0]}
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": statistics.median(values), "low": low, "high": high}


def ratio(times: Mapping[str, list[float]], peer: str, ours: str = "ours") -> dict[str, float]:
    """How many times faster ours is: median and quartiles of the ratios made within a round."""
    return spread([theirs / mine for mine, theirs in zip(times[ours], times[peer], strict=True)])


def failure(call: Call) -> str | None:
    """What a call raises, in short, or None: another's library may refuse a size, and the table then says so."""
    try:
        call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:120]
    return None
