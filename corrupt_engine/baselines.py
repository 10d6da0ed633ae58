"""Reference models that errors are divided by: AlexNet as published with ImageNet-C, or one of your own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .errors import OptionError


@dataclass(frozen=True)
class Baseline:
    """Error rates on 0..1: clean, and for each corruption the mean over severities 1 to 5."""

    name: str
    clean: float
    errors: Mapping[str, float]

    def reference(self, corruptions: Sequence[str]) -> np.ndarray:
        """The errors of these corruptions as an array, or OptionError where one is missing."""
        if missing := [name for name in corruptions if name not in self.errors]:
            raise OptionError(
                f"baseline {self.name} has no error for {', '.join(map(repr, missing))}; it has {', '.join(self.errors)}. "
                "Give a baseline that has it: the JSON report of another model, or a file of its errors"
            )
        return np.array([self.errors[name] for name in corruptions])


ALEXNET = Baseline(
    "AlexNet",
    0.435,
    {
        "gaussian_noise": 0.886428,
        "shot_noise": 0.894468,
        "impulse_noise": 0.922640,
        "defocus_blur": 0.819880,
        "glass_blur": 0.826268,
        "motion_blur": 0.785948,
        "zoom_blur": 0.798360,
        "snow": 0.866816,
        "frost": 0.826572,
        "fog": 0.819324,
        "brightness": 0.564592,
        "contrast": 0.853204,
        "elastic_transform": 0.646056,
        "pixelate": 0.717840,
        "jpeg_compression": 0.606500,
        "speckle_noise": 0.845,
        "gaussian_blur": 0.787,
        "spatter": 0.718,
        "saturate": 0.658,
    },
)
"""Source: Hendrycks and Dietterich 2019, and its code."""


def load_baseline(path: str | Path) -> Baseline:
    """A baseline from a JSON file: a report saved as JSON, or {"name": ..., "clean": 0.435, "errors": {"fog": 0.82, ...}}.

    An error is a number on 0..1, or the list of its values at the severities. Raises OptionError where the file is not like that.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise OptionError(f"baseline {path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise OptionError(f"baseline {path} is not JSON: {error}") from error
    try:
        name = found.get("name") or found["model"]
        clean = found["clean"] if "clean" in found else found["clean_error"]
        return Baseline(str(name), _rate(clean), {key: _rate(value) for key, value in found["errors"].items()})
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise OptionError(
            f"baseline {path} lacks what a baseline needs ({error}): a JSON report of this package, "
            'or {"name": "AlexNet", "clean": 0.435, "errors": {"fog": 0.8193, ...}} with errors on 0..1'
        ) from error


def _rate(value: Any) -> float:
    """A number, a list of numbers, or a report's estimate {"value": ...}, as an error rate."""
    if isinstance(value, Mapping):
        value = value["value"]
    rate = float(np.mean([_rate(part) for part in value])) if isinstance(value, list) else float(value)
    if not 0.0 <= rate <= 1.0:
        raise ValueError(f"{rate} does not lie on 0..1")
    return rate
