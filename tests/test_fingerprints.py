"""What changes a fingerprint, and what does not."""

import shutil

import pytest
import torch

from corrupt_engine.evaluation.fingerprints import data_fingerprint, model_fingerprint
from corrupt_engine.sources import folder_source, open_source

from .tiny import TinyImages, TinyModel


def test_data_may_be_moved_and_named_otherwise(photo_folder, tmp_path, monkeypatch):
    first = data_fingerprint(folder_source(photo_folder))
    moved = shutil.copytree(photo_folder, tmp_path / "elsewhere" / "deeper")
    assert data_fingerprint(folder_source(moved)) == first
    monkeypatch.chdir(photo_folder.parent)
    assert data_fingerprint(open_source("photos")) == first


@pytest.mark.parametrize("change", ["rename", "remove", "add", "relabel", "pixels"])
def test_any_change_of_the_data_is_noticed(photo_folder, change):
    first = data_fingerprint(folder_source(photo_folder))
    file = photo_folder / "cats" / "a.png"
    if change == "rename":
        file.rename(file.with_name("z.png"))
    elif change == "remove":
        file.unlink()
    elif change == "add":
        shutil.copy(file, file.with_name("b2.png"))
    elif change == "relabel":
        (photo_folder / "birds").mkdir()  # an empty class before the others moves all labels
    else:
        shutil.copy(photo_folder / "people" / "b.png", file)
    assert data_fingerprint(folder_source(photo_folder, allow_empty=True)) != first


def test_an_unreadable_file_is_no_obstacle(photo_folder):
    (photo_folder / "cats" / "a.png").write_text("no image")
    assert data_fingerprint(folder_source(photo_folder)) == data_fingerprint(folder_source(photo_folder))


def test_datasets_are_told_apart_by_content():
    prints = [
        data_fingerprint(open_source(source))
        for source in (TinyImages(5), TinyImages(5), TinyImages(5, seed=1), TinyImages(6))
    ]
    assert prints[0] == prints[1] and len(set(prints)) == 3


def test_models_are_told_apart_by_weights_and_class():
    assert model_fingerprint(TinyModel()) == model_fingerprint(TinyModel())
    assert model_fingerprint(TinyModel()) != model_fingerprint(TinyModel(8.5))
    half = torch.nn.Linear(2, 2).to(torch.bfloat16)
    assert model_fingerprint(half) == model_fingerprint(half)
    assert model_fingerprint(torch.nn.Sequential()) != model_fingerprint(torch.nn.ModuleList())
    assert model_fingerprint(test_datasets_are_told_apart_by_content).endswith(
        "test_datasets_are_told_apart_by_content"
    )
