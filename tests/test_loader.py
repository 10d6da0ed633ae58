"""Sources and the loader: the same bytes from both backends, any batch size and any number of workers."""

import hashlib
import threading
import time

import numpy as np
import pytest
import torch
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.loader.decode.dali import is_plain_jpeg
from corrupt_engine.sources import open_source

from .golden_files import golden_image
from .test_corrupt import TvImage
from .test_geometry import pillow_imagenet

BACKENDS = ["dali", "threads", "torch"]


def hashes(loader):
    """{sample number: hash of its bytes}, by the order of an unshuffled loader."""
    rows = [image for images, _ in loader for image in images]
    return [hashlib.sha256(row.numpy().tobytes()).hexdigest() for row in rows]


class Pairs:
    """A torch Dataset of one's own."""

    def __init__(self, make, count=5):
        self.make, self.count = make, count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return self.make(np.roll(golden_image("inputs/cat_64.png"), index, axis=0)), index % 3


def test_folder_is_read_like_an_image_folder(photo_folder):
    source = open_source(photo_folder)
    assert source.classes == ("cats", "people")
    assert [path.name for path in source.files] == ["a.png", "b.jpg", "c.jpg", "a.jpg", "b.png", "c.jpeg"]
    assert source.labels == (0, 0, 0, 1, 1, 1)


@pytest.mark.parametrize("backend", BACKENDS)
def test_clean_bytes_are_pillows(photo_folder, backend):
    loader = ce.CorruptLoader(photo_folder, mean=None, batch_size=4, backend=backend, num_workers=1)
    images = torch.cat([images for images, _ in loader])
    labels = torch.cat([labels for _, labels in loader])
    assert labels.tolist() == [0, 0, 0, 1, 1, 1]
    for image, path in zip(images, loader.dataset.files, strict=True):
        expected = pillow_imagenet(np.asarray(Image.open(path).convert("RGB")))
        assert (image.permute(1, 2, 0).numpy() == expected).all()


def test_bytes_depend_on_nothing_but_the_key(photo_folder):
    settings = {"corruption": "snow", "severity": 4, "seed": 5, "mean": None}
    expected = hashes(ce.CorruptLoader(photo_folder, backend="torch", num_workers=0, batch_size=1, **settings))
    assert len(set(expected)) == 6
    for backend in BACKENDS:
        for workers in (1, 2):
            for batch_size in (1, 4, 7):
                loader = ce.CorruptLoader(
                    photo_folder, backend=backend, num_workers=workers, batch_size=batch_size, **settings
                )
                assert hashes(loader) == expected, (backend, workers, batch_size)
    assert hashes(ce.CorruptLoader(photo_folder, **{**settings, "seed": 6})) != expected


def test_loader_equals_corrupt(photo_folder):
    loader = ce.CorruptLoader(photo_folder, "motion_blur", 3, seed=2, mean=None, batch_size=6, as_stored=True)
    ((images, _),) = loader
    first = pillow_imagenet(np.asarray(Image.open(loader.dataset.files[1]).convert("RGB")))
    expected = ce.corrupt(first, "motion_blur", 3, seed=2, ids=1, as_stored=True)
    assert (images[1].permute(1, 2, 0).numpy() == expected).all()


def test_normalization_is_torchvisions(photo_folder):
    ((images, _),) = ce.CorruptLoader(photo_folder, batch_size=6)
    ((raw, _),) = ce.CorruptLoader(photo_folder, batch_size=6, mean=None)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    expected = (raw.float() / 255 - mean[:, None, None]) / std[:, None, None]
    assert images.dtype == torch.float32 and images.is_contiguous()
    # Multiplying the constants by 255 beforehand rounds otherwise in the last bits of a value of up to 2.7.
    torch.testing.assert_close(images, expected, atol=2e-6, rtol=0)


@pytest.mark.parametrize(
    "make",
    [
        Image.fromarray,
        lambda a: a,
        lambda a: torch.from_numpy(a).permute(2, 0, 1),
        lambda a: torch.from_numpy(a.copy()).permute(2, 0, 1).contiguous(),
        lambda a: torch.from_numpy(a.copy()).permute(2, 0, 1).as_subclass(TvImage),
    ],
    ids=["pil", "array", "view", "tensor", "tv_tensor"],
)
def test_a_dataset_of_any_usual_kind(make):
    loader = ce.CorruptLoader(Pairs(make), "fog", 3, mean=None, num_workers=0, batch_size=2)
    images = torch.cat([images for images, _ in loader])
    labels = torch.cat([labels for _, labels in loader])
    assert labels.tolist() == [0, 1, 2, 0, 1]
    for index, image in enumerate(images):
        expected = ce.corrupt(np.roll(golden_image("inputs/cat_64.png"), index, axis=0), "fog", 3, ids=index)
        assert (image.permute(1, 2, 0).numpy() == expected).all()


def test_length_drop_last_and_restart(photo_folder):
    loader = ce.CorruptLoader(photo_folder, batch_size=4, mean=None)
    assert len(loader) == 2 and [len(labels) for _, labels in loader] == [4, 2]
    assert hashes(loader) == hashes(loader)
    dropping = ce.CorruptLoader(photo_folder, batch_size=4, drop_last=True)
    assert len(dropping) == 1 and [len(labels) for _, labels in dropping] == [4]


def test_shuffle_changes_the_order_and_nothing_else(photo_folder):
    settings = {"corruption": "gaussian_noise", "mean": None, "batch_size": 4}
    plain = hashes(ce.CorruptLoader(photo_folder, **settings))
    shuffled = ce.CorruptLoader(photo_folder, shuffle=True, **settings)
    epochs = [hashes(shuffled) for _ in range(3)]
    assert all(sorted(epoch) == sorted(plain) for epoch in epochs)
    assert len({tuple(epoch) for epoch in [plain, *epochs]}) > 2
    assert hashes(ce.CorruptLoader(photo_folder, shuffle=True, **settings)) == epochs[0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_leaving_early_leaves_nothing_behind(photo_folder, backend):
    loader = ce.CorruptLoader(photo_folder, batch_size=1, backend=backend, num_workers=2)
    for _ in range(3):
        for _ in loader:
            break
    deadline = time.monotonic() + 10
    while any("corrupt-engine-" in t.name for t in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [t.name for t in threading.enumerate() if "corrupt-engine-" in t.name]
    assert len(list(loader)) == 6


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("damage", ["truncated", "empty", "no image", "missing"])
def test_a_bad_file_is_named(photo_folder, backend, damage):
    bad = photo_folder / "people" / "a.jpg"
    data = bad.read_bytes()
    loader = ce.CorruptLoader(photo_folder, batch_size=2, backend=backend, num_workers=1)
    if damage == "missing":
        bad.unlink()
    else:
        bad.write_bytes(
            {"truncated": data[: len(data) // 2], "empty": b"", "no image": b"\xff\xd8" + b"x" * 500 + b"\xff\xd9"}[
                damage
            ]
        )
    with pytest.raises(ce.DecodeError, match=r"people/a.jpg \(sample 3\)"):
        list(loader)


def test_a_file_that_dali_alone_cannot_read_is_read_by_pillow(photo_folder, monkeypatch):
    expected = hashes(ce.CorruptLoader(photo_folder, mean=None, batch_size=2, backend="torch", num_workers=0))
    monkeypatch.setattr(
        "corrupt_engine.loader.decode.dali.is_plain_jpeg",
        lambda data: data[:2] == b"\xff\xd8" or data[:4] == b"\x89PNG",
    )
    monkeypatch.setattr("corrupt_engine.loader.decode.dali.blank_jpeg", lambda: b"broken")
    assert hashes(ce.CorruptLoader(photo_folder, mean=None, batch_size=2, backend="dali")) == expected


def test_which_files_go_to_dali(photo_folder, tmp_path):
    def saved(mode, **options):
        Image.fromarray(golden_image("inputs/cat_64.png")).convert(mode).save(tmp_path / "x.jpg", **options)
        return (tmp_path / "x.jpg").read_bytes()

    assert is_plain_jpeg(saved("RGB"))
    assert is_plain_jpeg(saved("RGB", progressive=True))
    assert not is_plain_jpeg(saved("L"))
    assert not is_plain_jpeg(saved("CMYK"))
    assert not is_plain_jpeg(saved("RGB")[:-10])
    assert not is_plain_jpeg((photo_folder / "cats" / "a.png").read_bytes())


def test_sweep_decodes_once_and_equals_the_loader(photo_folder, monkeypatch):
    from corrupt_engine.sources import FileSource

    reads = []
    monkeypatch.setattr(
        FileSource, "encoded", lambda self, i, read=FileSource.encoded: reads.append(i) or read(self, i)
    )
    plan = [("clean", 0), ("fog", 2), ("gaussian_noise", 2.5)]
    seen = {}
    for batch in ce.sweep(photo_folder, plan, mean=None, batch_size=4, backend="torch", num_workers=0):
        seen.setdefault(batch.condition, []).append(batch.images)
    assert sorted(reads) == list(range(6))
    for condition, images in seen.items():
        loader = ce.CorruptLoader(photo_folder, condition.corruption, condition.severity, mean=None, batch_size=6)
        ((expected, _),) = loader
        assert (torch.cat(images) == expected).all()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda f: ce.CorruptLoader(f / "nowhere"), ce.SourceError, "is no folder"),
        (lambda f: ce.CorruptLoader(f / "cats"), ce.SourceError, "no class folders"),
        (lambda f: ce.CorruptLoader(f, "smog"), ce.UnknownNameError, "'fog'"),
        (lambda f: ce.CorruptLoader(f, "fog", 7), ce.SeverityError, "severity 7"),
        (lambda f: ce.CorruptLoader(f, batch_size=0), ce.OptionError, "batch_size 0 is below 1"),
        (lambda f: ce.CorruptLoader(f, backend="dalli"), ce.UnknownNameError, "'dali'"),
        (lambda f: ce.CorruptLoader(f, device="tpu"), ce.UnknownNameError, "'tpu'"),
        (lambda f: ce.CorruptLoader(f, dtype="int8"), ce.UnknownNameError, "float16"),
        (lambda f: ce.CorruptLoader(f, dtype="float16", mean=None), ce.OptionError, "uint8"),
        (lambda f: ce.CorruptLoader(f, geometry="imagenet"), ce.UnknownNameError, "'imagenet-c'"),
        (lambda f: ce.CorruptLoader(Pairs(lambda a: a), backend="dali"), ce.OptionError, "torch"),
        (lambda f: ce.CorruptLoader(Pairs(lambda a: a, 0)), ce.SourceError, "empty"),
        (lambda f: ce.CorruptLoader(3), ce.SourceError, "int"),
        (lambda f: next(iter(ce.CorruptLoader(Pairs(lambda a: a / 255), num_workers=0))), ce.ImageError, "float64"),
        (lambda f: next(iter(ce.CorruptLoader(f, geometry="none", num_workers=1))), ce.OptionError, "shapes"),
        (lambda f: next(ce.sweep(f, "imagenet-d")), ce.UnknownNameError, "'imagenet-c'"),
        (lambda f: next(iter(ce.CorruptLoader(f, mean=(0.5, 0.5)))), ce.OptionError, "mean has 2 values"),
    ],
)
def test_bad_input_is_named(photo_folder, call, error, words):
    with pytest.raises(error) as caught:
        call(photo_folder)
    assert words in str(caught.value)


def test_an_empty_folder_is_named(tmp_path):
    (tmp_path / "class").mkdir()
    with pytest.raises(ce.SourceError, match="holds no images"):
        ce.CorruptLoader(tmp_path)


def test_a_missing_extra_is_named(photo_folder, monkeypatch):
    monkeypatch.setattr("corrupt_engine.loader.decode.workers.dali_installed", lambda: False)
    with pytest.raises(ce.MissingExtraError, match=r"corrupt-engine\[dali\]"):
        ce.CorruptLoader(photo_folder, backend="dali")
    assert ce.CorruptLoader(photo_folder, decoder="pillow").backend == "threads"


@pytest.mark.parametrize("first", BACKENDS)
def test_a_photograph_does_not_notice_shards_resumption_or_a_change_of_backend(photo_folder, first):
    settings = {"corruption": "snow", "severity": 4, "seed": 5, "mean": None, "num_workers": 2, "shuffle": True}
    expected = sorted(hashes(ce.CorruptLoader(photo_folder, backend="threads", **settings)))
    for then in BACKENDS:
        found = []
        for shard in range(2):
            part = {**settings, "num_shards": 2, "shard_id": shard, "batch_size": 1}
            with ce.CorruptLoader(photo_folder, backend=first, **part) as loader:
                found += hashes([next(iter(loader))])
                state = loader.state_dict()
            other = ce.CorruptLoader(photo_folder, backend=then, **{**part, "batch_size": 2})
            other.load_state_dict(state)
            found += hashes(other)
        assert sorted(found) == expected, then
