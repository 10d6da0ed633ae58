"""Images kept decoded in a file: the bytes are those of decoding anew, whatever has happened to the file."""

import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.cli import main
from corrupt_engine.loader import decoded_cache
from corrupt_engine.loader.decoded_cache import HEADER, DecodedCache, begin_of_images
from corrupt_engine.sources import files, open_source
from corrupt_engine.transforms.geometry import Geometry

from .golden_files import golden_image
from .test_decoding import WAYS
from .tiny import TinyModel, evaluate, same_answers, working_folder

PHOTO = np.tile(golden_image("inputs/astronaut_224.png"), (2, 2, 1))
SQUARE = Geometry(resize=40, crop=32)
COUNT = 11


@pytest.fixture
def folder(tmp_path):
    for n in range(COUNT):
        path = tmp_path / "data" / f"class{n % 3}" / f"{n:02}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.roll(PHOTO, 31 * n, axis=1)[: 90 + n, : 120 - n]).save(path, quality=90)
    return tmp_path / "data"


def loader(folder, **options):
    given = {"geometry": SQUARE, "mean": None, "batch_size": 4, "num_workers": 2, "extras": ["ids"], **options}
    return ce.CorruptLoader(folder, "gaussian_noise", 3, **given)


def seen(made):
    """By sample: its bytes and its label."""
    found = {}
    for images, labels, extras in made:
        rows = zip(extras["ids"].tolist(), images.numpy().copy(), labels.tolist(), strict=True)
        found |= {number: (image, label) for number, image, label in rows}
    return found


def same(one, other):
    return one.keys() == other.keys() and all(
        np.array_equal(one[n][0], other[n][0]) and one[n][1] == other[n][1] for n in one
    )


@pytest.fixture
def decodes(monkeypatch):
    """Names of the files that were read."""
    names, real = [], files.file_bytes

    def file_bytes(path):
        names.append(path.name)
        return real(path)

    monkeypatch.setattr(files, "file_bytes", file_bytes)
    return names


def test_a_link_made_before_the_file_leads_to_it(folder, tmp_path, decodes):
    """It was said to have been deleted."""
    link, place = tmp_path / "kept", tmp_path / "disk" / "val.decoded"
    link.symlink_to(place)
    assert same(seen(loader(folder)), seen(loader(folder, decoded_cache=link)))
    assert link.is_symlink() and place.is_file()
    decodes.clear()
    assert len(seen(loader(folder, decoded_cache=place))) == COUNT and not decodes


@pytest.mark.timeout(20)
def test_what_is_no_file_is_said(folder, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place in ("pipe", "data"):
        with pytest.raises(ce.OptionError, match=rf"{place} cannot be read: it is no file, but a folder, a pipe"):
            seen(loader(folder, decoded_cache=tmp_path / place))


@pytest.mark.parametrize("way", WAYS)
def test_the_second_pass_decodes_nothing_and_gives_the_same_bytes(folder, tmp_path, decodes, way):
    expected = seen(loader(folder))
    file = tmp_path / "deep" / "decoded"
    for _ in range(2):
        assert same(seen(loader(folder, decoded_cache=file, **WAYS[way])), expected)
    assert [path.name for path in file.parent.iterdir()] == ["decoded"]
    decodes.clear()
    for other in (WAYS[way], {"batch_size": 3, "shuffle": True}, {"num_workers": 0}):
        assert same(seen(loader(folder, decoded_cache=file, **other)), expected)
    assert decodes == []


def test_other_conditions_and_sweeps_read_the_same_file(folder, tmp_path, decodes):
    file = tmp_path / "decoded"
    seen(loader(folder, decoded_cache=file))
    options = {"geometry": SQUARE, "mean": None, "num_workers": 2}
    plan = [ce.Condition("fog", 2), ce.Condition("snow", 1)]
    for order in ("batch", "condition"):
        expected = [batch.images.clone() for batch in ce.sweep(folder, plan, order=order, **options)]
        decodes.clear()
        found = [batch.images.clone() for batch in ce.sweep(folder, plan, order=order, decoded_cache=file, **options)]
        assert decodes == [] and all((a == b).all() for a, b in zip(found, expected, strict=True))


def test_an_evaluation_reads_it(folder, tmp_path, decodes):
    def run(**options):
        return evaluate(TinyModel(), str(folder), "imagenet-c-extra", geometry=SQUARE, num_workers=2, **options)

    plain = run()
    assert same_answers(run(decoded_cache=tmp_path / "decoded"), plain)
    decodes.clear()
    assert same_answers(run(decoded_cache=tmp_path / "decoded"), plain)
    # What tells one data set from another, and the pictures of a report, are made of the files themselves.
    looked_at = len(decodes)
    decodes.clear()
    run()
    assert len(decodes) >= looked_at + COUNT


def cache_of(folder, file, geometry=SQUARE):
    source = open_source(folder)
    return DecodedCache(file, ce.sources.fingerprint(source), geometry, len(source))


def test_half_an_image_is_none(folder, tmp_path, decodes):
    """Whatever was written of it, and of its mark."""
    file, expected = tmp_path / "decoded", seen(loader(folder))
    seen(loader(folder, decoded_cache=file))
    whole = file.read_bytes()
    size, begin = SQUARE(PHOTO).size, begin_of_images(COUNT)
    for change in (
        lambda data: data.__setitem__(slice(begin + 3 * size + 100, begin + 4 * size), bytes(size - 100)),
        lambda data: data.__setitem__(begin + 3 * size, data[begin + 3 * size] ^ 1),
        lambda data: data.__setitem__(slice(HEADER + 24, HEADER + 32), bytes(8)),
        lambda data: data.__setitem__(HEADER + 30, data[HEADER + 30] ^ 4),
    ):
        data = bytearray(whole)
        change(data)
        file.write_bytes(data)
        assert cache_of(folder, file).get(3) is None and cache_of(folder, file).get(2) is not None
        decodes.clear()
        assert same(seen(loader(folder, decoded_cache=file)), expected) and decodes == ["09.jpg"]
        assert file.read_bytes() == whole


def test_a_mark_that_told_nothing_would_be_noticed(folder, tmp_path, monkeypatch):
    """The test above fails where a mark is not made of the bytes."""
    file = tmp_path / "decoded"
    monkeypatch.setattr(decoded_cache, "mark_of", lambda image: np.uint64(1))
    seen(loader(folder, decoded_cache=file))
    data = bytearray(file.read_bytes())
    data[begin_of_images(COUNT)] ^= 1
    file.write_bytes(data)
    assert not same(seen(loader(folder, decoded_cache=file)), seen(loader(folder)))


def test_a_killed_first_pass_is_gone_on_with(folder, tmp_path):
    file = tmp_path / "decoded"
    script = """
        import sys, time
        import corrupt_engine as ce
        from corrupt_engine.transforms.geometry import Geometry
        loader = ce.CorruptLoader(sys.argv[1], "gaussian_noise", 3, geometry=Geometry(resize=40, crop=32), batch_size=1,
                                  num_workers=1, decoded_cache=sys.argv[2])
        for n, _ in enumerate(loader):
            time.sleep(0.05)
            print(n, flush=True)
    """
    run = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(folder), str(file)], stdout=subprocess.PIPE
    )
    assert run.stdout is not None
    with run.stdout:
        assert run.stdout.readline() == b"0\n"
        os.kill(run.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        run.wait()
    assert file.exists() and cache_of(folder, file).get(0) is not None and not cache_of(folder, file).has(range(COUNT))
    assert same(seen(loader(folder, decoded_cache=file)), seen(loader(folder)))
    assert cache_of(folder, file).has(range(COUNT))


def test_processes_that_begin_at_once_fill_one_file(folder, tmp_path):
    file, expected = tmp_path / "decoded", seen(loader(folder))
    shards = [loader(folder, decoded_cache=file, backend="torch", num_shards=2, shard_id=n) for n in range(2)]
    found = {}
    for batches in zip(*shards, strict=False):
        for batch in batches:
            found |= seen([batch])
    assert cache_of(folder, file).has(sorted(found)) and all(same({n: found[n]}, {n: expected[n]}) for n in found)


def test_the_place_is_not_taken_from_another(folder, tmp_path):
    """The file that was there first stays."""
    file = tmp_path / "decoded"
    first, second = cache_of(folder, file), cache_of(folder, file)
    image = SQUARE(PHOTO)
    assert second.get(1) is None and not second.has([1])
    first.put(1, image)
    second._create(image.shape)
    assert np.array_equal(second.get(1), image) and np.array_equal(pickle.loads(pickle.dumps(first)).get(1), image)
    with pytest.raises(ValueError, match="read-only"):
        first.get(1)[0] = 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: next(folder.rglob("*.jpg")).unlink(), "another samples"),
        (lambda folder: next(folder.rglob("*.jpg")).write_bytes(b"longer" * 4000), "another source"),
        (lambda folder: (folder / "class1").rename(folder / "class9"), "another source"),
    ],
)
def test_another_data_set_is_refused(folder, tmp_path, change, words):
    file = tmp_path / "decoded"
    seen(loader(folder, decoded_cache=file))
    change(folder)
    with pytest.raises(ce.OptionError, match=rf"{words} .* delete it, or give another file"):
        seen(loader(folder, decoded_cache=file))


def test_another_geometry_or_pillow_is_refused(folder, tmp_path, monkeypatch):
    file = tmp_path / "decoded"
    seen(loader(folder, decoded_cache=file))
    with pytest.raises(ce.OptionError, match="another geometry"):
        seen(loader(folder, decoded_cache=file, geometry=Geometry(resize=40, crop=30)))
    with pytest.raises(ce.OptionError, match="another margin"):
        cache_of(folder, file, Geometry(resize=40, crop=32, margin=2)).get(0)
    monkeypatch.setattr(decoded_cache.PIL, "__version__", "9.0")
    with pytest.raises(ce.OptionError, match="another pillow"):
        seen(loader(folder, decoded_cache=file))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: b"", "no file of decoded images"),
        (lambda data: b"a photograph" * 1000, "no file of decoded images"),
        (lambda data: data[:-1], "lost a part"),
        (lambda data: data.replace(b"images, 1", b"images, 0"), "another format"),
    ],
)
def test_what_is_no_such_file_is_left_alone(folder, tmp_path, change, words):
    file = tmp_path / "decoded"
    seen(loader(folder, decoded_cache=file))
    file.write_bytes(change(file.read_bytes()))
    kept = file.read_bytes()
    with pytest.raises(ce.OptionError, match=words):
        seen(loader(folder, decoded_cache=file))
    assert file.read_bytes() == kept


def test_a_disk_without_room_is_said(folder, tmp_path, monkeypatch):
    file = tmp_path / "decoded"

    class Usage:
        free = 1000

    with monkeypatch.context() as patch:
        patch.setattr(decoded_cache.shutil, "disk_usage", lambda path: Usage)
        with pytest.raises(ce.OptionError, match=r"would take 41 KiB, and 1e\+03 bytes are free"):
            seen(loader(folder, decoded_cache=file))
    assert list(tmp_path.iterdir()) == [folder]

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(decoded_cache, "write_at", full)
    with pytest.raises(ce.OptionError, match="cannot be written: No space left on device; give a place with room"):
        seen(loader(folder, decoded_cache=file))


def test_images_of_several_sizes_are_refused(folder, tmp_path):
    with pytest.raises(ce.OptionError, match="give a geometry that makes them equal"):
        seen(loader(folder, decoded_cache=tmp_path / "decoded", geometry="none", batch_size=1))


def test_a_broken_file_is_left_out_each_time(folder, tmp_path):
    broken = sorted(folder.rglob("*.jpg"))[4]
    broken.write_bytes(b"no image")
    for _ in range(2):
        made = loader(folder, decoded_cache=tmp_path / "decoded", on_error="skip")
        assert sorted(seen(made)) == [n for n in range(COUNT) if n != 4]
        assert [skipped.id for skipped in made.skipped] == [4]


def test_what_is_not_the_same_each_time_is_not_kept(folder, tmp_path):
    class Random:
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return PHOTO, 0

    for source in (Random(), (PHOTO[None], np.zeros(1, np.int64))):
        with pytest.raises(ce.OptionError, match="keeps image files decoded, and"):
            ce.CorruptLoader(source, decoded_cache=tmp_path / "decoded")
    with pytest.raises(ce.OptionError, match="decoded_cache 3 is no path"):
        ce.CorruptLoader(folder, decoded_cache=3)


def test_the_command_takes_it(tmp_path, monkeypatch, capsys):
    working_folder(tmp_path, 10)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    given = ["--benchmark", "imagenet-c-extra", "--workers", "1", "--threads", "1", "--geometry", "none", "--quiet"]
    texts = []
    for own in ([], ["--decoded-cache", "kept"], ["--decoded-cache", "kept", "--decoder", "pillow"]):
        assert main(["evaluate", "own_network:network", "data", *given, "--record", f"r{len(texts)}.db", *own]) == 0
        texts.append(capsys.readouterr().out)
    sys.modules.pop("own_network", None)
    assert texts[0] == texts[1] == texts[2] and (tmp_path / "kept").stat().st_size > HEADER


@pytest.mark.alone
def test_reading_costs_less_than_decoding(folder, tmp_path):
    """A part of it: what is measured is in benchmarks."""
    source = open_source(folder)
    cache = cache_of(folder, tmp_path / "decoded")
    for n in range(COUNT):
        cache.put(n, SQUARE(source.decode(n)[0]))
    times = {"read": [], "decode": []}
    for n in list(range(COUNT)) * 5:
        start = time.perf_counter()
        cache.get(n)
        times["read"].append(time.perf_counter() - start)
        start = time.perf_counter()
        SQUARE(source.decode(n)[0])
        times["decode"].append(time.perf_counter() - start)
    assert np.median(times["read"]) < np.median(times["decode"])
