"""Eleven tiny images, as every kind of source."""

import functools
import gzip
import io
import tarfile

import numpy as np
from PIL import Image

from .golden_files import golden_image

COUNT, SIDE = 11, 16


@functools.cache
def made_images():
    """(COUNT, SIDE, SIDE, 3) uint8, all different."""
    cat = golden_image("inputs/cat_64.png")
    cut = np.stack([np.roll(cat, (3 * n, 5 * n), axis=(0, 1))[:SIDE, :SIDE] for n in range(COUNT)])
    cut.flags.writeable = False
    return cut


def labels():
    return np.arange(COUNT) % 4


class Pairs:
    """A torch Dataset of one's own: (what `make` does to the image, its label)."""

    def __init__(self, make=np.array, count=COUNT):
        self.make, self.count = make, count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return self.make(made_images()[index]), int(labels()[index])


def png(image, kind="PNG", **options):
    """An array or PIL image as the bytes of a file."""
    buffer = io.BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(buffer, kind, **options)
    return buffer.getvalue()


def write_tar(path, files):
    """A tar of {name: bytes}, compressed where the path says so."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    path.write_bytes(gzip.compress(buffer.getvalue()) if path.suffix == ".gz" else buffer.getvalue())
    return path


def write_shards(folder, suffix):
    """The eleven images in three shards, the second of which is empty; their pattern."""
    for number, part in enumerate((range(6), range(0), range(6, COUNT))):
        files = {}
        for n in part:
            files |= {f"set/{n:03}.png": png(made_images()[n]), f"set/{n:03}.cls": str(labels()[n]).encode()}
        write_tar(folder / f"s-{number:02}{suffix}", files)
    return f"{folder}/s-{{00..02}}{suffix}"


def huggingface():
    """A datasets.Dataset."""
    import datasets

    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["a", "b", "c", "d"])})
    cells = [{"bytes": png(golden_image), "path": None} for golden_image in made_images()]
    return datasets.Dataset.from_dict({"image": cells, "label": labels().tolist()}, features=features)
