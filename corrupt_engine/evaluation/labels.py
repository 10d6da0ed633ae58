"""From a source's labels to the model's class numbers."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import OptionError
from ..loader.collate import label_tensor
from ..models.scores import check_labels
from ..runtime.checks import check_count, check_name
from ..runtime.messages import shortened
from ..sources import Source
from ..sources.datasets import Fields
from ..sources.protocol import NO_LABEL

if TYPE_CHECKING:
    import torch

UNLABELLED = ("raise", "skip")
MOST_CLASSES = 10_000_000
"""More than any model has; names are listed up to the largest number of a class."""


def check_names(names: object) -> tuple[str, ...]:
    """What `class_names=` says, or OptionError."""
    if isinstance(names, Iterable) and not isinstance(names, (str, bytes, Mapping, Set)):
        several = tuple(names)
        if all(isinstance(name, str) for name in several):
            return several
    raise OptionError(f"class_names {names!r} is no list of names, in the order of the classes")


class Labels:
    """Translates labels, and refuses those that cannot be right before hours are spent on them.

    Args:
        source: what the labels come from.
        mapping: class numbers by label or by class folder; None takes labels as they are.
        class_names: names of the model's classes; default the class folders, or what the source calls its classes.
        restrict: of the model's classes only those of the mapping count.
        unlabelled: "raise" at a label that the mapping has no class number for, or that is in no superclass, or "skip"
            its images.
        superclasses: where a benchmark counts answers by superclass, the members of each; labels are then numbers of
            the model's classes, or class folders that are called as superclasses are, and become the superclass's
            number.
        classes: how many classes a model must then have.
        names: where several labels may be right of one image, what they are called; a label is then a row of 0 and 1.
    """

    def __init__(
        self,
        source: Source,
        mapping: Mapping[Any, int] | None,
        class_names: Sequence[str] = (),
        restrict: bool = False,
        unlabelled: str = "raise",
        superclasses: Mapping[str, Sequence[int]] | None = None,
        classes: int | None = None,
        names: Sequence[str] = (),
    ) -> None:
        check_name("unlabelled", unlabelled, UNLABELLED)
        if not isinstance(restrict, bool):
            raise OptionError(f"restrict_to_labels {restrict!r} is neither True nor False")
        self.superclasses, self.names = dict(superclasses or {}), tuple(names)
        if self.names and (restrict or mapping is not None or unlabelled == "skip"):
            raise OptionError(
                "labels=, restrict_to_labels and unlabelled have no meaning where the benchmark asks of every image "
                f"for {len(self.names)} labels"
            )
        if restrict and self.superclasses:
            raise OptionError(
                "restrict_to_labels=True has no meaning where the benchmark says which classes count: its superclasses"
            )
        if mapping is None and not self.superclasses and (restrict or unlabelled == "skip"):
            option = "restrict_to_labels=True" if restrict else 'unlabelled="skip"'
            raise OptionError(
                f"{option} needs labels=, which says what classes there are; where labels are the model's numbers "
                "already, it is labels={number: number, ...} (--labels FILE)"
            )
        self.folders: tuple[str, ...] = tuple(getattr(source, "classes", ()))
        self.mapping = None if mapping is None else checked(mapping)
        self.restrict, self.unlabelled, self._needed = restrict, unlabelled, classes
        self._owners = {member: n for n, members in enumerate(self.superclasses.values()) for member in members}
        # Folders that are called as superclasses are need no class numbers: so the published images lie.
        self._by_name = bool(self.superclasses) and mapping is None and set(self.folders) <= set(self.superclasses)
        self._by_name &= bool(self.folders)
        self.class_names = tuple(class_names) or self._names(getattr(source, "class_names", ()))
        if self.superclasses and mapping is None and not self._by_name and self.folders:
            self._check_folders(classes or len(self.folders))
        known = getattr(source, "labels", None)
        self._known = None if known is None else self.numbers(list(known)).numpy()
        self.left_out: Mapping[int, str] = {}
        """The labels without a class number by sample id, as far as they are known before the samples are read."""
        if known is not None and self._known is not None and unlabelled == "skip":
            self.left_out = {n: self.name_of(known[n]) for n in np.flatnonzero(self._known < 0).tolist()}
            self._known = self._known[self._known >= 0]
        self._checked = False

    def _names(self, known: Sequence[str]) -> tuple[str, ...]:
        """What folders or source call the class numbers; "" where several folders share one, or none has it."""
        if self.superclasses or self.names:
            return self.names or tuple(self.superclasses)
        if self.mapping is None:
            return self.folders or tuple(known)
        names = dict.fromkeys(self.mapping.values(), "")
        for key, number in self.mapping.items():
            if key in self.folders:
                names[number] = "" if names[number] else str(key)
        return tuple(names.get(number, "") for number in range(1 + max(names, default=-1)))

    @property
    def classes(self) -> "torch.Tensor | None":
        """(K,) int64: the classes that count, ascending; None for all."""
        import torch

        return torch.tensor(sorted(set((self.mapping or {}).values()))) if self.restrict else None

    @property
    def several(self) -> int:
        """How many labels are answered of each image; 0 where one class is right."""
        return len(self.names)

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The members of each superclass; none where classes are answered themselves."""
        return tuple(tuple(members) for members in self.superclasses.values())

    def numbers(self, labels: list[Any]) -> "torch.Tensor":
        """Labels of a batch as class numbers (N,) int64, or OptionError; -1 for what is to be left out."""
        labels = [label.label if isinstance(label, Fields) else label for label in labels]
        if any(label is NO_LABEL or label is None for label in labels):
            raise OptionError("the images have no labels, which answers could be held to; evaluate_with() needs none")
        if self.names:
            return self._bits(labels)
        # As some data sets have them: arrays of one number.
        labels = [label.item() if getattr(label, "shape", None) == (1,) else label for label in labels]
        told = labels if self.mapping is None or self._by_name else [self._translate(label) for label in labels]
        translated = label_tensor(told)
        numbers = getattr(translated, "numpy", lambda: np.array(labels, dtype=object))()
        if numbers.dtype.kind not in "iu" or numbers.ndim != 1:
            raise no_class_number(labels[0])
        result: torch.Tensor = translated.long()
        if not self.superclasses:
            return result
        pairs = zip(result.tolist(), labels, strict=True)
        grouped: torch.Tensor = label_tensor([self._superclass(n, label) for n, label in pairs]).long()
        return grouped

    def _bits(self, labels: list[Any]) -> "torch.Tensor":
        """Rows of 0 and 1 as numbers, bit l for label l."""
        rows = np.array([np.asarray(label).ravel() for label in labels], dtype=object if not labels else None)
        if rows.ndim != 2 or rows.shape[1] != len(self.names) or not np.isin(rows, (0, 1)).all():
            raise OptionError(
                f"labels such as {labels[0]!r} are no rows of {len(self.names)} numbers 0 or 1, one for each of "
                f"{', '.join(self.names)}"
            )
        bits: torch.Tensor = label_tensor((rows.astype(np.int64) << np.arange(len(self.names))).sum(1).tolist()).long()
        return bits

    def _superclass(self, number: int, label: Any) -> int:
        """The superclass of a class number, or of a folder's place; -1 for what is to be left out."""
        if self._by_name:
            return list(self.superclasses).index(self.folders[number])
        if number in self._owners:
            return self._owners[number]
        if self.unlabelled == "skip":
            return -1
        raise OptionError(
            f"class {number} (label {self.name_of(label)!r}) is in none of the {len(self.superclasses)} superclasses "
            f"of the benchmark: {', '.join(self.superclasses)}. Leave out the images of such classes with "
            'unlabelled="skip" (--unlabelled skip)'
        )

    def name_of(self, label: Any) -> str:
        """What messages and records call a label: its class folder where it has one."""
        return str(self._keys(label)[-1])

    def _keys(self, label: Any) -> list[Any]:
        keys = [label.item() if hasattr(label, "item") else label]
        if self.folders and isinstance(keys[0], int):
            keys.append(self.folders[keys[0]])
        return keys

    def _translate(self, label: Any) -> int:
        if is_row(label):
            raise no_class_number(label)
        mapping = self.mapping or {}
        keys = self._keys(label)
        for key in (*keys, str(keys[0])):
            if key in mapping:
                return mapping[key]
        if self.unlabelled == "skip":
            return -1
        raise OptionError(
            f"labels= has no class number for {keys[-1]!r}; it knows {', '.join(map(repr, list(mapping)[:5]))}, ... "
            'Give it one, or leave out the images without with unlabelled="skip" (--unlabelled skip)'
        )

    def check(self, scores: Any) -> None:
        """OptionError where the model's number of classes cannot go with these labels; looks at the first scores
        only.
        """
        shape: tuple[int, ...] = tuple(getattr(scores, "shape", ()))
        if self._checked or len(shape) != 2:
            return
        classes = int(shape[1])
        if self.names:
            if classes != len(self.names):
                raise OptionError(f"the model has {classes} scores; the benchmark asks for {len(self.names)} labels")
            self._checked = True
            return
        if self._needed is not None and classes != self._needed:
            raise OptionError(
                f"the model has {classes} classes; the superclasses of the benchmark are made of {self._needed}, in "
                "their usual order"
            )
        if self._known is not None:
            check_labels(self._known, len(self.superclasses) or classes)
        if self.restrict:
            check_labels(np.array(list((self.mapping or {}).values())), classes)
        if self.folders and self.mapping is None and not self._by_name:
            self._check_folders(classes)
        self._checked = True

    def _check_folders(self, classes: int) -> None:
        if len(self.folders) == classes:
            return
        rest = (
            f"call the folders as the superclasses are: {', '.join(self.superclasses)}"
            if self.superclasses
            else "say restrict_to_labels=True (--restrict-to-labels) where no other class shall be predicted"
        )
        raise OptionError(
            f"the data has {len(self.folders)} class folders and the model {classes} classes, so a folder's place "
            f"is no class number; map the folders with labels={{{self.folders[0]!r}: class number, ...}} "
            f"(--labels FILE), {'or' if self.superclasses else 'and'} {rest}"
        )


def is_row(label: Any) -> bool:
    """Whether a label is several values, such as a row of a one-hot table, and not a number or a name."""
    return isinstance(label, (list, Mapping)) or bool(getattr(label, "ndim", 0))


def no_class_number(label: Any) -> OptionError:
    """What is to be raised of a label that is none."""
    way_out = "map them with labels={label: class number}"
    if is_row(label):
        way_out = "one number an image is needed; of one-hot rows that is rows.argmax(1)"
    return OptionError(f"labels such as {shortened(repr(label))} are no class numbers; {way_out}")


def checked(mapping: Mapping[Any, int]) -> dict[Any, int]:
    """The class numbers by label, each a whole number from 0 up, or OptionError."""
    if not isinstance(mapping, Mapping) or not mapping:
        raise OptionError(
            f"labels {shortened(repr(mapping))} is no mapping from labels to class numbers, {{label: class number}}; "
            "the labels of the images themselves stand in the source, (images, labels)"
        )
    found = {label: check_count(f"labels[{label!r}]", n, 0) for label, n in mapping.items()}
    for label, n in found.items():
        if n >= MOST_CLASSES:
            raise OptionError(f"labels[{label!r}] is {n}; a class number below {MOST_CLASSES:,} is needed")
    return found
