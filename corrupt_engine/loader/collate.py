"""From a finished batch to what is given out."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..errors import OptionError, SourceError
from ..runtime.checks import check_name
from ..runtime.messages import shortened
from ..sources import Source
from ..sources.datasets import Fields, Targets
from ..sources.protocol import NO_LABEL, copied
from .pipeline import Made

CollateFn: TypeAlias = Callable[[list[Any]], Any]

EXTRAS = ("ids", "names", "conditions", "padded")


def check_extras(names: Sequence[str]) -> tuple[str, ...]:
    """The names of EXTRAS that were asked for, or UnknownNameError; OptionError for no list."""
    if not isinstance(names, (str, Iterable)):
        raise OptionError(f"extras {names!r} is no list of names; there are {', '.join(EXTRAS)}")
    wanted = (names,) if isinstance(names, str) else tuple(names)
    for name in wanted:
        check_name("extra", name, EXTRAS)
    return wanted


def collate(made: Made, source: Source, collate_fn: CollateFn | None, extras: Sequence[str], turns: int = 1) -> Any:
    """What a loader gives out of a finished batch, which may be written to: nothing that comes later is made of it.

    Args:
        made: the batch.
        source: where names come from.
        collate_fn: called as torch's is, with the samples; what it gives is given out.
        extras: of EXTRAS.
        turns: how often each sample comes; where more than once, a collate_fn gets a copy of its target.

    Returns:
        Without a collate_fn (images, labels, further targets), of samples that are dicts a dict, of images without
        labels the images; targets that are tensors come to the images' device. With extras a tuple that ends in them.
    """
    labels = made.batch.labels
    if collate_fn is not None:
        labels = list(map(copied, labels)) if turns > 1 else labels
        given = collate_fn([sample_of(image, label) for image, label in zip(made.images, labels, strict=True)])
    else:
        given = collated(made.images, labels)
    if not extras:
        return given
    beside = extras_of(made, source, extras)
    return (*given, beside) if type(given) is tuple else (given, beside)


def sample_of(image: Any, label: Any) -> Any:
    """A sample as its data set has it, with the finished image in the place of its own."""
    if isinstance(label, Fields):
        return label.sample(image)
    if label is NO_LABEL:
        return image
    return (image, *label) if isinstance(label, Targets) else (image, label)


def collated(images: Any, labels: list[Any]) -> Any:
    """What torch's `default_collate` makes of such samples; SourceError where they are of several kinds."""
    kinds = set(map(kind_of, labels))
    if len(kinds) > 1:
        raise SourceError(
            "a batch holds samples of several kinds: some are dicts or images without a label, and others are not, or "
            "have other numbers of targets; make them alike, or give a collate_fn of your own"
        )
    if labels and labels[0] is NO_LABEL:
        return images
    if labels and isinstance(labels[0], Fields):
        first = labels[0]
        try:
            columns = {name: [one[name] for one in labels] for name in first}
        except KeyError as error:
            raise SourceError(
                f"a batch holds a dict without {error}, which its first has; make them alike, or give a collate_fn of "
                "your own"
            ) from error
        made = {name: label_tensor(column, name in Fields.LABELS) for name, column in columns.items()}
        # What torch leaves as it is, such as texts, is a tuple beside others and a list in a dict.
        given = {
            name: list(column) if isinstance(column, tuple) else on_device(column, images)
            for name, column in made.items()
        }
        return first.sample(images, given)
    if labels and isinstance(labels[0], Targets):
        targets = [label_tensor(column, n == 0) for n, column in enumerate(zip(*labels, strict=True))]
    else:
        targets = [label_tensor(labels)]
    return (images, *(on_device(target, images) for target in targets))


def kind_of(label: Any) -> Any:
    """What kind of sample a label comes from: a dict, an image alone, one with so many targets, or with one label."""
    if isinstance(label, Targets):
        return Targets, len(label)
    return type(label) if isinstance(label, Fields) or label is NO_LABEL else None


def on_device(target: Any, images: Any) -> Any:
    """A tensor on the images' device; anything else as it is."""
    if images.device.type == "cpu" or not hasattr(target, "to"):
        return target
    return target.to(images.device, non_blocking=True)


def extras_of(made: Made, source: Source, names: Sequence[str]) -> dict[str, Any]:
    """What was asked for, of: ids (N,) int64, which the draws go by, names [str], conditions [Condition], padded (N,)
    bool.
    """
    import torch

    ids = made.batch.ids
    makers: dict[str, Callable[[], Any]] = {
        "ids": lambda: torch.from_numpy(made.batch.drawn_by.copy()),  # by which later turns are drawn
        "names": lambda: [source.name(int(index)) for index in ids],
        "conditions": lambda: list(made.conditions),
        "padded": lambda: torch.tensor(padded(made), dtype=torch.bool, device="cpu"),
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


class Refusal:
    """What a CorruptLoader says its collate_fn is, for frameworks that take it apart: called with samples of its data
    set, whose images nothing has corrupted, it raises OptionError.

    Args:
        own: the collate_fn that the loader was given, or None.
    """

    def __init__(self, own: CollateFn | None) -> None:
        self.__wrapped__ = own

    def __call__(self, samples: list[Any]) -> Any:
        """Refuse."""
        raise OptionError(
            "a torch DataLoader was made of a CorruptLoader's data set, whose images it would give out uncorrupted (as "
            "accelerate's skip_first_batches does); iterate over the CorruptLoader itself, and to go on in the middle "
            "of an epoch, keep its state_dict() and give it to load_state_dict()"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Refusal) and self.__wrapped__ == other.__wrapped__

    def __hash__(self) -> int:
        return hash(self.__wrapped__)


def label_tensor(labels: Sequence[Any], classes: bool = True) -> Any:
    """Whole numbers as a tensor (N,) int64, and so True and False where they are classes; anything else as torch's
    default_collate has it, SourceError where it has nothing.
    """
    import torch

    try:
        numbers = all(isinstance(label, (int, np.integer)) for label in labels)
        if numbers and (classes or not any(isinstance(label, bool) for label in labels)):
            return torch.tensor([int(label) for label in labels], device="cpu")
        values: Any = tuple(labels)  # which stays one where torch leaves it
        with torch.device("cpu"):  # whatever torch.set_default_device says: the images are there
            return torch.utils.data.default_collate(values)
    except (TypeError, ValueError, RuntimeError, OverflowError, KeyError) as error:
        raise SourceError(
            f"no batch can be made of labels such as {shortened(', '.join(map(repr, labels[:4])))}: {error}; give "
            "numbers, or a collate_fn of your own"
        ) from error
