"""The corruptions of the camera, occlusion and transfer studies: the sizes and numbers that their papers give."""

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine.catalogue import find_benchmark, strength
from corrupt_engine.kernels.noise.pixel_defects import chosen
from corrupt_engine.kernels.primitives.spans import by_row

from .golden_files import golden_image

CAT = golden_image("inputs/cat_224.png")


def flat(level, height=224, width=224, count=1):
    return np.full((count, height, width, 3), level, np.uint8)


def params(name, severity, variant):
    return strength(name, variant, 224, 224).levels.params(severity)


@pytest.mark.parametrize(("side", "square"), [(224, 112), (32, 16), (28, 14)])
def test_half_the_width_is_hidden(side, square):
    changed = (ce.corrupt(flat(200, side, side)[0], "center_occlusion", 1) == 0).all(-1)
    rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    assert changed.sum() == square**2 and len(rows) == len(columns) == square
    assert rows[0] == columns[0] == (side - square) // 2


@pytest.mark.parametrize(("name", "level"), [("dead_pixel", 0), ("hot_pixel", 255)])
def test_as_many_pixels_as_the_severity(name, level):
    for severity in range(1, 6):
        made = ce.corrupt(flat(77, 6, 7, 50), name, severity, ids=range(50))
        assert ((made == level).all(-1).sum((1, 2)) == severity).all(), "they are different ones"
        assert ((made == 77) | (made == level)).all()


def test_more_defects_than_pixels_are_all_pixels():
    assert (ce.corrupt(flat(77, 1, 3)[0], "dead_pixel", 5) == 0).all()


def test_every_place_and_every_level_is_equally_likely():
    shares = (np.arange(12) + 0.5) / 12
    pairs = np.array([(a, b) for a in shares for b in shares])
    counts = np.zeros((4, 4), int)
    np.add.at(counts, tuple(chosen(pairs, 2, 4).T), 1)
    assert (counts == 12 * (1 - np.eye(4))).all()
    made = ce.corrupt(flat(77, 1, 1, 20000), "stuck_pixel", 1, ids=range(20000))
    found = np.bincount(made.ravel(), minlength=256)
    # Chi-square with 255 degrees of freedom: mean 255, deviation 22.6.
    assert ((found - found.mean()) ** 2 / found.mean()).sum() < 255 + 5 * 22.6
    assert np.abs(np.corrcoef(made.reshape(-1, 3).T) - np.eye(3)).max() < 5 / np.sqrt(20000), "each channel its own"


def test_the_sensors_noise_is_given_by_its_variance():
    variances = [params("gaussian_noise", s, "camera-defects").sigma ** 2 for s in range(1, 6)]
    assert variances == pytest.approx([0.001, 0.01325, 0.0255, 0.03775, 0.05])
    assert find_benchmark("camera-defects").trials == 25 and find_benchmark("imagenet-c").trials == 1


def test_lengths_at_224():
    """The ends of the ranges, in pixels."""

    def squares(severity):
        made = ce.corrupt(np.repeat(CAT[None], 8, 0), "obstruction", severity, ids=range(8))
        return {int((one != CAT).any(-1).any(axis).sum()) for one in made for axis in (0, 1)}

    assert squares(1) == {47} and squares(5) == {125}
    for severity, pixels in ((1, 15), (5, 62)):
        made = ce.corrupt(flat(200, count=8), "translation", severity, ids=range(8))
        assert ((made == 0).all(-1).sum((1, 2)) == 224**2 - (224 - pixels) ** 2).all()
    rim = ce.corrupt(CAT, "border", 5)
    assert (rim[47:-47, 47:-47] == CAT[47:-47, 47:-47]).all() and len(np.unique(rim[:47])) == 1
    assert params("artifacts", 1, "transfer-study").segments == 15
    assert params("artifacts", 5, "transfer-study").segments == 170


@pytest.mark.parametrize("name", ["brightness_shift", "rotation", "shear"])
def test_both_ways_come_up(name):
    made = ce.corrupt(np.repeat(CAT[None], 16, 0), name, 5, ids=range(16))
    assert len({one.tobytes() for one in made}) == 2


def test_any_channel_and_any_corner_come_up():
    made = ce.corrupt(np.repeat(CAT[None], 32, 0), "color_distortion", 3, ids=range(32))
    assert {tuple((one != CAT).any((0, 1))) for one in made} == set(map(tuple, np.eye(3, dtype=bool)))
    made = ce.corrupt(flat(200, count=32), "translation", 3, ids=range(32))
    corners = {tuple(bool(one[y, x].any()) for y, x in ((0, 0), (0, -1), (-1, 0))) for one in made}
    assert len(corners) == 4


def test_a_turn_keeps_the_middle_and_a_flat_area():
    for name in ("rotation", "shear"):
        made = ce.corrupt(flat(93, 65, 65)[0], name, 5)
        assert set(np.unique(made[20:-20, 20:-20])) == {93} and made.max() == 93
        assert (ce.corrupt(CAT[:65, :65], name, 5)[32, 32] == CAT[32, 32]).all()


def test_the_five_boxes_keep_a_flat_area_and_one_pixel():
    assert (ce.corrupt(flat(93)[0], "blur_mix", 5) == 93).all()
    assert (ce.corrupt(CAT[:1, :1], "blur_mix", 5) == CAT[:1, :1]).all()


def test_a_mirror_twice_is_the_image():
    assert (ce.corrupt(ce.corrupt(CAT, "flip", 1), "flip", 1) == CAT).all()
    with pytest.raises(ce.SeverityError, match=r"from 0 .* to 1"):
        ce.corrupt(CAT, "flip", 3)


def test_all_colour_is_gone_at_the_strongest():
    made = ce.corrupt(CAT, "gray_scale", 5)
    assert (made == made[..., :1]).all()


def test_quantization_leaves_as_many_levels_as_it_says():
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2)
    counts = [len(np.unique(ce.corrupt(ramp, "quantization", s))) for s in range(1, 6)]
    assert counts == [16, 11, 7, 5, 3]


def test_spans_are_found_by_their_row():
    rows = np.array([[2, 0, 2, 5, -1, 0]])
    made = by_row(rows, 4, number=np.arange(6)[None])
    found = [made["number"][0, made["first"][0, y] : made["first"][0, y + 1]].tolist() for y in range(4)]
    assert found == [[1, 5], [], [0, 2], []]
