"""libjpeg-turbo through simplejpeg: Pillow's bytes of every kind of JPEG, or Pillow itself; and who is chosen when."""

import io

import numpy as np
import pytest
import simplejpeg
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.loader.decode import turbojpeg
from corrupt_engine.loader.decode.turbojpeg import decode_file, turbojpeg_agrees
from corrupt_engine.sources.decoding import decode_bytes
from corrupt_engine.tools.doctor import diagnose

from .golden_files import golden_image

CAT = np.tile(golden_image("inputs/cat_64.png"), (2, 2, 1))
SIZES = [(1, 1), (7, 9), (8, 8), (16, 17), (33, 2), (3, 50), (47, 33), (64, 128), (95, 101)]
DECODED = simplejpeg.decode_jpeg


@pytest.fixture
def counted(monkeypatch):
    """How many files came to libjpeg-turbo and were decoded by it."""
    calls = []

    def decode(*arguments, **options):
        image = DECODED(*arguments, **options)
        calls.append(image.shape)
        return image

    monkeypatch.setattr(simplejpeg, "decode_jpeg", decode)
    return calls


def pillow_jpeg(image, **options):
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def kinds(image):
    """A picture as a JPEG of every kind that is plain."""
    for subsampling in ("444", "422", "420", "440", "411"):
        yield simplejpeg.encode_jpeg(image, quality=83, colorsubsampling=subsampling, fastdct=False)
    for subsampling in (0, 1, 2):
        yield pillow_jpeg(image, quality=31, subsampling=subsampling, progressive=True)
        yield pillow_jpeg(image, quality=95, subsampling=subsampling, restart_marker_blocks=2)
    exif = Image.Exif()
    exif[0x0112] = 6  # which turns nothing
    yield pillow_jpeg(image, quality=75, optimize=True, exif=exif, comment=b"beside")


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_plain_jpeg_has_pillows_bytes(counted, size):
    image = np.ascontiguousarray(CAT[: size[0], : size[1]])
    files = list(kinds(image))
    for data in files:
        assert np.array_equal(decode_file(data, "x"), decode_bytes(data, "x"))
    assert counted == [image.shape] * len(files)


@pytest.mark.parametrize("options", [{"fastupsample": True}, {"fastdct": True}, {"min_height": 24, "min_width": 24}])
def test_what_would_be_faster_has_other_bytes(options):
    """Coarser arithmetic; and a decode to half the size, which is not the whole image resized."""
    image = np.ascontiguousarray(CAT[:64])
    data = simplejpeg.encode_jpeg(image, quality=60, colorsubsampling="420", fastdct=False)
    whole, found = decode_bytes(data, "x"), DECODED(data, **options)
    if found.shape != whole.shape:
        size = found.shape[1::-1]
        whole = np.asarray(Image.fromarray(whole).resize(size, Image.Resampling.BILINEAR))
    assert found.shape == whole.shape and not np.array_equal(found, whole)


def test_what_is_not_plain_is_pillows(counted):
    picture = Image.fromarray(CAT)
    for data in (
        pillow_jpeg(picture.convert("L")),
        pillow_jpeg(picture.convert("CMYK")),
        pillow_jpeg(CAT, keep_rgb=True),
        pillow_jpeg(CAT) + b"after the end",
        pillow_jpeg(CAT)[:-300] + b"\xff\xd9",
    ):
        assert np.array_equal(decode_file(data, "x"), decode_bytes(data, "x"))
    with pytest.raises(ce.DecodeError, match=r"x \(sample 3\) is no readable image: .*truncated"):
        decode_file(pillow_jpeg(CAT)[:-300], "x", 3)
    assert counted == []


def test_an_image_is_ones_own():
    """Memory that is used again would change under what has been given out."""
    data = pillow_jpeg(CAT)
    first = decode_file(data, "x")
    kept = first.copy()
    second = decode_file(pillow_jpeg(255 - CAT), "x")
    assert np.array_equal(first, kept) and not np.shares_memory(first, second)


def wrong(*arguments, **options):
    return DECODED(*arguments, **options) ^ 1


def failing(*arguments, **options):
    raise ValueError("no")


@pytest.fixture
def asked_again():
    """The answer is kept for a process."""
    turbojpeg_agrees.cache_clear()
    yield
    turbojpeg_agrees.cache_clear()


def test_it_is_chosen_where_it_gives_pillows_bytes(photo_folder, asked_again):
    assert turbojpeg_agrees()
    loader = ce.CorruptLoader(photo_folder)
    assert (loader.backend, loader.decoder) == ("threads", "turbojpeg")
    assert ce.CorruptLoader(photo_folder, backend="torch").decoder == "turbojpeg"
    assert ce.CorruptLoader(photo_folder, backend="dali").decoder == "dali"
    assert ce.CorruptLoader(photo_folder, decoder="pillow").backend == "threads"
    assert ce.CorruptLoader((CAT[None], np.zeros(1, np.int64))).decoder == "source"


@pytest.mark.parametrize("decode", [wrong, failing])
def test_it_is_not_where_it_does_not(photo_folder, monkeypatch, asked_again, decode):
    monkeypatch.setattr(simplejpeg, "decode_jpeg", decode)
    loader = ce.CorruptLoader(photo_folder)
    assert not turbojpeg_agrees() and (loader.backend, loader.decoder) == ("dali", "dali")
    assert ce.CorruptLoader(photo_folder, num_workers=0).decoder == "pillow"
    assert ce.CorruptLoader(photo_folder, decoder="turbojpeg").decoder == "turbojpeg", "it was asked for"
    (found,) = (finding for finding in diagnose() if finding.name == "simplejpeg")
    assert found.state == "broken" and "other bytes than Pillow" in found.detail


def test_without_it(photo_folder, monkeypatch, asked_again):
    for module in ("turbojpeg", "workers"):
        monkeypatch.setattr(f"corrupt_engine.loader.decode.{module}.turbojpeg_agrees", lambda: False)
    monkeypatch.setattr(turbojpeg, "turbojpeg_installed", lambda: False)
    with pytest.raises(ce.MissingExtraError, match=r'corrupt-engine\[turbojpeg\]", or use decoder="pillow"'):
        ce.CorruptLoader(photo_folder, decoder="turbojpeg")
    assert ce.CorruptLoader(photo_folder).decoder == "dali"


def test_what_contradicts_itself_is_refused(photo_folder):
    with pytest.raises(ce.OptionError, match="ArraySource has none"):
        ce.CorruptLoader((CAT[None], np.zeros(1, np.int64)), decoder="turbojpeg")
    for decoder in ("pillow", "turbojpeg"):
        with pytest.raises(ce.OptionError, match="two decoders"):
            ce.CorruptLoader(photo_folder, backend="dali", decoder=decoder)
    with pytest.raises(ce.UnknownNameError, match="'turbojpeg'"):
        ce.CorruptLoader(photo_folder, decoder="turbo")


def test_the_doctor_says_what_decodes(monkeypatch):
    found = {finding.name: finding for finding in diagnose()}
    assert found["simplejpeg"].state == "ok" and "decodes JPEGs" in found["simplejpeg"].detail
    assert 'backend="dali"' in found["DALI"].detail
    monkeypatch.setattr("corrupt_engine.tools.doctor.turbojpeg_installed", lambda: False)
    monkeypatch.setattr("corrupt_engine.tools.doctor.turbojpeg_agrees", lambda: False)
    found = {finding.name: finding for finding in diagnose()}
    assert found["simplejpeg"].state == "absent" and "DALI decodes instead" in found["simplejpeg"].detail
    assert '"auto" decodes files with it' in found["DALI"].detail
