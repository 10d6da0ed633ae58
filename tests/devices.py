"""Running a corruption on a stand-in for a CUDA device and on the CPU, for the tests that compare them."""

import numpy as np

from corrupt_engine.kernels import cpu, engine
from corrupt_engine.kernels.philox import condition_key
from corrupt_engine.kernels.registry import registry
from corrupt_engine.transforms.assets import assets_for

from .depths import beside
from .levels import params

IDS = np.array([3, 2**33 + 1])
NAMES = sorted(registry())


def run(ops, name, images, severity, table=None):
    corruption = registry()[name]
    assets = {**assets_for(corruption.assets, "published"), **beside(name, images)}
    out = np.full_like(images, 7)
    key = condition_key(0, name, severity, 0)
    engine.run(ops, corruption, params(name, severity, table), images.copy(), out, IDS[: len(images)], key, assets)
    return out


def on_cpu(name, images, severity, table=None):
    return run(cpu, name, images, severity, table)
