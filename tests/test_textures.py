"""Frost's photographs: found, checked, never silently replaced."""

import shutil

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine.transforms import textures


def test_found_in_the_installed_package(monkeypatch):
    monkeypatch.delenv(textures.FOLDER_VARIABLE, raising=False)
    images = textures.load_published(textures.find_folder())
    assert [p.shape for p in images] == [(600, 900, 3), (315, 560, 3), (315, 560, 3), (350, 527, 3), (495, 660, 3)]
    assert (images[1] == images[2]).all()


def test_missing_is_an_error_with_the_way_out(monkeypatch, cat):
    monkeypatch.delenv(textures.FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr(textures, "PACKAGE", "no_such_package")
    with pytest.raises(ce.MissingTexturesError, match=r"corrupt-engine\[reference\]"):
        ce.corrupt(cat, "frost")
    assert (ce.corrupt(cat, "frost", severity=0) == cat).all()


def test_a_folder_of_ones_own(monkeypatch, tmp_path, cat):
    expected = ce.corrupt(cat, "frost")
    folder = textures.find_folder()
    for name in textures.FILES:
        shutil.copy(folder / name, tmp_path / name)
    monkeypatch.setenv(textures.FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.setattr(textures, "PACKAGE", "no_such_package")
    assert (ce.corrupt(cat, "frost") == expected).all()
    (tmp_path / "frost4.jpg").write_bytes(b"another image")
    textures.load_published.cache_clear()
    with pytest.raises(ce.MissingTexturesError, match=r"frost4.jpg is not the published texture"):
        ce.corrupt(cat, "frost")
    (tmp_path / "frost4.jpg").unlink()
    with pytest.raises(ce.MissingTexturesError, match=r"does not hold it"):
        ce.corrupt(cat, "frost")


def test_the_stand_in_is_used_only_by_name(monkeypatch, cat):
    monkeypatch.setattr(textures, "PACKAGE", "no_such_package")
    monkeypatch.delenv(textures.FOLDER_VARIABLE, raising=False)
    out = ce.corrupt(cat, "frost", textures="procedural")
    assert (out != cat).any()
    assert (out == ce.corrupt(cat, "frost", textures="procedural")).all()


def test_a_larger_image_gets_an_enlarged_texture():
    image = np.zeros((700, 1200, 3), np.uint8)
    out = ce.corrupt(np.stack([image] * 6), "frost", severity=5)
    assert out.shape == (6, 700, 1200, 3)
    assert (out.reshape(6, -1).std(axis=1) > 1).all()


def test_the_sixth_texture_is_never_drawn():
    from corrupt_engine.kernels.draws import Words, host_array
    from corrupt_engine.kernels.weather.frost import draws

    chosen = host_array(draws(None, 224, 224)["texture"], Words(0, np.arange(5000), (1, 2)))
    values, counts = np.unique(chosen, return_counts=True)
    assert values.tolist() == [0, 1, 2, 3, 4]
    assert np.abs(counts - 1000).max() < 5 * (1000 * 0.8) ** 0.5
