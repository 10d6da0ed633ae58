"""ImageNet-C style corruptions, made on the fly inside the data loader: faithful, keyed, fast.

    >>> import numpy as np, corrupt_engine as ce
    >>> image = np.full((224, 224, 3), 128, np.uint8)
    >>> ce.corrupt(image, "gaussian_noise", severity=3).shape
    (224, 224, 3)

The names below are the whole public surface; each is imported when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "corrupt": "corrupting",
    "corruptions": "catalogue",
    "benchmarks": "catalogue",
    "Condition": "catalogue",
    "CorruptLoader": "loader",
    "Mixture": "assignment",
    "Grid": "assignment",
    "Geometry": "geometry",
    "sweep": "sweeping",
    "evaluate": "evaluation",
    "Report": "report",
    "CorruptEngineError": "errors",
    "UnknownNameError": "errors",
    "SeverityError": "errors",
    "ImageError": "errors",
    "OptionError": "errors",
    "SourceError": "errors",
    "DecodeError": "errors",
    "StateError": "errors",
    "WorkerError": "errors",
    "MissingExtraError": "errors",
    "MissingTexturesError": "errors",
    "ExportError": "errors",
    "ModelError": "errors",
    "RecordError": "errors",
}

__all__ = [*_HOMES, "__version__"]

if TYPE_CHECKING:
    from .assignment import Grid, Mixture
    from .catalogue import Condition, benchmarks, corruptions
    from .corrupting import corrupt
    from .errors import (
        CorruptEngineError,
        DecodeError,
        ExportError,
        ImageError,
        MissingExtraError,
        MissingTexturesError,
        ModelError,
        OptionError,
        RecordError,
        SeverityError,
        SourceError,
        StateError,
        UnknownNameError,
        WorkerError,
    )
    from .evaluation import evaluate
    from .geometry import Geometry
    from .loader import CorruptLoader
    from .report import Report
    from .sweeping import sweep


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
