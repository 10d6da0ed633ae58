"""What is kept of a run over a stream: the answers so far together with the state of the model that gave them, in one
SQLite file, so that a killed run goes on with the model as it was.
"""

import contextlib
import io
import json
import random
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..devices import kinds
from ..errors import RecordError
from ..metrics.predictions import Predictions
from ..records.connection import MEMORY, FileKind, connect, explained, is_new
from ..records.differences import differences, flat

STREAM = FileKind(0x63657374, 1, "record of a stream")  # "cest"
PATIENCE = 1.0  # seconds: whoever writes a stream's record holds it to the end
TABLES = """
CREATE TABLE configuration (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE answers (
    start INTEGER PRIMARY KEY, ids BLOB NOT NULL, stages BLOB NOT NULL, labels BLOB NOT NULL,
    prediction BLOB NOT NULL, confidence BLOB NOT NULL, rank BLOB NOT NULL
);
CREATE TABLE state (start INTEGER PRIMARY KEY, data BLOB NOT NULL);
"""
COLUMNS = {"ids": "<i8", "stages": "<i8", "labels": "<i8", "prediction": "<i4", "confidence": "<f4", "rank": "<i4"}


class StreamRecord:
    """An open record of a stream.

    Args:
        path: the file; None keeps it in memory.
        configuration: what fixes the answers.
        facts: what does not.

    Raises:
        RecordError: the file cannot be used, is no record of a stream, or holds answers of another run.
    """

    def __init__(self, path: Path | None, configuration: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        self.path: Path | str = MEMORY if path is None else path
        self.connection = connect(self.path, STREAM, PATIENCE)
        try:
            with explained(self.path):
                self._begin({key: json.dumps(value) for key, value in flat(configuration).items()}, facts)
        except BaseException:
            self.connection.close()
            raise

    def _begin(self, wanted: dict[str, str], facts: Mapping[str, Any]) -> None:
        self.connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self.connection.execute("BEGIN EXCLUSIVE")
        if is_new(self.connection):
            for statement in TABLES.split(";")[:-1]:
                self.connection.execute(statement)
            self.connection.execute(f"PRAGMA application_id = {STREAM.application_id}")
            self.connection.execute(f"PRAGMA user_version = {STREAM.version}")
        found = dict(self.connection.execute("SELECT key, value FROM configuration"))
        old, new = ({key: json.loads(text) for key, text in of.items()} for of in (found, wanted))
        (answered,) = self.connection.execute("SELECT count(*) FROM state").fetchone()
        if answered and (different := differences(old, new)):
            raise RecordError(
                f"record {self.path} belongs to another run: {'; '.join(different)}. Give the same configuration to "
                "continue it, or another file"
            )
        if not answered:  # new, or of a run that failed before its first answer, such as one with a wrong option
            self.connection.execute("DELETE FROM configuration")
            self.connection.executemany("INSERT INTO configuration VALUES (?, ?)", wanted.items())
        rows = [(key, json.dumps(value)) for key, value in facts.items()]
        self.connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", rows)
        self.connection.execute("COMMIT")

    def state(self) -> tuple[int, bytes | None]:
        """How many samples are answered, and the model's state then; None where the model has none."""
        with explained(self.path):
            rows = self.connection.execute("SELECT start, data FROM state").fetchall()
        return (rows[0][0], rows[0][1] or None) if rows else (0, None)

    def forget(self) -> None:
        """Begin anew."""
        with explained(self.path):
            self.connection.execute("BEGIN")
            self.connection.execute("DELETE FROM answers")
            self.connection.execute("DELETE FROM state")
            self.connection.execute("COMMIT")

    def keep(self, answers: "list[tuple[int, dict[str, np.ndarray]]]", start: int, state: bytes) -> None:
        """Answers, and the state of the model after them, in one transaction."""
        with explained(self.path):
            self.connection.execute("BEGIN")
            for first, columns in answers:
                values = [columns[name].astype(kind).tobytes() for name, kind in COLUMNS.items()]
                self.connection.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)", (first, *values))
            self.connection.execute("DELETE FROM state")
            self.connection.execute("INSERT INTO state VALUES (?, ?)", (start, state))
            self.connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


def read(path: Path) -> "Contents":
    """What a file holds; RecordError where there is none."""
    if not path.is_file():
        raise RecordError(f"record {path} does not exist")
    with contextlib.closing(connect(path, STREAM, PATIENCE)) as connection, explained(path):
        return contents(connection)


class Contents(NamedTuple):
    """What a record holds: the configuration by dotted keys, facts, columns of answers (T,), and how many samples are
    answered.
    """

    configuration: dict[str, Any]
    facts: dict[str, Any]
    columns: dict[str, np.ndarray]
    done: int


def contents(connection: sqlite3.Connection) -> Contents:
    """What an open record holds."""
    configuration, facts = (
        {key: json.loads(text) for key, text in connection.execute(f"SELECT key, value FROM {table}")}
        for table in ("configuration", "facts")
    )
    rows = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM answers ORDER BY start").fetchall()
    done = connection.execute("SELECT max(start) FROM state").fetchone()[0] or 0
    columns = {
        name: np.concatenate([np.empty(0, kind), *(np.frombuffer(row[n], kind) for row in rows)])
        for n, (name, kind) in enumerate(COLUMNS.items())
    }
    return Contents(configuration, facts, columns, done)


def columns_of(ids: np.ndarray, stages: np.ndarray, labels: np.ndarray, found: Predictions) -> dict[str, np.ndarray]:
    """A batch's rows."""
    given = (ids, stages, labels, found.prediction, found.confidence, found.rank)
    return dict(zip(COLUMNS, given, strict=True))


def can_be_kept(model: Any) -> bool:
    """Whether a model says what state it is in."""
    return hasattr(model, "state_dict") and hasattr(model, "load_state_dict")


def optimizers(model: Any) -> dict[str, Any]:
    """The torch optimizers that a module and its parts hold, by the names of the attributes."""
    import torch

    parts = model.named_modules() if isinstance(model, torch.nn.Module) else [("", model)]
    return {
        f"{name}.{key}": value
        for name, part in parts
        for key, value in vars(part).items()
        if isinstance(value, torch.optim.Optimizer)
    }


def packed(model: Any) -> bytes:
    """All that the model's next answers follow from besides the images: its weights and buffers, its optimizers, and
    the generators of torch, NumPy and Python; empty for a model that does not say.
    """
    import torch

    if not can_be_kept(model):
        return b""
    _kind, keys, place, has_gauss, gauss = np.random.get_state(legacy=True)
    version, words, gauss_next = random.getstate()
    held = {
        "model": model.state_dict(),
        "optimizers": {name: one.state_dict() for name, one in optimizers(model).items()},
        "torch": {kind: device.generators() for kind, device in kinds().items()},
        "numpy": (torch.from_numpy(np.asarray(keys).astype(np.int64)), place, has_gauss, gauss),
        "python": (version, list(words), gauss_next),
    }
    buffer = io.BytesIO()
    torch.save(held, buffer)
    return buffer.getvalue()


def unpack(model: Any, data: bytes, path: Path | str) -> None:
    """Bring the model, its optimizers and the generators to the state that was kept; RecordError where they are not
    the same kind of model.
    """
    import torch

    try:
        held = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        model.load_state_dict(held["model"])
        there = optimizers(model)
        if there.keys() != held["optimizers"].keys():
            raise ValueError(f"optimizers {sorted(there)}, where {sorted(held['optimizers'])} were kept")
        for name, one in there.items():
            one.load_state_dict(held["optimizers"][name])
    except Exception as error:
        raise RecordError(
            f"record {path}: the model's state cannot be taken up again ({str(error).splitlines()[0]}); give the same "
            "model, whose state_dict() holds tensors and plain values, or another file"
        ) from error
    for kind, device in kinds().items():
        if states := held["torch"].get(kind):
            device.set_generators(states)
    keys, place, has_gauss, gauss = held["numpy"]
    np.random.set_state(("MT19937", keys.numpy().astype(np.uint32), place, has_gauss, gauss))
    version, words, gauss_next = held["python"]
    random.setstate((version, tuple(words), gauss_next))
