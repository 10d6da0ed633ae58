"""MedMNIST-C: that its sets are evaluated from arrays, with its own error and AlexNet's; its letters and circles."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

import corrupt_engine as ce
from corrupt_engine.catalogue.lookup import find_benchmark
from corrupt_engine.kernels.occlusion.characters import LINES, STROKES, TABLE
from corrupt_engine.kernels.occlusion.marks import round_half_widths

SETS = [name for name in ce.benchmarks() if name.startswith("medmnist-c/")]
torch = pytest.importorskip("torch")


class Brightest(torch.nn.Module):
    """The channel with the highest mean; it is right on what `images` makes."""

    def forward(self, x):
        return x.mean((2, 3))


def images(grey: bool) -> tuple[np.ndarray, np.ndarray]:
    """Six random images, of which one channel is brighter, or as bright as the first where there is but one."""
    rng = np.random.default_rng(3)
    labels = np.array([0, 0, 0, 0, 0, 0] if grey else [0, 1, 2, 0, 1, 1])
    found = rng.integers(60, 120, (6, 224, 224) if grey else (6, 224, 224, 3), dtype=np.uint8)
    if not grey:
        found[np.arange(6), :, :, labels] += 60
    return found, labels


def test_there_are_twelve_sets_each_with_alexnets_errors():
    assert len(SETS) == 12
    for name in SETS:
        found = find_benchmark(name)
        of = " of labels" if name == "medmnist-c/chestmnist" else ""
        assert found.metric.words == f"balanced error{of}" and found.baseline.name == "AlexNet"
        assert set(found.baseline.errors) == set(found.corruptions)


@pytest.mark.parametrize(("name", "grey"), [("medmnist-c/pathmnist", False), ("medmnist-c/octmnist", True)])
def test_a_set_is_evaluated_from_arrays(name, grey, tmp_path):
    pictures, labels = images(grey)
    report = ce.evaluate(
        Brightest(),
        (pictures, labels),
        benchmark=name,
        corruptions=["contrast_down", "pixelate"],
        severities=[1],
        mean=0.5,
        std=0.5,
        record=tmp_path / "record.sqlite",
    )
    assert report.clean_error == 0.0
    assert "Bal. error" in str(report)


def test_chestmnist_has_several_labels_an_image():
    """Its labels are rows of fourteen; they were refused as no class numbers."""
    rng = np.random.default_rng(5)
    levels, rows = rng.integers(0, 256, 40), rng.integers(0, 2, (40, 14))
    pictures = np.repeat(levels.astype(np.uint8), 32 * 32).reshape(40, 32, 32)

    def model(x):
        level = x.mean((1, 2, 3))[:, None]
        return (level - torch.linspace(0.1, 0.9, 14)) * torch.tensor([1.0, -1.0] * 7)

    options = {"corruptions": "contrast_up", "severities": 1, "mean": 0, "std": 1, "progress": False}
    report = ce.evaluate(model, (pictures, rows), benchmark="medmnist-c/chestmnist", **options)
    yes = model(torch.tensor(levels / 255)[:, None, None, None]).numpy() > 0
    errors = [(np.mean(yes[rows[:, n] == 0, n]) + np.mean(~yes[rows[:, n] == 1, n])) / 2 for n in range(rows.shape[1])]
    assert report.clean_error == pytest.approx(np.mean(errors)) and report.class_names[13] == "hernia"


def test_a_stroke_table_has_every_letter_and_all_its_lines():
    assert "".join(STROKES) == "abcdefghijklmnopqrstuvwxyz"
    lines = [sum(len(stroke.split()) - 1 for stroke in strokes) for strokes in STROKES.values()]
    assert max(lines) <= LINES and [int(np.any(letter, axis=1).sum()) for letter in TABLE] == lines
    assert len({letter.tobytes() for letter in TABLE}) == 26


@pytest.mark.parametrize("radius", [1, 2, 3, 4, 7, 12, 19, 27, 40])
def test_circles_are_pillows(radius):
    canvas = Image.new("L", (2 * radius + 1, 2 * radius + 1))
    ImageDraw.Draw(canvas).ellipse((0, 0, 2 * radius, 2 * radius), fill=1)
    assert np.asarray(canvas).sum(1).tolist() == (2 * round_half_widths(radius) + 1).tolist()
