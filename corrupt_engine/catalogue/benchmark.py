"""A published benchmark, and what a file of benchmarks says of its corruptions and variants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from ..errors import OptionError
from ..runtime.checks import check_count
from .attacks import Attack, find_attack
from .baseline import Baseline
from .condition import CLEAN, Condition
from .levels import Columns, Levels, level_count
from .metric import METRICS, Metric, among_superclasses

STORED_QUALITY = 85
"""JPEG quality of the published copies of ImageNet-C, 4:2:0, which exports in its layout have."""
MOST_TRIALS = 10_000


@dataclass(frozen=True)
class Variant:
    """One way in which a benchmark was published.

    Args:
        name: what it is called.
        table: which of the corruptions' tables it uses.
        geometry: what happens to an image before it is corrupted, the arguments of a Geometry; empty for nothing.
        stored_quality: quality of the JPEG files that the published copies were stored in; None where they were not.
        up_to: taken by itself for images whose shorter side has at most so many pixels; None where it is not.
    """

    name: str
    table: str
    geometry: Mapping[str, Any] = field(default_factory=dict)
    stored_quality: int | None = None
    up_to: int | None = None


@dataclass(frozen=True)
class Entry:
    """What a file says of one corruption.

    Args:
        name: what the benchmark calls it.
        of: the registered corruption that is meant.
        tables: for each table a column for each parameter by name, all equally long.
        scales: how a parameter lies between two levels, where not linearly.
        group: what it stands under in tables.
        short: a heading that fits a column.
        grows: whether the distance to the clean image must grow with the severity.
        same_draws: whether all levels have the same draws, as the frames of a sequence have.
        margin: how many pixels around the image it looks at, where the geometry crops and there are some.
        flips: "first" or "previous" where the levels are frames: with which each later one is compared; else empty.
        attack: whether it is an attack on a model, no corruption; `of` is then a key of ATTACKS.
    """

    name: str
    of: str
    tables: Mapping[str, Columns]
    scales: Mapping[str, str] = field(default_factory=dict)
    group: str = ""
    short: str = ""
    grows: bool = False
    same_draws: bool = False
    margin: int = 0
    flips: str = ""
    attack: bool = False

    @property
    def most(self) -> int:
        """The strongest severity, the same in all tables."""
        return level_count(next(iter(self.tables.values())))


@dataclass(frozen=True)
class Listed:
    """What a file says of one of its benchmarks.

    Args:
        source: paper and section.
        corruptions: their names, in the published order.
        license: of the published code; "numbers only" where none of it may be used.
        task: what its images are for, one word such as "classification".
        variant: the variant whose tables it uses; None for the one that fits the images' size.
        baseline: the model that errors are divided by, if there is one.
        missing: published members that cannot be made here, with the reason.
        metric: which error it counts, one of METRICS.
        classes: how many classes a model must have whose answers are counted by superclass; None where they are not.
        superclasses: the members of each, numbers of the model's classes; empty where there are none.
        labels: where several may be right of one image, what they are called, in the order of the model's scores.
    """

    source: str
    corruptions: tuple[str, ...]
    license: str = ""
    task: str = "classification"
    variant: str | None = None
    baseline: Baseline | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    metric: str = "top1"
    classes: int | None = None
    superclasses: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class BenchmarkFile:
    """All that one file says; `benchmarks` lists what can be evaluated, by name.

    Args:
        place: what messages call the file.
        text: its contents.
        variants: at least one.
        entries: by the name that the benchmark gives a corruption.
        benchmarks: by name.
        trials: how often its conditions are usually drawn.
    """

    place: str
    text: str
    variants: Mapping[str, Variant]
    entries: Mapping[str, Entry]
    benchmarks: Mapping[str, Listed]
    trials: int = 1
    _levels: dict[tuple[str, str], Levels] = field(default_factory=dict, compare=False, repr=False)

    def benchmark(self, name: str) -> "Benchmark":
        """One of the file's benchmarks.

        Args:
            name: a key of `benchmarks`.

        Returns:
            The Benchmark, which holds this file.

        Raises:
            KeyError: the file has no such benchmark.
        """
        return Benchmark(name, self.benchmarks[name].corruptions, self)

    def entry(self, name: str) -> Entry | None:
        """What the file says of a corruption.

        Args:
            name: what the file calls it, or the registered name of one that it calls otherwise.

        Returns:
            The Entry; None where it says nothing of it.
        """
        return self.entries.get(name) or next((entry for entry in self.entries.values() if entry.of == name), None)

    def variant_for(self, height: int, width: int, corruption: str | None = None) -> Variant:
        """The variant for images of a size where none is named.

        Args:
            height: of the image, in pixels.
            width: of the image, in pixels.
            corruption: which one must have a table in it; None for any.

        Returns:
            The variant with the smallest `up_to` that the shorter side does not exceed, else `usual`, or the first that
            has a table of the corruption.
        """
        entry = None if corruption is None else self.entry(corruption)
        found = self._variant_of_size(height, width)
        if entry is None or found.table in entry.tables:
            return found
        return next(variant for variant in self.variants.values() if variant.table in entry.tables)

    def _variant_of_size(self, height: int, width: int) -> Variant:
        side = min(height, width)
        limited = sorted((v for v in self.variants.values() if v.up_to is not None), key=lambda v: v.up_to or 0)
        fitting = [v for v in limited if v.up_to is not None and side <= v.up_to]
        return fitting[0] if fitting else self.usual

    @property
    def usual(self) -> Variant:
        """The variant of images that no limit takes elsewhere."""
        return next((v for v in self.variants.values() if v.up_to is None), next(iter(self.variants.values())))

    def levels(self, name: str, corruption: Any, variant: Variant) -> Levels:
        """The levels of a corruption in a variant.

        Args:
            name: as for `entry`.
            corruption: that of the registry which it means, as `find_corruption` gives it.
            variant: one of the file's.

        Returns:
            The Levels; the same object each time.

        Raises:
            OptionError: the file has no table of it for this variant.
            BenchmarkError: its columns are not the corruption's parameters.
        """
        key = name, variant.table
        if key not in self._levels:
            entry = self.entry(name)
            if entry is None or variant.table not in entry.tables:
                having = [v.name for v in self.variants.values() if entry is not None and v.table in entry.tables]
                raise OptionError(
                    f"{name!r} has no severities in variant {variant.name!r}; "
                    + (f"it has some in {', '.join(having)}" if having else f"that has {', '.join(self.entries)}")
                )
            table = f"tables.{variant.table}" if variant.table else "table"
            where = f"{self.place}: corruptions.{entry.name}.{table}"
            self._levels[key] = Levels.of(corruption, entry.tables[variant.table], entry.scales, where)
        return self._levels[key]


@dataclass(frozen=True)
class Benchmark:
    """A list of corruptions in its published order, out of a file that says all about them; or a part of one.

    Args:
        name: what it is called.
        corruptions: what it calls them, in the published order.
        file: where their severities, headings and baseline stand.
        levels: of a part, the severities of each of its corruptions, ascending; None for all that the file has.
    """

    name: str
    corruptions: tuple[str, ...]
    file: BenchmarkFile
    levels: Mapping[str, tuple[int, ...]] | None = None

    @property
    def listed(self) -> Listed:
        """What its file says of it: source, license, task, missing members."""
        return self.file.benchmarks[self.name]

    @property
    def usual(self) -> Variant:
        """The variant whose tables and geometry it uses; of one that has several by size, that of large images."""
        return self.file.usual if self.listed.variant is None else self.file.variants[self.listed.variant]

    @property
    def source(self) -> str:
        """Paper and section."""
        return self.listed.source

    @property
    def license(self) -> str:
        """Of the published code; "numbers only" where none of it may be used, empty where nobody says."""
        return self.listed.license

    @property
    def task(self) -> str:
        """What its images are for, one word such as "classification"."""
        return self.listed.task

    @property
    def missing(self) -> Mapping[str, str]:
        """Published members that cannot be made here, with the reason."""
        return self.listed.missing

    @property
    def metric(self) -> Metric:
        """What reports call the error that it counts."""
        found = METRICS[self.listed.metric]
        count = len(self.listed.superclasses)
        return among_superclasses(found, count) if count else found

    def of(self, name: str) -> str:
        """The registered corruption that is meant by one of the benchmark's names.

        Args:
            name: one of `corruptions`.

        Returns:
            A name of `corruptions()`; of an attack a key of ATTACKS.
        """
        return self.file.entries[name].of

    @property
    def attacks(self) -> dict[str, tuple[Attack, ...]]:
        """Those of `corruptions` that are attacks on the model, with all their levels in the file."""
        found = {}
        for name in self.corruptions:
            entry = self.file.entries[name]
            if entry.attack:
                columns = next(iter(entry.tables.values()))
                rows = ({key: column[n] for key, column in columns.items()} for n in range(entry.most))
                found[name] = tuple(find_attack(entry.of, row) for row in rows)
        return found

    @property
    def formulas(self) -> tuple[str, ...]:
        """Those of `corruptions` that need no model: all but the attacks."""
        return tuple(name for name in self.corruptions if not self.file.entries[name].attack)

    @property
    def severities(self) -> dict[str, tuple[int, ...]]:
        """The levels of each corruption: 1, 2, ..."""
        if self.levels is not None:
            return dict(self.levels)
        return {name: tuple(range(1, self.file.entries[name].most + 1)) for name in self.corruptions}

    @property
    def trials(self) -> int:
        """How often each condition is drawn where nobody says otherwise, as its results were published."""
        return self.file.trials

    @property
    def whole(self) -> "Benchmark":
        """The benchmark as it was published; itself where it is no part."""
        return self.file.benchmark(self.name)

    @property
    def is_part(self) -> bool:
        """Whether corruptions or severities of the published benchmark are left out."""
        return self.levels is not None

    def part(self, levels: Mapping[str, Sequence[int]]) -> "Benchmark":
        """Some of its corruptions at some of their severities.

        Args:
            levels: the severities wanted of each corruption; what the benchmark lacks is left out.

        Returns:
            A Benchmark of the same name, in the published order.
        """
        own = self.severities
        wanted = {name: tuple(s for s in own[name] if s in levels.get(name, ())) for name in self.corruptions}
        kept = {name: severities for name, severities in wanted.items() if severities}
        if kept == self.whole.severities:
            return self.whole
        return replace(self, corruptions=tuple(kept), levels=kept)

    def conditions(self, trials: int = 1) -> tuple[Condition, ...]:
        """What an evaluation goes through.

        Args:
            trials: how often each corruption is drawn at each level, 1 to MOST_TRIALS.

        Returns:
            The clean condition once, then trial by trial every corruption at each of its levels.

        Raises:
            OptionError: there are fewer or more trials.
        """
        if (trials := check_count("trials", trials, 1)) > MOST_TRIALS:
            raise OptionError(f"trials {trials} is above {MOST_TRIALS:,}")
        levels = self.severities
        return (
            CLEAN,
            *(Condition(name, s, t) for t in range(trials) for name in self.corruptions for s in levels[name]),
        )

    @property
    def groups(self) -> list[tuple[str, list[str]]]:
        """(heading, corruptions) in the published order, neighbours of one group together."""
        return [
            (head, list(names)) for head, names in groupby(self.corruptions, lambda name: self.file.entries[name].group)
        ]

    def short(self, name: str) -> str:
        """A corruption's heading, as it fits a column.

        Args:
            name: one of `corruptions`.

        Returns:
            What the file gives for it, else the name itself.
        """
        return self.file.entries[name].short or name

    @property
    def flips(self) -> dict[str, str]:
        """Where its levels are frames, with which frame each later one is compared, by corruption; else {}."""
        found = {name: self.file.entries[name].flips for name in self.corruptions}
        return found if all(found.values()) else {}

    @property
    def baseline(self) -> Baseline | None:
        """The published baseline, where it has an error for each of the corruptions, or flips; a part has none: its
        errors are means over all severities, and the mean over a part of the corruptions is another number.
        """
        found = self.listed.baseline
        if found is None or self.is_part:
            return None
        if set(self.corruptions) <= set(found.errors):
            return found
        return replace(found, errors={}) if set(self.corruptions) <= set(found.flips) else None
