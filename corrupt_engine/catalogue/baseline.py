"""Reference models that errors are divided by: AlexNet as published with ImageNet-C, or one of your own."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import OptionError


@dataclass(frozen=True)
class Baseline:
    """A reference model by its error rates, on 0..1; they are of the benchmark's own metric.

    Args:
        name: what reports call it.
        clean: its error on the clean images.
        errors: its error under each corruption by name, the mean over the corruption's severities.
        levels: which severities those are; {} for all that the benchmark has which is divided by them.
        flips: the probability that its prediction flips from frame to frame of each sequence, on 0..1; {} where the
            benchmark has none.
        distances: how far its five likeliest classes move from frame to frame, 0 to 15; likewise.
        variant: the severity tables that it was evaluated under; "" where that is not known.
    """

    name: str
    clean: float
    errors: Mapping[str, float]
    levels: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    flips: Mapping[str, float] = field(default_factory=dict)
    distances: Mapping[str, float] = field(default_factory=dict)
    variant: str = ""

    def check(self, levels: Mapping[str, tuple[int, ...]], every: Mapping[str, tuple[int, ...]]) -> None:
        """Refuse numbers that this baseline's errors cannot divide.

        Args:
            levels: the severities of each corruption that the numbers are about.
            every: all severities that the benchmark has of each.

        Raises:
            OptionError: there is no error for one of the corruptions, or it is the mean over other severities.
        """
        self.reference(tuple(levels))
        for name, own in levels.items():
            mine = self.levels.get(name, every[name])
            if mine != own:
                raise OptionError(
                    f"baseline {self.name} has the mean error of {name} over severities {', '.join(map(str, mine))}, "
                    f"the numbers are about {', '.join(map(str, own))}: give a baseline of the same severities (the "
                    "record of another model), or evaluate all"
                )

    def reference(self, corruptions: Sequence[str]) -> np.ndarray:
        """The errors as the functions of `corrupt_engine.metrics` take them.

        Args:
            corruptions: the names, in the order wanted.

        Returns:
            (corruptions,) float64, on 0..1.

        Raises:
            OptionError: there is no error for one of them.
        """
        if missing := [name for name in corruptions if name not in self.errors]:
            raise OptionError(
                f"baseline {self.name} has no error for {', '.join(map(repr, missing))}; it has "
                f"{', '.join(self.errors)}. "
                "Give a baseline that has it: the JSON report of another model, or a file of its errors"
            )
        return np.array([self.errors[name] for name in corruptions])


AGAINST = ("first", "previous")
"""The frame of a sequence that each later one is compared with."""
OWN_BASELINE = Baseline("the benchmark's own", math.nan, {})
"""Says that a benchmark's own baseline is meant, whichever that is."""


def load_baseline(path: str | Path) -> Baseline:
    """A baseline from a JSON file: a report on one model saved as JSON, or {"name": ..., "clean": 0.435, "errors":
    {"fog": 0.82, ...}}.

    Args:
        path: the file. An error in it is a number on 0..1, or the list of its values at the severities, of which the
            mean is taken. "severities" says of each corruption which these are, where they are not all, or of a list
            not the first ones.

    Returns:
        The Baseline.

    Raises:
        OptionError: the file cannot be read, is not JSON, or lacks what a baseline needs.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise OptionError(f"baseline {path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise OptionError(f"baseline {path} is not JSON: {error}") from error
    try:
        if "reports" in found:
            (found,) = found["reports"]
        name = found.get("name") or found["model"]
        clean = found["clean"] if "clean" in found else found["clean_error"]
        levels = {key: tuple(sorted(map(int, own))) for key, own in found.get("severities", {}).items()}
        for key, value in found["errors"].items():
            if isinstance(value, list):
                count = sum(part is not None for part in value)
                if len(levels.setdefault(key, tuple(range(1, count + 1)))) != count:
                    raise ValueError(f"{key} has {count} errors and {len(levels[key])} severities")
        errors = {key: _rate(value) for key, value in found["errors"].items()}
        flips = {key: _rate(value) for key, value in found.get("flip_probability", {}).items()}
        distances = {key: _rate(value, math.inf) for key, value in found.get("top5_distance", {}).items()}
        variant = str(found.get("settings", {}).get("variant", ""))
        return Baseline(str(name), _rate(clean), errors, levels, flips, distances, variant)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise OptionError(
            f"baseline {path} lacks what a baseline needs ({error}): a JSON report on one model, "
            'or {"name": "AlexNet", "clean": 0.435, "errors": {"fog": 0.8193, ...}} with errors on 0..1'
        ) from error


def _rate(value: Any, most: float = 1.0) -> float:
    """A number, a list of numbers, or a report's estimate {"value": ...}, as an error rate, or another number up to
    `most`.
    """
    if isinstance(value, Mapping):
        value = value["value"]
    if isinstance(value, list):
        parts = [_rate(part, most) for part in value if part is not None]
        if not parts:
            raise ValueError("a list without numbers")
        rate = float(np.mean(parts))
    else:
        rate = float(value)
    if not 0.0 <= rate <= most:
        raise ValueError(f"{rate} does not lie on 0..{most:g}")
    return rate
