"""Unusual and broken image files: each has one outcome, whatever decodes."""

import io
import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.sources.decoding import decode_bytes

from .golden_files import golden_image
from .mutations import mutations
from .small_sources import made_images, png

WAYS = {
    "dali": {"backend": "dali"},
    "pillow": {"backend": "threads", "decoder": "pillow"},
    "turbojpeg": {"backend": "threads", "decoder": "turbojpeg"},
    "torch": {"backend": "torch", "decoder": "pillow"},
    "torch-turbojpeg": {"backend": "torch", "decoder": "turbojpeg"},
}
CAT = golden_image("inputs/cat_32.png")


def jpeg(image, **options):
    return png(image, "JPEG", quality=90, **options)


def sixteen_bit(channels):
    """A PNG of 16 bits a channel, written by hand: Pillow writes none in colour. And its upper bytes."""
    values = (np.arange(32 * 32 * channels).reshape(32, 32, channels) * 21 % 65536).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in values)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 32, 32, 16, {1: 0, 3: 2}[channels], 0, 0, 0)
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return file, np.broadcast_to((values >> 8).astype(np.uint8), (32, 32, 3))


def twelve_bit():
    """A grey TIFF of 12 bits, three bytes for two pixels, as cameras of microscopes write it. And its upper 8 bits."""
    values = np.arange(1024) * 4
    pairs = values.reshape(-1, 2)
    packed = np.stack([pairs[:, 0] >> 4, (pairs[:, 0] & 15) << 4 | pairs[:, 1] >> 8, pairs[:, 1] & 255], axis=1)
    tags = {256: 32, 257: 32, 258: 12, 259: 1, 262: 1, 273: 0, 277: 1, 278: 32, 279: packed.size}
    tags[273] = 8 + 2 + 12 * len(tags) + 4
    rows = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    header = b"II*\0" + struct.pack("<IH", 8, len(tags)) + rows + bytes(4)
    upper = (values >> 4).astype(np.uint8).reshape(32, 32, 1)
    return header + packed.astype(np.uint8).tobytes(), np.broadcast_to(upper, (32, 32, 3))


def rotated():
    exif = Image.Exif()
    exif[0x0112] = 6
    return jpeg(CAT, exif=exif)


def frames():
    return [Image.fromarray(np.roll(CAT, 8 * n, axis=0)) for n in range(3)]


def in_mode(mode):
    return Image.fromarray(CAT).convert(mode)


def transparent_palette():
    image = in_mode("P")
    image.info["transparency"] = bytes(range(256))
    return image


def as_rgb(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


USUAL = {
    "plain.jpg": jpeg(CAT),
    "progressive.jpg": jpeg(CAT, progressive=True),
    "grey.jpg": jpeg(in_mode("L")),
    "cmyk.jpg": jpeg(in_mode("CMYK")),
    "rgb.jpg": jpeg(CAT, keep_rgb=True),
    "not-subsampled.jpg": jpeg(CAT, subsampling=0),
    "trailing.jpg": jpeg(CAT) + b"\0 something after the end",
    "palette.png": png(in_mode("P")),
    "bits.png": png(in_mode("1")),
    "alpha.png": png(in_mode("RGBA")),
    "grey-alpha.png": png(in_mode("LA")),
    "cmyk.tif": png(in_mode("CMYK"), "TIFF"),
    "lossy.webp": png(CAT, "WEBP"),
    "image.bmp": png(CAT, "BMP"),
    "misnamed.jpg": png(CAT),
}
OTHER = {
    "rotated.jpg": (rotated(), as_rgb(jpeg(CAT))),
    "rotated.tif": (png(CAT, "TIFF", tiffinfo={0x0112: 6}), np.rot90(CAT, -1)),
    "palette-alpha.png": (png(transparent_palette()), np.asarray(in_mode("P").convert("RGB"))),
    "sixteen-grey.png": sixteen_bit(1),
    "sixteen-colour.png": sixteen_bit(3),
    "twelve.tif": twelve_bit(),
    "animated.gif": (
        png(frames()[0], "GIF", save_all=True, append_images=frames()[1:]),
        as_rgb(png(frames()[0], "GIF")),
    ),
    "animated.png": (png(frames()[0], "PNG", save_all=True, append_images=frames()[1:]), CAT),
    "animated.webp": (png(frames()[0], "WEBP", save_all=True, append_images=frames()[1:], lossless=True), CAT),
    "sixteen.pgm": (
        b"P5 32 32 65535\n" + (np.arange(1024) * 64).astype(">u2").tobytes(),
        np.broadcast_to((np.arange(1024) // 4).astype(np.uint8).reshape(32, 32, 1), (32, 32, 3)),
    ),
    "pages.tif": (png(frames()[0], "TIFF", save_all=True, append_images=frames()[1:]), CAT),
}
OUTCOMES = {name: (data, as_rgb(data)) for name, data in USUAL.items()} | OTHER

BROKEN = {
    "truncated.jpg": (jpeg(CAT)[:-200], "truncated"),
    "truncated-with-end.jpg": (jpeg(CAT)[:-200] + b"\xff\xd9", ""),
    "header-only.jpg": (jpeg(CAT)[:100], ""),
    "truncated.png": (png(CAT)[:-200], ""),
    "empty.jpg": (b"", "it is empty"),
    "text.jpg": (b"not an image", "no known format"),
    "noise.jpg": (b"\xff\xd8" + bytes(range(256)) * 4 + b"\xff\xd9", ""),
    "floats.tif": (png(Image.fromarray(np.ones((4, 4), np.float32)), "TIFF"), "floats"),
    "wide.tif": (png(Image.fromarray(np.ones((4, 4), np.int32)), "TIFF"), "32-bit"),
    "frame-alone.jpg": (bytes.fromhex("ffd8ffc0000808ffd9"), ""),
    "ends-in-scan-header.jpg": (jpeg(CAT)[: jpeg(CAT).index(b"\xff\xda") + 12] + b"\xff\xd9", ""),
    "postscript.png": (png(CAT, "EPS"), "it is Encapsulated PostScript, and read are JPEG, PNG"),
    "avif.jpg": (png(CAT, "AVIF") if "AVIF" in Image.SAVE else b"\0\0\0\x1cftypavif", "it is AVIF"),
    "surface.png": (png(CAT, "DDS"), "it is DDS"),
    "icon.png": (png(CAT, "ICO"), "it is ICO"),
    "page.jpg": (b"<!DOCTYPE html><html>not found</html>", "it is an HTML page"),
    "array.jpg": (b"\x93NUMPY\1\0", "it is a NumPy array"),
}
TOLERATED = {"truncated-with-end.jpg"}  # libjpeg fills the missing part with grey and only warns: for every decoder


@pytest.fixture(scope="module")
def unusual(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unusual")
    for name, (data, _) in OUTCOMES.items():
        (folder / name).write_bytes(data)
    return [(folder / name, n) for n, name in enumerate(OUTCOMES)]


@pytest.mark.parametrize("way", WAYS)
def test_unusual_files_have_the_documented_outcome(unusual, way):
    loader = ce.CorruptLoader(
        unusual, **WAYS[way], num_workers=1, geometry="none", mean=None, batch_size=4, extras="ids"
    )
    seen = 0
    for images, labels, extras in loader:
        assert labels.tolist() == extras["ids"].tolist()
        for image, index in zip(images.permute(0, 2, 3, 1).numpy(), labels.tolist(), strict=True):
            name = list(OUTCOMES)[index]
            assert (image == OUTCOMES[name][1]).all(), name
            seen += 1
    assert seen == len(OUTCOMES) == 26


def test_sixteen_bit_grey_is_not_clipped():
    """Pillow's own conversion makes every value above 255 white."""
    data, upper = sixteen_bit(1)
    assert (as_rgb(data) == 255).mean() > 0.9 and (upper == 255).mean() < 0.1
    assert (decode_bytes(data, "x", 0) == upper).all()


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """Broken files, each between two good ones."""
    folder = tmp_path_factory.mktemp("damaged")
    pairs = [(folder / "first.jpg", 0)]
    (folder / "first.jpg").write_bytes(jpeg(CAT))
    for name in sorted(set(BROKEN) - TOLERATED):
        (folder / name).write_bytes(BROKEN[name][0])
        (folder / f"after-{name}.jpg").write_bytes(jpeg(CAT))
        pairs += [(folder / name, len(pairs)), (folder / f"after-{name}.jpg", len(pairs) + 1)]
    return [*pairs, (folder / "gone.jpg", len(pairs))]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken_files_are_named(tmp_path, way, name):
    data, words = BROKEN[name]
    (tmp_path / name).write_bytes(data)
    loader = ce.CorruptLoader([(tmp_path / name, 5)], **WAYS[way], num_workers=1, geometry="none", mean=None)
    if name in TOLERATED:
        ((images, _),) = loader
        assert (images[0].permute(1, 2, 0).numpy() == as_rgb(data)).all()
        return
    with pytest.raises(ce.DecodeError, match=rf"{name} \(sample 0\) is no readable image") as caught:
        list(loader)
    assert words in str(caught.value) and isinstance(caught.value, RuntimeError)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_skipping_loses_the_broken_files_and_nothing_else(damaged, way, batch_size):
    options = {"num_workers": 1, "geometry": "none", "mean": None, "batch_size": batch_size, "extras": ["ids", "names"]}
    loader = ce.CorruptLoader(damaged, "fog", 2, **WAYS[way], on_error="skip", **options)
    good = [n for n, (path, _) in enumerate(damaged) if path.name.startswith(("first", "after"))]
    for _ in range(2):
        batches = list(loader)
        assert [i for *_, extras in batches for i in extras["ids"].tolist()] == good
        assert all(len(images) == len(labels) == len(extras["names"]) > 0 for images, labels, extras in batches)
        assert [skipped.id for skipped in loader.skipped] == sorted(set(range(len(damaged))) - set(good))
        (number, name, reason), *_ = loader.skipped  # as documented: tuples
        assert (number, name, reason) == loader.skipped[0] == tuple(loader.skipped[0])
        assert loader.skipped[-1].name.endswith("gone.jpg") and "No such file" in loader.skipped[-1].reason
    expected = ce.corrupt(as_rgb(jpeg(CAT)), "fog", 2, ids=good[-1])
    assert (batches[-1][0][-1].permute(1, 2, 0).numpy() == expected).all()


def test_what_was_skipped_is_kept_in_the_state(damaged):
    def loader():
        return ce.CorruptLoader(damaged, on_error="skip", num_workers=2, geometry="none", batch_size=4)

    made = loader()
    iterator = iter(made)
    next(iterator)
    state = json.loads(json.dumps(made.state_dict()))
    other = loader()
    other.load_state_dict(state)
    list(other)
    list(iterator)
    assert other.skipped == made.skipped and len(made.skipped) == len(BROKEN) - len(TOLERATED) + 1


def test_nothing_readable_at_all(tmp_path):
    (tmp_path / "x.jpg").write_bytes(b"")
    loader = ce.CorruptLoader([(tmp_path / "x.jpg", 0)] * 3, on_error="skip", batch_size=2, num_workers=1)
    assert list(loader) == [] and [skipped.id for skipped in loader.skipped] == [0, 1, 2]


@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_disappears(tmp_path, way):
    for n in range(6):
        (tmp_path / "c").mkdir(exist_ok=True)
        (tmp_path / "c" / f"{n}.png").write_bytes(png(made_images()[n]))
    loader = ce.CorruptLoader(tmp_path, **WAYS[way], num_workers=1, geometry="none", batch_size=1)
    (tmp_path / "c" / "4.png").unlink()
    received = 0
    with pytest.raises(ce.DecodeError, match=r"4.png \(sample 4\) cannot be read: No such file"):
        for _ in loader:
            received += 1
    assert received == 4


def test_errors_of_the_users_make_are_never_skipped(damaged):
    loader = ce.CorruptLoader(damaged[:1], on_error="skip", geometry=ce.Geometry(crop=500), num_workers=1)
    with pytest.raises(ce.OptionError, match="does not fit"):
        list(loader)


@pytest.mark.parametrize(
    "error", [KeyError("x"), struct.error("short"), RuntimeError("odd"), UserWarning("as an error")]
)
def test_whatever_a_decoder_raises_is_the_files_fault(monkeypatch, error):
    def failing(*arguments, **options):
        raise error

    monkeypatch.setattr(Image, "open", failing)
    with pytest.raises(ce.DecodeError, match=r"a.png \(sample 3\) is no readable image: "):
        decode_bytes(png(CAT), "a.png", 3)


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt, SystemExit])
def test_what_is_not_the_files_fault_is_raised_as_it_is(monkeypatch, error):
    def failing(*arguments, **options):
        raise error

    monkeypatch.setattr(Image, "open", failing)
    with pytest.raises(error):
        decode_bytes(png(CAT), "a.png", 3)


def test_a_dataset_whose_images_are_opened_and_not_read():
    class Lazy:
        def __len__(self):
            return 1

        def __getitem__(self, index):
            return Image.open(io.BytesIO(png(CAT)[:-200])), 0

    with pytest.raises(ce.DecodeError, match="item 0 of Lazy cannot be read: "):
        ce.sources.DatasetSource(Lazy()).decode(0)


@pytest.fixture(scope="module")
def mutants(tmp_path_factory):
    """A thousand files, each changed somewhere; what Pillow makes of each, None where it refuses."""
    small = Image.fromarray(CAT[:24, :20])
    cat = np.tile(CAT, (2, 2, 1))[:48, :40]
    files = {
        "JPEG": [
            jpeg(cat),
            jpeg(cat, progressive=True),
            jpeg(cat, subsampling=0, restart_marker_blocks=2),
            jpeg(cat, subsampling=1, optimize=True),
            rotated(),
            jpeg(in_mode("L")),
            jpeg(in_mode("CMYK")),
        ],
        "PNG": [png(small), png(in_mode("P")), png(in_mode("RGBA")), sixteen_bit(1)[0], sixteen_bit(3)[0]],
        "GIF": [png(small, "GIF"), OTHER["animated.gif"][0]],
        "BMP": [png(small, "BMP"), png(in_mode("P"), "BMP")],
        "TIFF": [png(small, "TIFF", compression=name) for name in (None, "tiff_lzw", "tiff_deflate", "packbits")],
        "WEBP": [png(small, "WEBP"), png(small, "WEBP", lossless=True)],
    }
    folder = tmp_path_factory.mktemp("mutants")
    pairs, outcomes = [], []
    made = mutations({**files, "JPEG": files["JPEG"] * 2}, 1000, seed=5)
    for n, (kind, data) in enumerate(made):
        path = folder / f"{n:04}.{kind.lower()}"
        path.write_bytes(data)
        pairs.append((path, n))
        try:
            image = decode_bytes(data, "x")
        except ce.DecodeError:
            image = None
        outcomes.append(image)
    return pairs, outcomes


@pytest.mark.filterwarnings("ignore")  # Pillow's own, about what it puts up with
@pytest.mark.timeout(120)
@pytest.mark.parametrize("way", WAYS)
def test_a_thousand_mutated_files_have_one_outcome(mutants, way):
    """What Pillow gives, or refuses, is the outcome: the same files skipped, and the same bytes of all others."""
    pairs, outcomes = mutants
    loader = ce.CorruptLoader(
        pairs, **WAYS[way], num_workers=2, geometry="none", mean=None, batch_size=1, on_error="skip"
    )
    seen = {}
    for images, labels in loader:
        seen[labels.item()] = images[0].permute(1, 2, 0).numpy().copy()
    refused = [n for n, image in enumerate(outcomes) if image is None]
    assert [skipped.id for skipped in loader.skipped] == refused and 300 < len(refused) < 700
    assert all(f"{skipped.id:04}." in skipped.reason for skipped in loader.skipped)
    different = [pairs[n][0].name for n, image in seen.items() if not np.array_equal(image, outcomes[n])]
    assert different == [] and len(seen) == len(pairs) - len(refused)


@pytest.mark.filterwarnings("ignore")
def test_mutated_files_in_batches(mutants, monkeypatch):
    """Whatever stands beside them; and DALI, which may end with the process over one of them, refuses none that it is
    given.
    """
    from corrupt_engine.loader.decode import dali

    pairs, outcomes = mutants
    built, real = [], dali.build_pipeline
    monkeypatch.setattr(dali, "build_pipeline", lambda *arguments: built.append(1) or real(*arguments))
    square = ce.Geometry(resize=(8, 8))
    loader = ce.CorruptLoader(
        pairs, backend="dali", num_workers=2, geometry=square, mean=None, batch_size=37, on_error="skip"
    )
    seen = {}
    for images, labels in loader:
        seen |= dict(zip(labels.tolist(), images.permute(0, 2, 3, 1).numpy().copy(), strict=True))
    assert sorted(seen) == [n for n, image in enumerate(outcomes) if image is not None]
    assert all((image == square(outcomes[n])).all() for n, image in seen.items()) and built == [1]


@pytest.mark.parametrize(
    ("at", "value"),
    [(7, b"\x33"), (10, b"\x32"), (10, b"\0"), (13, b"\x51"), (1, b"\xff\xff"), (0, b"\x0c"), (5, b"\1"), (9, b"\1")],
)
def test_frames_that_libjpeg_refuses_do_not_come_to_dali(at, value):
    """Sampling by a fraction, too many blocks at once, a side above 65,500, 12 bits, one component, the same twice."""
    from corrupt_engine.loader.decode.jpeg import is_plain_jpeg

    data = jpeg(CAT, subsampling=2)
    at += data.index(b"\xff\xc0") + 4
    assert is_plain_jpeg(data)
    assert not is_plain_jpeg(data[:at] + value + data[at + len(value) :])
