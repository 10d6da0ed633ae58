"""A data set and a model so small that a whole benchmark takes a second."""

import numpy as np
import torch
from PIL import Image

import corrupt_engine as ce

CLASSES = 3


class TinyImages(torch.utils.data.Dataset):
    """Random images of 8 x 8 whose brightness depends on the class."""

    def __init__(self, count=10, seed=0):
        generator = np.random.Generator(np.random.PCG64(seed))
        self.labels = [int(n) for n in generator.integers(0, CLASSES, count)]
        self.images = [(generator.integers(0, 100, (8, 8, 3)) + 70 * label).astype(np.uint8) for label in self.labels]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


class Killed(BaseException):
    """Ends an evaluation in the middle."""


class TinyModel(torch.nn.Module):
    """Prefers the class whose brightness is nearest. Raises Killed at its `calls`-th call; remembers what it saw."""

    def __init__(self, scale=8.0, calls=10**9):
        super().__init__()
        self.left = calls
        self.scale = torch.nn.Parameter(torch.tensor(scale))
        self.modes = set()
        self.images = 0

    def forward(self, images):
        self.modes.add((self.training, torch.is_grad_enabled()))
        self.left -= 1
        if self.left < 0:
            raise Killed
        self.images += len(images)
        mean = images.mean(dim=(1, 2, 3))[:, None]
        return -self.scale * (mean - torch.tensor([[0.2, 0.47, 0.74]])).abs()


def evaluate(model=None, source=None, benchmark="imagenet-c", **options):
    """`ce.evaluate` on the tiny things, in this process and one thread."""
    options = {
        "mean": 0.0,
        "std": 1.0,
        "progress": False,
        "batch_size": 4,
        "num_workers": 0,
        "threads": 1,
        "name": "tiny",
        "check": False,  # tests count the batches that the model is shown
        **options,
    }
    return ce.evaluate(model or TinyModel(), source or TinyImages(), benchmark, **options)


def same_answers(a, b):
    """Whether two reports hold the same predictions to the last bit."""
    return (
        list(a.predictions) == list(b.predictions)
        and np.array_equal(a.labels, b.labels)
        and all(
            (x is None and y is None) or np.array_equal(x, y, equal_nan=True)
            for c in a.predictions
            for x, y in zip(a.predictions[c], b.predictions[c], strict=True)
        )
    )


NETWORK = """
from tests.tiny import TinyModel
from corrupt_engine.models import LoadedModel

def network():
    return LoadedModel(TinyModel(), "tiny", 0.0, 1.0)

def other():
    return LoadedModel(TinyModel(2.0), "other", 0.1, 1.0)

def broken(images):
    if len(images):
        raise RuntimeError("no room")

def nan(images):
    return TinyModel()(images).detach() * float("nan")
"""


def working_folder(folder, count):
    """The folder, with `count` tiny images in class folders under data, and models in the module own_network."""
    source = TinyImages(count)
    for number in range(count):
        image, label = source[number]
        path = folder / "data" / f"class{label}" / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    (folder / "own_network.py").write_text(NETWORK)
    return folder
