"""The exceptions. Each message names the thing, the value, what is allowed, and the way out."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MOST_NAMES = 40
"""Allowed names that a message lists; of more it gives the first few, and the nearest ones."""


class CorruptEngineError(Exception):
    """Base of everything this package raises on purpose."""


class UnknownNameError(CorruptEngineError, ValueError):
    """A corruption, benchmark, variant or option that does not exist; the nearest names are in the message.

    Args:
        kind: what was named, for the message: "corruption", "benchmark", ...
        name: what was given.
        allowed: the names that there are; of more than MOST_NAMES the message gives the first few.
    """

    def __init__(self, kind: str, name: object, allowed: Iterable[str]) -> None:
        names = list(dict.fromkeys(allowed))
        self._made_of = (kind, name, names)
        lower = {other.lower(): other for other in names}
        near = [lower[found] for found in difflib.get_close_matches(str(name).lower(), lower, n=3, cutoff=0.5)]
        hint = f"did you mean {' or '.join(repr(n) for n in near)}? " if near else ""
        shown = ", ".join(names) if len(names) <= MOST_NAMES else f"{', '.join(names[:3])} and {len(names) - 3:,} more"
        super().__init__(f"unknown {kind} {name!r}: {hint}allowed are {shown}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), self._made_of


class BenchmarkError(CorruptEngineError, ValueError):
    """A benchmark file that does not say what one must; the message names file, table and key."""


class PluginError(CorruptEngineError, RuntimeError):
    """What another package adds to this one, and cannot be loaded."""


class SeverityError(CorruptEngineError, ValueError):
    """A severity that is no number from 0 to the strongest level."""


class ImageError(CorruptEngineError, ValueError):
    """An image array of the wrong type, shape, channel count or place."""


class OptionError(CorruptEngineError, ValueError):
    """An option with a value it cannot have."""


class SourceError(CorruptEngineError, ValueError):
    """A source of images that cannot be used: missing, empty, or of an unknown kind."""


class DecodeError(CorruptEngineError, RuntimeError):
    """A file that is no readable image."""


class WorkerError(CorruptEngineError, RuntimeError):
    """A worker process that was killed, or that did not answer in time."""


class StateError(CorruptEngineError, ValueError):
    """A saved position that belongs to another loader, or that this one cannot continue from."""


class MissingExtraError(CorruptEngineError, RuntimeError):
    """Something optional that was asked for and is not installed.

    Args:
        what: what is missing.
        extra: the extra of this package that brings it, as in `pip install "corrupt-engine[extra]"`.
        instead: another way out, in words; "" for none.
    """

    def __init__(self, what: str, extra: str, instead: str = "") -> None:
        self._made_of = (what, extra, instead)
        way = f'install it with: pip install "corrupt-engine[{extra}]"'
        super().__init__(f"{what} is not installed; {way}{f', or {instead}' if instead else ''}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), self._made_of


class DeviceError(CorruptEngineError, RuntimeError):
    """A device that was asked for and cannot be used."""


class MissingTexturesError(CorruptEngineError, RuntimeError):
    """What images are made of besides themselves was not found, or is not the published: frost's photographs, or a bank
    of tiles for stickers and mosaics.
    """


class RecordError(CorruptEngineError, RuntimeError):
    """The record of an evaluation cannot be written, cannot be read, or belongs to another evaluation."""


class ModelError(CorruptEngineError, RuntimeError):
    """A model that cannot be loaded: its hub cannot be reached, its file is none, or its code fails."""


class ModelsFailedError(ModelError):
    """Of several models that were evaluated together some failed; the others were evaluated to the end.

    Args:
        names: what the models are called.
        failures: by the model's number, from 0, what it raised.
        reports: of each model its Report, or None where it failed.

    Attributes:
        failures: as given.
        reports: as given.
    """

    def __init__(self, names: Sequence[str], failures: Mapping[int, Exception], reports: Sequence[Any]) -> None:
        self.names, self.failures, self.reports = list(names), dict(failures), list(reports)
        told = "; ".join(f"{names[n]}: {error}" for n, error in sorted(failures.items()))
        others = ", ".join(name for name, report in zip(names, reports, strict=True) if report is not None)
        rest = f"; evaluated to the end: {others}" if others else ""
        super().__init__(f"{len(failures)} of {len(names)} models failed: {told}{rest}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.names, self.failures, self.reports)


class TrainingError(CorruptEngineError, RuntimeError):
    """A training that came to nothing: its loss is no number any more."""


class ExportError(CorruptEngineError, RuntimeError):
    """An export's folder cannot be written, or holds another export."""
