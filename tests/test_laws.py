"""Every law on every corruption of the registry."""

import importlib
import re

import pytest

import corrupt_engine as ce
from corrupt_engine.kernels.registry import registry

from . import laws
from .depths import beside
from .levels import levels

CORRUPTIONS = sorted(registry().values(), key=lambda c: c.name)


CASES = [pytest.param(c.name, law, id=f"{c.name}-{law.__name__}") for c in CORRUPTIONS for law in laws.applicable(c)]


@pytest.mark.parametrize(("name", "law"), CASES)
def test_law(name, law):
    law(by_fifths(name))


def by_fifths(name):
    """The corruption with its strongest level as severity 5, as the laws ask for it; so it is already where there are
    five.
    """
    fifth = levels(name).most / 5

    def apply(images, severity, **key):
        level = severity if fifth == 1 else severity * fifth
        return ce.corrupt(images, name, level, **beside(name, images), **key)

    identity = registry()[name].identity.items()
    levels_of = {severity: levels(name).params(severity * fifth)._asdict().items() for severity in (1, 2, 3, 4, 5)}
    apply.identities = {severity for severity, own in levels_of.items() if identity and identity <= own}
    apply.identities |= {0.5} & {severity / 2 for severity in apply.identities}  # halfway between no change and none
    return apply


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda c: c.name)
def test_definition_is_complete(corruption):
    assert re.search(r"Source: .*\d{4}", corruption.doc), "the docstring cites no source"
    assert levels(corruption.name).most >= 1, "no benchmark has a table of it"
    assert corruption.source.__module__.split(".")[-2] == corruption.family
    assert importlib.import_module(corruption.source.__module__.rpartition(".")[0]).__doc__
