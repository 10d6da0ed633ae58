"""What all tables share: the paper's columns, rows of summaries, numbers in percent, and what must be said beside."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..catalogue import find_corruption
from ..metrics import wilson_interval
from ..runtime.messages import some
from .estimate import Cell
from .rates import Rates
from .registry import Shown, shown_in
from .together import check_one_baseline, on_common_images

WIDE = 0.05
"""An interval that reaches further than this from its value is called wide."""


def columns(report: Rates) -> dict[str, Cell]:
    """The row of Table 1: the benchmark's error, then its main number and that of each corruption: mCE and CE; without
    a baseline, mean error and error; of sequences mFR and flip rates.
    """
    numbers = report.numbers
    second, head, each = report.main
    row = {report.metric.heading: numbers["clean_error"].cell(), second: numbers[head].cell()}
    return row | {name: numbers[each].cell(corruption=name) for name in report.corruptions}


def heads(report: Rates) -> list[str]:
    """What stands atop `columns`, the corruptions' names shortened."""
    names = list(columns(report))
    return names[:2] + [report.short(name) for name in names[2:]]


def summary(report: Rates, name: str) -> Iterator[tuple[Shown, str, Cell]]:
    """The rows of one of the registry's summaries: (how the number is shown, what the row is called, the number). Of
    sequences none for each frame.
    """
    for number, shown in shown_in(name):
        if number.name in report.numbers:
            for labels, *cell in report.numbers[number.name].cells():
                if report.definition.flips and labels.get("level"):
                    continue
                yield shown, shown.row(labels), Cell(*cell)


def side_by_side(reports: Sequence[Rates]) -> list[Rates]:
    """The reports as they can stand in one table: of one baseline, on the images that all have (`on_common_images`).

    Raises OptionError where they cannot.
    """
    found = on_common_images(reports)
    check_one_baseline(found)
    return found


def caption(reports: Sequence[Rates]) -> str:
    """What the numbers are."""
    baseline = reports[0].baseline
    words = reports[0].metric.words
    name = baseline.name if baseline else ""
    what = {
        "mCE": f"CE and mCE in percent of {name}'s error",
        "mFR": f"flip rates and mFR in percent of {name}'s flip probability",
        "Flips": "probability that the prediction flips from frame to frame in percent",
        "Mean": f"{_plural(words)} in percent",
    }[reports[0].main[0]]
    return f"{reports[0].benchmark}: clean {words} in percent, {what}. Lower is better."


def _plural(words: str) -> str:
    """The words for several of them.

    >>> _plural("top-1 error among 16 superclasses")
    'top-1 errors among 16 superclasses'
    """
    return words.replace("error", "errors", 1)


def cautions(report: Rates) -> Iterator[str]:
    """What a reader must know before quoting the numbers."""
    if report.definition.is_part:
        yield f"A part of {report.benchmark}: {_part(report)}. Means over it are not the benchmark's."
    if apart := [name for name, against in report.definition.flips.items() if lacks(report.severities[name], against)]:
        yield (
            f"Frames of {some(apart)} are compared with the first, or the one before, of those that were chosen, not "
            "of the whole sequence as published: flips and distances between them are other numbers."
        )
    if lacking := list(report.definition.missing):
        are = "is" if len(lacking) == 1 else "are"
        yield (
            f"{len(lacking)} published member(s) of {report.benchmark} {are} not made here: {some(lacking)}. "
            "Means over the others are not the paper's."
        )
    worth = round(report.resamples.worth)
    low, high = (float(end) for end in wilson_interval(round(worth * report.clean_error), worth))
    if report.planned is not None and report.samples < report.planned:
        yield f"Not finished: {report.samples:,} of {report.planned:,} images have all their predictions."
    if report.skipped:
        names = some([name for _, name, _ in report.skipped])
        yield f"{len(report.skipped):,} file(s) could not be read and are not counted: {names}."
    if report.unlabelled:
        left, labels = sum(report.unlabelled.values()), list(report.unlabelled)
        which = "in none of the superclasses" if report.definition.listed.superclasses else "without a class number"
        yield (
            f"{left:,} image(s) of {len(labels):,} label(s) {which} were left out and are not counted: {some(labels)}."
        )
    if report.invalid:
        total = report.samples * len(report.predictions)
        held = f"{report.invalid:,} of {total:,} predictions held NaN or infinity"
        yield f"{held}; they count as wrong and have no confidence."
    if high - low > 2 * WIDE:
        yield (
            f"{report.samples:,} images make wide intervals: read this as a demonstration, and publish from thousands "
            "of images."
        )
    if report.clean_error in (0.0, 1.0):
        many = "none" if report.clean_error == 0 else "all"
        yield (
            f"Of the clean predictions {many} are wrong: of more images like these it may be "
            f"{percent(low)} to {percent(high)} % (Wilson's 95 % interval)."
        )
    yield from _of_other_severities(report)
    if report.settings.get("textures") == "procedural":
        formulas = report.definition.formulas
        if made := [name for name in formulas if find_corruption(report.definition.of(name)).assets]:
            yield (
                f"{', '.join(made)} {'was' if len(made) == 1 else 'were'} made with the procedural stand-in: these are "
                f"not {report.benchmark} numbers."
            )


def lacks(frames: Sequence[int], against: str) -> bool:
    """Whether a frame is not there that a later one is compared with.

    >>> lacks((1, 5, 9), "first"), lacks((5, 9), "first"), lacks((5, 6), "previous"), lacks((5, 9), "previous")
    (False, True, False, True)
    """
    return frames[0] != 1 if against == "first" else frames[-1] - frames[0] >= len(frames)


def _of_other_severities(report: Rates) -> Iterator[str]:
    """What must be said where the baseline's errors were measured under other severity tables."""
    baseline, own = report.baseline, report.settings.get("variant", "")
    if baseline is None or not own:
        return
    published = baseline == report.definition.baseline
    theirs = report.definition.usual.name if published else baseline.variant
    if theirs not in ("", own):
        said = f"published for {theirs}" if published else f"from those of {theirs}"
        yield (
            f"The severities are those of {own}, and the errors of {baseline.name} that are divided by are {said}: "
            "such ratios are not the paper's. Give the record of another model under the same severities as the "
            "baseline (baseline=, --baseline), or publish errors."
        )


def _part(report: Rates) -> str:
    """Which corruptions and severities there are, in words."""
    every = report.definition.whole.severities
    own = report.severities
    some = [name for name in own if own[name] != every[name]]
    parts = [f"{len(own)} of {len(every)} corruptions ({', '.join(own)})"] if len(own) < len(every) else []
    for levels in dict.fromkeys(own[name] for name in some):
        names = [name for name in some if own[name] == levels]
        of = "" if len(names) == len(own) else f" of {', '.join(names)}"
        parts.append(f"{'severity' if len(levels) == 1 else 'severities'} {', '.join(map(str, levels))}{of}")
    return "; ".join(parts)


def provenance(report: Rates) -> str:
    """What fixed the numbers, in a line."""
    kept = ("seed", "variant", "as_stored", "geometry", "textures", "dtype")
    parts = [f"{key} {report.settings[key]}" for key in kept if key in report.settings]
    parts += [f"trials {report.trials}"] if report.trials > 1 else []
    if report.settings.get("autocast") is not None:
        parts.append(f"autocast {report.settings['autocast']}")
    if report.settings.get("data.restrict_to_labels"):
        parts.append("restricted to the classes of its labels")
    if "images_at_once" in report.run:
        parts.append(f"in parts of at most {report.run['images_at_once']} images where the memory did not suffice")
    version = report.settings.get("corrupt_engine")
    return ", ".join([*([f"corrupt-engine {version}"] if version else []), *parts])


def percent(value: float, digits: int = 1) -> str:
    """A share in percent, or a dash where there is none; what rounds to 0 has no sign.

    >>> percent(0.1234), percent(-0.0001), percent(float("nan"))
    ('12.3', '0.0', '-')
    """
    text = "-" if np.isnan(value) else f"{100 * value:.{digits}f}"
    return text.lstrip("-") if set(text) <= set("-0.") and text != "-" else text


def bracket(found: Cell, width: int = 5) -> str:
    """An interval in percent, nothing where there is none."""
    return "" if np.isnan(found.low) else f"[{percent(found.low):>{width}}, {percent(found.high):>{width}}]"
