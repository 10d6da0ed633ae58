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
    "corrupt": "transforms.corrupt",
    "Corrupt": "transforms.transform",
    "content_ids": "transforms.content",
    "frame_order": "transforms.frame_order",
    "corruptions": "catalogue",
    "benchmarks": "catalogue",
    "conditions": "catalogue",
    "corruption": "kernels.registry",
    "Condition": "catalogue",
    "CorruptLoader": "loader.loader",
    "Mixture": "transforms.policies",
    "Grid": "transforms.policies",
    "Frames": "transforms.policies",
    "Cutout": "loader.batch_transforms",
    "MixUp": "loader.batch_transforms",
    "CutMix": "loader.batch_transforms",
    "LabelSmoothing": "loader.batch_transforms",
    "BatchTransform": "loader.batch_transforms",
    "Geometry": "transforms.geometry",
    "sweep": "loader.sweep",
    "evaluate": "evaluation.run",
    "evaluate_with": "evaluation.scoring",
    "merge": "evaluation.merge",
    "Stream": "streams.stream",
    "StreamLoader": "streams.loader",
    "StreamReport": "streams.report",
    "evaluate_stream": "streams.run",
    "save_streams": "streams.saving",
    "Report": "reports.report",
    "ScoreReport": "reports.scores",
    "BenchmarkError": "errors",
    "PluginError": "errors",
    "CorruptEngineError": "errors",
    "UnknownNameError": "errors",
    "SeverityError": "errors",
    "ImageError": "errors",
    "OptionError": "errors",
    "SourceError": "errors",
    "DecodeError": "errors",
    "DeviceError": "errors",
    "StateError": "errors",
    "WorkerError": "errors",
    "MissingExtraError": "errors",
    "MissingTexturesError": "errors",
    "ExportError": "errors",
    "ModelError": "errors",
    "ModelsFailedError": "errors",
    "TrainingError": "errors",
    "RecordError": "errors",
}

_ROOMS = ("sources", "science", "streams")
"""Rooms that are public as they are."""

__all__ = [*_HOMES, *_ROOMS, "__version__"]

if TYPE_CHECKING:
    from . import science, sources, streams
    from .catalogue import Condition, benchmarks, conditions, corruptions
    from .errors import (
        BenchmarkError,
        CorruptEngineError,
        DecodeError,
        DeviceError,
        ExportError,
        ImageError,
        MissingExtraError,
        MissingTexturesError,
        ModelError,
        ModelsFailedError,
        OptionError,
        PluginError,
        RecordError,
        SeverityError,
        SourceError,
        StateError,
        TrainingError,
        UnknownNameError,
        WorkerError,
    )
    from .evaluation.merge import merge
    from .evaluation.run import evaluate
    from .evaluation.scoring import evaluate_with
    from .kernels.registry import corruption
    from .loader.batch_transforms import BatchTransform, CutMix, Cutout, LabelSmoothing, MixUp
    from .loader.loader import CorruptLoader
    from .loader.sweep import sweep
    from .reports.report import Report
    from .reports.scores import ScoreReport
    from .streams.loader import StreamLoader
    from .streams.report import StreamReport
    from .streams.run import evaluate_stream
    from .streams.saving import save_streams
    from .streams.stream import Stream
    from .transforms.content import content_ids
    from .transforms.corrupt import corrupt
    from .transforms.frame_order import frame_order
    from .transforms.geometry import Geometry
    from .transforms.policies import Frames, Grid, Mixture
    from .transforms.transform import Corrupt


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f".{name}", __name__)  # which sets the attribute
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
