"""`calibrate()`: how strong a corruption must be to be noticed by a model, and to ruin it."""

import functools
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..catalogue import CLEAN, Benchmark, Condition, find_benchmark, select, strength
from ..catalogue.benchmark import Listed
from ..catalogue.parsing import GEOMETRY
from ..catalogue.writing import toml
from ..errors import OptionError
from ..evaluation.run import evaluate
from ..loader.defaults import own_unless_given
from ..loader.loader import CorruptLoader
from ..metrics import wilson_interval
from ..models import as_loaded
from ..reports.report import Report
from ..runtime.checks import check_count, check_path, refuse
from ..runtime.files import whole_file
from ..sources import open_source
from ..transforms.geometry import Geometry

STEPS = 32
"""The range from no change to the strongest severity in so many levels: bisection finds one of them in five
evaluations, so that the two ends and a look at the strongest level take eleven.
"""
IMAGES = 2000
"""An accuracy of 75 % then has a standard error of one point, which is what the weakest level loses."""
LOST = 0.01


class Share(NamedTuple):
    """A share with its 95 % interval (Wilson), on 0..1."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} % ({100 * self.low:.1f} to {100 * self.high:.1f})"


class End(NamedTuple):
    """One end of a corruption's range.

    Args:
        severity: on the benchmark's own scale.
        parameters: by name.
        accuracy: of the model there.
    """

    severity: float
    parameters: Mapping[str, float]
    accuracy: Share


@dataclass(frozen=True)
class Calibration:
    """What `calibrate` found.

    Args:
        clean: the accuracy on clean images; it, and all others, by the benchmark's own metric.
        weakest: by corruption, the weakest of 32 even steps up to the benchmark's strongest level at which a point of
            accuracy is lost.
        strongest: by corruption, the weakest step at which half of the clean accuracy is lost, or the benchmark's
            strongest level where it is not.
        not_ruined: the corruptions whose strongest level leaves more than half of the clean accuracy.
        unnoticed: those which cost no point even then; they have no levels.
        evaluations: how many conditions each took.
        images: how many images.
        text: the benchmark file.

    Source: Laugros 2022, thesis 2022GRALT016, section 3.2.2.
    """

    clean: Share
    weakest: Mapping[str, End]
    strongest: Mapping[str, End]
    not_ruined: tuple[str, ...]
    unnoticed: tuple[str, ...]
    evaluations: Mapping[str, int]
    images: int
    text: str

    def save(self, path: str | Path) -> Path:
        """Write the benchmark file: two levels of each corruption, which `evaluate` takes.

        Args:
            path: the file, NAME.toml.

        Returns:
            The path.

        Raises:
            OptionError: it has another suffix, cannot be written, or no corruption was noticed.
        """
        target = check_path("path", path)
        if target.suffix != ".toml":
            raise OptionError(f"a benchmark file ends in .toml, and {target.name} does not")
        if not self.weakest:
            raise OptionError("no corruption costs the model a point of accuracy: there are no levels to write")
        with whole_file(target, "benchmark file") as part:
            part.write_text(self.text, encoding="utf-8")
        return target

    def to_dict(self) -> dict[str, Any]:
        """Everything but the file, in JSON's types.

        Returns:
            Each field by name.
        """
        ends = {"weakest": self.weakest, "strongest": self.strongest}
        return {
            "clean": self.clean._asdict(),
            **{
                which: {
                    name: {**end._asdict(), "parameters": dict(end.parameters), "accuracy": end.accuracy._asdict()}
                    for name, end in found.items()
                }
                for which, found in ends.items()
            },
            "not_ruined": list(self.not_ruined),
            "unnoticed": list(self.unnoticed),
            "evaluations": dict(self.evaluations),
            "images": self.images,
        }

    def __str__(self) -> str:
        width = max(map(len, (*self.weakest, "clean")))
        lines = [f"{'clean':{width}} {self.clean} of {self.images:,} images"]
        for name, weak in self.weakest.items():
            strong = self.strongest[name]
            lines.append(
                f"{name:{width}} {weak.severity:.2f}: {weak.accuracy}   {strong.severity:.2f}: {strong.accuracy}"
                + ("   not ruined" if name in self.not_ruined else "")
            )
        return "\n".join(lines + [f"{name:{width}} unnoticed" for name in self.unnoticed])


def calibrate(
    model: Any,
    source: Any,
    corruptions: str | Sequence[str] | None = None,
    *,
    benchmark: str | Path = "imagenet-c",
    limit: int | None = IMAGES,
    record: str | Path | None = None,
    name: str = "calibrated",
    **options: Any,
) -> Calibration:
    """For each corruption, find by bisection the weakest level that costs a model one point of accuracy, and the one
    that costs it half of its clean accuracy.

    Args:
        model: as for `evaluate`; it is shown images as there, at its own size where it has one.
        source: as for `evaluate`; all images must have one size.
        corruptions: which of the benchmark's, as for `evaluate`; None for all.
        benchmark: whose tables span the range: from no change to the strongest level, and what lies between levels.
        limit: how many of the images are taken; the seed chooses them. None for all.
        record: the file of an ordinary record, in which all that was evaluated is kept; the same call goes on from it
            after a kill. None keeps it until the end.
        name: what the new benchmark is called.
        options: the other options of `evaluate`.

    Returns:
        A Calibration, which is saved as a benchmark file.

    Raises:
        OptionError: an option is wrong or decided here, the benchmark has frames in the place of levels, or the model
            is right so seldom that half of it cannot be told from a point.
        UnknownNameError, SourceError, RecordError: as for `evaluate`.

    Source: Laugros 2022, thesis 2022GRALT016, section 3.2.2. Differs: the thesis raises the strength in small steps
    from a very small one; where accuracy falls steadily, bisection finds the same level.
    """
    refuse("calibrate", options, ("severities", "trials", "mistakes", "baseline"), "it is decided here")
    if limit is not None:
        check_count("limit", limit, 1)
    whole = find_benchmark(benchmark)
    chosen = select(whole, corruptions)
    if chosen.flips:
        raise OptionError(f"the levels of {whole.name} are frames of a sequence, which have no weakest and strongest")
    source, loaded = open_source(source), as_loaded(model)
    options = own_unless_given(options, benchmark, geometry=loaded.geometry)
    variant, geometry = options.pop("variant"), options.pop("geometry")
    loader = CorruptLoader(source, variant=variant, num_workers=0, geometry=geometry)
    height, width, _ = loader.geometry(source.decode(0)[0]).shape
    fine = Fine(chosen, variant, None if geometry is None else loader.geometry, height, width)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "steps.toml"
        file.write_text(fine.text(), encoding="utf-8")
        record = Path(folder) / "record.sqlite" if record is None else record  # clean images are then asked for once
        report: Any = None
        taken: dict[str, set[int]] = {one: set() for one in chosen.corruptions}

        def accuracy(one: str, step: int) -> Share:
            nonlocal report
            taken[one].add(step)
            report = evaluate(
                loaded, source, file, corruptions=[one], severities=[step], record=record, limit=limit, mistakes=0,
                geometry=loader.geometry, **options,
            )  # fmt: skip
            return accuracy_of(report, Condition(one, step))

        ends: dict[str, tuple[End, End]] = {}
        not_ruined, unnoticed = [], []
        for one in chosen.corruptions:
            top = accuracy(one, STEPS)
            clean = accuracy_of(report, CLEAN)
            if clean.value / 2 >= clean.value - LOST:
                raise OptionError(f"the model is right on {clean} of clean images: there is no range to calibrate")
            if top.value > clean.value - LOST:
                unnoticed.append(one)
                continue
            ruined = top.value <= clean.value / 2
            below = bisected(functools.partial(accuracy, one), clean.value / 2, STEPS) if ruined else (STEPS, top)
            if not ruined:
                not_ruined.append(one)
            first = bisected(functools.partial(accuracy, one), clean.value - LOST, below[0], below[1])
            ends[one] = (fine.end(one, *first), fine.end(one, *below))
    return Calibration(
        clean,
        {one: pair[0] for one, pair in ends.items()},
        {one: pair[1] for one, pair in ends.items()},
        tuple(not_ruined),
        tuple(unnoticed),
        {one: len(steps) for one, steps in taken.items()},
        report.samples,
        fine.levels_text(name, ends, report.model) if ends else "",
    )


def bisected(
    accuracy: Callable[[int], Share], target: float, top: int, at_top: Share | None = None
) -> tuple[int, Share]:
    """The weakest step from 1 to `top` whose accuracy is at most the target, as far as it falls steadily; at `top` it
    is.
    """
    low, high, found = 0, top, at_top
    while high - low > 1:
        middle = (low + high) // 2
        here = accuracy(middle)
        if here.value <= target:
            high, found = middle, here
        else:
            low = middle
    return high, accuracy(high) if found is None else found


def accuracy_of(report: Report, condition: Condition) -> Share:
    """The accuracy by the benchmark's own metric, with its interval."""
    if report.definition.listed.metric != "top1":
        if condition == CLEAN:
            error = report.numbers["clean_error"].cell()
        else:
            error = report.numbers["errors"].cell(corruption=condition.corruption, severity=condition.severity)
        return Share(1 - error.value, 1 - error.high, 1 - error.low)
    predictions = report.predictions[condition]
    right, count = int(predictions.correct.sum()), len(predictions.rank)
    low, high = wilson_interval(right, count)
    return Share(right / count, float(low), float(high))


class Fine:
    """A benchmark in STEPS even steps from no change to its strongest level, for images of one size, to which a
    geometry brings them; that of the benchmark where it is None.
    """

    def __init__(self, of: Benchmark, variant: str | None, geometry: Geometry | None, height: int, width: int) -> None:
        self.of, self.geometry = of, geometry
        self.found = {name: strength(name, variant, height, width) for name in of.corruptions}

    def parameters(self, name: str, step: int) -> dict[str, float]:
        """The parameters at a step, by name."""
        levels = self.found[name].levels
        return dict(levels.params(step / STEPS * levels.most)._asdict())

    def end(self, name: str, step: int, accuracy: Share) -> End:
        """An end of the range."""
        return End(step / STEPS * self.found[name].levels.most, self.parameters(name, step), accuracy)

    def text(self) -> str:
        """As a benchmark file."""
        rows = {name: [self.parameters(name, step) for step in range(1, STEPS + 1)] for name in self.of.corruptions}
        return self.file(f"{self.of.name} in {STEPS} steps", f"{self.of.source}, between its levels", rows)

    def levels_text(self, name: str, ends: Mapping[str, tuple[End, End]], model: str) -> str:
        """Two levels of each as a benchmark file."""
        rows = {one: [dict(end.parameters) for end in pair] for one, pair in ends.items()}
        return self.file(name, f"{self.of.source}; levels calibrated for {model}", rows)

    def file(self, name: str, source: str, rows: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
        """A benchmark file of rows of parameters by corruption."""
        variant = next(iter(self.found.values())).variant
        entries = {}
        for one, levels in rows.items():
            entry = self.of.file.entries[one]
            entries[one] = {
                **({"of": entry.of} if entry.of != one else {}),
                **({"group": entry.group} if entry.group else {}),
                **({"short": entry.short} if entry.short else {}),
                **({"scale": dict(entry.scales)} if entry.scales else {}),
                **({"same_draws": True} if entry.same_draws else {}),
                **({"margin": entry.margin} if entry.margin else {}),
                "table": {key: [row[key] for row in levels] for key in levels[0]},
            }
        steps = variant.geometry if self.geometry is None else {key: getattr(self.geometry, key) for key in GEOMETRY}
        geometry = {key: value for key, value in steps.items() if value is not None}
        stored = {} if variant.stored_quality is None else {"jpeg_quality": variant.stored_quality}
        about = {**counting(self.of.listed), "geometry": geometry, "stored": stored}
        return toml({"name": name, "source": source, **about, "corruptions": entries})


def counting(listed: Listed) -> dict[str, Any]:
    """What a file says of how its benchmark's answers are counted, and of the licence of its levels."""
    usual = Listed("", ())
    found = {key: getattr(listed, key) for key in ("license", "task", "metric", "labels", "classes", "superclasses")}
    return {key: value for key, value in found.items() if value != getattr(usual, key)}
