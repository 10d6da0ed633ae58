"""Styles and subtypes held out."""

import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.science import csv_column, folder_levels, split_row, style_split, subtype_split

from .small_sources import huggingface, labels, made_images

LABELS = ["cat"] * 4 + ["dog"] * 4
STYLES = ["drawn", "photo", "photo", "icon"] * 2


def test_a_style_is_held_out_whole():
    split = style_split(LABELS, STYLES, "photo")
    assert split.test.tolist() == [1, 2, 5, 6] and split.train.tolist() == [0, 3, 4, 7] and split.held_out == "photo"


@pytest.mark.parametrize(
    ("styles", "held_out", "words"),
    [
        (STYLES, "oil", "no style 'oil'; there are 'drawn', 'photo', 'icon'"),
        (["drawn"] * 4 + STYLES[4:], "drawn", "class 'cat' has nothing but style 'drawn'"),
        (["icon"] * 4 + STYLES[4:], "photo", "class 'cat' has nothing of style 'photo'"),
        (STYLES[1:], "photo", "8 labels and 7 styles"),
        (None, "photo", "None is no list with a value for each sample"),
    ],
)
def test_styles_that_cannot_be_held_out(styles, held_out, words):
    with pytest.raises(ce.OptionError, match=words):
        style_split(LABELS, styles, held_out)


def test_subtypes_are_drawn_by_the_seed_for_each_class():
    kinds = [f"{label}{n % 4}" for n, label in enumerate(LABELS)]
    seen = set()
    for seed in range(40):
        split = subtype_split(LABELS, kinds, 2, seed)
        assert all(len(names) == 2 for names in split.held_out.values())
        assert not {kinds[n] for n in split.train} & {kinds[n] for n in split.test}
        assert {LABELS[n] for n in split.train} == {LABELS[n] for n in split.test} == {"cat", "dog"}
        assert sorted([*split.train, *split.test]) == list(range(8))
        seen.add(tuple(split.held_out["cat"]))
    assert len(seen) == 6  # all pairs of four
    assert subtype_split(LABELS, kinds, 2, 3).held_out == subtype_split(LABELS, kinds, 2, 3).held_out


@pytest.mark.parametrize(
    ("held_out", "words"),
    [
        (4, "class 'cat' would lose all its 4 subtypes"),
        (0, "held_out 0 is below 1"),
        ({"cow": ["a"]}, "no class 'cow'"),
        ({"cat": ["dog0"]}, "class 'cat' has no subtype 'dog0'"),
        ({}, "no sample is held out"),
    ],
)
def test_subtypes_that_cannot_be_held_out(held_out, words):
    kinds = [f"{label}{n % 4}" for n, label in enumerate(LABELS)]
    with pytest.raises(ce.OptionError, match=words):
        subtype_split(LABELS, kinds, held_out)


def test_any_integer_is_a_seed():
    labels, subtypes = [0] * 30, list(range(30))
    drawn = {seed: subtype_split(labels, subtypes, 10, seed).held_out[0] for seed in (-5, -6, 5, 2**70)}
    assert len(set(drawn.values())) == 4 and drawn[-5] == subtype_split(labels, subtypes, 10, -5).held_out[0]


def test_metadata_from_folders_and_files(photo_folder, tmp_path):
    source = ce.sources.open_source(photo_folder)
    assert set(folder_levels(source, 1)) == {"cats", "people", "sub"}
    assert folder_levels(photo_folder, 1) == folder_levels(source, 1)
    with pytest.raises(ce.OptionError, match="fewer than 99 folders"):
        folder_levels(source, 99)
    (tmp_path / "a.csv").write_text('name,style\na,drawn\nb,"photo, old"\n')
    assert csv_column(tmp_path / "a.csv", "style") == ["drawn", "photo, old"]
    (tmp_path / "excel.csv").write_bytes("style,name\ndrawn,a\n".encode("utf-8-sig"))
    assert csv_column(tmp_path / "excel.csv", "style") == ["drawn"]  # behind a mark of the byte order
    with pytest.raises(ce.OptionError, match="no column 'kind'; it has 'name', 'style'"):
        csv_column(tmp_path / "a.csv", "kind")
    with pytest.raises(ce.SourceError, match="cannot be read"):
        csv_column(tmp_path / "b.csv", "kind")
    (tmp_path / "c.csv").write_text("name,style\na\n")
    with pytest.raises(ce.OptionError, match="line 2"):
        csv_column(tmp_path / "c.csv", "style")


@pytest.mark.parametrize("kind", [None, "numpy", "torch"])
def test_metadata_from_columns_of_a_huggingface_dataset(kind):
    pytest.importorskip("datasets")
    whole = huggingface()
    style = [("drawn", "photo")[n // 4 % 2] for n in range(len(whole))]
    number = [n // 4 % 2 for n in range(len(whole))]
    columns = whole.add_column("style", style).add_column("kind", number).with_format(kind)
    split = style_split(columns["label"], columns["style"], "photo")
    assert split.test.tolist() == [4, 5, 6, 7] and split.train.tolist() == [0, 1, 2, 3, 8, 9, 10]
    drawn = subtype_split(columns["label"][:8], columns["kind"][:8], 1, seed=2)
    assert drawn.held_out == subtype_split(whole["label"][:8], number[:8], 1, seed=2).held_out
    report = ce.evaluate(
        lambda images: images.mean((2, 3)).repeat(1, 2)[:, :4],
        whole.select(split.test),
        "cifar-10-c",
        corruptions="fog",
        severities=1,
        progress=False,
        check=False,
        geometry="none",
    )
    assert report.samples == 4 and "of 4 images" in split_row("style", report)


def test_a_report_row():
    report = ce.evaluate(
        lambda images: torch.eye(4)[torch.zeros(len(images), dtype=int)] * 9,
        (made_images(), labels()),
        "cifar-10-c",
        corruptions="fog",
        severities=1,
        progress=False,
        check=False,
        name="mine",
    )
    assert split_row("style", report).startswith("style robustness of mine: 27.3 % (9.7 to 56.6) of 11 images")
    assert "ResNet-20 57.5" in split_row("subtype", report)
    with pytest.raises(ce.UnknownNameError, match="kind"):
        split_row("colour", report)
