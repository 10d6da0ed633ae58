"""Every corruption and severity at 224 x 224 on one core, beside imagecorruptions-imaug in the same run.

The two are timed one after the other for each condition, so that a noisy machine is noisy for both; `summary.py` makes the
ratios of medians from the JSON. The input is a photograph, the caches are warm, compilation is outside of the timed region.
"""

import warnings

import numpy as np
import pytest

import corrupt_engine as ce
from tests.golden_files import picture

CONDITIONS = [(name, severity) for benchmark in ce.benchmarks() for name in ce.corruptions(benchmark) for severity in range(1, 6)]
ROUNDS = 15


def ours(image, name, severity):
    return ce.corrupt(image, name, severity=severity, threads=1)


def peer(image, name, severity):
    from imagecorruptions import corrupt

    return corrupt(image, corruption_name=name, severity=severity)


@pytest.mark.parametrize("side", [ours, peer], ids=["ours", "peer"])
@pytest.mark.parametrize(("name", "severity"), CONDITIONS)
def test_speed(benchmark, name, severity, side):
    image = np.array(picture("inputs/cat_224.png"))
    benchmark.group = f"{name} {severity}"
    benchmark.extra_info = {"corruption": name, "severity": severity, "side": side.__name__}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peer's libraries deprecate what it calls
        result = benchmark.pedantic(side, (image, name, severity), rounds=ROUNDS, warmup_rounds=2)
    assert result.shape == image.shape
