"""CIFAR-10-C's layout: CORRUPTION.npy of shape (levels x N, H, W, 3), severity after severity, and labels.npy."""

import json
import operator
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...catalogue import Condition
from ...errors import ExportError, OptionError
from ...loader.samples import Batch
from ...sources import FileSource, Source

PROGRESS = "progress.json"


class ArrayLayout:
    """One array a corruption, under the name .npy.part until all is there; progress.json says which samples are.

    Written with plain seeks and writes: a full disk is then an error, while through a memory map it would end the
    process.
    """

    def __init__(self, folder: Path, plan: Sequence[Condition], source: Source) -> None:
        self.folder, self.plan, self.samples = folder, plan, len(source)
        self.names = list(dict.fromkeys(condition.corruption for condition in plan))
        self.levels = {name: sum(condition.corruption == name for condition in plan) for name in self.names}
        self.complete = all((folder / f"{name}.npy").exists() for name in (*self.names, "labels"))
        if "labels" in self.names:
            raise OptionError(
                "a corruption called labels would be stored as labels.npy, where the labels are; rename it"
            )
        if isinstance(source, FileSource):
            whole_numbers(source.labels)
        self.most = max(*self.levels.values(), labelled(folder / "labels.npy") // self.samples)
        self.shape: tuple[int, ...] | None = None
        self._done: set[int] = set()
        self._read_progress()

    def _read_progress(self) -> None:
        path = self.folder / PROGRESS
        if not path.exists():
            return
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            self.shape, self._done = tuple(map(int, state["shape"])), set(map(int, state["done"]))
            begun = [str(name) for name in state["corruptions"]]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ExportError(
                f"{path} is damaged, so it is not known what was made; choose another folder, or remove this one"
            ) from error
        if begun != self.names:
            raise ExportError(
                f"in {self.folder} an export of {', '.join(begun)} was begun: finish it with the same command "
                "first, or choose another folder"
            )

    def missing(self, ids: np.ndarray) -> list[Condition]:
        """All conditions or none: a batch is noted when all of it is written."""
        return [] if self.complete or self._done.issuperset(ids.tolist()) else list(self.plan)

    def write(self, batch: Batch, condition: Condition, images: np.ndarray) -> None:
        """Into their places in the corruption's array."""
        whole_numbers(batch.labels)  # which are written last, and refused first
        if self.shape is None:
            self.shape = images.shape[1:]
        if images.shape[1:] != self.shape:
            raise OptionError(
                f"one array holds images of one shape; {images.shape[1:]} came after {self.shape}: give a geometry"
            )
        path = self._part(condition.corruption)
        start = (int(condition.severity) - 1) * self.samples
        rows = self.levels[condition.corruption] * self.samples
        put(path, (rows, *self.shape), start + batch.ids, images)

    def finished(self, batch: Batch) -> None:
        """Note the samples, and their labels, which come last so that they are there when the images are."""
        labels = whole_numbers(batch.labels)
        for level in range(self.most):
            put(self._part("labels"), (self.most * self.samples,), level * self.samples + batch.ids, labels)
        self._done.update(batch.ids.tolist())
        state = {"corruptions": self.names, "shape": self.shape, "done": sorted(self._done)}
        part = self.folder / f"{PROGRESS}.part"
        part.write_text(json.dumps(state), encoding="utf-8")
        part.replace(self.folder / PROGRESS)

    def close(self) -> None:
        """Give the arrays their names."""
        for name in (*self.names, "labels"):
            if self._part(name).exists():
                self._part(name).replace(self.folder / f"{name}.npy")
        (self.folder / PROGRESS).unlink(missing_ok=True)

    def _part(self, name: str) -> Path:
        return self.folder / f"{name}.npy.part"


def labelled(path: Path) -> int:
    """How many labels an earlier export has written there, perhaps of a part with more levels; 0 for none."""
    if not path.exists():
        return 0
    try:
        return len(np.load(path, mmap_mode="r"))
    except (ValueError, EOFError) as error:
        raise ExportError(f"{path} is damaged ({error}); remove it, or choose another folder") from error


def whole_numbers(labels: Sequence[Any]) -> np.ndarray:
    """Labels (N,) int64, or OptionError: labels.npy holds nothing else."""
    return np.array([whole_number(label) for label in labels], np.int64)


def whole_number(label: Any) -> int:
    """A label that int64 holds, or OptionError."""
    try:
        return int(np.int64(operator.index(label)))
    except (TypeError, OverflowError, RuntimeError) as error:
        raise OptionError(
            f'labels.npy holds whole numbers, and a label is {label!r}; give numbers, or export with layout="folders"'
        ) from error


def put(path: Path, shape: tuple[int, ...], rows: np.ndarray, values: np.ndarray) -> None:
    """Write rows of an array file of this shape; the file is made where it does not exist."""
    if not path.exists():
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as file:
            header = {"descr": np.lib.format.dtype_to_descr(values.dtype), "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, header)
        fresh.replace(path)
    with path.open("r+b") as file:
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        begin = file.tell()
        size = values[0].nbytes
        # Consecutive rows go in one write.
        for run in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rows) != 1) + 1):
            file.seek(begin + int(rows[run[0]]) * size)
            file.write(np.ascontiguousarray(values[run]).tobytes())
