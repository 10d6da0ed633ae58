"""The oracles against the outputs of the original code, under the recorded seeds and draw order."""

import importlib

import numpy as np
import pytest

from corrupt_engine.kernels.registry import registry

from .golden_files import golden_image, row_id, rows
from .levels import params

# Where the exact result is a whole number, float64 rounding noise decides; two float64 formulations of HSV already
# differ on this share of the bytes (measured; the specification's section 4 says 4 to 6 % of saturate 3, .1 to .4 % of
# brightness).
NOISY = {"brightness": 0.01, "saturate": 0.15}


def oracle(name):
    return importlib.import_module(f"tests.reference.{name}")


def test_every_corruption_has_an_oracle():
    for name in registry():
        assert callable(oracle(name).apply) and callable(oracle(name).draws)
        assert oracle(name).TOLERANCE.why


@pytest.mark.parametrize("row", rows(), ids=row_id)
def test_oracle_equals_the_original(row):
    x, expected = golden_image(row["input"]), golden_image(row["file"])
    p = params(row["corruption"], row["severity"], row["size"])
    reference = oracle(row["corruption"])
    result = reference.apply(x, p, reference.draws(np.random.RandomState(row["seed"]), x, p))
    difference = np.abs(result.astype(int) - expected)
    assert difference.max() <= 1
    # Elsewhere .05 % of the bytes, two of them on the small images.
    assert (difference > 0).sum() <= max(2, NOISY.get(row["corruption"], 0.0005) * difference.size)
