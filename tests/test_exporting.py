"""Exports: the published layouts, the right bytes, and going on after a kill."""

import json

import numpy as np
import pytest
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.tools.export import export

from .small_sources import png, write_tar
from .tiny import TinyImages

EXTRA = "imagenet-c-extra"
OPTIONS = {"progress": False, "num_workers": 0, "threads": 1, "batch_size": 4}


def made(image, name, severity, number, **options):
    return ce.corrupt(image, name, severity, ids=number, **options)


def test_folders_are_the_published_layout_and_the_stored_stage(tmp_path, photo_folder):
    """What is read back is what as_stored=True makes, to the byte."""
    found = export(photo_folder, tmp_path / "c", benchmark=EXTRA, batch_size=4, progress=False)
    assert found == (tmp_path / "c", 6 * 20, 6 * 20)
    files = sorted((tmp_path / "c" / "spatter" / "3").rglob("*.JPEG"))
    assert [str(path.relative_to(tmp_path / "c")) for path in files] == [
        f"spatter/3/{name}.JPEG" for name in ("cats/a", "cats/b", "cats/c", "people/a", "people/b", "people/c")
    ]
    loader = ce.CorruptLoader(photo_folder, "spatter", 3, as_stored=True, mean=None, batch_size=6)
    ((images, _),) = loader
    for path, image in zip(files, images, strict=True):
        with Image.open(path) as stored:
            assert (np.asarray(stored) == image.permute(1, 2, 0).numpy()).all()


def test_arrays_are_the_layout_of_cifar(tmp_path):
    source = TinyImages(10)
    export(source, tmp_path / "c", "npy", EXTRA, **OPTIONS)
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == [
        "export.json", "gaussian_blur.npy", "labels.npy", "saturate.npy", "spatter.npy", "speckle_noise.npy",
    ]  # fmt: skip
    images, labels = np.load(tmp_path / "c" / "speckle_noise.npy"), np.load(tmp_path / "c" / "labels.npy")
    assert images.shape == (50, 8, 8, 3) and labels.tolist() == source.labels * 5
    for severity, number in ((1, 0), (3, 7), (5, 9)):
        expected = made(source[number][0], "speckle_noise", severity, number)
        assert (images[(severity - 1) * 10 + number] == expected).all()


def test_labels_are_as_many_as_the_part_with_the_most_levels_has(tmp_path):
    """flip has one level and rotation five: labels.npy is the same whatever is exported first, or together."""
    source, options = TinyImages(10), {"benchmark": "transfer-study", **OPTIONS}
    for names in (["rotation", "flip"], ["flip", "rotation"], [["flip", "rotation"]]):
        folder = tmp_path / str(names)
        for name in names:
            export(source, folder, "npy", corruptions=name, **options)
        assert np.load(folder / "labels.npy").tolist() == source.labels * 5
    (folder / "labels.npy").write_bytes(b"damaged")
    with pytest.raises(ce.ExportError, match=r"labels.npy is damaged"):
        export(source, folder, "npy", corruptions="translation", **options)


class Dies(Exception):
    pass


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Of each layout: what an export that is not killed made, and its files."""
    made = {}
    for layout in ("folders", "npy"):
        folder = tmp_path_factory.mktemp("whole") / layout
        made[layout] = export(TinyImages(10), folder, layout, EXTRA, **OPTIONS).made, tree(folder)
    return made


@pytest.mark.parametrize("layout", ["folders", "npy"])
@pytest.mark.parametrize("at", [1, 30, 130, 190])  # of 200 images
def test_a_killed_export_goes_on(tmp_path, monkeypatch, whole, layout, at):
    from corrupt_engine.transforms.corrupt import Prepared

    count, files = whole[layout]
    real, made = Prepared.apply, []

    def dying(self, src, *arguments, **options):
        made.append(len(src))
        if sum(made) > at + 4:  # four are the checks before the start
            raise Dies
        return real(self, src, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Prepared, "apply", dying)
        with pytest.raises(Dies):
            export(TinyImages(10), tmp_path / "c", layout, EXTRA, **OPTIONS)
    again = export(TinyImages(10), tmp_path / "c", layout, EXTRA, **OPTIONS)
    assert tree(tmp_path / "c") == files
    assert again.made < count if at > 80 else again.made <= count
    assert export(TinyImages(10), tmp_path / "c", layout, EXTRA, **OPTIONS).made == 0


def test_another_export_is_refused(tmp_path):
    export(TinyImages(4), tmp_path / "c", "npy", EXTRA, **OPTIONS)
    with pytest.raises(ce.ExportError, match="seed was 0 and is 3 now"):
        export(TinyImages(4), tmp_path / "c", "npy", EXTRA, seed=3, **OPTIONS)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("")
    with pytest.raises(ce.ExportError, match=r"not empty and holds no export.json"):
        export(TinyImages(4), tmp_path / "full", "npy", EXTRA, **OPTIONS)
    (tmp_path / "c" / "export.json").write_text("{")
    with pytest.raises(ce.ExportError, match="is damaged"):
        export(TinyImages(4), tmp_path / "c", "npy", EXTRA, **OPTIONS)


def test_a_full_disk_is_named_and_loses_nothing(tmp_path, monkeypatch):
    real, calls = Image.Image.save, []

    def full(self, *arguments, **options):
        calls.append(1)
        if len(calls) > 30:
            raise OSError(28, "No space left on device")
        return real(self, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Image.Image, "save", full)
        with pytest.raises(ce.ExportError, match=r"No space left on device; what was written is kept"):
            export(TinyImages(10), tmp_path / "c", "folders", EXTRA, **OPTIONS)
    assert len(list((tmp_path / "c").rglob("*.JPEG"))) == 30
    assert export(TinyImages(10), tmp_path / "c", "folders", EXTRA, **OPTIONS).made < 200


def test_what_cannot_be_exported(tmp_path, photo_folder):
    with pytest.raises(ce.UnknownNameError, match="unknown layout 'zip'"):
        export(TinyImages(4), tmp_path / "c", "zip", EXTRA, **OPTIONS)
    with pytest.raises(ce.OptionError, match="as_stored would do it twice"):
        export(TinyImages(4), tmp_path / "c", as_stored=True, **OPTIONS)
    with pytest.raises(ce.OptionError, match="those of unreadable files would be black"):
        export(photo_folder, tmp_path / "c", "npy", EXTRA, on_error="skip", **OPTIONS)
    with pytest.raises(ce.OptionError, match=r"'pgd' is an attack.* evaluate\(model, source, 'adversarial'\)"):
        export(photo_folder, tmp_path / "c", benchmark="adversarial", corruptions="pgd", **OPTIONS)
    assert not (tmp_path / "c").exists()
    with pytest.raises(ce.OptionError, match="one array holds images of one shape"):
        export(
            photo_folder,
            tmp_path / "d",
            "npy",
            EXTRA,
            geometry="none",
            progress=False,
            batch_size=1,
            backend="torch",
            num_workers=0,
        )
    Image.new("RGB", (8, 8)).save(photo_folder / "cats" / "a.bmp")
    with pytest.raises(ce.OptionError, match=r"a.png would both be stored as cats/a.JPEG"):
        export(photo_folder, tmp_path / "e", benchmark=EXTRA, progress=False)


def test_the_manifest_says_what_it_is(tmp_path):
    export(TinyImages(2), tmp_path / "c", "npy", EXTRA, seed=7, **OPTIONS)
    found = json.loads((tmp_path / "c" / "export.json").read_text())
    assert (found["seed"], found["layout"], found["data.samples"], found["variant"]) == (7, "npy", 2, "cifar-10-c")


class Labelled(TinyImages):
    """The images with labels of one's own."""

    def __init__(self, labels):
        super().__init__(len(labels))
        self.own = labels

    def __getitem__(self, index):
        return super().__getitem__(index)[0], self.own[index]


HOSTILE = [
    "../x", "../../../../../../tmp/x", "/tmp/hostile-export", "", ".", "..", "a/../../b", "..\\x", "C:\\x", "a\0b",
    "x" * 400, "ä" * 400, "\ud800", "\n", " ", "...", {"a": "../x"}, None, "con",
]  # fmt: skip


def files_outside(tmp_path, folder):
    return [path for path in tmp_path.rglob("*") if path.is_file() and folder not in path.parents]


def test_labels_of_anybody_stay_within_the_folder(tmp_path):
    """A label that is known only when its image is decoded, from a tar for instance."""
    source = Labelled(HOSTILE)
    found = export(source, tmp_path / "deep" / "c", "folders", EXTRA, **OPTIONS)
    files = list((tmp_path / "deep" / "c").rglob("*.JPEG"))
    assert len(files) == found.images == len(HOSTILE) * 20
    assert files_outside(tmp_path, tmp_path / "deep" / "c") == []
    assert all(len(path.relative_to(tmp_path / "deep" / "c").parts) == 4 for path in files)
    assert len({str(path).casefold() for path in files}) == len(files)
    assert export(source, tmp_path / "deep" / "c", "folders", EXTRA, **OPTIONS).made == 0


def test_labels_from_a_tar_stay_within_the_folder(tmp_path):
    files = {}
    for n, label in enumerate(["../x", "/tmp/hostile-export", "a\\b"]):
        files |= {f"{n}.png": png(TinyImages(3)[n][0]), f"{n}.txt": label.encode()}
    write_tar(tmp_path / "s.tar", files)
    export(tmp_path / "s.tar", tmp_path / "c", "folders", EXTRA, geometry="none", progress=False, batch_size=2)
    assert len(list((tmp_path / "c").rglob("*.JPEG"))) == 60
    assert files_outside(tmp_path, tmp_path / "c") == [tmp_path / "s.tar"]
    assert {path.name for path in (tmp_path / "c" / "spatter" / "1").iterdir()} == {
        ".._x",
        "_tmp_hostile-export",
        "a_b",
    }


@pytest.mark.parametrize("label", [*HOSTILE[:7], "a\0b", "x" * 400, "\ud800"])
def test_a_label_of_a_list_that_is_no_name_is_refused_before_anything_is_written(tmp_path, label):
    path = tmp_path / "x.png"
    path.write_bytes(png(TinyImages(1)[0][0]))
    with pytest.raises(ce.OptionError, match=r"x.png of class .* cannot be stored: .* can be no name of a file"):
        export([(path, label)], tmp_path / "c", "folders", EXTRA, **OPTIONS)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "names",
    [("a/x.png", "a/X.jpg"), ("A/x.png", "a/x.png"), ("a/\u00e9.png", "a/e\u0301.png"), ("a/ß.png", "a/SS.png")],
)
def test_names_that_some_file_systems_take_for_one(tmp_path, names):
    for name in names:
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_bytes(png(TinyImages(1)[0][0]))
    with pytest.raises(ce.OptionError, match="would both be stored as"):
        export(tmp_path / "data", tmp_path / "c", "folders", EXTRA, **OPTIONS)
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("label", ["cat", None, 1.5, 2**70])
def test_an_array_holds_whole_numbers(tmp_path, label):
    path = tmp_path / "x.png"
    path.write_bytes(png(TinyImages(1)[0][0]))
    with pytest.raises(ce.OptionError, match=r"labels.npy holds whole numbers, and a label is"):
        export([(path, label)], tmp_path / "c", "npy", EXTRA, geometry="none", **OPTIONS)
    assert not (tmp_path / "c").exists()
    with pytest.raises(ce.OptionError, match=r"labels.npy holds whole numbers, and a label is"):
        export(Labelled([0, label]), tmp_path / "c", "npy", EXTRA, **OPTIONS)
    assert [file.name for file in (tmp_path / "c").iterdir()] == ["export.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"shape": 3}', '{"shape": ["x"], "done": []}', "[" * 9999])
def test_damaged_notes_are_named(tmp_path, text):
    export(TinyImages(2), tmp_path / "c", "npy", EXTRA, **OPTIONS)
    (tmp_path / "c" / "progress.json").write_text(text)
    with pytest.raises(ce.ExportError, match=r"progress.json is damaged"):
        export(TinyImages(2), tmp_path / "c", "npy", EXTRA, **OPTIONS)
    (tmp_path / "c" / "export.json").write_text(text)
    with pytest.raises(ce.ExportError, match=r"export.json is damaged|holds another export"):
        export(TinyImages(2), tmp_path / "c", "npy", EXTRA, **OPTIONS)
