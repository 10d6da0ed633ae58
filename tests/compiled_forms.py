"""Run by test_compilation.py in a process of its own: which functions get a further compiled form from which images.

In a process that has made other images before, a form that should never be made could be there already.
"""

import gc
import json
import sys
import warnings

import numpy as np
import torch
from numba.core.dispatcher import Dispatcher
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.catalogue.lookup import home
from corrupt_engine.kernels.planes import write_planes

from .depths import beside


def forms():
    """How many signatures each compiled function of the package has."""
    # By type(): isinstance asks objects for their class, and some of torch's answer with a warning.
    found = [d for d in gc.get_objects() if issubclass(type(d), Dispatcher)]
    return {d: len(d.signatures) for d in found if (d.py_func.__module__ or "").startswith("corrupt_engine")}


def new_forms(make):
    """The names of the functions that have another number of signatures after make()."""
    before = forms()
    make()
    return [d.py_func.__qualname__ for d, count in forms().items() if count != before.get(d)]


def make_all(images, variant=None, **options):
    for name in ce.corruptions():
        file = home(name)
        for severity in range(1, file.entry(name).most + 1):
            own = variant if variant in file.variants else None
            ce.corrupt(images, name, severity, variant=own, **beside(name, images), **options)


def pixels(*shape):
    return np.random.Generator(np.random.PCG64(0)).integers(0, 256, shape).astype(np.uint8)


def read_only(images):
    images.flags.writeable = False
    return images


VARIED = {
    "size": lambda: make_all(pixels(33, 97, 3)),
    "one pixel": lambda: make_all(pixels(1, 1, 3)),
    "column": lambda: make_all(pixels(7, 1, 3)),
    "large": lambda: make_all(pixels(250, 300, 3)),
    "batch": lambda: make_all(pixels(5, 64, 64, 3), threads=2),
    "part of a batch": lambda: make_all(pixels(8, 40, 40, 3)[2:5]),
    "every second pixel": lambda: make_all(pixels(80, 80, 3)[::2, ::2]),
    "Fortran order": lambda: make_all(np.asfortranarray(pixels(40, 40, 3))),
    "read-only": lambda: make_all(read_only(pixels(40, 40, 3))),
    "PIL": lambda: make_all(np.asarray(Image.fromarray(pixels(40, 40, 3)))),
    "torch": lambda: make_all(torch.from_numpy(pixels(2, 40, 40, 3))),
    "list": lambda: make_all([pixels(40, 40, 3), read_only(pixels(20, 30, 3))]),
    "fractional severity": lambda: [
        ce.corrupt(image, name, home(name).entry(name).most / 2, **beside(name, image))
        for name in ce.corruptions()
        for image in [pixels(40, 40, 3)]
    ],
    "keys": lambda: make_all(pixels(40, 40, 3), seed=2**63, ids=np.uint64(2**40), trial=3),
    "variants": lambda: [
        make_all(pixels(40, 40, 3), variant=name) for name in ("imagenet-c", "imagenet-c-299", "cifar-10-c")
    ],
}


def a_type_that_the_library_never_passes():
    write_planes(pixels(1, 2, 2, 3), np.empty((1, 3, 2, 2), np.int16), np.zeros((3, 256), np.int16))


def main(path):
    warnings.simplefilter("error")
    # Small images are resized element by element, larger ones sixteen rows at a time.
    make_all(pixels(48, 40, 3))
    make_all(pixels(224, 224, 3))
    found = {what: new_forms(make) for what, make in VARIED.items()}
    with open(path, "w") as file:  # noqa: PTH123
        json.dump({"varied": found, "other type": new_forms(a_type_that_the_library_never_passes)}, file)


if __name__ == "__main__":
    main(sys.argv[1])
