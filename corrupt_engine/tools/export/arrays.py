"""CIFAR-10-C's layout: CORRUPTION.npy of shape (levels x N, H, W, 3), severity after severity, and labels.npy."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...catalogue import Condition
from ...errors import OptionError
from ...loader.samples import Batch
from ...sources import Source

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
        state = json.loads((folder / PROGRESS).read_text(encoding="utf-8")) if (folder / PROGRESS).exists() else {}
        self.done: list[int] = state.get("done", [])
        self.shape: tuple[int, ...] | None = tuple(state["shape"]) if "shape" in state else None
        self._done = set(self.done)

    def missing(self, ids: np.ndarray) -> list[Condition]:
        """All conditions or none: a batch is noted when all of it is written."""
        return [] if self.complete or self._done.issuperset(ids.tolist()) else list(self.plan)

    def write(self, batch: Batch, condition: Condition, images: np.ndarray) -> None:
        """Into their places in the corruption's array."""
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
        labels = np.array([int(label) for label in batch.labels], np.int64)
        most = max(self.levels.values())
        for level in range(most):
            put(self._part("labels"), (most * self.samples,), level * self.samples + batch.ids, labels)
        self._done.update(batch.ids.tolist())
        part = self.folder / f"{PROGRESS}.part"
        part.write_text(json.dumps({"shape": self.shape, "done": sorted(self._done)}), encoding="utf-8")
        part.replace(self.folder / PROGRESS)

    def close(self) -> None:
        """Give the arrays their names."""
        for name in (*self.names, "labels"):
            if self._part(name).exists():
                self._part(name).replace(self.folder / f"{name}.npy")
        (self.folder / PROGRESS).unlink(missing_ok=True)

    def _part(self, name: str) -> Path:
        return self.folder / f"{name}.npy.part"


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
