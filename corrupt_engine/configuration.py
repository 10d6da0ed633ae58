"""What fixes the numbers of an evaluation, and what does not but belongs on record."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from . import __version__
from .catalogue import CLEAN, SEVERITIES, Condition, corruptions, variant_for
from .errors import DecodeError
from .fingerprints import data_fingerprint, model_fingerprint
from .labelling import Labels
from .loader import CorruptLoader
from .models import LoadedModel
from .recipe import check_condition

PACKAGES = ("numpy", "numba", "pillow", "torch", "nvidia-dali-cuda130", "nvidia-dali-cuda120", "cupy-cuda13x", "cupy-cuda12x")


def trial_conditions(benchmark: str, trials: int) -> tuple[Condition, ...]:
    """The clean condition once, then every corruption of the benchmark at every severity in every trial."""
    return (CLEAN, *(Condition(name, s, t) for t in range(trials) for name in corruptions(benchmark) for s in SEVERITIES))


def describe(model: LoadedModel, loader: CorruptLoader, benchmark: str, trials: int, labels: Labels) -> dict[str, Any]:
    """What must be equal for two runs to have the same numbers."""
    return {
        **describe_bytes(loader, benchmark),
        "trials": trials,
        "mean": plain(model.mean),
        "std": plain(model.std),
        "scores": model.scores,
        "model": {"name": model.name, "fingerprint": model_fingerprint(model.function)},
        "data": {
            **describe_data(loader),
            "labels": None if labels.mapping is None else sorted((str(key), int(value)) for key, value in labels.mapping.items()),
        },
    }


def describe_bytes(loader: CorruptLoader, benchmark: str) -> dict[str, Any]:
    """What, besides the data, fixes the bytes of the corrupted images; also checks that each condition can be made."""
    for name in corruptions(benchmark):
        check_condition(Condition(name, 3), loader.settings)
    return {
        "corrupt_engine": __version__,
        "benchmark": benchmark,
        "seed": loader.settings.seed,
        "variant": loader.settings.variant or variants(loader),
        "as_stored": loader.settings.as_stored,
        "textures": loader.settings.textures,
        "geometry": repr(loader.geometry),
    }


def describe_data(loader: CorruptLoader) -> dict[str, Any]:
    """Which images they are."""
    return {"samples": len(loader.source), "fingerprint": data_fingerprint(loader.source)}


def variants(loader: CorruptLoader) -> str:
    """The severity tables that the pictures' sizes call for, judged by eight pictures where the geometry does not fix the size."""
    places = np.unique(np.linspace(0, len(loader.source) - 1, 8).astype(int)).tolist()
    found = set()
    for index in places if loader.geometry.crop is None else places[:1]:
        try:
            image, _ = loader.source.decode(index)
        except DecodeError:
            continue
        found.add(variant_for(*loader.geometry(image).shape[:2]))
    return " ".join(sorted(found))


def plain(value: Any) -> Any:
    """A mean or deviation as JSON has it."""
    return None if value is None else np.asarray(value, dtype=np.float64).tolist()


def run_facts(loader: CorruptLoader, labels: Labels, processes: int) -> Mapping[str, Any]:
    """Versions, the kind of machine (no name of it), and what the classes are called."""
    return {
        "versions": {"python": platform.python_version(), **{name: found for name in PACKAGES if (found := installed(name))}},
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "processes": processes,
        "backend": loader.backend,
        "batch_size": loader.batch_size,
        "class_names": list(labels.class_names),
    }


def installed(package: str) -> str | None:
    """The version of a package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
