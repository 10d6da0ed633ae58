"""`correlate()`: algorithm 3 from records of models."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from ..catalogue import CLEAN, Benchmark, Condition, find_benchmark, select
from ..errors import OptionError
from ..metrics.own import error_rate, wrong_answers
from ..reports.report import Report
from ..reports.together import ids_of
from ..runtime.messages import some
from .prediction import LEAST, Correlation, natural_correlation

Levels: TypeAlias = Mapping[str, Sequence[int]]
RESTRICTED = "data.restrict_to_labels"


def correlate(
    synthetic: Sequence[Report],
    natural: Sequence[Report],
    benchmarks: Sequence[str | Path] | Mapping[str, Sequence[str]] | None = None,
    *,
    severities: int | Sequence[int] | None = None,
) -> Correlation:
    """Whether what models lose on synthetic corruptions tells what they lose on natural images of another kind.

    A model loses on the natural set its accuracy on clean images minus its accuracy there. Where the natural images
    have some of the classes alone, as those of ImageNet-A and -R, the clean accuracy is that on images of these
    classes, and where the clean set lacks some of the natural classes, the natural images of those are left out; the
    notes say so. Labels are compared as class numbers: that both sets call a class by the same one must be seen to when
    they are evaluated (labels=, --labels); a record cannot tell.

    Args:
        synthetic: a report of each model on clean images and under corruptions, all on the same images.
        natural: a report of each of the same models on the natural set, of which the clean condition counts alone;
            models are known by their names.
        benchmarks: names or files of benchmarks, all of whose conditions the records must have; or corruptions of the
            records by the name of a benchmark, at all their levels, such as `draw` gives. None: all that the records
            have, as one.
        severities: at which of their levels, such as (1, 3, 5), where the records lack others; None for all.

    Returns:
        A Correlation, which can be printed; `correlation_page` draws it.

    Raises:
        OptionError: fewer than three models, one in one list alone or twice, records of other images than the first
            one's, of frames or of several labels an image, no class in common, or records that lack conditions.
        UnknownNameError, SeverityError, BenchmarkError: there is no such benchmark, it has no such level, or its file
            cannot be used.
        MissingExtraError: SciPy is not installed.

    Source: Laugros 2022, thesis 2022GRALT016, algorithm 3.
    """
    clean, other = by_model("synthetic", synthetic), by_model("natural", natural)
    check_models(clean, other)
    check_images("synthetic", clean)
    check_images("natural", other)
    first = next(iter(clean.values()))
    check_kinds([*clean.values(), *other.values()])
    wanted = chosen(first, benchmarks, severities)
    for report in clean.values():
        check_conditions(report, wanted)
    losses = {name: by_condition(report) for name, report in clean.items()}
    means = {
        called: {name: mean_loss(own, levels) for name, own in losses.items()} for called, levels in wanted.items()
    }
    lost = {name: natural_loss(clean[name], other[name]) for name in clean}
    found = natural_correlation(lost, means)
    return dataclasses.replace(found, notes=tuple(notes(first, next(iter(other.values())))))


def by_model(which: str, reports: Sequence[Report]) -> dict[str, Report]:
    """The reports by the names of their models; OptionError where two have one."""
    found: dict[str, Report] = {}
    for report in reports:
        if report.model in found:
            raise OptionError(
                f"two of the {which} records are of a model called {report.model!r}; evaluate one of them under "
                "another name (name=, --name)"
            )
        found[report.model] = report
    return found


def check_models(clean: Mapping[str, Report], other: Mapping[str, Report]) -> None:
    """OptionError where the models are not the same, or too few."""
    for which, own, rest in (("natural", clean, other), ("synthetic", other, clean)):
        if missing := [name for name in own if name not in rest]:
            raise OptionError(
                f"there is no {which} record of {', '.join(missing)}; there are some of {', '.join(rest) or 'none'}. "
                "Records are matched by the names of their models (name=, --name)"
            )
    if len(clean) < LEAST:
        raise OptionError(f"{len(clean)} models: at least {LEAST} are needed, for two points always lie on a line")


def check_images(which: str, reports: Mapping[str, Report]) -> None:
    """OptionError where the reports are not all of the same images."""
    names = list(reports)
    first = reports[names[0]]
    for name in names[1:]:
        one = reports[name]
        same = all(np.array_equal(a, b) for a, b in ((ids_of(one), ids_of(first)), (one.labels, first.labels)))
        prints = {report.settings.get("data.fingerprint") for report in (first, one)}
        if not same or len(prints) > 1:
            raise OptionError(
                f"the {which} record of {name} is of other images than that of {names[0]}; evaluate all models on the "
                "same ones"
            )


def check_kinds(reports: Sequence[Report]) -> None:
    """OptionError where an answer is no class, or a class number means something else in some of the reports."""
    for report in reports:
        listed = report.definition.listed
        if report.definition.flips or listed.labels:
            what = "frames, which have no errors" if report.definition.flips else "several labels an image"
            raise OptionError(f"the record of {report.model} on {report.benchmark} is of {what}: nothing to correlate")
        if dict(listed.superclasses) != dict(reports[0].definition.listed.superclasses):
            raise OptionError(
                f"{report.benchmark} and {reports[0].benchmark} do not count answers among the same classes: one has "
                "superclasses of its own"
            )


def chosen(report: Report, benchmarks: Any, severities: Any) -> dict[str, Levels]:
    """By benchmark the severities of each of its corruptions; OptionError where the report has something else."""
    own = select(report.definition, None, severities).severities
    if benchmarks is None:
        return {report.benchmark: own}
    if isinstance(benchmarks, Mapping):
        return {str(called): {name: own.get(name, ()) for name in names} for called, names in benchmarks.items()}
    found: dict[str, Levels] = {}
    for given in [benchmarks] if isinstance(benchmarks, (str, Path)) else benchmarks:
        whole = select(find_benchmark(given), None, severities)
        if whole.name in found:
            raise OptionError(f"two benchmarks are called {whole.name!r}; call one of them otherwise")
        check_levels(report, whole)
        found[whole.name] = whole.severities
    return found


def check_levels(report: Report, whole: Benchmark) -> None:
    """OptionError where a level of a benchmark is another one than the report's of that number."""
    own = report.definition
    differ = [
        f"{name} {level}"
        for name, levels in whole.severities.items()
        for level in levels
        if level in report.severities.get(name, ())
        and parameters(whole, name, level, report) != parameters(own, name, level, report)
    ]
    if differ:
        raise OptionError(
            f"{whole.name} and {report.benchmark}, which the records are of, mean something else by {some(differ, 8)}; "
            f"evaluate the models on {whole.name}"
        )


def parameters(benchmark: Benchmark, name: str, level: int, report: Report) -> Any:
    """What is done to an image of the report's size at a level of a benchmark."""
    file, entry = benchmark.file, benchmark.file.entries[name]
    variant = file.variants.get(str(report.settings.get("variant", "")).partition(" ")[0], benchmark.usual)
    columns = entry.tables.get(variant.table, next(iter(entry.tables.values())))
    return entry.of, {key: values[level - 1] for key, values in columns.items()}


def check_conditions(report: Report, wanted: Mapping[str, Levels]) -> None:
    """OptionError where a report lacks something that a benchmark has."""
    for called, levels in wanted.items():
        missing = [name for name, own in levels.items() if not own or not report.severities.get(name)]
        missing += [
            f"{name} {level}"
            for name, own in levels.items()
            for level in own
            if name not in missing and Condition(name, level) not in report.predictions
        ]
        if missing or not levels:
            raise OptionError(
                f"the record of {report.model} lacks {some(missing, 8) or 'all'} of {called}; it has "
                f"{', '.join(report.severities)}. Evaluate the model on more, into the same record, or leave {called} "
                "out"
            )


def by_condition(report: Report) -> dict[tuple[str, int], float]:
    """The accuracy that is lost under each corruption at each severity."""
    return {
        (name, level): error - report.clean_error
        for name, levels in report.severities.items()
        for level, error in zip(levels, report.errors[name], strict=True)
    }


def mean_loss(losses: Mapping[tuple[str, int], float], levels: Levels) -> float:
    """The mean over corruptions and their severities."""
    return float(np.mean([np.mean([losses[name, level] for level in own]) for name, own in levels.items()]))


def natural_loss(clean: Report, natural: Report) -> float:
    """Clean accuracy minus the accuracy on the natural set, both on images of the classes that both have."""
    common = np.intersect1d(clean.labels, natural.labels)
    if not len(common):
        raise OptionError(
            f"the clean and the natural images of {clean.model} have no class in common: classes "
            f"{clean.labels.min()} to {clean.labels.max()}, and {natural.labels.min()} to {natural.labels.max()}; give "
            "the class numbers of folders with labels= (--labels) when evaluating"
        )
    metric = clean.definition.listed.metric
    errors = []
    for report in (clean, natural):
        counted = np.isin(report.labels, common)
        wrong = wrong_answers(report.predictions[CLEAN].take(counted), report.labels[counted])
        errors.append(error_rate(wrong, report.labels[counted], metric))
    return errors[1] - errors[0]


def notes(clean: Report, natural: Report) -> list[str]:
    """What a reader must know of how the two sets were compared."""
    found = []
    first, second = np.unique(clean.labels), np.unique(natural.labels)
    common = np.intersect1d(first, second)
    if len(common) < len(first):
        found.append(
            f"Accuracy on clean images, where compared with natural ones, is on images of the {len(common)} of "
            f"{len(first)} classes that both sets have."
        )
    if len(common) < len(second):
        found.append(
            f"Natural images of {len(second) - len(common)} of {len(second)} classes, which the clean images lack, are "
            "left out."
        )
    if natural.settings.get(RESTRICTED) and not clean.settings.get(RESTRICTED):
        found.append(
            "On natural images only classes that occur there could be predicted, on clean images all: what is lost is "
            "told too small, and not equally so for all models."
        )
    return found
