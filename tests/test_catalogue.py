"""The catalogue, and the parameters between table rows."""

import math

import pytest

import corrupt_engine as ce
from corrupt_engine.catalogue import BENCHMARKS, SEVERITIES, VARIANTS, conditions
from corrupt_engine.kernels.registry import SEVERITIES as KERNEL_SEVERITIES
from corrupt_engine.kernels.registry import corruption, registry


def test_benchmarks_hold_registered_corruptions_once():
    named = [name for benchmark in BENCHMARKS.values() for name in benchmark.corruptions]
    assert sorted(named) == list(ce.corruptions())
    assert len(ce.corruptions("imagenet-c")) == 15 and len(ce.corruptions("imagenet-c-extra")) == 4
    assert len(conditions("imagenet-c")) == 76 and conditions("imagenet-c")[0] == ("clean", 0, 0)


def test_variants_name_tables_that_every_corruption_has():
    for c in registry().values():
        assert set(VARIANTS.values()) == set(c.tables)
    assert SEVERITIES == KERNEL_SEVERITIES


def test_unknown_benchmark():
    with pytest.raises(ce.UnknownNameError, match="'imagenet-c'"):
        ce.corruptions("imagenetc")


@pytest.mark.parametrize("c", registry().values(), ids=lambda c: c.name)
def test_whole_severities_are_the_rows(c):
    for table, rows in c.tables.items():
        assert [c.params(s, table) for s in SEVERITIES] == list(rows)
        assert [c.params(float(s), table) for s in SEVERITIES] == list(rows)


@pytest.mark.parametrize("c", registry().values(), ids=lambda c: c.name)
def test_fractions_lie_between_the_rows(c):
    for severity in (1.25, 2.5, 4.75):
        low, p, high = c.params(math.floor(severity), 224), c.params(severity, 224), c.params(math.ceil(severity), 224)
        for a, b, v in zip(low, high, p, strict=True):
            assert min(a, b) <= v <= max(a, b)
            assert type(v) is type(a)


def test_interpolation_by_hand():
    assert registry()["gaussian_noise"].params(2.5, 224).sigma == pytest.approx(0.15)
    assert registry()["gaussian_noise"].params(0.5, 224).sigma == pytest.approx(0.04)
    assert registry()["shot_noise"].params(0.5, 224).photons == pytest.approx(120)
    assert registry()["shot_noise"].params(1.5, 224).photons == pytest.approx(2 / (1 / 60 + 1 / 25))
    assert registry()["glass_blur"].params(1.5, 224) == (pytest.approx(0.8), 2, 2)
    assert registry()["jpeg_compression"].params(0.5, 224).quality == 63
    assert all(registry()["frost"].params(s / 10, 224).texture_scale == 1.0 for s in range(1, 50))
    assert registry()["zoom_blur"].params(0.5, 224) == (1.0, pytest.approx(1.055), 0.01)


def test_a_second_definition_of_a_name_is_refused():
    with pytest.raises(ValueError, match="defined twice"):

        @corruption(registry()["contrast"].tables[224][0].__class__, {}, identity=[1.0])
        def contrast(ops, src, dst, p, d):
            """Again."""


def test_a_short_table_is_refused():
    with pytest.raises(ValueError, match="4 rows"):

        @corruption(registry()["contrast"].tables[224][0].__class__, {224: [1.0] * 4}, identity=[1.0])
        def too_short(ops, src, dst, p, d):
            """Four rows."""
