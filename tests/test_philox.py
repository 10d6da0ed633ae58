"""The generator against the known predictions of its authors (Random123, kat_vectors, philox4x32 10 rounds), and its
keys.
"""

import numpy as np
import pytest

from corrupt_engine.kernels.draws import Draws, Words, integers, normal, uniform, words
from corrupt_engine.kernels.jit import cpu
from corrupt_engine.kernels.philox import BESIDE, condition_key, fill_words, philox4x32_10, store_words

KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "prediction"), KNOWN)
def test_known_answers(counter, key, prediction):
    assert tuple(int(w) for w in philox4x32_10(*map(np.uint64, counter), *map(np.uint64, key))) == prediction


@pytest.mark.parametrize(("counter", "key", "prediction"), KNOWN)
def test_known_answers_compiled(counter, key, prediction):
    out = np.empty(4, np.uint32)
    sample = np.array([counter[2] | counter[3] << 32], np.uint64).view(np.int64)[0]
    fill_words(out, counter[0], counter[1], sample, *key)
    assert tuple(int(w) for w in out) == prediction


@cpu
def _stored(out, index, block, stream, sample, k0, k1):
    store_words(out, index, block, stream, sample, k0, k1)


@pytest.mark.parametrize(("counter", "key", "prediction"), KNOWN)
def test_known_answers_side_by_side(counter, key, prediction):
    out = np.zeros(BESIDE + 5, np.int32)
    sample = np.array([counter[2] | counter[3] << 32], np.uint64).view(np.int64)[0]
    _stored(out, 3, counter[0], counter[1], sample, *key)
    assert tuple(int(w) for w in out[3:7].view(np.uint32)) == prediction
    assert (out[[0, 1, 2, -2, -1]] == 0).all()


@pytest.mark.parametrize("sample", [0, -1, 2**62 + 5, -(2**40)])
def test_words_side_by_side_are_those_one_by_one(sample):
    one_by_one, beside = np.empty(3 * BESIDE, np.uint32), np.empty(3 * BESIDE, np.int32)
    fill_words(one_by_one, 7, 3, np.int64(sample), 2**32 - 1, 5)
    for step in range(3):
        _stored(beside, BESIDE * step, 7 + BESIDE // 4 * step, 3, np.int64(sample), 2**32 - 1, 5)
    assert (beside.view(np.uint32) == one_by_one).all()


def test_a_word_depends_on_its_place_alone():
    whole, part, tail = np.empty(1004, np.uint32), np.empty(400, np.uint32), np.empty(4, np.uint32)
    fill_words(whole, 0, 2, np.int64(77), 1, 2)
    fill_words(part, 50, 2, np.int64(77), 1, 2)
    fill_words(tail, 250, 2, np.int64(77), 1, 2)
    assert (part == whole[200:600]).all()
    assert (tail == whole[1000:]).all()


def test_the_upper_half_of_a_sample_id_counts():
    low, high = Words(0, np.array([1, 1 + 2**32]), (3, 4)).array((64,))
    assert (low != high).any()


def test_keys_differ_in_each_part_and_are_what_they_were():
    base = condition_key(0, "fog", 3.0, 0)
    assert base == condition_key(0, "fog", 3, 0)
    others = [
        condition_key(1, "fog", 3, 0),
        condition_key(0, "frost", 3, 0),
        condition_key(0, "fog", 3.5, 0),
        condition_key(0, "fog", 3, 1),
    ]
    assert len({base, *others}) == 5
    # Published numbers hang on this value: it may never change.
    assert condition_key(0, "gaussian_noise", 3, 0) == (0x554AF185, 0x57C18EC)


def test_draws_follow_their_laws():
    from corrupt_engine.kernels import cpu

    spec = {
        "u": uniform(-2, 6, 200, 300),
        "n": normal(1, 3, 200, 300),
        "i": integers(-3, 3, 200, 300),
        "w": words(5),
        "h": integers(0, 5),
    }
    d = Draws(spec, np.array([4, 5]), (8, 9), cpu.draw)
    assert d.u.shape == d.n.shape == d.i.shape == (2, 200, 300)
    assert d.u.dtype == d.n.dtype == np.float32
    assert -2 <= d.u.min() < -1.999 and 5.999 < d.u.max() < 6
    # 120,000 values: the bounds are five standard errors.
    assert abs(d.u.mean() - 2) < 5 * 8 / 12**0.5 / 120000**0.5
    assert abs(d.n.mean() - 1) < 5 * 3 / 120000**0.5
    assert abs(d.n.std() - 3) < 5 * 3 / (2 * 120000) ** 0.5
    values, counts = np.unique(d.i, return_counts=True)
    assert values.tolist() == [-3, -2, -1, 0, 1, 2]
    assert np.abs(counts - 20000).max() < 5 * (20000 * 5 / 6) ** 0.5
    assert isinstance(d.w, Words) and d.h.shape == (2,)
    with pytest.raises(AttributeError):
        _ = d.unknown


def test_normal_values_have_the_normal_law():
    from scipy.stats import kstest

    from corrupt_engine.kernels import cpu

    values = cpu.draw(normal(0, 1, 1000000), Words(0, np.array([3]), (1, 2)))[0]
    assert kstest(values, "norm").pvalue > 0.001
    # The fourth moment sees the tails: 3 for a normal, standard error 96 / n.
    assert abs((values.astype(np.float64) ** 4).mean() - 3) < 5 * (96 / 1e6) ** 0.5
