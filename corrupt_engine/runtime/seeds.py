"""Seeds of other libraries' generators, which take some integers only, from any integer."""

import numpy as np


def numpy_generator(seed: int) -> np.random.Generator:
    """NumPy's generator PCG64 for a seed; from 0 up as NumPy has it.

    >>> numpy_generator(3).random() == np.random.default_rng(3).random() != numpy_generator(-3).random()
    True
    """
    return np.random.Generator(np.random.PCG64(seed if seed >= 0 else [-seed, 1]))


def torch_seed(seed: int) -> int:
    """What torch.manual_seed takes, which is most often the seed itself."""
    return seed if -(2**63) <= seed < 2**64 else seed % (2**61 - 1)
