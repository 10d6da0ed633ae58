"""What decides how images are shown where the caller does not say it: a benchmark, a stream, a model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..catalogue import own_variant
from ..transforms.geometry import Geometry


def own_unless_given(
    options: Mapping[str, Any],
    benchmark: str | Path | None = None,
    *,
    variant: str | None = None,
    geometry: Geometry | None = None,
) -> dict[str, Any]:
    """Options of a CorruptLoader with `variant` and `geometry` as they are meant. Everything public that takes the
    options of a loader beside a benchmark, a stream or a model settles them here.

    Args:
        options: the caller's; None for either means that it was not given.
        benchmark: whose severities are meant where no variant was given: a name or a file.
        variant: likewise, where there is no benchmark: a stream's.
        geometry: what a named model was trained to be shown, which is meant where no geometry was given; None leaves
            it to the variant.

    Returns:
        A copy, with both.

    Raises:
        UnknownNameError, BenchmarkError, PluginError: as `own_variant`.

    >>> own_unless_given({"seed": 1, "variant": None}, "mnist-c")
    {'seed': 1, 'variant': 'mnist-c', 'geometry': None}
    """
    settled = dict(options)
    if settled.get("variant") is None:
        settled["variant"] = variant if benchmark is None else own_variant(benchmark)
    if settled.get("geometry") is None:
        settled["geometry"] = geometry
    return settled
