"""Opening a record's file, and SQLite's errors in words."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..errors import RecordError
from .schema import APPLICATION_ID, VERSION
from .seal import WAY_OUT


class FileKind(NamedTuple):
    """What an SQLite file is known by.

    Args:
        application_id: in its header.
        version: of its schema.
        words: what messages call it.
    """

    application_id: int
    version: int
    words: str


EVALUATION = FileKind(APPLICATION_ID, VERSION, "record of an evaluation")
MEMORY = ":memory:"
PATIENCE = 30.0  # seconds that a writer waits for another's commit


@contextlib.contextmanager
def explained(path: Path | str) -> Iterator[None]:
    """SQLite's errors as RecordError, with the file and the way out."""
    try:
        yield
    except sqlite3.Error as error:
        raise RecordError(f"record {path}: {_words(error)}") from error
    except UnicodeDecodeError as error:  # in the text of one of SQLite's errors, which quotes what is damaged
        raise RecordError(f"record {path} is damaged: its tables cannot be read; {WAY_OUT}") from error


@contextlib.contextmanager
def undamaged(path: Path | str) -> Iterator[None]:
    """`explained` for what reads: whatever goes wrong with what a record holds, the record is at fault."""
    try:
        with explained(path):
            yield
    except RecordError:
        raise
    except MemoryError as error:
        raise RecordError(f"record {path} does not fit into memory, or is damaged") from error
    except Exception as error:
        raise RecordError(f"record {path} is damaged ({type(error).__name__}: {error}); {WAY_OUT}") from error


def _words(error: sqlite3.Error) -> str:
    text = str(error)
    if "disk is full" in text or "disk I/O error" in text:
        return f"{text}; all that was recorded before is kept: make room and run the same command again, it continues"
    if "readonly" in text or "unable to open" in text:
        return f"{text}; the file and its folder must be writable: choose another place"
    if "locked" in text:
        return f"{text}; another evaluation is writing to it: wait for it, or use another file"
    if "not a database" in text or "malformed" in text:
        return f"{text}; it is no record, or it is damaged: choose another file"
    return f"{text}; if this stays, it is damaged: choose another file"


def connect(path: Path | str, kind: FileKind = EVALUATION, patience: float = PATIENCE) -> sqlite3.Connection:
    """The open file; it is made where it does not exist. Raises RecordError.

    The journal is SQLite's default one, not the write-ahead log: the record stays one file and also works on network
    disks. synchronous=FULL makes a commit survive a power cut.
    """
    with explained(path):
        if path != MEMORY:
            try:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise RecordError(
                    f"record {path}: its folder cannot be made: {error.strerror or error}; choose another place"
                ) from error
        connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")  # a damaged page is noticed before it is followed
            check_kind(connection, path, kind)
        except BaseException:
            connection.close()
            raise
        return connection


def is_new(connection: sqlite3.Connection) -> bool:
    """Whether the file holds nothing yet."""
    return bool(connection.execute("SELECT count(*) = 0 FROM sqlite_master").fetchone()[0])


def check_kind(connection: sqlite3.Connection, path: Path | str, kind: FileKind) -> None:
    """RecordError unless the file is empty or of a kind and this version of its schema."""
    if is_new(connection):
        return
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != kind.application_id:
        raise RecordError(f"{path} is an SQLite file, but no {kind.words}; choose another file")
    if version != kind.version:
        raise RecordError(
            f"record {path} has schema version {version}, this version of corrupt-engine reads {kind.version}; choose "
            "another file"
        )
