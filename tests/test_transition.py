"""The pointwise noises: their laws against the definition, their tables against the laws, their samples against
both.
"""

import numpy as np
import pytest
from scipy import stats

import corrupt_engine as ce
from corrupt_engine.kernels.draws import Draws, Words
from corrupt_engine.kernels.noise.pointwise import MANY
from corrupt_engine.kernels.primitives.transition import alias_table, cached_tables, table_law, transition_cpu
from corrupt_engine.kernels.registry import registry

from . import levels
from .golden_files import golden_image
from .reference import alias

LAWS = {c.name: c.source for c in registry().values() if c.form == "law"}
TABLES = {name: cached_tables(law) for name, law in LAWS.items()}
DEFINED = ("gaussian_noise", "speckle_noise", "shot_noise", "impulse_noise", "uniform_noise", "salt", "pepper")
CASES = [(name, table, severity) for name in DEFINED for table in (224, 32) for severity in (1, 3, 5)]


def params(name, table, severity):
    return levels.params(name, severity, table)


def definition(name, p, level):
    """P(output = k | input = level) by SciPy, from the formulas of the specification."""
    k = np.arange(257)
    u = level / 255
    if name == "impulse_noise":
        return (1 - p.amount) * (k[:-1] == level) + p.amount / 2 * np.isin(k[:-1], [0, 255])
    if name in ("salt", "pepper"):
        return (1 - p.amount) * (k[:-1] == level) + p.amount * (k[:-1] == (255 if name == "salt" else 0))
    if name == "shot_noise":
        counts = np.arange(int(u * p.photons + 20 * (u * p.photons) ** 0.5 + 60))
        levels = (np.clip(counts / p.photons, 0, 1) * 255).astype(np.uint8)
        return np.bincount(levels, stats.poisson.pmf(counts, u * p.photons), minlength=256)
    if name == "uniform_noise":
        below = np.clip((k / 255 - u + p.width) / (2 * p.width), 0, 1)
        below[0], below[256] = 0, 1
        return np.diff(below)
    sigma = p.sigma if name == "gaussian_noise" else p.sigma * u
    if sigma == 0:
        return (k[:-1] == level) * 1.0
    # trunc(255 clip(u + sigma N)) is k where k/255 <= u + sigma N < (k+1)/255, and 0 and 255 take the tails.
    reach = stats.norm.sf((k / 255 - u) / sigma)
    reach[0], reach[256] = 1, 0
    return reach[:-1] - reach[1:]


@pytest.mark.parametrize(("name", "table", "severity"), CASES)
def test_law_is_the_definition(name, table, severity):
    p = params(name, table, severity)
    law = LAWS[name](p)
    for level in (0, 1, 17, 128, 200, 254, 255):
        # SciPy's and libm's tails differ by some 1e-13 relative; summing a Poisson's pmf adds 1e-12.
        assert np.abs(law[level] - definition(name, p, level)).max() < 1e-11


def test_photons_without_number_are_counted_as_normal():
    """The two ways to the law meet within what the normal one leaves out, the lattice of the counts and their skewness;
    beyond, the law goes on to no change without a leap, a wait or NaN.
    """
    shot_noise, Photons = LAWS["shot_noise"], type(params("shot_noise", 224, 1))
    counted, normal = shot_noise(Photons(MANY)), shot_noise(Photons(np.nextafter(MANY, np.inf)))
    assert 0 < np.abs(counted - normal).max() < 2e-4
    for photons in (1e12, 1e300):
        assert np.abs(shot_noise(Photons(photons)) - normal).max() < 0.01
    assert (shot_noise(Photons(np.inf)) == np.eye(256)).all()
    image = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    assert (ce.corrupt(image, "shot_noise", 1e-320) == image).all()


@pytest.mark.parametrize(("name", "table", "severity"), CASES)
def test_table_samples_the_law(name, table, severity):
    p = params(name, table, severity)
    sampled = table_law(TABLES[name](p))
    assert np.abs(sampled - LAWS[name](p)).max() <= 2.0**-23
    assert np.abs(sampled.sum(axis=1) - 1).max() < 1e-12


def test_a_wrong_law_is_noticed():
    right, wrong = params("gaussian_noise", 224, 3), params("gaussian_noise", 299, 3)
    assert np.abs(table_law(TABLES["gaussian_noise"](wrong)) - LAWS["gaussian_noise"](right)).max() > 2.0**-23


@pytest.mark.parametrize("name", DEFINED)
def test_kernel_reads_the_table_like_the_oracle(name):
    from corrupt_engine.kernels import cpu

    corruption = registry()[name]
    p = params(name, 64, 5)
    x = golden_image("inputs/cat_64.png")[:33, :47]
    spec = corruption.draws(p, 33, 47)
    d = Draws(spec, np.array([2**40 + 5]), (17, 18), cpu.draw)
    (draw,) = (getattr(d, key) for key in spec)
    dst = np.empty((1, 33, 47, 3), np.uint8)
    corruption.apply(cpu, np.ascontiguousarray(x[None]), dst, p, d)
    assert (dst[0] == alias.apply(x, TABLES[name](p), draw.array((33, 47, 3))[0])).all()


@pytest.mark.parametrize("name", DEFINED)
def test_samples_follow_the_law(name):
    import corrupt_engine as ce

    p = params(name, 224, 3)
    law = LAWS[name](p)
    for level in (20, 130, 240):
        out = ce.corrupt(np.full((16, 224, 224, 3), level, np.uint8), name, severity=3, ids=range(16))
        seen = np.bincount(out.ravel(), minlength=256)
        expected = law[level] * out.size
        common = expected >= 10
        pooled = np.append(seen[common], seen[~common].sum()), np.append(expected[common], expected[~common].sum())
        keep = pooled[1] > 0
        chi = ((pooled[0][keep] - pooled[1][keep]) ** 2 / pooled[1][keep]).sum()
        assert stats.chi2.sf(chi, keep.sum() - 1) > 1e-4
        assert seen[law[level] == 0].sum() == 0


def test_alias_table_of_a_sure_thing():
    assert (table_law(alias_table(np.eye(256))) == np.eye(256)).all()


@pytest.mark.parametrize("size", [*range(1, 12), 31, 32, 33, 63, 64, 65, 95, 96, 97, 1000])
def test_any_number_of_elements(size):
    """They are made 32 at a time, the last of which are fewer; nothing is written behind them."""
    images, memory = (
        np.arange(3 * size, dtype=np.uint8).reshape(3, size, 1, 1) * 7,
        np.full(3 * size + 64, 77, np.uint8),
    )
    table = TABLES["gaussian_noise"](params("gaussian_noise", 224, 5))
    noise = Words(2, np.array([5, -5, 2**40]), (8, 9))
    made = memory[: 3 * size].reshape(images.shape)
    transition_cpu(images, made, table, noise)
    assert (made == alias.apply(images, table, noise.array((size, 1, 1)))).all() and (memory[3 * size :] == 77).all()
