"""The kernels against the original's outputs and against the oracles: same draws, same bytes."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine.kernels import cpu
from corrupt_engine.kernels.blur import defocus_blur
from corrupt_engine.kernels.draws import Draws
from corrupt_engine.kernels.registry import registry
from corrupt_engine.transforms.assets import assets_for

from .depths import beside
from .golden_files import golden_image, row_id, rows
from .levels import VARIANTS, levels, params, some_severities, tables
from .reference import defocus_blur as reference
from .reference.tolerance import EXACT
from .test_oracles import oracle

SIZES = [(1, 1), (5, 7), (33, 47), (40, 24), (64, 64)]


def by_words(corruption):
    """Whether it samples an output law directly: such a one has no draws to replay, and test_transition.py holds it."""
    return any(draw.law == "words" for draw in corruption.draws(levels(corruption.name).rows[0], 4, 4).values())


REPLAYED = sorted(c.name for c in registry().values() if not c.deterministic and not by_words(c))
COMPARED = sorted(c.name for c in registry().values() if not by_words(c))


def apply(corruption, x, p, draws):
    dst = np.empty((1, *x.shape), np.uint8)
    assets = {**assets_for(corruption.assets, "published"), **beside(corruption.name, x[None])}
    corruption.apply(cpu, np.ascontiguousarray(x[None]), dst, p, draws, **assets)
    return dst[0]


def batched(draws):
    """Recorded draws as a kernel takes them: one more axis in front, fields in the kernel's own types."""
    types = {"f": np.float32, "i": np.int8}
    return SimpleNamespace(
        **{
            k: np.asarray(v, types[np.asarray(v).dtype.kind] if np.size(v) > 16 else None)[None]
            for k, v in draws.items()
        }
    )


def check(result, expected, tolerance):
    difference = np.abs(result.astype(int) - expected)
    assert (difference > tolerance.levels).mean() <= tolerance.crossings, f"{difference.max()} levels; {tolerance}"
    assert (difference > 0).mean() <= tolerance.share, f"{(difference > 0).mean():.4%} of the bytes differ; {tolerance}"


@pytest.mark.parametrize("row", rows(random=False), ids=row_id)
def test_deterministic_ones_equal_the_original(row):
    result = ce.corrupt(
        golden_image(row["input"]), row["corruption"], severity=row["severity"], variant=VARIANTS[row["size"]]
    )
    check(result, golden_image(row["file"]), oracle(row["corruption"]).TOLERANCE)


@pytest.mark.parametrize("row", [r for r in rows(random=True) if r["corruption"] in REPLAYED], ids=row_id)
def test_random_ones_equal_the_original_under_its_draws(row):
    corruption = registry()[row["corruption"]]
    x = golden_image(row["input"])
    p = params(corruption.name, row["severity"], row["size"])
    draws = oracle(corruption.name).draws(np.random.RandomState(row["seed"]), x, p)
    check(apply(corruption, x, p, batched(draws)), golden_image(row["file"]), oracle(corruption.name).TOLERANCE)


@pytest.mark.parametrize(("name", "table"), [(name, table) for name in COMPARED for table in tables(name)])
@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
def test_kernel_equals_the_oracle_under_the_keyed_draws(name, size, table):
    corruption = registry()[name]
    x = np.ascontiguousarray(golden_image("inputs/cat_64.png")[: size[0], : size[1]])
    tolerance = oracle(name).TOLERANCE
    for severity in some_severities(name):
        p = params(name, severity, table)
        spec = corruption.draws(p, *size)
        d = Draws(spec, np.array([3]), (5, 6), cpu.draw)
        recorded = {key: np.array(getattr(d, key)[0]) for key in spec}
        expected = oracle(name).apply(x, p, {**recorded, **beside(name, x)})
        difference = np.abs(apply(corruption, x, p, d).astype(int) - expected)
        if size == (1, 1):
            # Every filter gives the pixel back: a whole number, from which float64 noise may take a level at each
            # truncation.
            assert difference.max() <= (2 if name == "glass_blur" else tolerance.levels)
            continue
        # On a few pixels one byte is a large share: a byte or two more than the share are let through.
        allowed = tolerance.share * difference.size + (0 if tolerance is EXACT else 2)
        assert (difference > 0).sum() <= allowed, (
            f"severity {severity}: {(difference > 0).sum()} of {difference.size} bytes differ"
        )
        assert (difference > tolerance.levels).sum() <= tolerance.crossings * difference.size


def test_the_check_can_fail():
    x = golden_image("inputs/cat_64.png")
    with pytest.raises(AssertionError):
        check(np.clip(x.astype(int) + 1, 0, 255), x, EXACT)
    with pytest.raises(AssertionError):
        check(np.clip(x.astype(int) + 2, 0, 255), x, oracle("saturate").TOLERANCE)


def test_the_table_of_another_size_is_noticed():
    row = next(r for r in rows(random=False, sizes=(32,)) if r["corruption"] == "gaussian_blur")
    wrong = ce.corrupt(golden_image(row["input"]), "gaussian_blur", severity=row["severity"], variant="imagenet-c")
    with pytest.raises(AssertionError):
        check(wrong, golden_image(row["file"]), oracle("gaussian_blur").TOLERANCE)


@pytest.mark.parametrize("radius", [0.0, 0.5, 1.0, 2.5, 3.0, 6.0, 7.5, 8.0, 8.5, 9.0, 10.0, 11.3, 12.0, 25.0])
@pytest.mark.parametrize("alias_sigma", [0.01, 0.1, 0.5, 0.6])
def test_a_soft_disk_taken_apart_is_the_whole_kernel(radius, alias_sigma):
    """Its impulse response, on an image too large for the borders to matter, in numbers that float64 holds."""
    params = defocus_blur.Disk(radius, alias_sigma)
    whole = reference.kernel(params)
    disk = defocus_blur.disk(params)
    size = 2 * (len(whole) // 2 + 3) + 1
    middle = size // 2
    impulse = np.zeros((size, size))
    impulse[middle, middle] = 1.0

    def pulled(image, quads):
        out = np.zeros_like(image)
        for (first, end), weight in zip(itertools.pairwise([0, *quads.ends]), quads.weights, strict=True):
            for y, x in quads.offsets[first:end]:
                places = [(y, x), (y, -x), (-y, x), (-y, -x)] if x else [(y, 0), (-y, 0), (0, y), (0, -y)]
                out += float(weight) * sum(np.roll(image, place, (0, 1)) - image for place in places)
        return out

    sums = np.zeros_like(impulse)
    for x, height in enumerate(disk.heights):
        for y in range(-height, height + 1):
            sums[middle + y, [middle - x, middle + x]] = 1.0
    response = (
        sums / float(disk.size) + float(disk.surplus) * sums + pulled(sums, disk.soft) + pulled(impulse, disk.rest)
    )
    response[middle, middle] += disk.excess - disk.surplus * disk.size
    r = len(whole) // 2
    error = response[middle - r : middle + r + 1, middle - r : middle + r + 1] - whole
    assert np.abs(error).max() < 1e-9 + 4 * 2.0**-24 * whole.max(), "weights are float32, and four at most meet"
    assert np.abs(response).sum() == pytest.approx(whole.sum(), abs=1e-7), (
        "nothing lies outside of the published kernel's grid"
    )
