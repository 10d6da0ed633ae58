"""The parameters of shipped corruptions by table; ImageNet-C's by the side of its images, as the golden files name
them.
"""

import functools

from corrupt_engine.catalogue import find_corruption
from corrupt_engine.catalogue.lookup import home

VARIANTS = {224: "imagenet-c", 299: "imagenet-c-299", 64: "imagenet-64-c", 32: "cifar-10-c"}


def tables(name):
    """What `levels` takes for a corruption: the sides of ImageNet-C's tables, or the variants of another home
    benchmark.
    """
    file = home(name)
    if set(VARIANTS.values()) <= set(file.variants):
        return list(VARIANTS)
    having = file.entry(name).tables
    first = {variant.table: variant.name for variant in reversed(file.variants.values()) if variant.table in having}
    return [own for own in file.variants if own in first.values()]


@functools.cache
def levels(name, table=None):
    """The levels of a corruption in a table; in its home benchmark's usual one by default, or where it has no such
    table.
    """
    file = home(name)
    variant = file.variants.get(VARIANTS.get(table, table)) or file.variant_for(224, 224, name)
    return file.levels(name, find_corruption(name), variant)


def params(name, severity, table=None):
    return levels(name, table).params(severity)


def some_severities(name):
    """The weakest, a middle one and the strongest severity."""
    most = levels(name).most
    return sorted({1, (most + 1) // 2, most})


def cases(name):
    """(severity, table) for a look at all of a corruption: whole severities, and a fraction in another table if there
    is one.
    """
    return [*((s, tables(name)[0]) for s in some_severities(name)), (levels(name).most / 2, tables(name)[-2:][0])]


def grows(name):
    """Whether the distance to the clean image must grow with the severity, as its benchmark says."""
    return home(name).entry(name).grows
