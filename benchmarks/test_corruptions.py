"""Every corruption and severity alone, for pytest-benchmark: `pytest benchmarks`, to look at one kernel while working
on it.

For comparisons with other libraries use `make bench`, which alternates the sides within one run; this harness cannot.
"""

import numpy as np
import pytest

import corrupt_engine as ce
from benchmarks.guard import severities
from corrupt_engine.transforms.depth import stand_in
from tests.golden_files import golden_image


@pytest.mark.parametrize(("name", "severity"), [(n, s) for n in ce.corruptions() for s in severities(n)])
def test_corruption(benchmark, name, severity):
    image = golden_image("inputs/cat_224.png")
    options = {"threads": 1, **stand_in(name, image.shape)}
    benchmark.extra_info.update(corruption=name, severity=severity, size=image.shape)
    result = benchmark.pedantic(ce.corrupt, (image, name, severity), options, rounds=15, warmup_rounds=2)
    assert result.shape == image.shape and np.any(result != image)
