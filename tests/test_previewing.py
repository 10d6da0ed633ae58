"""The contact sheet."""

import numpy as np
import pytest
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.tools.preview import contact_sheet, read_image


def test_tiles_are_the_corruptions(cat):
    """At the image's own size nothing is resized, so a tile holds the very bytes."""
    page = np.asarray(contact_sheet(cat, ["fog", "contrast"], [2, 5], tile=224, seed=3))
    assert page.shape[1] == 3 * (224 + 6) + 6
    found = [
        page[y : y + 224, x : x + 224]
        for y in range(page.shape[0] - 223)
        for x in (6 + 230, 6 + 460)
        if (page[y, x] == ce.corrupt(cat, "fog", 2 if x < 300 else 5, seed=3)[0, 0]).all()
    ]
    assert sum((tile == ce.corrupt(cat, "fog", 2, seed=3)).all() for tile in found) == 1
    assert sum((tile == ce.corrupt(cat, "fog", 5, seed=3)).all() for tile in found) == 1


def test_one_severity_need_be_no_list(cat):
    assert contact_sheet(cat, ["fog"], 2) == contact_sheet(cat, ["fog"], [2])


def test_a_picture_keeps_its_shape_and_many_corruptions_two_a_row(cat):
    names = ce.corruptions("imagenet-c")
    page = contact_sheet(cat[:112], names, [1, 5], tile=64)
    assert page.width == 6 * (64 + 6) + 6
    assert contact_sheet(cat, names, [3], tile=64).width == 5 * (64 + 6) + 6
    assert contact_sheet(cat, ["fog"], [3], tile=64, columns=2).width == 2 * (64 + 6) + 6


def test_bad_input(cat, tmp_path):
    with pytest.raises(ce.UnknownNameError, match="did you mean 'fog'"):
        contact_sheet(cat, ["fogg"])
    with pytest.raises(ce.OptionError, match="at least one corruption"):
        contact_sheet(cat, [])
    with pytest.raises(ce.OptionError, match="tile 3 is below 16"):
        contact_sheet(cat, ["fog"], tile=3)
    with pytest.raises(ce.OptionError, match="cannot be read"):
        read_image(tmp_path / "none.png", ce.Geometry())
    (tmp_path / "bad.png").write_text("no image")
    with pytest.raises(ce.DecodeError, match="no readable image"):
        read_image(tmp_path / "bad.png", ce.Geometry())
    Image.fromarray(cat).save(tmp_path / "good.png")
    assert (read_image(tmp_path / "good.png", ce.Geometry()) == cat).all()
