"""Every law on every corruption of the registry."""

import functools
import re

import pytest

import corrupt_engine as ce
from corrupt_engine.kernels.registry import registry

from . import laws

CORRUPTIONS = sorted(registry().values(), key=lambda c: c.name)


CASES = [pytest.param(c.name, law, id=f"{c.name}-{law.__name__}") for c in CORRUPTIONS for law in laws.applicable(c)]


@pytest.mark.parametrize(("name", "law"), CASES)
def test_law(name, law):
    law(functools.partial(ce.corrupt, corruption=name))


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda c: c.name)
def test_definition_is_complete(corruption):
    assert re.search(r"Source: .*\d{4}", corruption.doc), "the docstring cites no source"
    assert corruption.tolerance.why
    assert set(corruption.tables) == {224, 299, 64, 32}
    assert corruption.family in {"noise", "blur", "weather", "digital"}
    assert corruption.apply.__module__.endswith(f"{corruption.family}.{corruption.name}")
