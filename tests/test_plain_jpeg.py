"""Which files are plain JPEGs: the compiled check against the one in plain Python, on whole and damaged files."""

import io

import numpy as np
import pytest
from PIL import Image

from corrupt_engine.kernels.jpeg_structure import is_plain
from corrupt_engine.loader.decode.jpeg import LARGEST, is_plain_jpeg

from . import plain_jpeg
from .mutations import mutations

RNG = np.random.Generator(np.random.PCG64(3))


def saved(mode="RGB", side=40, **options):
    levels = RNG.integers(0, 256, (side, side, 4), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(levels, "RGBA").convert("RGB").convert(mode).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def adobe(transform):
    """A segment of Adobe's behind the first mark, which says how colours are stored."""
    data = saved()
    return data[:2] + b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform]) + data[2:]


WHOLE = {
    "plain": saved(quality=90),
    "flat": saved(side=16, quality=30),
    "sampled in full": saved(subsampling=0),
    "of its own tables": saved(optimize=True, quality=70),
    "with restarts": saved(restart_marker_blocks=2, quality=90),
    "progressive": saved(progressive=True),
    "progressive with restarts": saved(progressive=True, restart_marker_blocks=3),
    "with a comment": saved(comment=b"\xff\xd9 a comment \xff\xda"),
    "with a profile": saved(icc_profile=bytes(range(256)) * 300),
    "of YCbCr by Adobe's word": adobe(1),
}
OTHER = {"grey": saved("L"), "CMYK": saved("CMYK"), "RGB by Adobe's word": adobe(0), "YCCK": adobe(2)}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_are_plain(name):
    data = WHOLE[name]
    assert is_plain_jpeg(data) and plain_jpeg.is_plain_jpeg(data)
    assert not is_plain_jpeg(data + b"\0") and not is_plain_jpeg(b"\0" + data)


@pytest.mark.parametrize("name", OTHER)
def test_others_are_not(name):
    assert not is_plain_jpeg(OTHER[name]) and not plain_jpeg.is_plain_jpeg(OTHER[name])


def test_damaged_files_are_told_as_segment_by_segment():
    files = [*WHOLE.values(), *OTHER.values()]
    said = []
    for _, data in mutations({"JPEG": files}, 20_000, seed=11):
        wanted = plain_jpeg.is_plain_jpeg(data)
        assert is_plain_jpeg(data) == wanted, data.hex()
        said.append(wanted)
    assert 2_000 < sum(said) < 18_000


@pytest.mark.parametrize("name", ["flat", "with restarts", "progressive"])
def test_every_byte_of_a_file_counts_as_it_does_segment_by_segment(name):
    """Each of the first bytes made 0, 1, 255 and one more, and every length that is cut off."""
    data = WHOLE[name]
    for at in range(min(len(data), 700)):
        for value in {0, 1, 255, (data[at] + 1) % 256}:
            changed = data[:at] + bytes([value]) + data[at + 1 :]
            assert is_plain_jpeg(changed) == plain_jpeg.is_plain_jpeg(changed), (at, value)
        for cut in (data[:at], data[:at] + b"\xff\xd9"):
            assert is_plain_jpeg(cut) == plain_jpeg.is_plain_jpeg(cut), at


def test_a_mark_is_found_wherever_it_stands():
    """Places before, in and behind the 64 bytes that are looked at together."""
    data = WHOLE["plain"]
    begin = data.index(b"\xff\xda") + 14
    for at in range(begin, len(data) - 3):
        changed = data[:at] + b"\xff\xd0" + data[at + 2 :]
        assert not is_plain_jpeg(changed), at


def test_large_ones_are_not_plain():
    data = np.frombuffer(WHOLE["plain"], np.uint8)
    assert is_plain(data, 40 * 40) and not is_plain(data, 40 * 40 - 1)
    assert plain_jpeg.is_plain_jpeg(WHOLE["plain"], 40 * 40)
    assert not plain_jpeg.is_plain_jpeg(WHOLE["plain"], 40 * 40 - 1)
    at = WHOLE["plain"].index(b"\xff\xc0") + 5
    huge = WHOLE["plain"][:at] + b"\x7f\xff\x7f\xff" + WHOLE["plain"][at + 4 :]
    assert LARGEST < 0x7FFF**2 and not is_plain_jpeg(huge)
