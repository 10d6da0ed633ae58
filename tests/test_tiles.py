"""The bank of tiles that stickers are made of: a person's own, never silently replaced; the record tells
banks apart.
"""

import numpy as np
import pytest
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.transforms import tiles

from .tiles import bank, pictures
from .tiny import TinyImages, evaluate

ONE = 'name = "mine"\nsource = "a test, 2026"\n[corruptions.stickers]\ntable = { stickers = [2, 5], side = 3 }\n'


@pytest.fixture
def own(monkeypatch, tmp_path):
    def use(path):
        monkeypatch.setenv(tiles.BANK_VARIABLE, str(path))
        return path

    return use


def test_the_committed_bank_is_what_its_script_makes():
    assert (bank(16) == pictures()).all()


def test_missing_is_an_error_with_the_way_out(monkeypatch, cat):
    monkeypatch.delenv(tiles.BANK_VARIABLE)
    with pytest.raises(ce.MissingTexturesError, match=r"there is none; set CORRUPT_ENGINE_TILES .*procedural"):
        ce.corrupt(cat, "stickers")
    assert (ce.corrupt(cat, "stickers", severity=0) == cat).all()


def test_a_folder_of_photographs(own, tmp_path, cat):
    for n, level in enumerate((40, 200)):
        (tmp_path / "photos" / "sub").mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((300, 400, 3), level, np.uint8)).save(tmp_path / "photos" / "sub" / f"{n}.png")
    own(tmp_path / "photos")
    out = ce.corrupt(cat, "stickers", 5)
    changed = out[(out != cat).any(-1)]
    assert set(np.unique(changed)) == {40, 200}
    (tmp_path / "photos" / "sub" / "2.jpg").write_bytes(b"no image")
    tiles.bank_of.cache_clear()
    with pytest.raises(ce.MissingTexturesError, match=r"2.jpg, of the bank of tiles, cannot be read"):
        ce.corrupt(cat, "stickers", 5)
    own(tmp_path)
    (tmp_path / "empty").mkdir()
    own(tmp_path / "empty")
    with pytest.raises(ce.MissingTexturesError, match="holds no photograph"):
        ce.corrupt(cat, "stickers", 5)
    own(tmp_path / "nowhere")
    with pytest.raises(ce.MissingTexturesError, match=r"nowhere cannot be read: No such file"):
        ce.corrupt(cat, "stickers", 5)


def test_a_file_of_tiles(own, tmp_path, cat):
    np.save(tmp_path / "bank.npy", np.full((3, 32, 32, 3), 77, np.uint8))
    own(tmp_path / "bank.npy")
    out = ce.corrupt(cat, "stickers", 2)
    assert (out[(out != cat).any(-1)] == 77).all() and (out == 77).all(-1).mean() > 0.3
    for wrong in (np.zeros((3, 32, 31, 3), np.uint8), np.zeros((3, 8, 8, 3)), np.zeros((0, 8, 8, 3), np.uint8)):
        np.save(tmp_path / "wrong.npy", wrong)
        own(tmp_path / "wrong.npy")
        tiles.bank_of.cache_clear()
        with pytest.raises(ce.MissingTexturesError, match=r"uint8 of \(B, S, S, 3\) is needed"):
            ce.corrupt(cat, "stickers")
    np.savez(tmp_path / "several.npz", a=np.zeros(3))
    for content in (b"text", b"", (tmp_path / "several.npz").read_bytes()):  # the latter two ended in tracebacks
        (tmp_path / "wrong.npy").write_bytes(content)
        tiles.bank_of.cache_clear()
        with pytest.raises(ce.MissingTexturesError, match=r"wrong.npy cannot be read"):
            ce.corrupt(cat, "stickers")


def test_the_stand_in_is_used_only_by_name(monkeypatch, cat):
    with_ones_own = ce.corrupt(cat, "stickers")
    monkeypatch.delenv(tiles.BANK_VARIABLE)
    out = ce.corrupt(cat, "stickers", textures="procedural")
    assert (out != with_ones_own).any() and (out == ce.corrupt(cat, "stickers", textures="procedural")).all()
    made = tiles.make_procedural()
    means = made.reshape(len(made), -1, 3).mean(1)
    assert made.shape == (1024, 32, 32, 3) and means.std(0).min() > 30 and made.std((1, 2)).mean() > 10


def test_the_record_knows_the_bank(own, tmp_path):
    (tmp_path / "mine.toml").write_text(ONE)
    options = {"source": TinyImages(4), "benchmark": tmp_path / "mine.toml"}
    report = evaluate(record=tmp_path / "r.sqlite", **options)
    assert report.settings["tiles"] == tiles.bank_fingerprint("published")
    assert "tiles" not in evaluate(source=TinyImages(4), benchmark="imagenet-c", corruptions="contrast").settings
    np.save(tmp_path / "bank.npy", np.full((3, 32, 32, 3), 77, np.uint8))
    own(tmp_path / "bank.npy")
    with pytest.raises(ce.RecordError, match="tiles was"):
        evaluate(record=tmp_path / "r.sqlite", **options)
    other = evaluate(**options)
    with pytest.raises(ce.OptionError, match="not comparable: tiles is"):
        report.compare(other)
    said = str(evaluate(textures="procedural", **options))
    assert "stickers was made with the procedural stand-in: these are not mine numbers" in said
