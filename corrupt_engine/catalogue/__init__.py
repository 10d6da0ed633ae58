"""What there is: corruptions, benchmarks as data, their variants, levels and conditions."""

from .attacks import ATTACKS, Attack
from .baseline import OWN_BASELINE, Baseline, load_baseline
from .benchmark import STORED_QUALITY, Benchmark, BenchmarkFile, Variant
from .chain import chain_name, is_chain
from .condition import CLEAN, Condition, check_severity
from .facts import BenchmarkFacts, CorruptionFacts, Member, Parameter, benchmark_facts, corruption_facts
from .levels import Levels
from .lookup import (
    attack_benchmarks,
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
    variant_of,
    variants,
)
from .metric import METRICS, Metric
from .selection import select
from .speeds import Speed, measured_on, measured_times, speed_record

__all__ = [
    "ATTACKS",
    "CLEAN",
    "METRICS",
    "OWN_BASELINE",
    "STORED_QUALITY",
    "Attack",
    "Baseline",
    "Benchmark",
    "BenchmarkFacts",
    "BenchmarkFile",
    "Condition",
    "CorruptionFacts",
    "Levels",
    "Member",
    "Metric",
    "Parameter",
    "Speed",
    "Variant",
    "attack_benchmarks",
    "benchmark_facts",
    "benchmarks",
    "chain_name",
    "check_severity",
    "conditions",
    "corruption_facts",
    "corruptions",
    "find_benchmark",
    "find_corruption",
    "find_variant",
    "is_chain",
    "load_baseline",
    "measured_on",
    "measured_times",
    "own_variant",
    "read_definition",
    "registered",
    "select",
    "shipped",
    "speed_record",
    "strength",
    "variant_of",
    "variants",
]
