"""LAION-C: its superclasses, the constant table of its glitches, and an evaluation of it like any other."""

import math
from types import SimpleNamespace

import numpy as np
import PIL
import pytest
import torch
from PIL import Image, ImageDraw

import corrupt_engine as ce
from corrupt_engine.catalogue import find_benchmark
from corrupt_engine.kernels import cpu
from corrupt_engine.kernels.digital import glitched, mosaic
from corrupt_engine.kernels.digital.vertical_lines import crosses
from corrupt_engine.kernels.occlusion.pasted import SQUARE, STAR, TRIANGLE, fill_polygon, star_corners
from corrupt_engine.kernels.registry import registry
from corrupt_engine.reports.formats import FORMATS, render

from .golden_files import golden_image
from .reference import geometric_shapes as shapes

PUBLISHED = {  # rows, half open, and by how much they go to the right; channel, to the right, down: at 224 x 224
    2.0: ([(145, 200, -4), (23, 29, -7), (151, 186, -1), (77, 84, -1)], (0, -3, 0)),
    5.0: (
        [
            (145, 200, -39), (217, 221, 54), (151, 186, -26), (77, 84, -26), (65, 113, 23), (146, 199, 45),
            (38, 64, -15), (94, 119, -27), (156, 180, 3), (8, 36, 17),
        ],
        (0, 8, -8),
    ),
    10.0: (
        [
            (145, 200, -156), (217, 221, 217), (151, 186, -103), (77, 84, -104), (65, 113, 94), (146, 199, 182),
            (38, 64, -59), (94, 119, -108), (156, 180, 13), (8, 36, 68), (221, 224, 7), (68, 111, 18), (74, 118, -92),
            (157, 202, -170), (2, 36, -118), (120, 151, -39), (106, 158, 43), (31, 74, -132), (11, 62, 122),
            (175, 224, 146),
        ],
        (0, 16, -16),
    ),
}  # fmt: skip
"""What the published script's library does there, read off from the library itself."""


@pytest.mark.parametrize("level", PUBLISHED)
def test_the_glitches_of_224_pixels_are_the_published_ones(level):
    bands, (channel, across, down) = PUBLISHED[level]
    shift = np.zeros(224, int)
    for first, last, by in bands:
        shift[first:last] = by
    made = glitched.rows(glitched.Glitch(level), 224, 224)
    assert (made.shift == shift % 224).all() and made.channel == channel
    assert (made.row == (np.arange(224) - down) % 224).all()
    assert np.flatnonzero(made.aside).tolist() == [down % 224] and made.aside[down % 224] == across % 224
    assert (glitched.rows(glitched.Glitch(level), 224, 200).shift != made.shift).any(), "another width, other shifts"


def test_glitches_do_not_disturb_a_persons_own_generator():
    import random

    random.seed(5)
    expected = random.random()
    random.seed(5)
    glitched.rows(glitched.Glitch(3.25), 61, 67)
    assert random.random() == expected


def by_pillow(x, p, d):
    """As the published script draws them."""
    picture = Image.fromarray(x)
    pen = ImageDraw.Draw(picture)
    for k in range(p.shapes):
        left, top, size = int(d["x"][k]), int(d["y"][k]), int(d["size"][k])
        color = tuple(map(int, d["color"][k]))
        box = [(left, top), (left + size, top + size)]
        if d["kind"][k] == TRIANGLE:
            pen.polygon([(left, top), (left + size, top), (left + size / 2, top + size)], fill=color)
        elif d["kind"][k] == STAR:
            turns = [math.radians(i * 180 / 5 + int(d["rotation"][k])) for i in range(10)]
            far = [size / 1.2 / (1 + i % 2) for i in range(10)]
            corners = [(left + r * math.sin(a), top + r * math.cos(a)) for r, a in zip(far, turns, strict=True)]
            pen.polygon(corners, fill=color)
        else:
            (pen.rectangle if d["kind"][k] == SQUARE else pen.ellipse)(box, fill=color)
    return np.asarray(picture)


@pytest.mark.skipif(
    tuple(map(int, PIL.__version__.split(".")[:2])) < (11, 3), reason="Pillow up to 11.0 draws some corners otherwise"
)
@pytest.mark.parametrize("place", ["inside", "edges"])
def test_every_shape_of_every_size_is_pillows(place):
    """Kernel and oracle, every kind and size, whole and cut off by each edge, and stars of every rotation."""
    kernel = registry()["geometric_shapes"]
    generator = np.random.RandomState(0)
    count, at = 1440, np.arange(0, 40)
    d = {
        "kind": np.arange(count) % 4,
        "size": 6 + np.arange(count) // 4 % 10,
        "rotation": np.arange(count) // 4 % 360,
        "y": generator.randint(16, 200, count) if place == "inside" else generator.choice(at, count),
        "x": generator.randint(16, 200, count) if place == "inside" else generator.choice(at, count),
        "color": generator.randint(0, 256, (count, 3)),
    }
    x = np.zeros((224, 224, 3) if place == "inside" else (40, 40, 3), np.uint8)
    for chosen in np.array_split(np.arange(count), 24 if place == "inside" else 72):  # few, so that they are seen
        part = {key: value[chosen] for key, value in d.items()}
        p = SimpleNamespace(shapes=len(chosen))
        out = np.empty((1, *x.shape), np.uint8)
        kernel.apply(cpu, x[None], out, p, SimpleNamespace(**{key: value[None] for key, value in part.items()}))
        expected = by_pillow(x, p, part)
        assert (out[0] == expected).all() and (shapes.apply(x, p, part) == expected).all()


def test_a_star_of_another_rounding_is_noticed():
    """Corners rounded down instead of towards 0 differ at the left and upper edge."""
    rotation = np.arange(360)
    size = np.full(360, 12)
    near, far = (star_corners(np.full(360, at), np.full(360, at + 1), size, rotation) for at in (2, 102))
    pictures = np.zeros((2, 360, 40, 40), np.int32)
    for n in range(360):
        fill_polygon(pictures[0, n], near[n], 1)
        fill_polygon(pictures[1, n], far[n] - 100, 1)
    assert (pictures[0] != pictures[1]).any()


def test_the_lines_in_closed_form_are_bresenhams():
    for x1 in range(-8, 9):
        for y1 in range(9):
            picture = Image.new("L", (20, 12))
            ImageDraw.Draw(picture).line([(9, 1), (9 + x1, 1 + y1)], fill=255)
            own = [
                [crosses(x, y, 9, 1, 9 + x1, 1 + y1) if 1 <= y <= 1 + y1 else False for x in range(20)]
                for y in range(12)
            ]
            assert (np.array(own) == (np.asarray(picture) > 0)).all(), (x1, y1)


def test_the_checkerboard_has_cells_of_14_pixels_and_goes_both_ways():
    grey = np.full((224, 224, 3), 128, np.uint8)
    out = ce.corrupt(grey, "luminance_checkerboard", 3).astype(int) - 128
    cells = out[::14, ::14, 0]
    assert (out == np.repeat(np.repeat(cells, 14, 0), 14, 1)[..., None]).all()
    turns = np.add.outer(np.arange(16), np.arange(16)) % 2
    assert (cells[turns == 0] >= 99).all() and (cells[turns == 1] <= -99).all()
    assert len(np.unique(cells)) > 30


KNOWN = {
    "fruit": 949, "fish": 1, "tools": 587, "instruments": 402, "ball": 430, "primate": 366, "snakes": 63,
    "timekeeping": 892, "chair": 559, "butterfly": 323, "boat": 625, "cat": 281, "bottle": 898, "car_truck": 817,
    "bird": 22, "dog": 207,
}  # fmt: skip
"""A strawberry, a goldfish, a hammer, an acoustic guitar, a basketball, a gorilla, a cobra, a wall clock, a folding
chair, a monarch, a lifeboat, a tabby, a water bottle, a sports car, a bald eagle, a golden retriever.
"""
NEITHER = (
    9,
    51,
    151,
    269,
    287,
    952,
    999,
)  # ostrich, triceratops, Chihuahua, wolf, lynx, fig, toilet tissue


def test_its_superclasses_are_of_imagenets_classes():
    found = find_benchmark("laion-c").listed
    assert found.classes == 1000 and list(found.superclasses) == list(KNOWN)
    for name, number in KNOWN.items():
        assert [owner for owner, members in found.superclasses.items() if number in members] == [name]
    members = [member for own in found.superclasses.values() for member in own]
    assert len(members) == 285 and not set(members) & set(NEITHER)
    sizes = {name: len(own) for name, own in found.superclasses.items()}
    assert (sizes["dog"], sizes["bird"], sizes["primate"], sizes["snakes"], sizes["fish"]) == (109, 49, 18, 16, 12)


@pytest.mark.parametrize("spread", [0, 20, 200])
def test_a_mosaics_tile_is_the_nearest_of_all(spread):
    """Also for colours that the bank has none of, and of equal tiles the first."""
    generator = np.random.Generator(np.random.PCG64(spread))
    middle = generator.integers(0, 256 - spread, (700, 1, 1, 3))
    bank = (middle + generator.integers(0, spread + 1, (700, 4, 4, 3))).astype(np.uint8)
    if spread == 20:
        bank = bank // 4 + 90  # grey tiles alone
    bank = np.concatenate([bank, bank[::-1]])
    colors = generator.integers(0, 256, (1, 40, 40, 3)).astype(np.uint8)
    colors[0, 0, :8] = np.array(np.meshgrid([0, 255], [0, 255], [0, 255])).reshape(3, 8).T
    cells, found = mosaic.sorted_by_color(bank), np.empty_like(colors)
    assert cells.halved > 2 and len(cells.order) < 0.2 * 8**cells.halved * len(bank)
    cpu.pixelwise(mosaic.nearest, colors, found, *cells[:3], np.int32(cells.halved), 16.0)
    chosen = found.astype(int) @ [1, 256, 65536]
    away = ((bank.astype(int).sum((1, 2)) - 16 * colors.reshape(-1, 1, 3).astype(int)) ** 2).sum(-1)
    assert (away.argmin(1) == chosen.ravel()).all()


class Thousand(torch.nn.Module):
    """Knows fruit from dogs by their brightness."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(20.0))

    def forward(self, images):
        light = images.mean(dim=(1, 2, 3))
        scores = torch.zeros(len(images), 1000)
        scores[:, 949] = self.scale * light  # a strawberry
        scores[:, 207] = self.scale * (1 - light) + 2  # a retriever, one of 109 dogs
        return scores


def test_it_is_evaluated_like_any_other(tmp_path):
    cat = golden_image("inputs/cat_64.png")
    for n, (kind, light) in enumerate([("fruit", 1.6), ("fruit", 1.8), ("dog", 0.2), ("dog", 0.4)]):
        (tmp_path / "data" / kind).mkdir(parents=True, exist_ok=True)
        image = np.clip(cat * light, 0, 255).astype(np.uint8)
        Image.fromarray(image).save(tmp_path / "data" / kind / f"{n}.png")
    options = {"mean": 0.0, "std": 1.0, "progress": False, "num_workers": 0, "check": False, "name": "thousand"}
    record = tmp_path / "r.sqlite"
    report = ce.evaluate(Thousand(), tmp_path / "data", benchmark="laion-c", record=record, batch_size=2, **options)
    assert report.corruptions == find_benchmark("laion-c").corruptions and report.samples == 4
    assert report.class_names[0] == "fruit" and set(report.labels.tolist()) == {0, 15}
    assert report.clean_error == 0.0
    assert "top-1 error among 16 superclasses" in str(report) and report.baseline is None
    assert str(ce.Report.load(record)) == str(report)
    for name in FORMATS:
        assert render([report], name)
    assert set(find_benchmark("laion-c").missing).isdisjoint(report.corruptions)
    with pytest.raises(ce.OptionError, match="made of 1000"):
        ce.evaluate(torch.nn.Flatten(), tmp_path / "data", benchmark="laion-c", batch_size=2, **options)
