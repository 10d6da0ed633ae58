"""Running a corruption on a stand-in for a CUDA device and on the CPU, for the tests that compare them."""

import numpy as np

from corrupt_engine.kernels import cpu, engine
from corrupt_engine.kernels.registry import registry
from corrupt_engine.textures import texture_asset

IDS = np.array([3, 2**33 + 1])
NAMES = sorted(registry())


def run(ops, name, images, severity, table=224):
    corruption = registry()[name]
    assets = {key: texture_asset("published") for key in corruption.assets}
    out = np.full_like(images, 7)
    engine.run(ops, corruption, images.copy(), out, IDS[: len(images)], severity=severity, table=table, assets=assets)
    return out


def on_cpu(name, images, severity, table=224):
    return run(cpu, name, images, severity, table)
