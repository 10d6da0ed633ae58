"""Training without some styles or subtypes, and testing on them."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..catalogue import CLEAN
from ..errors import OptionError, SourceError
from ..metrics import wilson_interval
from ..records.results import Results
from ..runtime.checks import check_count, check_integer, check_name, check_path
from ..runtime.messages import some
from ..runtime.seeds import numpy_generator
from ..sources import Source, open_source

PUBLISHED = {
    "ResNet-20": {"style": 0.583, "subtype": 0.575},
    "DenseNet": {"style": 0.485, "subtype": 0.587},
    "ResNeXt": {"style": 0.518, "subtype": 0.600},
}
"""Accuracy on ICONS-50: on the style, and on the subtypes, that were not trained on (Hendrycks and Dietterich)."""


class Split(NamedTuple):
    """Indices of the samples to train on and of those held out.

    Args:
        train: (A,) int64, ascending.
        test: (B,) int64, ascending.
        held_out: the values that are only in the test part, by class where they belong to classes.
    """

    train: np.ndarray
    test: np.ndarray
    held_out: Any


def style_split(labels: Sequence[Hashable], styles: Sequence[Hashable], held_out: Hashable) -> Split:
    """All samples of one style held out: whether a network tells the classes in a style that it has never seen.

    Args:
        labels: N, the classes: a list, an array, or a column of a Hugging Face Dataset, `dataset["label"]`.
        styles: N, the style of each sample, likewise.
        held_out: which style.

    Returns:
        The Split.

    Raises:
        OptionError: there is no such style, lengths differ, or a class has no other style or none of it to test on.

    Source: Hendrycks and Dietterich 2018, "Benchmarking Neural Network Robustness to Common Corruptions and Surface
    Variations" (arXiv:1807.01697), section 5.

    >>> style_split(["cat", "cat", "dog", "dog"], ["drawn", "photo", "drawn", "photo"], "drawn").test
    array([0, 2])
    """
    labels, styles = plain(labels), plain(styles)
    check_lengths(labels, styles, "styles")
    held = np.array([style == held_out for style in styles])
    if not held.any():
        raise OptionError(f"there is no style {held_out!r}; there are {listed(styles)}")
    check_classes(labels, held, f"style {held_out!r}")
    return Split(np.flatnonzero(~held), np.flatnonzero(held), held_out)


def subtype_split(
    labels: Sequence[Hashable], subtypes: Sequence[Hashable], held_out: int | Mapping[Hashable, Sequence[Hashable]] = 1,
    seed: int = 0,
) -> Split:  # fmt: skip
    """Some subtypes of each class held out: whether a network knows the broad class of a kind that it has never seen.

    Args:
        labels: N, the broad classes: a list, an array, or a column of a Hugging Face Dataset, `dataset["label"]`.
        subtypes: N, the subtype of each sample, likewise.
        held_out: how many subtypes of each class, drawn by the seed; or which, by class.
        seed: fixes the draw.

    Returns:
        The Split; its `held_out` has the subtypes of each class.

    Raises:
        OptionError: a class would lose all its subtypes, there is no such class or subtype, or lengths differ.

    Source: Hendrycks and Dietterich 2018 (arXiv:1807.01697), section 5.

    >>> split = subtype_split(["bird"] * 3, ["duck", "owl", "hen"], {"bird": ["owl"]})
    >>> split.train.tolist(), split.test.tolist()
    ([0, 2], [1])
    """
    labels, subtypes = plain(labels), plain(subtypes)
    check_lengths(labels, subtypes, "subtypes")
    own: dict[Hashable, list[Hashable]] = {}
    for label, subtype in zip(labels, subtypes, strict=True):
        if subtype not in own.setdefault(label, []):
            own[label].append(subtype)
    if isinstance(held_out, Mapping):
        for label, names in held_out.items():
            if label not in own:
                raise OptionError(f"there is no class {label!r}; there are {listed(own)}")
            if isinstance(names, str) or not isinstance(names, Iterable):
                raise OptionError(f"held_out of class {label!r} is {names!r}; a list of its subtypes is needed")
            for name in names:
                if name not in own[label]:
                    raise OptionError(f"class {label!r} has no subtype {name!r}; it has {listed(own[label])}")
        chosen = {label: tuple(names) for label, names in held_out.items()}
    else:
        check_count("held_out", held_out, 1)
        generator = numpy_generator(check_integer("seed", seed))
        chosen = {}
        for label in sorted(own, key=repr):
            names = sorted(own[label], key=repr)
            chosen[label] = tuple(names[n] for n in sorted(generator.permutation(len(names))[:held_out]))
    for label, names in chosen.items():
        if len(set(names)) >= len(own[label]):
            raise OptionError(
                f"class {label!r} would lose all its {len(own[label])} subtypes ({listed(own[label])}); hold out fewer"
            )
    held = np.array([b in chosen.get(a, ()) for a, b in zip(labels, subtypes, strict=True)])
    if not held.any():
        raise OptionError("no sample is held out; name a subtype, or how many of each class")
    return Split(np.flatnonzero(~held), np.flatnonzero(held), chosen)


def split_row(kind: str, report: Results) -> str:
    """A line for a report: the accuracy on what was held out, beside the published ones on ICONS-50.

    Args:
        kind: "style" or "subtype".
        report: of a network that was trained on a split's train part, evaluated on its test part; its clean accuracy
            counts.

    Returns:
        The line, with the 95 % interval (Wilson).

    Raises:
        UnknownNameError: there is no such kind.
    """
    kinds = next(iter(PUBLISHED.values()))
    check_name("kind", kind, kinds)
    correct = report.predictions[CLEAN].correct
    low, high = wilson_interval(int(correct.sum()), len(correct))
    others = ", ".join(f"{name} {100 * rates[kind]:.1f}" for name, rates in PUBLISHED.items())
    return (
        f"{kind} robustness of {report.model}: {100 * correct.mean():.1f} % ({100 * low:.1f} to {100 * high:.1f}) of "
        f"{len(correct):,} images; published on ICONS-50: {others}"
    )


def folder_levels(source: Any, level: int) -> list[str]:
    """The name of a folder above each image file, as metadata.

    Args:
        source: as for CorruptLoader, of files, such as a folder of class folders.
        level: 1 for the folder that the file is in, 2 for the one above it, and so on.

    Returns:
        N names.

    Raises:
        OptionError: a name has not so many folders.
        SourceError: the source cannot be used.
    """
    check_count("level", level, 1)
    opened: Source = open_source(source)
    found = []
    for index in range(len(opened)):
        parts = Path(opened.name(index)).parts
        if len(parts) <= level:
            raise OptionError(f"{opened.name(index)} lies below fewer than {level} folders")
        found.append(parts[-1 - level])
    return found


def csv_column(path: str | Path, column: str) -> list[str]:
    """A column of a CSV file with a heading, as metadata: a row for each sample, in their order.

    Args:
        path: the file.
        column: its heading.

    Returns:
        N values.

    Raises:
        SourceError: the file cannot be read.
        OptionError: it has no such column, or a row lacks it.
    """
    import csv

    file = check_path("path", path)
    try:
        with file.open(newline="", encoding="utf-8-sig") as text:
            reader = csv.DictReader(text)
            rows, heads = list(reader), reader.fieldnames or ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{file} cannot be read: {error}") from error
    if column not in heads:
        raise OptionError(f"{file} has no column {column!r}; it has {listed(heads)}")
    for number, row in enumerate(rows, 2):
        if row[column] is None:
            raise OptionError(f"{file}, line {number}: there is nothing in column {column!r}")
    return [row[column] for row in rows]


def plain(values: Sequence[Hashable]) -> list[Hashable]:
    """The values read once, those of arrays and tensors as Python's; OptionError where there are none."""
    if not isinstance(values, Iterable):
        raise OptionError(f"{values!r} is no list with a value for each sample")
    return [value.item() if hasattr(value, "item") else value for value in values]


def check_lengths(labels: Sequence[Any], values: Sequence[Any], what: str) -> None:
    """OptionError where there is not one value a label."""
    if len(labels) != len(values) or not len(labels):
        raise OptionError(f"there are {len(labels)} labels and {len(values)} {what}; one for each sample is needed")


def check_classes(labels: Sequence[Hashable], held: np.ndarray, what: str) -> None:
    """OptionError for a class that lies on one side alone."""
    for label in dict.fromkeys(labels):
        own = held[[other == label for other in labels]]
        if own.all():
            raise OptionError(f"class {label!r} has nothing but {what}: without it there is nothing to train on")
        if not own.any():
            raise OptionError(f"class {label!r} has nothing of {what}: there is nothing to test it on")


def listed(values: Any) -> str:
    """Different values between commas, of many the first."""
    return some([repr(value) for value in dict.fromkeys(values)], 12)
