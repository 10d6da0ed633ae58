"""What there is: corruptions, benchmarks as data, their variants, levels and conditions."""

from .baseline import OWN_BASELINE, Baseline, load_baseline
from .benchmark import STORED_QUALITY, Benchmark, BenchmarkFile, Variant
from .condition import CLEAN, Condition, check_severity
from .levels import Levels
from .lookup import (
    benchmarks,
    conditions,
    corruptions,
    find_benchmark,
    find_corruption,
    find_variant,
    own_variant,
    read_definition,
    registered,
    shipped,
    strength,
    variants,
)
from .metric import METRICS, Metric
from .selection import select

__all__ = [
    "CLEAN",
    "METRICS",
    "OWN_BASELINE",
    "STORED_QUALITY",
    "Baseline",
    "Benchmark",
    "BenchmarkFile",
    "Condition",
    "Levels",
    "Metric",
    "Variant",
    "benchmarks",
    "check_severity",
    "conditions",
    "corruptions",
    "find_benchmark",
    "find_corruption",
    "find_variant",
    "load_baseline",
    "own_variant",
    "read_definition",
    "registered",
    "select",
    "shipped",
    "strength",
    "variants",
]
