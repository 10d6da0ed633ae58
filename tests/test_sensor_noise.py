"""The laws of few photons that are read out: against the definition, and against samples."""

import numpy as np
import pytest
from scipy import stats

import corrupt_engine as ce
from corrupt_engine.kernels.noise.sensor import (
    MOST,
    LowLight,
    ShotRead,
    low_light_tables,
    shot_read_law,
    shot_read_noise,
)
from corrupt_engine.kernels.primitives.transition import alias_table, table_law

from .levels import params


def definition(light, photons, sigma):
    """P(level = k | light) by SciPy."""
    rate = light * photons
    counts = np.arange(int(rate + 20 * rate**0.5 + 60))
    edges = np.arange(257) / 255
    known = stats.norm.cdf((edges - np.minimum(counts / photons, 1)[:, None]) / sigma)
    known[:, 0], known[:, 256] = 0, 1
    return stats.poisson.pmf(counts, rate) @ np.diff(known)


@pytest.mark.parametrize("severity", [1, 3, 5])
def test_the_law_is_the_definition(severity):
    p = params("shot_read_noise", severity)
    law = shot_read_noise(p)
    for level in (0, 1, 100, 254, 255):
        assert np.abs(law[level] - definition(level / 255, p.photons, p.sigma)).max() < 1e-10
    assert np.abs(table_law(alias_table(law)) - law).max() < 2.0**-23


def test_no_noise_at_the_identity():
    assert (shot_read_noise(ShotRead(np.inf, 0.0)) == np.eye(256)).all()
    reached, _ = low_light_tables(LowLight(0.0, 1.0, 1.0, np.inf, 0.0))
    assert (reached[::4, :-1] == np.triu(np.ones((256, 256)))[:, :-1]).all()


@pytest.mark.parametrize(("sigma", "most"), [(0.0, 0.02), (0.008, 5e-4)])
def test_counts_without_number_are_normal(sigma, most):
    light = np.arange(256) / 255
    counted, normal = (shot_read_law(light, photons, sigma) for photons in (4080.0, np.nextafter(4080.0, np.inf)))
    assert 0 < np.abs(counted - normal).max() < most


@pytest.mark.parametrize("severity", [1, 5])
def test_between_two_laws_their_mixture_is_nearly_the_law(severity):
    p = params("low_light", severity)

    def law(steps):
        return shot_read_law(p.scale * (steps / MOST) ** p.gamma, p.photons, p.sigma)

    whole = law(np.arange(MOST + 1))
    assert np.abs((whole[1:] + whole[:-1]) / 2 - law(np.arange(MOST) + 0.5)).max() < 1.3e-5


@pytest.mark.parametrize("range_", [(0, 255), (20, 201)])
def test_samples_follow_the_law_of_the_stretched_light(range_):
    low, high = range_
    p = params("low_light", 3)
    images = np.full((16, 224, 224, 3), 130, np.uint8)
    images[:, 0, 0], images[:, 0, 1] = low, high
    out = ce.corrupt(images, "low_light", 3, ids=range(len(images)))[:, 1:]
    expected = out.size * definition(p.scale * ((130 - low) / (high - low)) ** p.gamma, p.photons, p.sigma)
    common = expected >= 10
    seen = np.bincount(out.ravel(), minlength=256)
    pooled = np.append(seen[common], seen[~common].sum()), np.append(expected[common], expected[~common].sum())
    chi = ((pooled[0] - pooled[1]) ** 2 / np.maximum(pooled[1], 1)).sum()
    assert stats.chi2.sf(chi, len(pooled[0]) - 1) > 1e-4
