"""Run by test_cuda_simulator.py with NUMBA_ENABLE_CUDASIM=1: every corruption's CUDA kernels under the simulator.

On two tiny images that still are several blocks of threads and of JPEG, with an incomplete one along each axis.
"""

import os
import sys
import warnings

import numpy as np
from numba import config

from corrupt_engine.kernels.cuda.emulation import SimulatedDevice
from corrupt_engine.kernels.cuda.ops import Ops

from .devices import on_cpu, run
from .golden_files import golden_image


def stay_on_one_core():
    """The simulator's threads wait for each other all the time: on one core 11 s, on two 17, on two busy ones 25."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def main(names):
    assert config.ENABLE_CUDASIM, "the simulator is off"
    warnings.simplefilter("error")  # an integer that overflows on the way
    stay_on_one_core()
    cat = golden_image("inputs/cat_224.png")
    images = np.ascontiguousarray(np.stack([cat[100:109, 60:66], cat[:9, :6]]))
    ops = Ops(SimulatedDevice())
    for name in names:
        for severity in (1, 3, 5):
            same = (run(ops, name, images, severity, 32) == on_cpu(name, images, severity, 32)).all()
            print(name, severity, "equal" if same else "DIFFERENT")
        grey = np.ascontiguousarray(images[..., :1])
        same = (run(ops, name, grey, 2.5, 32) == on_cpu(name, grey, 2.5, 32)).all()
        print(name, "grey", "equal" if same else "DIFFERENT")


if __name__ == "__main__":
    main(sys.argv[1:])
