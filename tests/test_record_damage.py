"""Records that are damaged, held by another process, or on a disk that fills up."""

import contextlib
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine.catalogue import CLEAN, Condition
from corrupt_engine.metrics.predictions import Predictions
from corrupt_engine.records import Record, held_of, holder, read_results, release, schema, seal, store
from corrupt_engine.records import connection as connecting

from .tiny import Killed, TinyImages, TinyModel, evaluate, same_answers

EXTRA = "imagenet-c-extra"
PAGE = 4096


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A complete record of several sessions, with skipped files, ids that are no range, and pictures."""
    path = tmp_path_factory.mktemp("whole") / "r.sqlite"
    with pytest.raises(Killed):
        evaluate(TinyModel(calls=30), benchmark=EXTRA, record=path)
    evaluate(benchmark=EXTRA, record=path, batch_size=3, mistakes=3)
    return path


def same(a, b):
    """Whether all that two results say is equal, to the last bit."""
    others = (
        "model", "benchmark", "settings", "run", "class_names", "image_pairs", "examples", "skipped", "planned",
        "names", "unlabelled",
    )  # fmt: skip
    return (
        same_answers(a, b)
        and np.array_equal(a.ids, b.ids)
        and all(repr(getattr(a, name)) == repr(getattr(b, name)) for name in others)
    )


def query(path, statement, *values):
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def removed_row(chance, path):
    table = chance.choice(list(schema.COLUMNS))
    rows = query(path, f"SELECT * FROM {table}")
    if rows:
        key, value = next(iter(schema.COLUMNS[table])), chance.choice(rows)[0]
        query(path, f"DELETE FROM {table} WHERE {key} = ?", value)


def changed_value(chance, path):
    table, column, other = chance.choice(
        [
            ("answer", "first", "first + 100"),
            ("answer", "count", "count - 1"),
            ("answer", "prediction", "rank"),
            ("label", "labels", "(SELECT prediction FROM answer)"),
            ("label", "names", "(SELECT labels FROM label)"),
            ("condition", "severity", "severity + 5"),
            ("skipped", "reason", "'x'"),
            ("session", "facts", "'{}'"),
            ("configuration", "value", "'3'"),
            ("picture", "name", "name || 'x'"),
            ("example", "severity", "severity + 1"),
        ]
    )
    with contextlib.suppress(sqlite3.Error):
        query(path, f"UPDATE {table} SET {column} = {other}")


def mutate(chance, path):
    """Change the file in one of eight ways."""
    data, way = bytearray(path.read_bytes()), chance.randrange(8)
    if way == 6:
        return removed_row(chance, path)
    if way == 7:
        return changed_value(chance, path)
    pages = len(data) // PAGE
    if way < 3:
        for _ in range(chance.choice([1, 1, 2, 10, 100])):
            at = chance.randrange(len(data)) if way else chance.randrange(100)
            data[at] = data[at] ^ 1 << chance.randrange(8) if chance.random() < 0.5 else chance.randrange(256)
    elif way == 3:
        data = data[
            : chance.choice([chance.randrange(len(data)), PAGE * chance.randrange(pages), chance.randrange(200)])
        ]
    elif way == 4:
        a, b = (PAGE * n for n in chance.choices(range(pages), k=2))
        data[a : a + PAGE], data[b : b + PAGE] = data[b : b + PAGE], data[a : a + PAGE]
    else:
        a, b = (PAGE * n for n in chance.choices(range(pages), k=2))
        data[a : a + PAGE] = data[b : b + PAGE] if chance.random() < 0.5 else bytes(PAGE)
    path.write_bytes(data)


@pytest.mark.timeout(120)
def test_a_thousand_mutated_records(whole, tmp_path):
    """The same results, or a RecordError: never a traceback, never another number."""
    chance, right, path = random.Random(11), read_results(whole), tmp_path / "r.sqlite"
    outcomes = {"equal": 0, "refused": 0}
    for n in range(1000):
        shutil.copy(whole, path)
        mutate(chance, path)
        try:
            found = read_results(path, partial=chance.random() < 0.5)
        except ce.RecordError as error:
            assert "r.sqlite" in str(error), n
            outcomes["refused"] += 1
            continue
        assert same(found, right), n
        outcomes["equal"] += 1
    assert min(outcomes.values()) > 100


@pytest.mark.timeout(120)
def test_a_damaged_record_is_not_continued(whole, tmp_path):
    """What is continued is what was written: otherwise the new seal would be one of wrong rows."""
    chance, right, path = random.Random(12), ce.Report.load(whole), tmp_path / "r.sqlite"
    refused = 0
    for _ in range(40):
        shutil.copy(whole, path)
        mutate(chance, path)
        if not path.stat().st_size:
            continue
        try:
            report = evaluate(benchmark=EXTRA, record=path, mistakes=3)
        except ce.RecordError:
            refused += 1
            continue
        assert same_answers(report, right)
    assert refused > 10


def reseal(path):
    """The record as somebody would write it who means harm: its seal fits what it holds."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        found = seal.Seal(
            {
                table: connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
                for table, columns in schema.COLUMNS.items()
            }
        )
        found.changed.update(schema.COLUMNS)
        found.write(connection)


@pytest.mark.parametrize("column", ["prediction", "ids"])
def test_a_blob_that_unpacks_to_more_than_it_should(whole, tmp_path, column):
    """Sixty-four million numbers in a small file, in a record whose seal fits."""
    path = tmp_path / "r.sqlite"
    shutil.copy(whole, path)
    reseal(path)
    assert same(read_results(path), read_results(whole))
    query(path, f"UPDATE answer SET {column} = ? WHERE condition = 3", zlib.compress(bytes(1 << 28), 9))
    reseal(path)
    tracemalloc.start()
    try:
        with pytest.raises(ce.RecordError, match=r"is damaged \(ValueError: (an array is not of|sample ids)"):
            read_results(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 24
    finally:
        tracemalloc.stop()
    query(path, "UPDATE answer SET count = 1 << 40")
    reseal(path)
    with pytest.raises(ce.RecordError, match=r"is damaged \(ValueError: (there are|an array is not of) 1099511627776"):
        read_results(path)


HOLD = """
import sys, time
from corrupt_engine.catalogue import CLEAN
from corrupt_engine.records import Record
record = Record(sys.argv[1], {"seed": 0}, (CLEAN,))
print("held", flush=True)
sys.stdin.readline()
record.close()
"""


@contextlib.contextmanager
def other_process(path):
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent
    ) as process:
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()


def opened(path, **more):
    return Record(path, {"seed": 0, **more}, (CLEAN,))


def predictions(count):
    return Predictions(np.zeros(count, np.int32), np.full(count, 0.5, np.float32), np.zeros(count, np.int32))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process is not seen to have ended")
def test_two_processes_on_one_record(tmp_path):
    """The second is told who has it; when the first was killed, it takes over at once."""
    path = tmp_path / "r.sqlite"
    with other_process(path) as other:
        with pytest.raises(ce.RecordError) as caught:
            opened(path)
        assert f"is being written by process {other.pid} on {socket.gethostname()}, since 20" in str(caught.value)
        assert "wait for it, or use another file" in str(caught.value)
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and nobody has asked how
        opened(path).close()
    with other_process(path):
        pass
    opened(path).close()
    assert query(path, "SELECT * FROM holder") == [] and [file.name for file in tmp_path.iterdir()] == ["r.sqlite"]


def test_names_that_unpack_to_more_than_they_should(whole, tmp_path):
    path = tmp_path / "r.sqlite"
    shutil.copy(whole, path)
    query(path, "UPDATE label SET names = ?", zlib.compress(b'["' + bytes(1 << 28) + b'"]', 9))
    reseal(path)
    tracemalloc.start()
    try:
        with pytest.raises(ce.RecordError, match=r"is damaged \(ValueError: a list is not of \d names"):
            read_results(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 24
    finally:
        tracemalloc.stop()
    query(path, "UPDATE label SET names = ?", zlib.compress(b'["one"]'))
    reseal(path)
    with pytest.raises(ce.RecordError, match=r"a list is not of \d names"):
        read_results(path)


def test_two_records_of_one_process(tmp_path):
    first = opened(tmp_path / "r.sqlite")
    with pytest.raises(ce.RecordError, match=rf"written by process {os.getpid()} \(this one\) on"):
        opened(tmp_path / "r.sqlite")
    del first  # never closed: it holds nobody up
    opened(tmp_path / "r.sqlite").close()


def test_a_record_that_another_machine_holds(tmp_path, monkeypatch):
    path = tmp_path / "r.sqlite"
    first = opened(path)
    with monkeypatch.context() as patch:
        patch.setattr(socket, "gethostname", lambda: "elsewhere")
        patch.setattr(holder, "machine", lambda: "another")
        with pytest.raises(ce.RecordError, match=r"run the same command again in \d+ s, or call .*records.release\("):
            opened(path)
        patch.setattr(holder, "HEARD", 0.0)  # nothing was heard of it for too long
        second = opened(path)
        second.add(CLEAN, np.arange(4), predictions(4))
        second.flush()
    with pytest.raises(ce.RecordError, match=r"was taken over from this process; now it is process .* on elsewhere"):
        first.add(CLEAN, np.arange(4), predictions(4))
    first.close()
    second.close()
    first = opened(path)
    release(path)
    assert first.done()[CLEAN].tolist() == [0, 1, 2, 3]
    opened(path).close()
    with pytest.raises(ce.RecordError, match="there is no record"):
        release(tmp_path / "none")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere machines are told apart by their names")
@pytest.mark.parametrize("part", ["boot", "namespace"])
@pytest.mark.parametrize("number", ["own", "parent's", "none"])
def test_containers_that_share_a_name_and_a_disk(tmp_path, part, number):
    """Their processes' numbers, names and beginnings may all be equal: what one holds is not taken by the other."""
    path, boot_and_namespace = tmp_path / "r.sqlite", holder.machine().split()
    boot_and_namespace[part == "namespace"] = "another"
    first = opened(path)
    pid = {"own": os.getpid(), "parent's": os.getppid(), "none": 2**22 + 1}[number]
    row = "UPDATE holder SET token = 'theirs', pid = ?, started = ?, machine = ?"
    query(path, row, pid, holder.start_of(os.getpid()), " ".join(boot_and_namespace))
    with pytest.raises(ce.RecordError) as caught:
        opened(path)
    assert f"written by process {pid} on {socket.gethostname()}, since 20" in str(caught.value)
    assert "run the same command again in 1" in str(caught.value)
    query(path, "UPDATE holder SET heard = heard - 121")
    opened(path).close()
    first.close()


def test_a_process_number_that_was_given_anew(tmp_path):
    path = tmp_path / "r.sqlite"
    first = opened(path)
    query(path, "UPDATE holder SET pid = ?, started = '1'", os.getppid())
    if sys.platform == "linux":
        opened(path).close()
    with pytest.raises(ce.RecordError, match="taken over"):
        first.add(CLEAN, np.arange(4), predictions(4))
        query(path, "DELETE FROM holder")
        first.flush()
    first.close()


def test_reading_needs_no_hold(whole, tmp_path):
    path = tmp_path / "r.sqlite"
    shutil.copy(whole, path)
    settings = read_results(whole).settings
    query(path, "INSERT INTO holder VALUES ('x', 1, 'elsewhere', 'another', '', ?, ?)", time.time(), time.time())
    assert read_results(path).settings == settings


def small(monkeypatch, pages):
    real = connecting.connect

    def connect(path):
        connection = real(path)
        connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own way of a disk that fills up
        return connection

    monkeypatch.setattr(store, "connect", connect)


@pytest.mark.parametrize("pages", [1, 2, 4, 7, 9, 10, 11, 12, 14])
def test_a_disk_that_is_full_at_any_moment(tmp_path, pages):
    """The first error is the one that is raised; what is left is read without a traceback, and can be continued."""
    path, source = tmp_path / "r.sqlite", TinyImages(40)
    with pytest.MonkeyPatch.context() as patch:
        small(patch, pages)
        patch.setattr(store, "SAVE_EVERY", 0.0)
        with pytest.raises(ce.RecordError, match=r"disk is full.*make room") as caught:
            evaluate(source=source, benchmark=EXTRA, record=path)
        assert "no transaction" not in str(caught.value) and caught.value.__context__ is caught.value.__cause__
    with pytest.raises(ce.RecordError, match=r"is empty|no image has all|is not finished"):
        read_results(path)
    if pages in (7, 14):
        assert same_answers(evaluate(source=source, benchmark=EXTRA, record=path), ce.Report.load(path))


def test_a_commit_that_fails(tmp_path):
    """Not the commit at the end, which has nothing left to commit."""

    class Failing:
        def __init__(self, connection):
            self.connection, self.left = connection, 1

        def execute(self, statement, *values):
            if statement == "COMMIT" and not self.left:
                self.connection.execute("ROLLBACK")
                raise sqlite3.OperationalError("disk I/O error")
            self.left -= statement == "COMMIT"
            return self.connection.execute(statement, *values)

        def __getattr__(self, name):
            return getattr(self.connection, name)

    path = tmp_path / "r.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "connect", lambda path, real=connecting.connect: Failing(real(path)))
        with (
            pytest.raises(ce.RecordError, match="disk I/O error; all that was recorded before is kept"),
            opened(path) as r,
        ):
            r.add(CLEAN, np.arange(4), predictions(4))
            r.flush()
    with opened(path) as record:
        assert record.done()[CLEAN].tolist() == []


def test_what_was_written_before_a_failure_is_not_written_twice(tmp_path, monkeypatch):
    record = opened(tmp_path / "r.sqlite")
    monkeypatch.setattr(record, "_seal", None)
    with pytest.raises(AttributeError):
        record.add(CLEAN, np.arange(4), predictions(4))
    with pytest.raises(ce.RecordError, match="could not be written before; open it again"):
        record.add(CLEAN, np.arange(4), predictions(4))
    record.close()
    with opened(tmp_path / "r.sqlite") as again:
        assert again.done()[CLEAN].tolist() == []


def test_labels_of_parts_whose_batches_begin_alike(tmp_path):
    """A part's batch may begin with the sample with which a smaller one of the record begins."""
    for name, count in (("r.sqlite", 2), ("part.sqlite", 5)):
        with opened(tmp_path / name) as record:
            record.add_labels(np.arange(count), np.arange(count), "image {}".format)
    with opened(tmp_path / "r.sqlite") as record:
        record.absorb(tmp_path / "part.sqlite")
        record.add(CLEAN, np.arange(5), predictions(5))
    labels = query(tmp_path / "r.sqlite", "SELECT first, count FROM label")
    assert labels == [(0, 2), (2, 3)]


def test_names_that_utf_8_has_no_place_for(tmp_path):
    with opened(tmp_path / "r.sqlite", **{"data.samples": 10}) as record:
        record.add_skipped([(np.int64(3), "a\udce9\ud800.png", "it is \0 odd")])
        record.add_labels(np.arange(2), np.arange(2), ["a\udce9\ud800\0", "ü" * schema.MOST_NAME + "end"].__getitem__)
        record.add_unlabelled({7: "b\udce9"})
    with opened(tmp_path / "r.sqlite", **{"data.samples": 10}) as record:
        held = held_of(record.connection, record.path)
        assert held.names[0] == "a\\udce9\\ud800\0" and held.unlabelled == {7: "b\\udce9"}
        assert held.names[1] == "ü" * ((schema.MOST_NAME - 3) // 2) + "end", "of long names the end is kept"
        assert record.done()[CLEAN].tolist() == [3, 7]


def test_whole_severities_and_fractions_are_sealed_alike(tmp_path):
    conditions = (Condition("fog", 1), Condition("fog", 2.5), Condition("fog", np.float64(3)))
    for _ in range(2):
        Record(tmp_path / "r.sqlite", {"seed": 0}, conditions).close()
