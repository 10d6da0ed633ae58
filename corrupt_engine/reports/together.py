"""What reports must share to stand beside each other, in a table as in a comparison."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from ..errors import OptionError
from ..records.results import Results
from .rates import Rates

AnyRates = TypeVar("AnyRates", bound=Rates)

MUST_AGREE = (
    "data.fingerprint",
    "data.samples",
    "data.restrict_to_labels",
    "seed",
    "variant",
    "as_stored",
    "textures",
    "tiles",
    "corrupt_engine",
)

"""What two runs must share, or else more differs than the model. Geometry and normalization belong to the model."""


def on_common_images(reports: Sequence[AnyRates]) -> list[AnyRates]:
    """The reports, each about the images that all of them have predictions of.

    Args:
        reports: one or more.

    Returns:
        The same reports where all are about the same images, else shorter ones, in the order of the ids.

    Raises OptionError where there is no report, where more differs between two than the model (each difference is
    named), and where they have no image in common.
    """
    if not reports:
        raise OptionError("there is no report to show")
    first = reports[0]
    for other in reports[1:]:
        check_comparable(first, other)
    ids = [ids_of(report) for report in reports]
    if all(np.array_equal(ids[0], other) for other in ids[1:]):
        common = ids[0]
        found = list(reports)
    else:
        common = ids[0]
        for report, own in zip(reports[1:], ids[1:], strict=True):
            common = np.intersect1d(common, own)
            if not len(common):
                raise OptionError(f"{first.model} and {report.model} have no image in common")
        found = [only(report, common) for report in reports]
    for other in found[1:]:
        if not np.array_equal(found[0].labels, other.labels):
            raise OptionError(f"{first.model} and {other.model} were given different labels for the same images")
    return found


def check_comparable(a: Rates, b: Rates) -> None:
    """OptionError unless only the model differs."""
    if a.benchmark != b.benchmark or a.trials != b.trials:
        raise OptionError(
            f"{a.model} was evaluated on {a.benchmark} in {a.trials} trial(s), {b.model} on {b.benchmark} in "
            f"{b.trials}: not comparable"
        )
    if a.severities != b.severities:
        if a.definition.whole.severities != b.definition.whole.severities:
            raise OptionError(f"{a.model} and {b.model} are not comparable: {a.benchmark} has other levels in each")
        apart = [name for name in {**a.severities, **b.severities} if a.severities.get(name) != b.severities.get(name)]
        raise OptionError(
            f"{a.model} and {b.model} were not evaluated under the same conditions of {a.benchmark}: they differ in "
            f"{', '.join(apart)}. Choose what both have with corruptions and severities, or evaluate the rest"
        )
    if rules(a) != rules(b):
        entries = [report.definition.file.entries for report in (a, b)]
        apart = [name for name in a.corruptions if entries[0][name] != entries[1][name]]
        raise OptionError(
            f"{a.model} and {b.model} are not comparable: the files that say what {a.benchmark} is differ in "
            f"{', '.join(apart) or 'a variant, the metric or the classes'}"
        )
    if different := disagreements(a.settings, b.settings):
        raise OptionError(f"{a.model} and {b.model} are not comparable: {'; '.join(different)}")


def disagreements(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """What two runs must share and do not, with both values, as far as both say it."""
    found = [f"{key} is {a[key]} and {b[key]}" for key in MUST_AGREE if key in a and key in b and a[key] != b[key]]
    if a and b and keyed_by(a) != keyed_by(b):
        found.append(f"the draws go by {keyed_by(a)} and by {keyed_by(b)}")
    if restricted_to(a) and restricted_to(b) and restricted_to(a) != restricted_to(b):
        found.append("predictions are restricted to other classes")
    return found


def check_one_baseline(reports: Sequence[Rates]) -> None:
    """OptionError where the errors of some are divided by others."""
    if any(report.baseline != reports[0].baseline for report in reports):
        told = sorted({report.baseline.name if report.baseline else "none" for report in reports})
        other = "" if len(told) > 1 else ", which has other errors in each"
        raise OptionError(f"reports of several baselines cannot stand beside each other: {', '.join(told)}{other}")


def rules(report: Rates) -> tuple[Any, ...]:
    """What its benchmark's file, and that of its variant, say of images and of errors; not the texts, whose remarks and
    baselines may differ.
    """
    file, listed = report.definition.file, report.definition.listed
    counted = listed.metric, listed.classes, listed.superclasses, listed.labels
    return file.variants, file.entries, counted, report.settings.get("variant_definition")


def keyed_by(settings: Mapping[str, Any]) -> str:
    """The ids that draws go by."""
    own = settings.get("ids")
    return "the places of the images" if own is None else f"ids {own}"


def restricted_to(settings: Mapping[str, Any]) -> set[int]:
    """The classes that a prediction can be of where they are restricted; none where they are not."""
    labels = settings.get("data.labels") if settings.get("data.restrict_to_labels") else None
    return {number for _, number in labels or ()}


def ids_of(report: Results) -> np.ndarray:
    """The sample ids of the images."""
    return np.arange(report.samples) if report.ids is None else report.ids


def only(report: AnyRates, ids: np.ndarray) -> AnyRates:
    """The report about some of its images, in the order of ids."""
    own = ids_of(report)
    order = np.argsort(own, kind="stable")
    places = order[np.searchsorted(own, ids, sorter=order)]
    return dataclasses.replace(
        report,
        predictions={condition: given.take(places) for condition, given in report.predictions.items()},
        labels=report.labels[places],
        ids=ids,
        image_pairs=tuple(pair for pair in report.image_pairs if pair.mistake.id in set(ids.tolist())),
        names=tuple(report.names[place] for place in places) if report.names else (),
        planned=report.samples if report.planned is None else report.planned,
    )
