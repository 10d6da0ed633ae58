"""How kernel code is compiled: no more often than it must be."""

import numpy as np

from corrupt_engine.kernels.jit import cpu, part


@cpu
def _added(values, begin, step):
    total = np.int64(0)
    for k in range(begin, values.size, step):
        total += values[k]
    return total


@part
def _doubled(values):
    for k in range(values.size):
        values[k] *= 2


@cpu
def _constants_and_numbers(values, begin):
    _doubled(values)
    return _added(values, 0, 1) + _added(values, begin, 2) + _added(values, begin=1, step=begin)


def test_a_constant_is_no_type_of_its_own():
    """To Numba 0 is: the function would be compiled for it once more."""
    assert _constants_and_numbers(np.arange(5), 3) == 20 + 6 + 10
    assert len(_added.signatures) == 1 and "Literal" not in str(_added.signatures)


def test_a_part_is_plain_python_where_it_is_called_from_there():
    values = np.arange(5)
    _doubled(values)
    assert values.tolist() == [0, 2, 4, 6, 8]
    assert _constants_and_numbers(np.arange(5), 3) == 36
