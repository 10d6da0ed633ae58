"""From a finished batch to what is given out."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from PIL import Image

from ..errors import OptionError, SourceError, UnknownNameError
from ..runtime.messages import shortened
from ..sources import Source
from ..sources.datasets import Targets
from .pipeline import Made

EXTRAS = ("ids", "names", "conditions", "padded")


def check_extras(names: Sequence[str]) -> tuple[str, ...]:
    """The names of EXTRAS that were asked for, or UnknownNameError; OptionError for no list."""
    if not isinstance(names, (str, Iterable)):
        raise OptionError(f"extras {names!r} is no list of names; there are {', '.join(EXTRAS)}")
    wanted = (names,) if isinstance(names, str) else tuple(names)
    for name in wanted:
        if name not in EXTRAS:
            raise UnknownNameError("extra", name, EXTRAS)
    return wanted


def collate(
    made: Made, source: Source, labels_fn: Callable[[list[Any]], Any] | None, extras: Sequence[str]
) -> tuple[Any, ...]:
    """What a loader gives out of a finished batch: (images, labels, further targets, extras).

    Args:
        made: the batch.
        source: where names come from.
        labels_fn: what makes one object of the list of labels, in the place of torch's `default_collate`.
        extras: of EXTRAS.

    Returns:
        The tuple; targets that are tensors come to the images' device.
    """
    labels = made.batch.labels
    if labels_fn is not None:
        targets: Sequence[Any] = [labels_fn(labels)]
    elif labels and isinstance(labels[0], Targets):
        targets = [label_tensor(column) for column in zip(*labels, strict=True)]
    else:
        targets = [label_tensor(labels)]
    images = made.images
    if images.device.type != "cpu":
        targets = [
            target.to(images.device, non_blocking=True) if hasattr(target, "to") else target for target in targets
        ]
    return (images, *targets, *([extras_of(made, source, extras)] if extras else []))


def extras_of(made: Made, source: Source, names: Sequence[str]) -> dict[str, Any]:
    """What was asked for, of: ids (N,) int64, names [str], conditions [Condition], padded (N,) bool."""
    import torch

    ids = made.batch.ids
    makers: dict[str, Callable[[], Any]] = {
        "ids": lambda: torch.from_numpy(ids),
        "names": lambda: [source.name(int(index)) for index in ids],
        "conditions": lambda: list(made.conditions),
        "padded": lambda: torch.tensor(padded(made), dtype=torch.bool),
    }
    return {name: makers[name]() for name in names}


def padded(made: Made) -> list[bool]:
    """Whether each sample of the batch is there only to make the shards equal; those left out as unreadable are in
    neither.
    """
    asked = len(made.work.ids)
    flags, place = [], 0
    for index in made.batch.ids.tolist():
        while made.work.ids[place] != index:
            place += 1
        flags.append(place >= asked - made.work.padded)
        place += 1
    return flags


def collate_labels(labels: list[Any]) -> Any:
    """What a CorruptLoader makes of the labels of a batch, where it was given no collate_fn.

    Raises OptionError for whole samples: a framework has then taken the loader apart, and made a DataLoader of its
    data set, whose images nothing corrupts.
    """
    if labels and all(isinstance(item, (tuple, list)) and len(item) > 1 and is_image(item[0]) for item in labels):
        raise OptionError(
            "a torch DataLoader was made of a CorruptLoader's data set, whose images it would give out uncorrupted (as "
            "accelerate's skip_first_batches does); iterate over the CorruptLoader itself, and to go on in the middle "
            "of an epoch, keep its state_dict() and give it to load_state_dict()"
        )
    return label_tensor(labels)


def is_image(value: Any) -> bool:
    """Whether this may be a data set's image: an array or tensor with three axes, or an image of Pillow's."""
    return isinstance(value, Image.Image) or len(getattr(value, "shape", ())) == 3


def label_tensor(labels: Sequence[Any]) -> Any:
    """Whole numbers as a tensor (N,) int64; anything else as torch's default_collate has it, SourceError where it has
    nothing.
    """
    import torch

    try:
        if all(isinstance(label, (int, np.integer)) for label in labels):
            return torch.tensor([int(label) for label in labels])
        values: Any = tuple(labels)  # which stays one where torch leaves it
        return torch.utils.data.default_collate(values)
    except (TypeError, ValueError, RuntimeError, OverflowError, KeyError) as error:
        raise SourceError(
            f"no batch can be made of labels such as {shortened(', '.join(map(repr, labels[:4])))}: {error}; give "
            "numbers, or a collate_fn of your own"
        ) from error
