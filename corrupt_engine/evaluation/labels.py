"""From a source's labels to the model's class numbers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import OptionError
from ..loader.collate import label_tensor
from ..models.scores import check_labels
from ..sources import Source

if TYPE_CHECKING:
    import torch


def check_mapping(mapping: object) -> Mapping[Any, int] | None:
    """What `labels=` says, or OptionError."""
    if mapping is None or isinstance(mapping, Mapping):
        return mapping
    raise OptionError(f"labels {mapping!r} is no mapping of labels to class numbers")


def check_names(names: object) -> tuple[str, ...]:
    """What `class_names=` says, or OptionError."""
    if isinstance(names, Iterable) and not isinstance(names, (str, bytes)):
        several = tuple(names)
        if all(isinstance(name, str) for name in several):
            return several
    raise OptionError(f"class_names {names!r} is no list of names")


class Labels:
    """Translates labels, and refuses those that cannot be right before hours are spent on them.

    Args:
        source: what the labels come from.
        mapping: class numbers by label or by class folder; None takes labels as they are.
        class_names: names of the model's classes; default the class folders, or what the source calls its classes.
    """

    def __init__(self, source: Source, mapping: Mapping[Any, int] | None, class_names: Sequence[str] = ()) -> None:
        self.folders: tuple[str, ...] = tuple(getattr(source, "classes", ()))
        self.mapping = mapping
        self.class_names = tuple(class_names) or self._names(getattr(source, "class_names", ()))
        known = getattr(source, "labels", None)
        self._known = None if known is None else self.numbers(list(known)).numpy()
        self._checked = False

    def _names(self, known: Sequence[str]) -> tuple[str, ...]:
        """What folders or source call the class numbers; "" where several folders share one, or none has it."""
        if self.mapping is None:
            return self.folders or tuple(known)
        names = dict.fromkeys(self.mapping.values(), "")
        for key, number in self.mapping.items():
            if key in self.folders:
                names[number] = "" if names[number] else str(key)
        return tuple(names.get(number, "") for number in range(1 + max(names, default=-1)))

    def numbers(self, labels: list[Any]) -> "torch.Tensor":
        """Labels of a batch as class numbers (N,) int64, or OptionError."""
        translated = label_tensor(labels if self.mapping is None else [self._translate(label) for label in labels])
        numbers = getattr(translated, "numpy", lambda: np.array(labels, dtype=object))()
        if numbers.dtype.kind not in "iu" or numbers.ndim != 1:
            raise OptionError(
                f"labels such as {labels[0]!r} are no class numbers; map them with labels={{label: class number}}"
            )
        result: torch.Tensor = translated.long()
        return result

    def _translate(self, label: Any) -> int:
        mapping = self.mapping or {}
        keys = [label.item() if hasattr(label, "item") else label]
        if self.folders and isinstance(keys[0], int):
            keys.append(self.folders[keys[0]])
        for key in (*keys, str(keys[0])):
            if key in mapping:
                return int(mapping[key])
        raise OptionError(
            f"labels= has no class number for {keys[-1]!r}; it knows {', '.join(map(repr, list(mapping)[:5]))}, ..."
        )

    def check(self, scores: Any) -> None:
        """OptionError where the model's number of classes cannot go with these labels; looks at the first scores
        only.
        """
        shape: tuple[int, ...] = tuple(getattr(scores, "shape", ()))
        if self._checked or len(shape) != 2:
            return
        classes = int(shape[1])
        if self._known is not None:
            check_labels(self._known, classes)
        if self.folders and self.mapping is None and len(self.folders) != classes:
            raise OptionError(
                f"the data has {len(self.folders)} class folders and the model {classes} classes, so a folder's place "
                "is no class number; "
                f"map the folders with labels={{{self.folders[0]!r}: class number, ...}}"
            )
        self._checked = True
