import os

import numpy as np
import pytest
from PIL import Image

from .golden_files import golden_image


def pytest_collection_modifyitems(items):
    """An id with an address in it is another one in each process of pytest-xdist, which then runs nothing."""
    if wrong := [item.nodeid for item in items if " at 0x" in item.nodeid]:
        raise pytest.UsageError(f"give ids of your own to the parameters of {', '.join(wrong)}")


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own(tmp_path_factory):
    """Indices of shards and CUDA kernels are kept in a folder of the tests' own, which pytest-xdist's workers share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "corrupt-engine-cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORRUPT_ENGINE_CACHE", str(folder))
        yield


@pytest.fixture
def cat():
    return golden_image("inputs/cat_224.png")


@pytest.fixture
def photo_folder(tmp_path):
    """A folder of class folders: PNG and JPEG of several sizes, in colour and grey."""
    cat, astronaut = golden_image("inputs/cat_224.png"), golden_image("inputs/astronaut_224.png")
    for name, image in {
        "cats/a.png": cat,
        "cats/b.jpg": np.tile(cat, (2, 2, 1))[:300, :400],
        "cats/c.jpg": cat[:, :, 0],
        "people/a.jpg": np.tile(astronaut, (2, 2, 1))[:375, :281],
        "people/b.png": np.tile(astronaut, (2, 2, 1))[:260, :270],
        "people/sub/c.jpeg": astronaut,
        "people/notes.txt": None,
    }.items():
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if image is None:
            path.write_text("no image")
        else:
            Image.fromarray(image).save(path, **({"quality": 90} if path.suffix != ".png" else {}))
    return tmp_path / "photos"
