"""Every kind of source: what it finds, what it says of itself, and what it refuses."""

import contextlib
import gc
import gzip
import io
import os
import pickle
import subprocess
import sys
import tarfile
import time

import numpy as np
import pytest
import torch
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.sources import (
    ArraySource,
    DatasetSource,
    EncodedSource,
    FileSource,
    HuggingFaceSource,
    Source,
    TarSource,
    fingerprint,
    folder_source,
    open_source,
)
from corrupt_engine.sources.files import file_bytes

from .mutations import flipped, truncated
from .small_sources import COUNT, SIDE, Pairs, huggingface, labels, made_images, png, write_shards, write_tar


@pytest.fixture
def shards(tmp_path):
    (tmp_path / "shards").mkdir()
    return write_shards(tmp_path / "shards", ".tar")


@pytest.fixture
def folder(tmp_path):
    for n, golden_image in enumerate(made_images()):
        path = tmp_path / "root" / "abc"[n % 3] / f"{n:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(golden_image))
    return tmp_path / "root"


def check(source, expected_labels):
    assert isinstance(source, Source) and len(source) == len(expected_labels)
    for index, label in enumerate(expected_labels):
        image, found = source.decode(index)
        assert found == label and image.dtype == np.uint8 and image.flags.c_contiguous
        source.name(index).encode()
        if isinstance(source, EncodedSource):
            assert source.label(index) == label and source.encoded(index)[:4] == b"\x89PNG"
    twin = pickle.loads(pickle.dumps(source))
    assert (twin.decode(2)[0] == source.decode(2)[0]).all() and fingerprint(twin) == fingerprint(source)
    assert len(fingerprint(source)) >= 16


def test_a_file_is_read_whole_however_much_comes_at_once(tmp_path, monkeypatch):
    path, data = tmp_path / "file", bytes(range(256)) * 3
    path.write_bytes(data)
    (tmp_path / "empty").touch()
    assert file_bytes(path) == data and file_bytes(tmp_path / "empty") == b""
    read = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, count: read(descriptor, min(count, 100)))
    assert file_bytes(path) == data


def test_folder_order_is_image_folders(tmp_path):
    """torchvision goes folder by folder: a nested folder's files come after those beside it, whatever their names."""
    for name in ("b/z.png", "b/a/y.png", "b/c.PNG", "a/2.png", "a/10.png", "a/notes.txt", "empty/x.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(made_images()[0]))
    source = folder_source(str(tmp_path), allow_empty=True)
    assert [str(path.relative_to(tmp_path)) for path in source.files] == [
        "a/10.png",
        "a/2.png",
        "b/c.PNG",
        "b/z.png",
        "b/a/y.png",
    ]
    assert source.labels == (0, 0, 1, 1, 1) and source.classes == ("a", "b", "empty")


def test_an_empty_class_folder_is_refused_unless_allowed(folder):
    """As torchvision's ImageFolder does: a download that was broken off looks like this, and every label after the
    folder is another when it is gone.
    """
    (folder / "aa").mkdir()
    (folder / "empty").mkdir()
    (folder / "empty" / "notes.txt").write_text("no image")
    with pytest.raises(ce.SourceError, match=r"2 class folder\(s\) without images \(aa, empty\).*allow_empty=True"):
        ce.CorruptLoader(folder)
    allowed = ce.CorruptLoader(folder_source(folder, allow_empty=True)).source
    assert allowed.classes == ("a", "aa", "b", "c", "empty") and sorted(set(allowed.labels)) == [0, 2, 3]


def test_a_list_of_pairs_makes_its_paths_when_they_are_asked_for(folder):
    files = sorted(folder.rglob("*.png"))
    source = open_source([(str(path), "label") for path in files])
    twin = open_source([(path, "label") for path in files])
    assert source == FileSource(tuple(files), ("label",) * COUNT) == twin and hash(source) == hash(twin)
    assert list(source.files) == files and source.files[3] == files[3] and source.files[-2:] == tuple(files[-2:])
    assert repr(source) == repr(FileSource(tuple(files), ("label",) * COUNT))
    check(open_source([[path, 1] for path in files]), [1] * COUNT)
    for wrong in ([(files[0], 1), (files[1], 2, 3)], [(files[0], 1), (3, 1)], [(files[0], 1), "ab"]):
        assert not isinstance(open_source(wrong), FileSource)


@pytest.mark.alone
def test_a_list_of_all_of_imagenet_takes_no_second():
    """1.28 million pairs: 5.4 s where each path was made an object, .15 now."""
    pairs = [(f"train/n{number % 1000:08}/{number}.JPEG", number % 1000) for number in range(1_281_167)]
    started = time.perf_counter()
    loader = ce.CorruptLoader(pairs, shuffle=True)
    assert time.perf_counter() - started < 1 and len(loader.source) == len(pairs)


def test_sources_are_reached_from_the_package():
    code = "import corrupt_engine as ce, sys; a = 'PIL' in sys.modules; print(a, ce.sources.FileSource.__name__)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split() == [
        "False",
        "FileSource",
    ]


def test_folder(folder):
    source = open_source(folder)
    check(source, sorted(n % 3 for n in range(COUNT)))
    moved = folder.rename(folder.with_name("elsewhere"))
    assert fingerprint(open_source(moved)) == fingerprint(open_source(moved))
    before = fingerprint(open_source(moved))
    (moved / "a" / "00.png").write_bytes(png(made_images()[1]) + b"x")
    assert fingerprint(open_source(moved)) != before


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_tar_shards(tmp_path, suffix):
    pattern = write_shards(tmp_path, suffix)
    source = open_source(pattern)
    assert isinstance(source, TarSource)
    check(source, labels().tolist())
    assert all((source.decode(n)[0] == golden_image).all() for n, golden_image in enumerate(made_images()))
    assert source.name(7).endswith(f"s-02{suffix}:set/007.png")
    for other in (tmp_path, sorted(tmp_path.glob("s-*")), [str(path) for path in sorted(tmp_path.glob("s-*"))]):
        assert fingerprint(open_source(other)) == fingerprint(source)


# webdataset leaves closing its shards to the garbage collector, which is therefore called before the test ends.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_tar_shards_are_webdatasets(tmp_path):
    import webdataset

    with webdataset.ShardWriter(f"{tmp_path}/w-%06d.tar", maxcount=4, verbose=0) as writer:
        for n, golden_image in enumerate(made_images()):
            writer.write(
                {
                    "__key__": f"part{n % 2}/x{n:03}",
                    "seg.png": golden_image,
                    "png": golden_image,
                    "json": {"label": n, "of": COUNT},
                }
            )
    theirs = [
        (sample["__key__"], sample["png"], sample["json"])
        for sample in webdataset.WebDataset(f"{tmp_path}/w-{{000000..000002}}.tar", shardshuffle=False).decode("rgb8")
    ]
    ours = open_source(f"{tmp_path}/w-{{000000..000002}}.tar")
    assert [sample.key for sample in ours.samples] == [key for key, _, _ in theirs]
    for index, (_, image, label) in enumerate(theirs):
        assert (ours.decode(index)[0] == image).all() and ours.label(index) == label
    gc.collect()


def test_an_index_is_built_once_and_again_for_a_new_shard(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(tarfile, "open", lambda *a, real=tarfile.open, **k: opened.append(a) or real(*a, **k))
    path = write_tar(tmp_path / "s.tar", {"a.png": png(made_images()[0]), "a.cls": b"1"})
    assert len(open_source(path)) == len(open_source(path)) == 1
    assert len(opened) == 2  # one is write_tar's own
    write_tar(path, {"a.png": png(made_images()[0]), "a.cls": b"1", "b.png": png(made_images()[1]), "b.cls": b"2"})
    assert len(open_source(path)) == 2


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_a_shard_rewritten_with_the_same_size_and_time(tmp_path, suffix):
    """The names and labels of the new one, not those of the index of the old."""
    for n in range(2):
        path = write_tar(tmp_path / f"s{suffix}", {f"{n}.png": png(made_images()[n]), f"{n}.cls": str(n).encode()})
        path.write_bytes(path.read_bytes().ljust(60000, b"\0") if suffix == ".tar" else path.read_bytes())
        os.utime(path, ns=(10**18, 10**18))
        source = open_source(path)
        assert [sample.key for sample in source.samples] == [str(n)] and source.label(0) == n
        assert (source.decode(0)[0] == made_images()[n]).all()


def test_a_shard_that_is_rewritten_in_its_middle(tmp_path):
    """Of the same size and time, the same file on the disk, and equal at both ends."""
    image, times = png(made_images()[0]), (10**18, 10**18)
    kept = {f"{n:03}.bin": b"x" * 70000 for n in range(2)}
    for middle in ("p", "q"):
        files = {"000.bin": kept["000.bin"], f"{middle}.png": image, f"{middle}.cls": b"1", "zzz.bin": kept["001.bin"]}
        write_tar(tmp_path / "s.tar", files)
        os.utime(tmp_path / "s.tar", ns=times)
        assert [sample.key for sample in open_source(tmp_path / "s.tar").samples] == [middle]


def test_a_shard_that_is_written_while_it_is_read(tmp_path, monkeypatch):
    from corrupt_engine.sources import tar_index

    path = write_tar(tmp_path / "s.tar", {"a.png": png(made_images()[0]), "a.cls": b"1"})
    whole = path.read_bytes()
    real = tar_index.listed

    def growing(tar):
        path.write_bytes(whole + bytes(512))
        return real(tar)

    monkeypatch.setattr(tar_index, "listed", growing)
    with pytest.raises(ce.SourceError, match=r"changed while it was read"):
        open_source(path)


def linked_tar(path, *links):
    """A tar of a.png and a.cls, and members that only link: (name, type, what to)."""
    with tarfile.open(path, "w") as tar:
        for name, data in {"set/a.png": png(made_images()[0]), "set/a.cls": b"3"}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for name, kind, target in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            tar.addfile(info)
    return path


def test_links_in_a_shard_are_what_they_lead_to(tmp_path):
    links = [
        ("set/b.png", tarfile.LNKTYPE, "set/a.png"),
        ("set/b.cls", tarfile.LNKTYPE, "./set/a.cls"),
        ("set/c.png", tarfile.SYMTYPE, "a.png"),
        ("set/c.cls", tarfile.SYMTYPE, "../set/a.cls"),
        ("set/current", tarfile.SYMTYPE, "elsewhere"),
    ]
    for _ in range(2):  # from the tar, and from the index
        source = open_source(linked_tar(tmp_path / "s.tar", *links))
        assert [sample.key for sample in source.samples] == ["set/a", "set/b", "set/c"]
        assert [source.label(n) for n in range(3)] == [3, 3, 3] and source.name(1).endswith("set/b.png")
        assert all((source.decode(n)[0] == made_images()[0]).all() for n in range(3))


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (
            ("set/b.png", tarfile.LNKTYPE, "set/gone.png"),
            r"b.png is a link to set/gone.png, which is no file in the tar",
        ),
        (("set/b.cls", tarfile.SYMTYPE, "/etc/passwd"), r"b.cls is a link to /etc/passwd, .* --dereference"),
    ],
)
def test_links_that_lead_out_of_a_shard(tmp_path, link, words):
    with pytest.raises(ce.SourceError, match=words):
        open_source(linked_tar(tmp_path / "s.tar", link))


def test_a_file_with_holes_in_a_shard(tmp_path):
    """As GNU tar --sparse writes it: the header says where the pieces belong, and they lie one behind the other."""
    info = tarfile.TarInfo("a.png")
    info.type, info.size = tarfile.GNUTYPE_SPARSE, 512
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[386:410] = b"00000000000\0" + b"00000001000\0"
    header[483:495] = b"00000010000\0"
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    (tmp_path / "s.tar").write_bytes(bytes(header) + b"x" * 512 + bytes(1024))
    with pytest.raises(ce.SourceError, match=r"s.tar cannot be used: a.png is stored with holes.*without --sparse"):
        open_source(tmp_path / "s.tar")


def test_a_name_twice_in_a_row(tmp_path):
    path = tmp_path / "s.tar"
    with tarfile.open(path, "w") as tar:
        for n, name in enumerate(("README", "README", "a.png", "a.cls", "a.PNG", "a.cls")):
            data = png(made_images()[n]) if name.lower().endswith("png") else b"1"
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    with pytest.raises(ce.SourceError, match=r"s.tar:a holds a.cls a second time"):
        open_source(path)


def test_a_shard_that_unpacks_without_end(tmp_path, monkeypatch):
    from corrupt_engine.sources import tar_index

    monkeypatch.setattr(tar_index, "LEAST_REFUSED", 1 << 20)
    files = {"a.png": png(made_images()[0]), "a.cls": b"1", "a.bin": bytes(4 << 20)}
    path = write_tar(tmp_path / "s.tar.gz", files)
    with pytest.raises(ce.SourceError, match=r"unpacks to more than 1 MiB.*MOST_UNPACKED.*gunzip --keep .*s.tar.gz"):
        open_source(path)
    assert not list(tar_index.cache_folder().glob(".part-*"))
    (tmp_path / "s.tar").write_bytes(gzip.decompress(path.read_bytes()))
    assert len(open_source(tmp_path / "s.tar")) == 1


def test_three_hundred_damaged_shards(tmp_path):
    """Samples, or a SourceError with the shard's name; and a label or an image is what it was, or a DecodeError."""
    import random

    files = {}
    for n in range(6):
        files |= {f"set/{n:03}.png": png(made_images()[n]), f"set/{n:03}.json": b'{"label": [1, 2]}'}
    whole = write_tar(tmp_path / "s.tar", files).read_bytes()
    chance = random.Random(3)
    refused = 0
    for n in range(300):
        data = flipped(chance, whole) if n % 3 else truncated(chance, whole)
        packed = n % 2
        path = tmp_path / f"{n}.tar{'.gz' if packed else ''}"
        path.write_bytes(
            flipped(chance, gzip.compress(whole)) if packed and n % 3 else gzip.compress(data) if packed else data
        )
        try:
            source = open_source(path)
        except ce.SourceError as error:
            assert f"{n}.tar" in str(error)
            refused += 1
            continue
        for index in range(len(source)):
            with contextlib.suppress(ce.DecodeError):
                source.decode(index)
    assert refused > 100


def test_a_cache_folder_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CORRUPT_ENGINE_CACHE", str(tmp_path / "file" / "cache"))
    for name in ("plain", "packed"):
        (tmp_path / name).mkdir()
    assert len(open_source(write_shards(tmp_path / "plain", ".tar"))) == COUNT
    with pytest.raises(ce.SourceError, match=r"has to be unpacked.*CORRUPT_ENGINE_CACHE"):
        open_source(write_shards(tmp_path / "packed", ".tar.gz"))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a.cls": b"1"}, "hold no images"),
        ({}, "hold no images"),
        ({"a.png": b""}, "has no label .cls|.json|.txt; it has .png"),
        ({"a.png": b"", "a.cls": b"1", "b.png": b""}, "s.tar:b has no label .cls"),
        (
            {"a.png": b"", "a.cls": b"1", "x/b_1.5x.PNG": b"", "x/b_1.5x.cls": b"1"},
            "s.tar:x/b_1.5x.PNG would be left out: in these shards an ending is all that follows the first dot, and "
            ".5x.png is none",
        ),
    ],
)
def test_shards_that_hold_too_little(tmp_path, files, words):
    with pytest.raises(ce.SourceError) as caught:
        open_source(write_tar(tmp_path / "s.tar", files))
    assert words in str(caught.value)


def test_endings_of_a_shard_in_capitals(tmp_path):
    for ending, said, means in (("CLS", b"3", 3), ("JSON", b"[3]", [3]), ("TXT", b"three", "three")):
        source = open_source(write_tar(tmp_path / "s.tar", {"a.PNG": b"", f"a.{ending}": said}))
        assert source.label(0) == means


def test_what_is_no_sample_of_a_shard_is_left_out(tmp_path):
    """Notes, what macOS writes beside each file, and masks under an ending of their own."""
    files = {"._a.png": b"", "a.png": b"", "a.cls": b"1", "a.mask.png": b"", "notes.v2.txt": b"", "b.mask.npy": b""}
    assert [sample.key for sample in open_source(write_tar(tmp_path / "s.tar", files)).samples] == ["a"]


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_tars_one_behind_the_other(tmp_path, suffix):
    """As `cat a.tar b.tar` makes them: what follows the first end mark is read by nothing. Other bytes may follow."""
    first, second = (write_tar(tmp_path / f"{n}.tar", {f"{n}.png": b"", f"{n}.cls": b"1"}).read_bytes() for n in "ab")
    pack = gzip.compress if suffix == ".tar.gz" else bytes
    (tmp_path / f"c{suffix}").write_bytes(pack(first) + pack(second))
    with pytest.raises(ce.SourceError, match=r"c.tar.* another tar follows behind its end mark.*--concatenate"):
        open_source(tmp_path / f"c{suffix}")
    (tmp_path / f"d{suffix}").write_bytes(pack(first + bytes(10240) + b"what a tape held before"))
    assert len(open_source(tmp_path / f"d{suffix}")) == 1


def test_damaged_shards(tmp_path, shards):
    whole = (tmp_path / "shards" / "s-00.tar").read_bytes()
    for name, data in {
        "cut.tar": whole[:1100],
        "cut2.tar": whole[:1600],
        "none.tar": b"",
        "no.tar": b"x" * 2048,
        "no.tar.gz": b"x" * 99,
    }.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ce.SourceError, match=rf"{name} cannot be used"):
            open_source(tmp_path / name)
    with pytest.raises(ce.SourceError, match=r"missing.tar cannot be used"):
        open_source(tmp_path / "missing.tar")
    with pytest.raises(ce.SourceError, match="is empty"):
        open_source("x-{3..1}.tar")


def test_a_shard_that_changes_under_the_loader(tmp_path, shards):
    source = open_source(shards)
    (tmp_path / "shards" / "s-02.tar").write_bytes(b"short")
    with pytest.raises(ce.DecodeError, match=r"007.png \(sample 7\) cannot be read: the shard ends"):
        source.decode(7)
    (tmp_path / "shards" / "s-02.tar").unlink()
    with pytest.raises(ce.DecodeError, match=r"\(sample 7\) cannot be read: No such file"):
        source.decode(7)


def test_labels_of_a_shard(tmp_path):
    files = {
        "a.png": png(made_images()[0]),
        "a.cls": b"x",
        "a.txt": b"a cat",
        "a.json": b'{"n": [1]}',
        "a.bin": b"\0\1",
    }
    path = write_tar(tmp_path / "s.tar", files)
    assert [TarSource(path, label=ending).label(0) for ending in ("txt", "json", "bin")] == [
        "a cat",
        {"n": [1]},
        b"\0\1",
    ]
    with pytest.raises(ce.DecodeError, match="a label that cannot be read"):
        TarSource(path).label(0)


def test_huggingface():
    data = huggingface()
    source = open_source(data)
    assert isinstance(source, HuggingFaceSource) and source.classes == ("a", "b", "c", "d")
    check(source, labels().tolist())
    loader = ce.CorruptLoader(data.with_format("torch"), "fog", 2, geometry="none", num_workers=0, mean=None)
    assert loader.dataset.features is not None and next(iter(loader))[1].tolist() == labels().tolist()


def test_the_transform_of_a_huggingface_dataset_is_not_left_out_in_silence():
    def darker(rows):
        return {"image": [np.asarray(image) // 2 for image in rows["image"]], "label": rows["label"]}

    data = huggingface().with_transform(darker)
    with pytest.raises(ce.SourceError, match=r"a transform of its own.*with_format\(None\).*DatasetSource"):
        open_source(data)
    assert isinstance(open_source(data.with_format(None)), HuggingFaceSource)
    (batch,) = ce.CorruptLoader(DatasetSource(data), num_workers=0, mean=None)
    assert (batch["image"].numpy() == np.moveaxis(made_images() // 2, -1, 1)).all()


def test_huggingface_columns_and_splits(tmp_path):
    import datasets

    data = huggingface()
    assert len(HuggingFaceSource(data.rename_column("label", "kind"))) == COUNT
    plain = data.cast_column("label", datasets.Value("int64")).rename_column("label", "kind")
    assert HuggingFaceSource(plain, label="kind").label(3) == 3
    with pytest.raises(ce.SourceError, match="no label column was found among image, kind"):
        open_source(plain)
    some = datasets.Dataset.from_dict({"image": data["image"][:3], "label": [1, None, 2]}, features=data.features)
    with pytest.raises(
        ce.SourceError, match=r"1 of 3 rows have no label in the column 'label', the first is row 1; leave"
    ):
        open_source(some)
    assert [open_source(some.select([2, 0])).label(n) for n in range(2)] == [2, 1]
    with pytest.raises(ce.SourceError, match="has no rows"):
        open_source(data.select([]))
    with pytest.raises(ce.SourceError, match="no image column"):
        open_source(data.remove_columns("image"))
    with pytest.raises(ce.SourceError, match="no column 'labell'; there are image, label"):
        HuggingFaceSource(data, label="labell")
    with pytest.raises(ce.SourceError, match=r"splits val; pass one of them, such as dataset\['val'\]"):
        open_source(datasets.DatasetDict({"val": data}))
    with pytest.raises(ce.SourceError, match="without streaming=True"):
        open_source(data.to_iterable_dataset())
    path = tmp_path / "x.png"
    path.write_bytes(png(made_images()[0]))
    files = datasets.Dataset.from_dict({"image": [str(path), None, str(tmp_path / "gone.png")], "label": [0, 1, 2]})
    source = open_source(files.cast_column("image", datasets.Image()))
    assert (source.decode(0)[0] == made_images()[0]).all() and source.name(0) == "row 0 (x.png)"
    with pytest.raises(ce.DecodeError, match=r"row 1 \(sample 1\) has no image"):
        source.decode(1)
    with pytest.raises(ce.DecodeError, match=r"gone.png\) \(sample 2\) cannot be read"):
        source.decode(2)


def test_arrays(tmp_path):
    check(ArraySource(made_images(), labels()), labels().tolist())
    np.save(tmp_path / "fog.npy", made_images())
    np.save(tmp_path / "labels.npy", labels())
    source = open_source(tmp_path / "fog.npy")
    check(source, labels().tolist())
    assert isinstance(source.images, np.memmap) and len(pickle.dumps(source)) < 2000
    assert fingerprint(source) == fingerprint(ArraySource(made_images(), labels()))
    assert open_source((torch.from_numpy(made_images().copy()), torch.from_numpy(labels()))).decode(2)[1] == 2
    grey = ArraySource(made_images()[..., 0], labels())
    assert grey.decode(1)[0].shape == (16, 16, 1)
    assert fingerprint(grey) != fingerprint(source)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((made_images(),), "labels are missing"),
        ((made_images() / 255, labels()), "float64"),
        ((made_images()[0, 0], labels()), "channels last"),
        ((made_images().transpose(0, 3, 1, 2), labels()), "(11, 3, 16, 16)"),
        ((made_images(), labels()[1:]), "labels of shape (10,)"),
        (("nowhere.npy", labels()), "nowhere.npy cannot be read"),
        ((made_images()[:0], labels()[:0]), "there are no images"),
        ((made_images(), [None] * COUNT), "label 0 is None; a number or a name is needed"),
        ((made_images(), [0] * 5 + [[1, 2]] + [0] * 5), "labels cannot be used as one array"),
        ((made_images(), np.where(labels() == 2, np.nan, 1.0)), "label 2 is NaN"),
        ((made_images(), labels() * 1j), "labels have dtype complex128"),
        ((made_images(), np.array(["2020-01-01"] * COUNT, "M8[D]")), "labels have dtype datetime64[D]"),
        (([made_images()[0], made_images()[0, 1:]], [0, 1]), "images cannot be used as one array"),
        ((torch.zeros(3, 8, 8, 3, requires_grad=True), [0, 1, 2]), "images cannot be used as one array"),
    ],
)
def test_bad_arrays_are_named(arguments, words):
    with pytest.raises(ce.SourceError) as caught:
        ArraySource(*arguments)
    assert words in str(caught.value)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("form", [np.array, lambda image: torch.from_numpy(np.moveaxis(image, -1, 0).copy())])
def test_a_list_of_images_is_one_however_many_there_are(count, form):
    """Two and three were (images, labels[, depth maps]): sixteen grey images of 16 x 3 each, without a word."""
    images = made_images()[:count]
    (given,) = ce.CorruptLoader([form(image) for image in images], num_workers=0, mean=None)
    assert (given.numpy() == np.moveaxis(images, -1, 1)).all()
    grey = images[..., 0]
    (given,) = ce.CorruptLoader(list(grey), num_workers=0, mean=None)
    assert (given.numpy() == grey[:, None]).all()


def test_columns_are_a_tuple_or_a_list_that_can_be_nothing_else():
    images, depths = made_images(), np.ones((COUNT, SIDE, SIDE), np.float32)
    check(open_source((images, labels().tolist())), labels().tolist())
    for given in ([images, labels()], [images[..., 0], labels()], (images[..., 0], labels())):
        assert [open_source(given).decode(n)[1] for n in range(COUNT)] == labels().tolist()
    assert open_source([images, labels(), depths]).decode_with_depth(3)[1:2] == (3,)
    rows = open_source([images, np.eye(COUNT)])
    assert rows.decode(2)[1].tolist() == np.eye(COUNT)[2].tolist()
    assert (open_source(ArraySource(images, images)).decode(1)[1] == images[1]).all()
    assert len(open_source((images[..., 0], images[..., 1]))) == COUNT  # grey images and masks


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (tuple(made_images()[:2]), r"a tuple is \(images, labels\), and images of shape \(16, 16, 3\) are one image"),
        (tuple(made_images()[:3]), r"a tuple is \(images, labels\), and images of shape \(16, 16, 3\) are one image"),
        (tuple(made_images()[:2, ..., 0]), r"images of shape \(16, 16\) are one image"),
        ((made_images()[0], [3]), r"one with its label as \(images\[None\], \[label\]\)"),
        ([made_images(), made_images()], r"labels are uint8 of shape \(11, 16, 16, 3\), which is that of the images"),
        (tuple(torch.zeros(2, 3, 16, 16, dtype=torch.uint8)), r"labels are uint8 of shape \(3, 16, 16\)"),
        (made_images()[0], r"an array of shape \(16, 16, 3\) is one image; give images\[None\]"),
        (made_images()[0, ..., 0], r"an array of shape \(16, 16\) is one image"),
        (torch.zeros(3, 16, 16, dtype=torch.uint8), r"is one image; .* grey ones \(N, H, W\) as images\[:, None\]"),
        ((made_images(), None), "labels are missing"),
    ],
)
def test_one_image_is_no_set_of_them_and_images_are_no_labels(given, words):
    with pytest.raises(ce.SourceError, match=words):
        open_source(given)


def test_labels_of_any_type_that_are_numbers_or_names():
    for given in (list(range(COUNT)), np.array(list(range(COUNT)), object), [str(n) for n in range(COUNT)]):
        source = ArraySource(made_images(), given)
        assert [source.decode(n)[1] for n in range(COUNT)] == list(given)


def test_a_column_of_class_numbers_is_one_each():
    """(predictions == labels).sum() of (N,) and (N, 1) counts each prediction N times."""
    column = labels()[:, None]
    ((_, given),) = ce.CorruptLoader((made_images(), column), num_workers=0)
    assert given.tolist() == labels().tolist() and given.dtype == torch.int64
    assert ArraySource(made_images(), column / 2).decode(3)[1].tolist() == [1.5]  # what is to be regressed stays a row


def test_files_that_hold_no_array(tmp_path):
    """Every byte of the header changed, in turn: an array with uint8 images, or a SourceError."""
    np.savez(tmp_path / "a.npz", x=made_images(), y=labels())
    (tmp_path / "b.npy").write_bytes((tmp_path / "a.npz").read_bytes())
    for name in ("a.npz", "b.npy"):
        with pytest.raises(ce.SourceError, match=rf"{name} is an archive of arrays \(x, y\).*np.save"):
            ArraySource(tmp_path / name, labels())
        (tmp_path / "labels.npy").write_bytes((tmp_path / "b.npy").read_bytes())
        with pytest.raises(ce.SourceError, match="archive of arrays"):
            open_source(tmp_path / name)
    np.save(tmp_path / "whole.npy", made_images())
    whole = (tmp_path / "whole.npy").read_bytes()
    for n in range(130):
        for data in (whole[:n], whole[:n] + bytes([whole[n] ^ 0xFF]) + whole[n + 1 :]):
            (tmp_path / "x.npy").write_bytes(data)
            with contextlib.suppress(ce.SourceError):
                assert ArraySource(tmp_path / "x.npy", labels()).images.dtype == np.uint8


@pytest.mark.parametrize("label", [None, {"a": None}, object(), 10**30, Ellipsis])
def test_labels_that_make_no_batch(tmp_path, label):
    (tmp_path / "a.png").write_bytes(png(made_images()[0]))
    pairs = [(tmp_path / "a.png", label)] * 3
    options = {"num_workers": 0, "backend": "threads", "geometry": "none"}
    with pytest.raises(
        ce.SourceError, match=r"no batch can be made of labels such as .*; give numbers, or a collate_fn"
    ):
        list(ce.CorruptLoader(pairs, **options))
    (samples,) = ce.CorruptLoader(pairs, collate_fn=list, **options)
    assert [given for _, given in samples] == [label] * 3


def test_normalized_floats_need_their_own_numbers():
    mean, std = (0.5, 0.4, 0.3), (0.2, 0.2, 0.2)
    data = Pairs(lambda a: torch.from_numpy(((a / 255 - mean) / std).transpose(2, 0, 1)).float())
    source = DatasetSource(data, mean=mean, std=std)
    assert all((source.decode(n)[0] == golden_image).all() for n, golden_image in enumerate(made_images()))
    with pytest.raises(ce.ImageError, match="not those that it was normalized with"):
        DatasetSource(data, mean=0, std=1).decode(0)
    with pytest.raises(ce.ImageError, match=r"DatasetSource\(dataset, mean="):
        DatasetSource(data).decode(0)
    with pytest.raises(ce.SourceError, match="belong together"):
        DatasetSource(data, mean=0.5)
    with pytest.raises(ce.ImageError, match="floats are expected"):
        DatasetSource(Pairs(), mean=0.5, std=0.5).decode(0)


class Failing(Pairs):
    def __getitem__(self, index):
        raise Image.UnidentifiedImageError("no image")


def test_an_image_that_a_network_made_is_an_image():
    """It carries a gradient, and NumPy takes none."""
    image = torch.full((3, 4, 4), 0.5, requires_grad=True)
    assert (DatasetSource([(image, 1)], mean=0, std=1).decode(0)[0] == 128).all()


@pytest.mark.parametrize("options", [{}, {"mean": 0, "std": 1}])
def test_a_tensor_that_numpy_has_no_type_for(options):
    image = torch.zeros(3, 4, 4, dtype=torch.bfloat16)
    with pytest.raises(ce.ImageError, match=r"item 0 of list is a tensor of torch.bfloat16 .*give bytes .uint8"):
        DatasetSource([(image, 1)], **options).decode(0)


class OneArray:
    """Gives each image in the same array, written over."""

    def __init__(self, depth=False):
        self.image, self.depth, self.gives = np.zeros((8, 8, 3), np.uint8), np.ones((8, 8), np.float32), depth

    def __len__(self):
        return 6

    def __getitem__(self, index):
        self.image[:] = 20 * index
        self.depth[:] = 1 + index
        return (self.image, self.depth, index) if self.gives else (self.image, index)


@pytest.mark.parametrize(("backend", "workers"), [("threads", 0), ("torch", 0), ("torch", 2)])
def test_a_dataset_that_writes_over_its_own_array(backend, workers):
    own = {"batch_size": 4, "mean": None, "backend": backend, "num_workers": workers}
    for collate in (None, list):
        batches = list(ce.CorruptLoader(OneArray(), collate_fn=collate, **own))
        images = [image for one in batches for image in (one[0] if collate is None else [image for image, _ in one])]
        assert [int(image[0, 0, 0]) for image in images] == [0, 20, 40, 60, 80, 100]
    deep = DatasetSource(OneArray(depth=True), depth=1)
    (made,) = (images for images, _ in ce.CorruptLoader(deep, "fog_3d", 3, **{**own, "batch_size": 6}))
    for n in range(6):
        image, depth = np.full((8, 8, 3), 20 * n, np.uint8), np.full((8, 8), 1.0 + n, np.float32)
        expected = ce.corrupt(image, "fog_3d", 3, ids=n, depth=depth)
        assert (made[n].permute(1, 2, 0).numpy() == expected).all()


def test_a_dataset_that_cannot_open_its_file():
    assert fingerprint(open_source(Pairs())) != fingerprint(open_source(Pairs(count=10)))
    with pytest.raises(ce.DecodeError, match="item 2 of Failing cannot be read: no image"):
        open_source(Failing()).decode(2)
    with pytest.raises(ce.SourceError, match=r"\(image, label\).*is needed"):
        open_source([1, 2]).decode(0)


class Own:
    """The least that a source of one's own has."""

    def __len__(self):
        return 3

    def decode(self, index):
        return made_images()[index], index

    def name(self, index):
        return f"mine {index}"


def test_a_source_of_ones_own():
    loader = ce.CorruptLoader(Own(), "fog", geometry="none", num_workers=2, extras="names")
    assert loader.backend == "threads" and next(iter(loader))[2]["names"] == ["mine 0", "mine 1", "mine 2"]
    assert len(fingerprint(Own())) == 64


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda image: image / np.float32(255), "mine 0 is an array of float32"),
        (lambda image: image.astype(np.int64), "mine 0 is an array of int64"),
        (Image.fromarray, "mine 0 is Image"),
        (lambda image: image[..., 0], "mine 0 has shape"),
        (lambda image: np.dstack([image, image])[..., :4], "mine 0 has shape"),
        (lambda image: image[:0], "mine 0 has shape"),
    ],
)
@pytest.mark.parametrize("workers", [{"num_workers": 0}, {"num_workers": 2}, {"backend": "torch", "num_workers": 1}])
def test_what_a_source_of_ones_own_must_not_give(change, words, workers, monkeypatch):
    """Laid into a batch of bytes, floats were black, and the processes made other bytes than the threads."""
    monkeypatch.setattr(Own, "decode", lambda self, index: (change(made_images()[index]), index))
    with pytest.raises(ce.ImageError, match=words):
        next(iter(ce.CorruptLoader(Own(), "fog", geometry="none", mean=None, **workers)))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are text")
def test_names_in_any_encoding(tmp_path):
    """Latin-1, Shift-JIS, a line break; class folders too. All are read, and come printable in messages and extras."""
    root = os.fsencode(tmp_path)
    for n, name in enumerate([b"caf\xe9/\x83l\x83R.png", "größe/猫.png".encode(), b"plain/a\nb.png"]):
        os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)  # noqa: PTH103, PTH118, PTH120
        with open(os.path.join(root, name), "wb") as file:  # noqa: PTH118, PTH123
            file.write(png(made_images()[n]))
    source = open_source(tmp_path)
    assert len(source) == 3 and source.classes[0] == "caf\\xe9"
    names = [source.name(n) for n in range(3)]
    assert any("猫" in name for name in names) and any("\\xe9" in name for name in names)
    for backend in ("threads", "torch", "dali"):
        loader = ce.CorruptLoader(tmp_path, geometry="none", backend=backend, num_workers=1, extras="names", mean=None)
        ((images, _, extras),) = loader
        assert "".join(extras["names"]).encode() and len(images) == 3
    (source.files[0]).write_bytes(b"broken")
    with pytest.raises(ce.DecodeError, match=r"caf\\xe9"):
        source.decode(0)
    fingerprint(source)
    write_tar(tmp_path / "s.tar", {"\udce9.png": png(made_images()[0]), "\udce9.cls": b"1"})
    for _ in range(2):  # from the tar, and from the index
        assert open_source(tmp_path / "s.tar").name(0).endswith(":\\xe9.png")


def test_sources_cost_nothing_before_they_are_used():
    code = "import sys, corrupt_engine.sources; print('torch' in sys.modules or 'datasets' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        == "False"
    )


def test_what_cannot_be_opened(tmp_path):
    with pytest.raises(ce.SourceError, match="tar shards"):
        open_source(object())
    assert isinstance(open_source([(tmp_path / "x.png", 0)]), FileSource)


@pytest.mark.parametrize("image", [np.asarray, Image.fromarray, torch.tensor], ids=["array", "pil", "tensor"])
@pytest.mark.parametrize("kind", [tuple, list])
def test_lists_of_images_and_of_labels_are_no_two_samples(image, kind):
    images = [image(one) for one in made_images()[:3]]
    for given in ([3, 1, 2], np.array([3, 1, 2]), ["a", "b", "c"]):
        with pytest.raises(ce.SourceError, match=r"list\(zip\(images, labels\)\)"):
            open_source(kind([images, given]))
    two = open_source(kind([[images[0], 3], [images[1], 1]]))
    assert len(two) == 2


def test_a_table_is_no_list_of_samples():
    """Item 0 of pandas' is the column called 0."""
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"path": ["x.png", "y.png"], "label": [3, 4]})
    with pytest.raises(ce.SourceError, match=r"a table \(DataFrame\).*list\(zip\("):
        open_source(table)
    assert open_source(list(zip(table["path"], table["label"], strict=True))).labels == (3, 4)


def test_absolute_and_relative_paths_may_be_mixed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(png(made_images()[0]))
    mixed = open_source([("a.png", 0), (tmp_path / "b.png", 1)])
    assert fingerprint(mixed) == fingerprint(open_source([("a.png", 0), ("b.png", 1)]))


@pytest.mark.skipif(sys.platform == "win32", reason="needs links and pipes")
def test_a_folder_with_links_pipes_and_circles(tmp_path, caplog):
    """Each folder is entered once, by its own path where it lies below; what is no file is left out, and said."""
    for name in ("root/a/x.png", "root/a/z/y.png", "root/b/w.png", "outside/v.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(png(made_images()[0]))
    root = tmp_path / "root"
    (root / "a" / "self").symlink_to(".")
    (root / "a" / "again").symlink_to("z")
    (root / "a" / "z" / "up").symlink_to("..")
    (root / "a" / "beyond").symlink_to(tmp_path / "outside")
    (tmp_path / "outside" / "back").symlink_to(root / "a")
    (root / "b" / "linked.png").symlink_to(root / "a" / "x.png")
    (root / "b" / "nowhere.png").symlink_to(root / "gone.png")
    (root / "b" / "device.png").symlink_to("/dev/zero")
    os.mkfifo(root / "b" / "pipe.png")
    (root / "b" / "round.png").symlink_to("round.png")
    source = open_source(root)
    assert [str(path.relative_to(root)) for path in source.files] == [
        "a/x.png", "a/beyond/v.png", "a/z/y.png", "b/linked.png", "b/nowhere.png", "b/round.png", "b/w.png",
    ]  # fmt: skip
    assert "pipe.png is no file, and left out" in caplog.text and "device.png" in caplog.text
    loader = ce.CorruptLoader(root, on_error="skip", geometry="none", num_workers=1)
    assert sum(len(labels) for _, labels in loader) == 5 and [one.id for one in loader.skipped] == [4, 5]


@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes")
@pytest.mark.timeout(20)
def test_pipes_and_devices_in_a_list(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    source = open_source([(tmp_path / "pipe.png", 0), ("/dev/zero", 1), (tmp_path, 2), ("a\0.png", 3)])
    for n, words in enumerate(["is no file, but a pipe", "is no file, but a pipe", "directory", "null"]):
        with pytest.raises(ce.DecodeError, match=rf"\(sample {n}\) cannot be read: .*{words}"):
            source.decode(n)


@pytest.mark.parametrize("name", ["", "b", "b/deep"])
def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch, name):
    for n, part in enumerate(("a", "b", "b/deep")):
        (tmp_path / part).mkdir()
        (tmp_path / part / f"{n}.png").write_bytes(png(made_images()[n]))
    real = os.scandir

    def refusing(path="."):
        if os.fspath(path) == str(tmp_path / name):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(ce.SourceError, match=rf"{tmp_path / name} cannot be read: Permission denied"):
        ce.sources.folder_source(tmp_path)
