"""What there is: corruptions, size variants, benchmarks and their conditions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, NamedTuple

from .errors import SeverityError, UnknownNameError

if TYPE_CHECKING:
    from .kernels.registry import Corruption

VARIANTS: Mapping[str, int] = {
    "imagenet-c": 224,
    "imagenet-c-299": 299,
    "imagenet-64-c": 64,
    "tiny-imagenet-c": 64,
    "cifar-10-c": 32,
    "cifar-100-c": 32,
}
"""Published variants and the severity table that each uses."""

SEVERITIES = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Benchmark:
    """A published list of corruptions, in its published order."""

    name: str
    corruptions: tuple[str, ...]
    source: str


BENCHMARKS: Mapping[str, Benchmark] = {
    benchmark.name: benchmark
    for benchmark in (
        Benchmark(
            "imagenet-c",
            (
                *("gaussian_noise", "shot_noise", "impulse_noise"),
                *("defocus_blur", "glass_blur", "motion_blur", "zoom_blur"),
                *("snow", "frost", "fog", "brightness"),
                *("contrast", "elastic_transform", "pixelate", "jpeg_compression"),
            ),
            "Hendrycks and Dietterich 2019, arXiv:1903.12261, section 3",
        ),
        Benchmark(
            "imagenet-c-extra",
            ("speckle_noise", "gaussian_blur", "spatter", "saturate"),
            "Hendrycks and Dietterich 2019, arXiv:1903.12261, appendix B",
        ),
    )
}


class Condition(NamedTuple):
    """One corruption at one severity; `trial` numbers repetitions with other draws. Corruption "clean" means none."""

    corruption: str
    severity: float
    trial: int = 0


CLEAN = Condition("clean", 0)


def corruptions(benchmark: str | None = None) -> tuple[str, ...]:
    """The names of all corruptions, or of one benchmark's in their published order.

    Raises UnknownNameError for a benchmark that does not exist.

    >>> corruptions("imagenet-c-extra")
    ('speckle_noise', 'gaussian_blur', 'spatter', 'saturate')
    """
    if benchmark is not None:
        return find_benchmark(benchmark).corruptions
    from .kernels.registry import registry

    return tuple(sorted(registry()))


def benchmarks() -> tuple[str, ...]:
    """The names of the benchmarks.

    >>> benchmarks()
    ('imagenet-c', 'imagenet-c-extra')
    """
    return tuple(BENCHMARKS)


def conditions(benchmark: str) -> tuple[Condition, ...]:
    """The clean condition and then every corruption of the benchmark at every severity.

    >>> len(conditions("imagenet-c"))
    76
    """
    return (CLEAN, *(Condition(name, severity) for name in corruptions(benchmark) for severity in SEVERITIES))


def find_benchmark(name: str) -> Benchmark:
    """The benchmark of that name, or UnknownNameError."""
    if name not in BENCHMARKS:
        raise UnknownNameError("benchmark", name, BENCHMARKS)
    return BENCHMARKS[name]


def find_corruption(name: str) -> "Corruption":
    """The registered corruption of that name, or UnknownNameError."""
    from .kernels.registry import registry

    known = registry()
    if name not in known:
        raise UnknownNameError("corruption", name, sorted(known))
    return known[name]


def check_severity(severity: object) -> float:
    """The severity as a float, or SeverityError unless it is a number from 0 to 5."""
    if isinstance(severity, bool) or not isinstance(severity, Real) or not 0.0 <= float(severity) <= 5.0 or math.isnan(float(severity)):
        raise SeverityError(f"severity {severity!r} is not a number from 0 (no change) to 5 (strongest); fractions such as 2.5 are allowed")
    return float(severity)


def variant_for(height: int, width: int) -> str:
    """The variant whose table fits an image when none is named: by its shorter side.

    >>> variant_for(32, 32), variant_for(64, 80), variant_for(224, 224), variant_for(2048, 1024)
    ('cifar-10-c', 'imagenet-64-c', 'imagenet-c', 'imagenet-c')
    """
    side = min(height, width)
    return "cifar-10-c" if side <= 40 else "imagenet-64-c" if side <= 96 else "imagenet-c"


def find_table(variant: str | None, height: int, width: int) -> int:
    """The severity table (224, 299, 64 or 32) of a variant, or of the image's size where the variant is None."""
    name = variant_for(height, width) if variant is None else variant
    if name not in VARIANTS:
        raise UnknownNameError("variant", name, VARIANTS)
    return VARIANTS[name]
